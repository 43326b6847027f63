"""`python -m bench.soak`: a million requests, and whether the mock's memory stays where it was.

The journal is a ring, so memory rises until it is full and then must not rise any more. The first stretch of the
run, in which that happens, is not judged.
"""

from __future__ import annotations

import json
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

from bench.errors import BenchError
from bench.load import press
from bench.process import Server, free_port, running_server

_STRETCH: Final = 5.0
"""Seconds of load between two looks at the memory."""

_WARM: Final = 0.2
"""Share of the requests after which the ring must be full."""

_BEARABLE: Final = 1.05
"""Memory at the end against memory when it was warm."""

_HEAD: Final = b" HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer auditor-token\r\n\r\n"

MESSAGES: Final = (
    (b"GET /v1/backup_instances?page=2" + _HEAD, 200),
    (b"GET /v1/backup_instances?page=none" + _HEAD, 422),
    (b"GET /nothing/here" + _HEAD, 404),
)
"""What is asked, turn by turn, and the status that is due: a list, a refusal, and a path that nobody has."""


@dataclass(frozen=True, slots=True)
class Sample:
    """The memory of the server after so many answers, in KiB (VmRSS)."""

    answers: int
    resident: int


@click.command()
@click.option("--requests", type=click.IntRange(1000), default=1_000_000, show_default=True)
@click.option("--python", default=sys.executable, help="Interpreter that has the mock installed.")
def main(*, requests: int, python: str) -> None:
    """Send requests to a mock and watch its memory. Ends with 1 if it grows, with 2 if nothing could be measured."""
    port = free_port()
    command = [python, "-m", "mockproof", "serve", "--port", str(port), "--log", "none", "--no-watch"]
    try:
        with running_server("mockproof", command, port) as server:
            samples = list(watch(server, requests))
            dropped = _journal(server.url)["dropped"]
    except (BenchError, OSError) as error:
        click.echo(f"soak: {error}", err=True)
        sys.exit(2)
    growth = judge(samples)
    click.echo(tell(samples, growth, dropped))
    sys.exit(0 if growth <= _BEARABLE else 1)


def watch(server: Server, requests: int) -> Iterator[Sample]:
    """Send so many requests, and look at the memory in between."""
    answers, turn = 0, 0
    while answers < requests:
        message, expected = MESSAGES[turn % len(MESSAGES)]
        load = press(server.port, message, seconds=_STRETCH)
        if set(load.statuses) != {expected}:
            raise BenchError(f"expected only {expected}, saw {dict(load.statuses)}", hint="see its own log")
        answers, turn = answers + load.answers, turn + 1
        sample = Sample(answers, resident_of(server.pid))
        click.echo(f"{sample.answers:>9,} answers  {sample.resident:>8,} KiB", err=True)
        yield sample


def resident_of(pid: int) -> int:
    """Resident memory of a process in KiB, as Linux tells it. Raises BenchError where it does not."""
    for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1])
    raise BenchError(f"the memory of process {pid} is not told", hint="run this on Linux")


def judge(samples: list[Sample]) -> float:
    """The most memory after the first stretch of the run, over the memory at its end. 1.0 is flat."""
    last = samples[-1].answers
    warm = next(number for number, sample in enumerate(samples) if sample.answers >= _WARM * last)
    return max(sample.resident for sample in samples[warm:]) / samples[warm].resident


def tell(samples: list[Sample], growth: float, dropped: int) -> str:
    """The result as one line."""
    last = samples[-1]
    return (
        f"{last.answers:,} answers; {samples[0].resident:,} KiB after {samples[0].answers:,}, {last.resident:,} KiB "
        f"at the end; at most {growth:.3f} of the warm level; {dropped:,} journal entries dropped"
    )


def _journal(url: str) -> Any:
    with urllib.request.urlopen(f"{url}/__mock/journal?limit=1", timeout=30) as answer:  # noqa: S310  (our own server)
        return json.load(answer)


if __name__ == "__main__":
    main()
