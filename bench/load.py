"""A small load generator: a few kept-alive connections, each sending its next request when the last one is answered.

It costs less per request than the cheapest server that is measured, so that one core of it keeps one core of any
of them busy; a generator on Node.js would need as much as the servers themselves. It never sleeps: waking a sleeper
is billed to who sends, on a virtual machine with some 10 microseconds, so that a slow server would pay on every
answer for what a fast one never pays.
"""

from __future__ import annotations

import re
import select
import socket
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Final

from bench.errors import BenchError

_CHUNK: Final = 262_144
_LENGTH: Final = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
_SILENCE: Final = 10.0
"""Seconds without any answer after which a server counts as stuck."""


@dataclass(frozen=True, slots=True)
class Load:
    """What a stretch of load brought. statuses: number of answers by status code. seconds: how long it took."""

    statuses: Mapping[int, int]
    seconds: float

    @property
    def answers(self) -> int:
        """Number of answers."""
        return sum(self.statuses.values())


@dataclass(slots=True)
class _Line:
    """One connection and what has come of the current answer."""

    connection: socket.socket
    received: bytes = b""


def press(port: int, message: bytes, *, seconds: float, connections: int = 8) -> Load:
    """Send one request over and over for a time; every request sent is also answered before this returns.

    Raises BenchError if the server hangs up or falls silent.
    """
    with _opened(port, connections) as lines, select.epoll() as poll:
        for number, line in lines.items():
            poll.register(number, select.EPOLLIN)
            line.connection.sendall(message)
        statuses: Counter[int] = Counter()
        began = time.perf_counter()
        deadline, waiting = began + seconds, len(lines)
        heard = began
        while waiting:
            events = poll.poll(0)
            now = time.perf_counter()
            if not events:
                if now - heard > _SILENCE:
                    raise BenchError(f"the server on port {port} fell silent under load", hint="see its own log")
                continue
            heard, is_over = now, now > deadline
            for number, _ in events:
                line = lines[number]
                status = _advance(line, port)
                if status == 0:
                    continue
                statuses[status] += 1
                if is_over:
                    waiting -= 1
                else:
                    line.connection.send(message)
        return Load(dict(statuses), time.perf_counter() - began)


def _advance(line: _Line, port: int) -> int:
    """Read what has come; the status once the answer is whole, else 0."""
    chunk = line.connection.recv(_CHUNK)
    if not chunk:
        raise BenchError(f"the server on port {port} closed a connection under load", hint="see its own log")
    received = line.received + chunk if line.received else chunk
    if is_whole(received):
        line.received = b""
        return int(received[9:12])
    line.received = received
    return 0


def is_whole(received: bytes) -> bool:
    """Whether these bytes are one complete HTTP/1.1 answer, framed by its length or by chunks."""
    end = received.find(b"\r\n\r\n")
    if end < 0:
        return False
    length = _LENGTH.search(received, 0, end + 2)
    if length is None:
        return received.endswith(b"\r\n0\r\n\r\n")
    return len(received) - end - 4 >= int(length[1])


@contextmanager
def _opened(port: int, count: int) -> Iterator[dict[int, _Line]]:
    with ExitStack() as stack:
        opened: Sequence[socket.socket] = [
            stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=_SILENCE)) for _ in range(count)
        ]
        for connection in opened:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        yield {connection.fileno(): _Line(connection) for connection in opened}
