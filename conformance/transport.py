"""The transport: plain HTTP with a clock over the whole exchange.

The limits of an HTTP library are per read, so that a target that sends one byte at a time, in its header fields or
its body, never meets one. Here each read gets what is left of the exchange's time.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

import httpcore
import httpx

from conformance.errors import TransportError

DEADLINE = 30.0
"""Seconds that one exchange may take, from the first byte sent to the last one received."""
LARGEST_ANSWER = 16 * 1024 * 1024
"""Bytes of a body, after decompression, that are read before the answer counts as too large."""
LARGEST_RATIO = 100
"""How many times larger than what was sent a body may become, once it is larger than `_RATIO_FROM`."""

_RATIO_FROM = 1024 * 1024
_PIECE = 64 * 1024
_ZLIB_ANY = 47
"""Window bits that let zlib read both gzip and zlib wrappers."""


@dataclass(slots=True)
class Stopwatch:
    """The clock of the exchange that is under way; one request is in flight at a time."""

    deadline: float = DEADLINE
    clock: Callable[[], float] = time.monotonic
    _until: float = field(default=float("inf"))

    def start(self) -> None:
        """An exchange begins."""
        self._until = self.clock() + self.deadline

    def left(self) -> float:
        """Seconds that the exchange still has."""
        return self._until - self.clock()


class _ClockedStream(httpcore.NetworkStream):
    """A stream whose reads and writes end with the exchange's time."""

    def __init__(self, stream: httpcore.NetworkStream, watch: Stopwatch) -> None:
        self._stream = stream
        self._watch = watch

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._stream.read(max_bytes, self._limit(timeout, httpcore.ReadTimeout))

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        self._stream.write(buffer, self._limit(timeout, httpcore.WriteTimeout))

    def close(self) -> None:
        self._stream.close()

    def start_tls(
        self, ssl_context: Any, server_hostname: str | None = None, timeout: float | None = None
    ) -> httpcore.NetworkStream:
        limit = self._limit(timeout, httpcore.ConnectTimeout)
        return _ClockedStream(self._stream.start_tls(ssl_context, server_hostname, limit), self._watch)

    def get_extra_info(self, info: str) -> Any:
        return self._stream.get_extra_info(info)

    def _limit(self, timeout: float | None, error: type[Exception]) -> float:
        left = self._watch.left()
        if left <= 0:
            raise error("the exchange took too long")
        return min(left, timeout) if timeout is not None else left


class _ClockedBackend(httpcore.NetworkBackend):
    """Opens clocked streams."""

    def __init__(self, watch: Stopwatch) -> None:
        self._backend = httpcore.SyncBackend()
        self._watch = watch

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        stream = self._backend.connect_tcp(host, port, timeout, local_address, socket_options)
        return _ClockedStream(stream, self._watch)


class _ClockedTransport(httpx.HTTPTransport):
    """The ordinary transport on clocked streams."""

    def __init__(self, watch: Stopwatch) -> None:
        super().__init__(trust_env=False)
        # httpx has no door for a network backend of one's own, only its pool has.
        self._pool._network_backend = _ClockedBackend(watch)  # noqa: SLF001


def plain_http(timeout: float = 10.0, watch: Stopwatch | None = None) -> httpx.Client:
    """An HTTP client that follows no redirect, reads no proxy setting, and waits `timeout` seconds per read.

    watch: the clock over whole exchanges; without one, only reads have a limit.
    """
    return httpx.Client(
        timeout=timeout,
        follow_redirects=False,
        trust_env=False,
        transport=_ClockedTransport(watch) if watch is not None else None,
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
    if size > LARGEST_ANSWER:
        raise TransportError(f"response too large: more than {LARGEST_ANSWER} bytes", kind="large")
    if size > _RATIO_FROM and size > received * LARGEST_RATIO:
        raise TransportError(
            f"response too large: {received} bytes inflate to more than {LARGEST_RATIO} times as many", kind="large"
        )


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
