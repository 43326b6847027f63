"""One request on a connection and its answer: ASGI messages on one side, bytes on the other.

Answers are mostly small and whole, so an answer's head waits for the first part of its body and both leave in
one write. An application that pauses in between has its head sent at once: it may want to be slow on purpose.
"""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT

from mockserver.connection.wire import encode_head, encode_problem, has_no_body, status_line
from mockserver.sending import Parcel

if TYPE_CHECKING:
    from uvicorn.protocols.http.flow_control import FlowControl

    from mockserver.connection.arrival import Arrival
    from mockserver.passage import Scope
    from mockserver.sending import App, Message

_LOG = logging.getLogger("mockserver")

_JOINED = 16 * 1024
"""Bodies up to this many bytes are copied behind their head; larger ones are handed over apart."""


class Line(Protocol):
    """The connection, as far as one request needs it."""

    transport: asyncio.Transport
    flow: FlowControl
    loop: asyncio.AbstractEventLoop

    def scope_of(self, arrival: Arrival) -> Scope:
        """A request in the form that ASGI gives it."""

    def lines_before(self) -> bytes:
        """Header lines that every answer has, such as Date."""

    def finish_cycle(self, cycle: Cycle) -> None:
        """Take note that an answer is complete."""


@runtime_checkable
class Prompt(Protocol):
    """What an application has that can answer most requests without waiting for anything."""

    def answer_at_once(self, arrival: Arrival, body: bytes) -> Parcel | App:
        """The answer to a request that is here as a whole; an application that gives it, if that takes time."""


