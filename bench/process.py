"""A server as a process of its own: pinned to a core, waited for, and ended with all its children."""

from __future__ import annotations

import contextlib
import os
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from bench.cpu import tree_cpu_seconds
from bench.errors import BenchError

_POLL: Final = 0.004
"""Seconds between two attempts to get a first answer."""

_GRACE: Final = 5.0
"""Seconds that a server has to end when it is asked to."""

ANY_REQUEST: Final = b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"
"""Good enough to learn whether somebody speaks HTTP."""


@dataclass(frozen=True, slots=True)
class Server:
    """A server that has answered.

    wall, cpu: seconds from spawn to the first answer, by the clock and of the process tree.
    """

    name: str
    port: int
    pid: int
    wall: float
    cpu: float

    @property
    def url(self) -> str:
        """The base URL, without a trailing slash."""
        return f"http://127.0.0.1:{self.port}"


def free_port() -> int:
    """A port of 127.0.0.1 that nobody listened on a moment ago."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def running_server(
    name: str,
    command: Sequence[str],
    port: int,
    *,
    core: int | None = None,
    folder: Path | None = None,
    first_request: bytes = ANY_REQUEST,
    timeout: float = 60.0,
) -> Iterator[Server]:
    """Run a server until the block ends; yields it once it has answered `first_request`, whatever the status.

    core: number of the core that it may use, all if None. folder: where it starts, our own folder if None.
    timeout: seconds. Raises BenchError if it ends or stays silent; the end of its output is in the message.
    """
    with tempfile.TemporaryFile() as output:
        began = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603  (our own list of peers)
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            cwd=folder,
            # A group of its own, so that the children that it leaves behind end with it.
            start_new_session=True,
        )
        try:
            if core is not None:
                os.sched_setaffinity(process.pid, {core})
            _wait_for_answer(name, process, port, first_request, began + timeout, output)
            wall = time.perf_counter() - began
            yield Server(name, port, process.pid, wall, tree_cpu_seconds(process.pid))
        finally:
            _end(process)


def _wait_for_answer(
    name: str, process: subprocess.Popen[bytes], port: int, request: bytes, deadline: float, output: IO[bytes]
) -> None:
    while not _answers(port, request):
        if process.poll() is not None:
            raise BenchError(
                f"{name} ended with code {process.returncode} before it answered:\n{_tail(output)}",
                hint="run its command by hand: " + " ".join(str(part) for part in list(process.args)),  # type: ignore[arg-type]
            )
        if time.perf_counter() > deadline:
            raise BenchError(
                f"{name} did not answer on port {port} in time:\n{_tail(output)}", hint="is the port free?"
            )
        time.sleep(_POLL)


def _answers(port: int, request: bytes) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(request)
        return connection.recv(5).startswith(b"HTTP/")
    return False


def _tail(output: IO[bytes]) -> str:
    output.seek(0)
    return output.read()[-2000:].decode(errors="replace").strip()


def _end(process: subprocess.Popen[bytes]) -> None:
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, number)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(_GRACE)
