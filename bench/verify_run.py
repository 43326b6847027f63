"""Whole runs of `mockproof verify` against a mock on another core, as a user starts them."""

from __future__ import annotations

import json
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.errors import BenchError
from bench.process import Server, free_port, running_server
from bench.timed import timed
from bench.verify_stock import draw_only, run_stock

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

STOCK, DRAWN = "stock schemathesis", "making cases only"
BESIDE: Final = (STOCK, DRAWN)
"""What the fuzzing tier is held against, in the same rounds and with the form of the contract that users get."""
DEFAULT_PROFILE: Final = "documented"
"""The form of the contract that the command judges by when nobody says otherwise."""


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

    Each round also holds what the fuzzing tier is held against.

    Raises BenchError for a run that does not find the mock conformant, or ready.
    """
    found = []
    for number in range(1, rounds + 1):
        for kind in kinds:
            for profile in profiles:
                note(f"round {number} of {rounds}: {kind}, {profile}")
                with fresh_mock() as server:
                    found.append(_measured(server, kind, profile, number))
        for kind in BESIDE:
            note(f"round {number} of {rounds}: {kind}")
            found.append(_beside(kind, number))
    return found


def _beside(kind: str, number: int) -> Run:
    with tempfile.TemporaryDirectory(prefix="bench-verify-") as name:
        folder = Path(name)
        if kind == DRAWN:
            wall, cpu, cases = draw_only(DEFAULT_PROFILE, folder)
            return Run(kind, DEFAULT_PROFILE, number, wall, cpu, 0, cases, "")
        with fresh_mock() as server:
            wall, cpu, cases = run_stock(server.url, DEFAULT_PROFILE, OWNER, folder)
    return Run(kind, DEFAULT_PROFILE, number, wall, cpu, cases, cases, "")


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
        wall, cpu, code = timed(command, folder / "output.txt")
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
