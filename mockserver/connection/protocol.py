"""HTTP/1.1 on one connection, with limits on time and size, and an answer for every bad byte.

    bytes → intake → cycles, one after another → application → bytes

A request is handed to the application as soon as the bytes that came with it are parsed, in the same turn of the
loop. The first step of the application runs without a task, and most answers need no second one; on Python 3.11
this means that `asyncio.timeout` and the like work only after the application has waited for something.

Limits included, a request costs about two thirds of the CPU that it costs with uvicorn's own class (a bare
application, 2 kB answers, the two run in turns on one core): one timer for all connections, no task, one write.
"""

from __future__ import annotations

import math
import socket
import struct
from contextvars import copy_context
from typing import TYPE_CHECKING, Any, Final

import httptools

from mockserver.connection.cycle import Prompt
from mockserver.connection.intake import Intake, told_error
from mockserver.connection.step import run_at_once
from mockserver.connection.wire import encode_problem

if TYPE_CHECKING:
    import asyncio

    from uvicorn.config import Config
    from uvicorn.server import ServerState

    from mockserver.connection.cycle import Cycle
    from mockserver.connection.watch import Watch
    from mockserver.sending import App

EXTENSION: Final = "mockserver.connection"
"""Under this name the extensions of a scope hold the `Connection`."""

_LINGER: Final = 2.0
"""Seconds in which a client that still sends can read its answer before the connection is cut."""

_BURST: Final = 32
"""Pipelined requests that are answered before other connections have their turn."""

_RESET: Final = struct.pack("ii", 1, 0)


class Connection:
    """What an application may do to the connection that its request came on."""

    __slots__ = ("_protocol",)

    def __init__(self, protocol: WireProtocol) -> None:
        self._protocol = protocol

    def reset(self) -> None:
        """Cut the connection at once, so that the client sees a reset; what is still on its way may be lost."""
        self._protocol.cut(with_reset=True)

    def close(self) -> None:
        """End the connection after what was sent already; the answer stays as incomplete as it is."""
        self._protocol.cut(with_reset=False)


