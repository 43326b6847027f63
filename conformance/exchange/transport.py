"""The transport: plain HTTP with a clock over the whole exchange.

The limits of an HTTP library are per read, so that a target that sends one byte at a time, in its header fields or
its body, never meets one. Here each read gets what is left of the exchange's time.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpcore
import httpx

from conformance.errors import BudgetError, TransportError
from conformance.exchange.limit import excess_of
from conformance.exchange.trust import context_of

DEADLINE = 30.0
"""Seconds that one exchange may take, from the first byte sent to the last one received."""

_PIECE = 64 * 1024
_ZLIB_ANY = 47
"""Window bits that let zlib read both gzip and zlib wrappers."""


_SAFE = ("GET", "HEAD")
_HUNG_UP = (httpx.RemoteProtocolError, httpx.ReadError, httpx.WriteError)


@dataclass(slots=True)
class Stopwatch:
    """The clock of the exchange that is under way; one request is in flight at a time.

    deadline: seconds for one exchange. until: second of the clock at which all exchanges must be over.
    clock, sleep: monotonic seconds and a way to let them pass.
    """

    deadline: float = DEADLINE
    until: float = float("inf")
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _ends: float = field(default=float("inf"))

    def start(self) -> None:
        """An exchange begins; the transport sees to it. Raises BudgetError when there is no time for any."""
        self.check()
        self._ends = min(self.clock() + self.deadline, self.until)

    def left(self) -> float:
        """Seconds that the exchange still has."""
        return self._ends - self.clock()

    def check(self) -> None:
        """Raise BudgetError when the time of all exchanges is over."""
        if self.clock() >= self.until:
            raise BudgetError("the time was over before everything was asked", hint="give it more by --max-time")

    def rest(self, seconds: float) -> None:
        """Let seconds pass; raises BudgetError at once when there are not as many left."""
        if self.clock() + seconds >= self.until:
            told = f"the time was nearly over, with {seconds:.3g} s to wait for the target"
            raise BudgetError(told, hint="give it more by --max-time")
        self.sleep(seconds)


@dataclass(slots=True)
class _Line:
    """What became of the connection of the exchange that is under way. heard: bytes that were read from it."""

    is_new: bool = False
    heard: int = 0


class _ClockedStream(httpcore.NetworkStream):
    """A stream whose reads and writes end with the exchange's time."""

    def __init__(self, stream: httpcore.NetworkStream, watch: Stopwatch, line: _Line) -> None:
        self._stream = stream
        self._watch = watch
        self._line = line

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        data = self._stream.read(max_bytes, _limit(self._watch, timeout, httpcore.ReadTimeout))
        self._line.heard += len(data)
        return data

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, _limit(self._watch, timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        limit = _limit(self._watch, timeout, httpcore.ConnectTimeout)
        return _ClockedStream(self._stream.start_tls(ssl_context, server_hostname, limit), self._watch, self._line)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)


def _limit(watch: Stopwatch, timeout: float | None, error: type[Exception]) -> float:
    """Seconds for the next step of the exchange; raises the error when there are none."""
    left = watch.left()
    if left <= 0:
        raise error("the exchange took too long")
    return min(left, timeout) if timeout is not None else left


class _ClockedBackend(httpcore.NetworkBackend):
    """Opens clocked streams."""

    def __init__(self, watch: Stopwatch, line: _Line) -> None:
        self._backend = httpcore.SyncBackend()
        self._watch = watch
        self._line = line

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        limit = _limit(self._watch, timeout, httpcore.ConnectTimeout)
        stream = self._backend.connect_tcp(host, port, limit, local_address, socket_options)
        self._line.is_new = True
        return _ClockedStream(stream, self._watch, self._line)