class Cycle:
    """Receives one request for an application, and sends its answer.

    keep_alive: whether the connection may live on; cleared by whoever learns that it may not.
    more_body: whether parts of the request are still to come. is_held: whether a head may wait for its body.
    """

    __slots__ = (
        "_chunks",
        "_head",
        "_is_awaited",
        "_is_bodiless",
        "_is_chunked",
        "_is_given",
        "_left",
        "_line",
        "_size",
        "_waiter",
        "arrival",
        "disconnected",
        "is_complete",
        "is_held",
        "is_started",
        "keep_alive",
        "more_body",
    )

    def __init__(self, line: Line, arrival: Arrival, *, keep_alive: bool) -> None:
        self.arrival = arrival
        self.keep_alive = keep_alive
        self.more_body = True
        self.disconnected = False
        self.is_started = False
        self.is_complete = False
        self.is_held = True
        self._line = line
        self._chunks: list[bytes] = []
        self._size = 0
        self._is_given = False
        self._is_awaited = False
        self._waiter: asyncio.Future[None] | None = None
        self._head = b""
        self._is_bodiless = False
        self._is_chunked = False
        self._left = 0

    def answer_at_once(self, app: Prompt) -> App | None:
        """Let an application answer a request that is here as a whole; gives one that still has to, if that is so."""
        try:
            answer = app.answer_at_once(self.arrival, b"".join(self._chunks))
        except Exception:  # noqa: BLE001  (as below)
            self._tell_failure()
            return None
        if not isinstance(answer, Parcel):
            return answer
        self._send_whole(answer)
        return None

    async def run(self, app: App) -> None:
        """Run the application; what it raises is logged, and answered if nothing was sent yet."""
        try:
            await app(self._line.scope_of(self.arrival), self.receive, self.send)
        except asyncio.CancelledError:
            # The server stops, and has waited long enough.
            self.disconnect()
            self._line.transport.abort()
        except Exception:  # noqa: BLE001  (whatever an application raises is its own, and told in the log)
            self._tell_failure()
        else:
            if not self.is_complete and not self.disconnected:
                _LOG.error("%s %s was left without a whole answer", self.arrival.method, self.arrival.path)
                self._give_up()

    def feed(self, chunk: bytes) -> None:
        """Take a part of the request's body."""
        self._chunks.append(chunk)
        self._size += len(chunk)
        if self._size > HIGH_WATER_LIMIT:
            self._line.flow.pause_reading()
        self.wake()

    def end_body(self) -> None:
        """Take note that the request is complete."""
        self.more_body = False
        self.wake()

    def disconnect(self) -> None:
        """Take note that nobody listens any more: what is still sent is dropped."""
        self.disconnected = True
        self.wake()

    def wake(self) -> None:
        """Let a waiting `receive` look again."""
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def receive(self) -> Message:
        """The next part of the request; after the last one it waits until the exchange is over."""
        while not (self.disconnected or self.is_complete):
            if self._chunks or not (self.more_body or self._is_given):
                body = self._chunks[0] if len(self._chunks) == 1 else b"".join(self._chunks)
                self._chunks, self._size = [], 0
                self._is_given = not self.more_body
                return {"type": "http.request", "body": body, "more_body": self.more_body}
            if not self._is_awaited:
                self._is_awaited = True
                self._invite()
            self._line.flow.resume_reading()
            self._waiter = self._line.loop.create_future()
            await self._waiter
        return {"type": "http.disconnect"}

    async def send(self, message: Message) -> None:
        """Send a part of the answer."""
        if self._line.flow.write_paused and not self.disconnected:
            await self._line.flow.drain()
        if self.disconnected:
            return
        kind = message["type"]
        if kind == "http.response.body" and self.is_started and not self.is_complete:
            self._send_body(message.get("body", b""), more=message.get("more_body", False))
        elif kind == "http.response.start" and not self.is_started:
            self._start(message["status"], message.get("headers", ()))
        else:
            raise RuntimeError(f"the message {kind} does not belong here")

    def flush(self) -> None:
        """Send the head that waits, and let none wait from now on."""
        self.is_held = False
        if self._head and not self.disconnected:
            self._line.transport.write(self._head)
            self._head = b""

    def _invite(self) -> None:
        """Tell a client that waits for it to send its body."""
        if self.is_started or not self.more_body or self.arrival.version != "1.1":
            return
        fields = self.arrival.fields
        if any(name.lower() == b"expect" and value.lower() == b"100-continue" for name, value in fields):
            self._line.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")

    def _start(self, status: int, fields: Any) -> None:
        arrival = self.arrival
        head, length, self._is_chunked, closes = encode_head(status, fields, self._line.lines_before())
        self.is_started = True
        self._is_bodiless = has_no_body(status, arrival.method)
        self._left = length or 0
        if length is None and not self._is_chunked and not self._is_bodiless:
            if arrival.version == "1.1":
                self._is_chunked = True
                head += b"transfer-encoding: chunked\r\n"
            else:
                # HTTP/1.0 knows no chunks: the end of the connection is the end of the body.
                self.keep_alive, self._left = False, -1
        if closes or self.more_body:
            # With the rest of the request unread, nothing else can be understood.
            self.keep_alive = False
        self._head = head + (b"\r\n" if self.keep_alive or closes else b"connection: close\r\n\r\n")
        if not self.is_held:
            self.flush()

    def _send_whole(self, answer: Parcel) -> None:
        end = b"\r\n" if self.keep_alive else b"connection: close\r\n\r\n"
        self._head = b"%b%b%b%b" % (status_line(answer.status), self._line.lines_before(), answer.lines, end)
        self.is_started = self.is_complete = True
        self._write(answer.body)
        self._line.finish_cycle(self)

    def _send_body(self, body: bytes, *, more: bool) -> None:
        if self._is_bodiless:
            body = b""
        elif self._is_chunked:
            framed = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
            body = framed if more else framed + b"0\r\n\r\n"
        elif self._left >= 0:
            self._left -= len(body)
            if self._left < 0 or (self._left and not more):
                raise RuntimeError("the body of the answer has another length than its Content-Length says")
        self._write(body)
        if not more:
            self.is_complete = True
            self.wake()
            self._line.finish_cycle(self)

    def _write(self, body: bytes) -> None:
        head, self._head = self._head, b""
        if head and len(body) > _JOINED:
            self._line.transport.writelines((head, body))
        elif head or body:
            self._line.transport.write(head + body)

    def _tell_failure(self) -> None:
        _LOG.exception("%s %s failed in the server", self.arrival.method, self.arrival.path)
        self._give_up()

    def _give_up(self) -> None:
        """Answer 500 where that is still possible; else end the connection, so that the client sees a broken answer."""
        self.keep_alive = False
        if self.disconnected or self.is_complete:
            return
        if not self.is_started or self._head:
            detail = "the mock failed; its log tells why"
            self._head = b""
            self._line.transport.write(encode_problem(500, detail, self._line.lines_before()))
        self.is_started = self.is_complete = True
        self.wake()
        self._line.finish_cycle(self)