class WireProtocol(Intake):
    """One connection. deadline: when the watch looks at it again, in seconds of the loop's clock."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
        *,
        watch: Watch,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        limits = watch.limits
        self.deadline = math.inf
        self.extensions[EXTENSION] = Connection(self)
        self._watch = watch
        self._limits = limits
        # The guard judges a head exactly, and in the contract's style; this only keeps one from growing for ever.
        self._head_limit = limits.url + limits.headers + 4 * limits.header_count
        # A chunk of one byte takes six.
        self._body_limit = 8 * limits.body + 64 * 1024
        self._received = 0
        self._unsent = math.inf
        self._current: Cycle | None = None
        self._is_advancing = False
        self._is_over = False
        self._prompt = self.app if isinstance(self.app, Prompt) else None
        self._defaults: list[tuple[bytes, bytes]] | None = None
        self._lines = b""

    # The connection begins and ends.

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Start to wait for a request; one connection too many is told so."""
        super().connection_made(transport)
        self.deadline = self.loop.time() + self._limits.head_seconds
        self._watch.enter(self, self.loop)
        if self._watch.is_overrun:
            self.cut(with_reset=False)
        elif self._watch.is_crowded:
            detail = f"there are {self._limits.connections} open connections; no more are served at a time"
            self._refuse(503, detail, ("retry-after", "1"))

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell everybody who waits that nobody is there."""
        self._watch.leave(self)
        self.connections.discard(self)
        self._is_over = True
        self._disconnect()
        self.flow.resume_writing()
        if exc is None:
            self.transport.close()
        self.parser = None  # type: ignore[assignment]

    def handle_websocket_upgrade(self) -> None:
        """Hand the connection over to the protocol of web sockets."""
        self._watch.leave(self)
        super().handle_websocket_upgrade()

    def shutdown(self) -> None:
        """End as soon as no request is being answered."""
        if self._current is not None and not self._current.is_complete:
            self._current.keep_alive = False
        else:
            self._end()

    def cut(self, *, with_reset: bool) -> None:
        """End the connection without an answer."""
        if self._current is not None and not with_reset:
            self._current.flush()
        self._is_over = True
        self._disconnect()
        if with_reset:
            self.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            self.transport.abort()
        else:
            self._end()

    def expire(self, now: float) -> None:
        """The deadline has passed: refuse what is late, or end what is idle; the watch calls this."""
        current = self._current
        if self._is_being_read():
            self.deadline = now + self._limits.stall_seconds
        elif self._is_over or self.flow.write_paused:
            self.transport.abort()
        elif self.flow.read_paused:
            # It is not the client who is slow.
            self.deadline = now + self._limits.body_seconds
        elif current is None or current.is_complete:
            self._end()
        elif current.more_body and not current.is_started:
            self._refuse(408, f"the body did not arrive within {self._limits.body_seconds:g} seconds")
        else:
            self.cut(with_reset=False)

    def _is_being_read(self) -> bool:
        """Whether the client took some of what was waiting for it since it was last looked at."""
        before, self._unsent = self._unsent, self.transport.get_write_buffer_size()
        return 0 < self._unsent < before

    def pause_writing(self) -> None:
        """The client reads more slowly than the application writes; from now on it has to make headway."""
        super().pause_writing()
        self._unsent = math.inf
        if not self._is_over:
            self._await_more(0, was_in_head=True)

    def resume_writing(self) -> None:
        """The client has read most of what was waiting."""
        super().resume_writing()
        if not self._is_over:
            self._await_more(0, was_in_head=True)

    # Bytes come in.

    def data_received(self, data: bytes) -> None:
        """Parse, answer what can be answered, and set the deadline for the rest."""
        if self._is_over:
            return
        was_in_head = self.is_in_head
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            if self._should_upgrade():
                self.handle_websocket_upgrade()
                return
            if self.newest is not None:
                # What follows is in a protocol that nobody here speaks.
                self.newest.keep_alive = False
        except httptools.HttpParserError as error:
            is_start = not (was_in_head or self.is_in_body)
            is_new = is_start and isinstance(error, httptools.HttpParserInvalidMethodError)
            if not (is_new and self.parse_anyway(data)):
                self._advance()
                if not self._is_over:
                    self._refuse_bytes(error)
                return
        if self.queue:
            self._advance()
        if not self._is_over:
            self._await_more(len(data), was_in_head=was_in_head)

    def _await_more(self, size: int, *, was_in_head: bool) -> None:
        """What is to come next, and until when."""
        if self.is_in_head:
            # Only what came after the first part is surely the head's: parts of the request before may share that.
            self._received = self._received + size if was_in_head else 0
            if self._received > self._head_limit:
                self._refuse_head()
            elif not was_in_head:
                self.deadline = self.loop.time() + self._limits.head_seconds
        elif self.newest is not None and self.newest.more_body:
            self._received = self._received + size if self.is_in_body else 0
            if self._received > self._body_limit:
                self._refuse(413, f"the body has more than {self._limits.body} bytes")
            elif not self.is_in_body:
                self.is_in_body = True
                self.deadline = self.loop.time() + self._limits.body_seconds
        elif self.flow.write_paused:
            self.deadline = self.loop.time() + self._limits.stall_seconds
        elif self._current is None or self._current.is_complete:
            self.deadline = self.loop.time() + self.timeout_keep_alive
        else:
            self.deadline = math.inf

    # Cycles run one after another.

    def _advance(self) -> None:
        """Run waiting cycles until one of them takes its time."""
        if self._is_advancing:
            return
        self._is_advancing = True
        current, count = self._current, 0
        while self.queue and count < _BURST and not self._is_over and (current is None or current.is_complete):
            count += 1
            self._current = current = self.queue.popleft()
            app: App | None = self.app
            if self._prompt is not None and not (current.more_body or self.flow.write_paused):
                # In a context of its own, as a task would be.
                app = copy_context().run(current.answer_at_once, self._prompt)
            task = run_at_once(current.run(app), self.loop) if app is not None else None
            if task is not None:
                current.flush()
                self.tasks.add(task)
                task.add_done_callback(self.tasks.discard)
        self._is_advancing = False
        if not self.queue:
            if self.flow.read_paused and not self._is_over:
                self.flow.resume_reading()
        elif not self._is_over:
            self.flow.pause_reading()
            if current is None or current.is_complete:
                self.loop.call_soon(self._advance_again)

    def _advance_again(self) -> None:
        self._advance()
        if not self._is_over:
            self._await_more(0, was_in_head=True)

    def finish_cycle(self, cycle: Cycle) -> None:
        """An answer is complete: close, or go on with the next request."""
        self.server_state.total_requests += 1
        if self._is_over:
            return
        if cycle.more_body:
            self._linger()
        elif not cycle.keep_alive:
            self._end()
        elif not self._is_advancing:
            self.loop.call_soon(self._advance_again)

    def lines_before(self) -> bytes:
        """Header lines that every answer has; the server makes new ones each second."""
        defaults = self.server_state.default_headers
        if defaults is not self._defaults:
            self._defaults = defaults
            self._lines = b"".join(b"%b: %b\r\n" % field for field in defaults)
        return self._lines

    # Trouble.

    def _refuse_head(self) -> None:
        if self._fields:
            limit = self._limits.headers
            self._refuse(431, f"the header fields have more bytes than are read; at most {limit} are")
        else:
            self._refuse(414, f"the URL has more bytes than are read; at most {self._limits.url} are")

    def _refuse_bytes(self, error: httptools.HttpParserError) -> None:
        current = self._current
        if current is not None and not current.is_complete and not current.more_body:
            # The bad bytes follow a request that is still being answered.
            current.keep_alive = False
            self.queue.clear()
            self.flow.pause_reading()
        else:
            self._refuse(400, told_error(error))

    def _refuse(self, status: int, detail: str, *fields: tuple[str, str]) -> None:
        """Answer in place of the application, if it has not begun to, and end the connection."""
        current = self._current
        if current is None or current.is_complete or not current.is_started:
            self.transport.write(encode_problem(status, detail, self.lines_before(), fields))
        self._disconnect()
        self._linger()

    def _disconnect(self) -> None:
        for cycle in (self._current, *self.queue):
            if cycle is not None and not cycle.is_complete:
                cycle.disconnect()
        self.queue.clear()

    def _linger(self) -> None:
        """End our side only: a close with unread bytes would be a reset, and might destroy the answer on its way."""
        self._is_over = True
        self._unsent = math.inf
        self.deadline = self.loop.time() + _LINGER
        self.flow.resume_reading()
        if self.transport.can_write_eof():
            self.transport.write_eof()
        else:
            self.transport.close()

    def _end(self) -> None:
        """Close when all is written; the watch cuts a client that does not read it."""
        self._is_over = True
        self._unsent = math.inf
        self.deadline = self.loop.time() + _LINGER
        self.transport.close()
