"""Who is measured: the mock as users get it, its peers, and the two ends of the scale."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.bare import write_answers
from bench.exchange import Answer, ask
from bench.likeness import write_contract, write_environment
from bench.peer import peer_command, peer_versions
from bench.process import free_port, running_server
from bench.scenario import SCENARIOS, Scenario

ROOT: Final = Path(__file__).resolve().parents[1]
"""The checkout; servers of ours start there."""

MOCK: Final = "mockproof"


@dataclass(frozen=True, slots=True)
class Contestant:
    """One server to measure.

    text: what it does, for readers. port: where it listens. warm_up: whether it has a just-in-time compiler that
    needs a while. resets: whether it keeps what is created and can forget it.
    """

    name: str
    text: str
    command: tuple[str, ...]
    port: int
    warm_up: bool = False
    resets: bool = False


def mock_command(port: int) -> tuple[str, ...]:
    """The mock as a user starts it."""
    return (sys.executable, "-m", "mockproof", "serve", "--port", str(port))


def capture_answers(scenarios: tuple[Scenario, ...] = SCENARIOS) -> dict[Scenario, Answer]:
    """What the mock answers to each scenario, from one that is started for this."""
    port = free_port()
    with running_server(MOCK, mock_command(port), port, folder=ROOT):
        return {scenario: ask(port, scenario) for scenario in scenarios}


def line_up(folder: Path, answers: Mapping[Scenario, Answer]) -> tuple[Contestant, ...]:
    """Everybody who takes part; what they read is written into `folder`. The mock stands first."""
    contract, environment, recording = folder / "contract.json", folder / "mockoon.json", folder / "answers.json"
    write_contract(contract, {scenario.name: answer for scenario, answer in answers.items()})
    write_environment(environment, answers)
    write_answers(recording, answers)
    versions = peer_versions()
    prism, mockoon = versions["@stoplight/prism-cli"], versions["@mockoon/cli"]
    return (
        _ours(MOCK, "the mock, everything on", ("mockproof", "serve", "--port"), resets=True),
        _ours("bare ASGI", "the same bytes from a bare application on uvicorn", ("bench.bare", str(recording))),
        _ours("stock connexion", "the same contract, strict validation of requests and answers", ("bench.stock",)),
        _peer("prism-silent", f"Prism {prism}, --errors, no log", contract),
        _peer("prism", f"Prism {prism}, as it comes", contract),
        _peer("mockoon", f"Mockoon {mockoon}, fixed bodies, judges nothing", environment),
    )


def _ours(name: str, text: str, arguments: tuple[str, ...], *, resets: bool = False) -> Contestant:
    port = free_port()
    return Contestant(name, text, (sys.executable, "-m", *arguments, str(port)), port, resets=resets)


def _peer(name: str, text: str, data: Path) -> Contestant:
    port = free_port()
    return Contestant(name, text, tuple(peer_command(name, data, port)), port, warm_up=True)