class _ClockedTransport(httpx.HTTPTransport):
    """The ordinary transport on clocked streams; the clock starts with each request, whoever sends it."""

    def __init__(self, watch: Stopwatch, ca: Path | None) -> None:
        super().__init__(verify=True if ca is None else context_of(ca), trust_env=False)
        self._watch = watch
        self._line = _Line()
        self._hung_up = False
        # httpx has no door for a network backend of one's own, only its pool has.
        self._pool._network_backend = _ClockedBackend(watch, self._line)  # noqa: SLF001

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; a safe one twice if an idle connection turned out to be closed, as RFC 9112, 9.3.1, has it.

        Servers close idle connections when they like, and nobody can know before the next request. One that did so is
        given a new connection for each, lest a request be lost that cannot be sent twice.
        """
        self._watch.start()
        if self._hung_up:
            request.headers["connection"] = "close"
        self._line.is_new, self._line.heard = False, 0
        try:
            return super().handle_request(request)
        except _HUNG_UP:
            if self._line.is_new or self._line.heard:
                raise
            self._hung_up = True
            if request.method not in _SAFE:
                raise
            return super().handle_request(request)


def plain_http(timeout: float = 10.0, watch: Stopwatch | None = None, ca: Path | None = None) -> httpx.Client:
    """An HTTP client that follows no redirect, reads no proxy setting, and waits `timeout` seconds per read.

    watch: the clock over whole exchanges, by default one of `DEADLINE` seconds. ca: file of certificates to trust.
    """
    return httpx.Client(
        timeout=timeout,
        follow_redirects=False,
        trust_env=False,
        transport=_ClockedTransport(watch if watch is not None else Stopwatch(), ca),
        headers={"accept-encoding": "gzip, deflate"},
    )


def read_body(response: httpx.Response, left: Callable[[], float], deadline: float) -> bytes:
    """The decoded body of an answer; raises TransportError when it is too slow, too large, or inflates too much.

    left: seconds that the exchange still has. What is compressed is never inflated by more than a piece at a time.
    """
    if response.is_stream_consumed:
        return response.content  # it never came over a wire
    body = bytearray()
    received = 0
    inflate = _Inflater(response.headers.get("content-encoding", ""))
    try:
        for raw in response.iter_raw():
            received += len(raw)
            for piece in inflate.pieces(raw):
                body += piece
                _judge_size(len(body), received)
            if left() < 0:
                raise TransportError(f"slow body: {len(body)} bytes in {deadline:g} s", kind="slow")
        body += inflate.rest()
    except httpx.TimeoutException as error:
        seen = f"slow body: {len(body)} bytes in {deadline:g} s" if left() <= 0 else f"the body stopped at {received}"
        raise TransportError(seen if left() <= 0 else f"{seen} bytes: no more in time", kind="slow") from error
    except (httpx.RemoteProtocolError, httpx.ReadError) as error:
        promised = response.headers.get("content-length", "")
        if promised.isdecimal() and received < int(promised):
            raise TransportError(f"the answer broke off: got {received} of {promised} bytes", kind="broken") from error
        raise TransportError(f"the answer broke off after {received} bytes ({error})", kind="broken") from error
    except zlib.error as error:
        raise TransportError(f"the answer broke off: it does not decode as it says ({error})", kind="broken") from error
    return bytes(body)


def _judge_size(size: int, received: int) -> None:
    excess = excess_of(size, received)
    if excess is not None:
        raise TransportError(excess, kind="large")


class _Inflater:
    """Decodes gzip and deflate in pieces of bounded size; anything else passes as it is."""

    def __init__(self, encoding: str) -> None:
        self._encoding = encoding.strip().lower()
        self._codec = zlib.decompressobj(_ZLIB_ANY) if self._encoding in ("gzip", "x-gzip", "deflate") else None
        self._is_first = True

    def pieces(self, raw: bytes) -> Iterable[bytes]:
        if self._codec is None:
            yield raw
            return
        pending = raw
        while pending:
            yield self._decoded(pending)
            pending = self._codec.unconsumed_tail

    def rest(self) -> bytes:
        return self._codec.flush() if self._codec is not None else b""

    def _decoded(self, pending: bytes) -> bytes:
        first, self._is_first = self._is_first, False
        assert self._codec is not None  # noqa: S101  the caller looked
        try:
            return self._codec.decompress(pending, _PIECE)
        except zlib.error:
            if not first or self._encoding != "deflate":
                raise
            self._codec = zlib.decompressobj(-zlib.MAX_WBITS)  # some send deflate without its wrapper
            return self._codec.decompress(pending, _PIECE)
