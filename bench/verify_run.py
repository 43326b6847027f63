"""Whole runs of `mockproof verify` against a mock on another core, as a user starts them."""

from __future__ import annotations

import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.errors import BenchError
from bench.process import Server, free_port, running_server

OWNER, SECOND = "nimbus-token", "harbor-token"
"""Two tenants of the packaged world."""

PREFLIGHT, SCENARIOS, FUZZ, FULL = "preflight", "scenarios", "fuzz", "full run"
KINDS: Final = {
    PREFLIGHT: ("--tier", "preflight"),
    SCENARIOS: ("--tier", "preflight", "--tier", "scenarios"),
    FUZZ: ("--tier", "fuzz"),
    FULL: (),
}
"""What is run, and the options of the command that say so."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the command.

    wall, cpu: seconds of the whole command, start and reports included, by the clock and of all its processes.
    exchanges: requests that were sent and answered. cases: those of them that the fuzzer made and checked.
    """

    kind: str
    profile: str
    round: int
    wall: float
    cpu: float
    exchanges: int
    cases: int
    conclusion: str


def measure_runs(kinds: Sequence[str], profiles: Sequence[str], rounds: int, note: Callable[[str], None]) -> list[Run]:
    """Every kind of run with every form of the contract, in interleaved rounds; each against a fresh mock.

    Raises BenchError for a run that does not find the mock conformant, or ready.
    """
    found = []
    for number in range(1, rounds + 1):
        for kind in kinds:
            for profile in profiles:
                note(f"round {number} of {rounds}: {kind}, {profile}")
                with fresh_mock() as server:
                    found.append(_measured(server, kind, profile, number))
    return found


@contextmanager
def fresh_mock() -> Iterator[Server]:
    """The packaged mock as users start it, on the last core that we may use."""
    port = free_port()
    command = [sys.executable, "-m", "mockproof", "serve", "--port", str(port)]
    with running_server("mockproof", command, port, core=max(os.sched_getaffinity(0))) as server:
        yield server


def _measured(server: Server, kind: str, profile: str, number: int) -> Run:
    with tempfile.TemporaryDirectory(prefix="bench-verify-") as name:
        folder = Path(name)
        options = ["--auth", OWNER, "--second-auth", SECOND, "--disposable", "--profile", profile, *KINDS[kind]]
        command = [sys.executable, "-m", "mockproof", "verify", server.url, *options, "--report-dir", str(folder)]
        wall, cpu, code = _timed(command, folder)
        path = folder / "ledger.ndjson"
        lines = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()] if path.is_file() else []
    exchanges = [line for line in lines if line["kind"] == "exchange"]
    end = next((line for line in lines if line["kind"] == "end"), None)
    # One tier alone does not reach every requirement, which is not the question here.
    if end is None or (code != 0 and not (kind in (PREFLIGHT, FUZZ) and code == _INCONCLUSIVE)):
        raise BenchError(
            f"{kind}, {profile}: the command ended with code {code}, {end and end['conclusion']}",
            hint=f"run it by hand: {' '.join(command[1:4])} … {' '.join(options)}",
        )
    cases = sum(line["source"] == "fuzz" for line in exchanges)
    return Run(kind, profile, number, wall, cpu, len(exchanges), cases, end["conclusion"])


_INCONCLUSIVE = 3


def _timed(command: Sequence[str], folder: Path) -> tuple[float, float, int]:
    """Run a command on the first core; seconds by the clock and of it and all that it waited for, and its code."""
    began = time.perf_counter()
    with (folder / "output.txt").open("wb") as output:
        actions = [(os.POSIX_SPAWN_DUP2, output.fileno(), one) for one in (1, 2)]
        before = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {min(before)})  # inherited by the command and by what it starts
        try:
            pid = os.posix_spawn(command[0], list(command), os.environ, file_actions=actions)
        finally:
            os.sched_setaffinity(0, before)
        _, status, usage = os.wait4(pid, 0)
    return time.perf_counter() - began, usage.ru_utime + usage.ru_stime, os.waitstatus_to_exitcode(status)
