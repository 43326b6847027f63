"""From spawn to first answer: CPU time and wall time, servers taking turns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bench.contestant import ROOT, Contestant
from bench.errors import BenchError
from bench.measure import SERVER_CORE, Note
from bench.process import running_server
from bench.scenario import SCENARIOS


@dataclass(frozen=True, slots=True)
class Start:
    """One start. cpu, wall: seconds."""

    server: str
    turn: int
    cpu: float
    wall: float


def measure_starts(contestants: Sequence[Contestant], turns: int, note: Note) -> tuple[Start, ...]:
    """Start every server alone, `turns` times; one that does not start is told and left out."""
    found = []
    for turn in range(1, turns + 1):
        note(f"starts: turn {turn} of {turns}")
        for contestant in contestants:
            try:
                found.append(_start(contestant, turn))
            except BenchError as error:
                note(str(error))
    return tuple(found)


def _start(contestant: Contestant, turn: int) -> Start:
    first = SCENARIOS[1].message().replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n", 1)
    with running_server(
        contestant.name, contestant.command, contestant.port, core=SERVER_CORE, folder=ROOT, first_request=first
    ) as server:
        return Start(contestant.name, turn, server.cpu, server.wall)
