"""Contracts that say nothing beyond OpenAPI: the mock of one keeps it, and what a mutant breaks of it is found."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mockproof.cli import main
from mockproof.kill import kill, load_world
from mockserver.app import create_app
from mockserver.server import running
from spec.contract_reader import load_contract
from spec.fixtures import bare_fixtures

CONTRACTS = Path(__file__).parents[1] / "contracts"


def judged(name: str, folder: Path, *arguments: str) -> dict[str, Any]:
    path = CONTRACTS / f"{name}.yaml"
    contract = load_contract(path)
    with running(create_app(contract, bare_fixtures(contract))) as url:
        options = ("--contract", str(path), "--auth", "demo-token", "--report-dir", str(folder))
        main(["verify", url + contract.base_path, *options, *arguments])
    report: dict[str, Any] = json.loads((folder / "report.json").read_text())
    return report


@pytest.mark.parametrize("seed", [1, 2])
@pytest.mark.parametrize(("name", "more"), [("tracker", ()), ("kennel", ("--disposable",))])
def test_mock_keeps_a_contract_without_a_word_of_ours(
    name: str, more: tuple[str, ...], seed: int, tmp_path: Path
) -> None:
    report = judged(name, tmp_path, "--seed", str(seed), *more)
    unlike = [(one["id"], one["reason"]) for one in report["requirements"] if one["verdict"] != "pass"]
    assert (unlike, report["conclusion"]) == ([], "conformant")


@pytest.mark.parametrize(
    "mutant", ["cursor-ends-early", "required-field-missing", "number-out-of-range-accepted", "no-credentials-needed"]
)
def test_a_mutant_of_it_fails_what_it_breaks(mutant: str) -> None:
    world = load_world("tracker", CONTRACTS / "tracker.yaml", CONTRACTS / "tracker")
    killed = kill(world, next(one for one in world.mutants if one.id == mutant))
    assert killed.own, killed


def test_what_it_does_not_promise_nobody_can_break() -> None:
    world = load_world("tracker", CONTRACTS / "tracker.yaml", CONTRACTS / "tracker")
    promised = {word for one in world.requirements for word in (one.behaviour, one.kind)}
    assert {one.breaks for one in world.mutants} <= promised
    assert "page-order" not in promised
