"""A run that was cut off goes on where it was, and comes to the verdict that it would have come to."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from conformance.errors import DeclarationError
from conformance.fuzzing.job import PHASES
from conformance.ledger import read_ledger
from conformance.run.resume import check_same, finished_checks, is_over, kept_lines, remaining_work
from mockserver.app import create_app
from spec.contract_reader import load_contract
from spec.fixtures import load_fixtures

VAULT = Path(__file__).resolve().parents[1] / "contracts" / "vault.yaml"
MOCKPROOF = (sys.executable, "-m", "mockproof")
OPERATIONS = ("listVaults", "createVault", "getVault", "updateVault", "deleteVault")


def closing(operation: str, phase: str, **more: Any) -> dict[str, Any]:
    return {"kind": "closing", "operation": operation, "phase": phase, "status": "success", **more}


def exchange(operation: str, phase: str, source: str = "fuzz", name: str = "e1") -> dict[str, Any]:
    return {"kind": "exchange", "id": name, "operation": operation, "phase": phase, "source": source}


def observation(requirement: str, operation: str, **more: Any) -> dict[str, Any]:
    return {"kind": "observation", "requirement": requirement, "operation": operation, "exchange": None, **more}


def trouble(word: str, operation: str = "*") -> dict[str, Any]:
    return {"kind": "trouble", "trouble": word, "operation": operation}


def test_only_finished_checks_count() -> None:
    lines = [
        observation("r", "a"),
        closing("a", "scenario", requirement="r"),
        observation("r", "b"),
        exchange("b", "scenario", "scenario"),
    ]
    assert kept_lines(lines) == [lines[0], lines[1], lines[3]]
    assert finished_checks(lines) == {("r", "a")}


def test_only_finished_phases_of_the_fuzzer_count() -> None:
    lines = [exchange("a", "coverage"), closing("a", "coverage"), exchange("b", "coverage")]
    assert kept_lines(lines) == lines[:2]


def test_chains_count_only_as_a_whole() -> None:
    begun = [exchange("a", "stateful"), closing("*", "stateful")]
    assert kept_lines(begun) == []
    done = [*begun, closing("*", "stateful", whole=True)]
    assert kept_lines(done) == done


def test_what_the_model_noticed_counts_as_long_as_its_exchange_does() -> None:
    remarks = [observation("r", "a", source="model", exchange=name) for name in ("e1", "e2", "plain-1")]
    lines = [
        exchange("a", "coverage"),
        closing("a", "coverage"),
        exchange("a", "fuzzing", name="e2"),
        exchange("b", "scenario", "scenario", "plain-1"),
        *remarks,
    ]
    assert kept_lines(lines) == [*lines[:2], lines[3], remarks[0], remarks[2]]


def test_verdicts_and_passing_troubles_are_made_anew() -> None:
    passing = [trouble("interrupted"), trouble("budget"), trouble("crash"), trouble("stopped"), trouble("manners", "a")]
    lasting = [trouble("crash", "a"), trouble("stalled", "b")]
    assert kept_lines([{"kind": "verdict"}, {"kind": "end"}, *passing, *lasting]) == lasting


def test_what_a_reproducer_left_is_known_from_the_first_part_only() -> None:
    left = [{"kind": "leftover", "resource": word, "id": ""} for word in ("", "vault")]
    assert kept_lines(left) == left[:1]


@pytest.mark.parametrize(
    ("lines", "over"),
    [
        ([{"kind": "run"}], False),
        ([{"kind": "end"}], True),
        ([{"kind": "end"}, trouble("crash", "a")], True),
        ([{"kind": "end"}, trouble("budget")], False),
        ([{"kind": "end"}, trouble("crash")], False),
    ],
    ids=["begun", "ended", "lost an operation", "out of time", "lost the fuzzer"],
)
def test_run_is_over_when_going_on_would_add_nothing(lines: list[dict[str, Any]], over: bool) -> None:
    assert is_over(lines) == over
    assert (kept_lines(lines) == lines) or not over


def test_what_is_left_is_asked_phase_by_phase() -> None:
    lines = [closing("a", "coverage"), {"kind": "trouble", "trouble": "crash", "operation": "c"}]
    work = remaining_work(lines, ("a", "b", "c"), ("coverage", "fuzzing", "stateful"))
    assert work == [(("coverage",), ("b",)), (("fuzzing", "stateful"), ("a", "b"))]


def test_fresh_run_has_one_part() -> None:
    assert remaining_work([], ("a", "b"), PHASES) == [(PHASES, ("a", "b"))]


def test_left_out_phase_is_over() -> None:
    skipped = {**closing("*", "examples", whole=True), "status": "skip"}
    assert remaining_work([skipped], ("a",), ("examples", "coverage")) == [(("coverage",), ("a",))]


@pytest.mark.parametrize("name", ["target", "contract", "seed", "tiers", "manners", "ledger_version"])
def test_run_does_not_go_on_as_another(name: str) -> None:
    with pytest.raises(DeclarationError, match=f"another {name}"):
        check_same({name: 1}, {name: 2})


def command(url: str, folder: Path) -> list[str]:
    only = [word for name in OPERATIONS for word in ("--only", name)]
    given = ["verify", url, "--contract", str(VAULT), "--auth", "env:VAULT_TOKEN", "--max-examples", "2"]
    return [*MOCKPROOF, *given, *only, "--report-dir", str(folder)]


def resuming(folder: Path) -> list[str]:
    return [*MOCKPROOF, "verify", "--resume", str(folder)]


def environment() -> dict[str, str]:
    return {**os.environ, "VAULT_TOKEN": "north-token"}


def verdicts(folder: Path) -> dict[str, str]:
    return {line["id"]: line["verdict"] for line in read_ledger(folder / "ledger.ndjson") if line["kind"] == "verdict"}


def finish(arguments: list[str], folder: Path) -> int:
    return subprocess.run(arguments, env=environment(), cwd=folder.parent, capture_output=True, check=False).returncode


@pytest.fixture
def vault(serve: Callable[[Any], str]) -> Callable[[], str]:
    contract = load_contract(VAULT)
    return lambda: serve(create_app(contract, load_fixtures(contract, VAULT.with_suffix(""))))


def world(url: str) -> Any:
    return httpx.get(f"{url}/v1/vaults", headers={"authorization": "Bearer auditor-token"}).json()


def test_killed_and_resumed_run_comes_to_the_verdict_of_a_whole_one(vault: Callable[[], str], tmp_path: Path) -> None:
    whole = finish(command(vault(), tmp_path / "whole"), tmp_path / "whole")
    url, folder = vault(), tmp_path / "killed"
    before = world(url)
    begun = command(url, folder)
    for moment in ('"source": "check"', '"phase": "coverage"', '"phase": "stateful"'):
        assert end_at(moment, begun, folder, signal.SIGKILL) == -signal.SIGKILL
        assert world(url) != before, "something was left behind by the kill"
        begun = resuming(folder)
    assert (finish(begun, folder), verdicts(folder)) == (whole, verdicts(tmp_path / "whole"))
    assert len([line for line in read_ledger(folder / "ledger.ndjson") if line["kind"] == "resumed"]) == 3
    assert world(url) == before, "and is gone again"


def test_clean_after_a_kill_leaves_nothing(vault: Callable[[], str], tmp_path: Path) -> None:
    url, folder = vault(), tmp_path / "killed"
    before = world(url)
    assert end_at('"phase": "coverage"', command(url, folder), folder, signal.SIGKILL) == -signal.SIGKILL
    assert finish([*MOCKPROOF, "clean", str(folder)], folder) == 0
    assert world(url) == before


def test_nothing_is_left_after_a_polite_end(vault: Callable[[], str], tmp_path: Path) -> None:
    url, folder = vault(), tmp_path / "ended"
    before = world(url)
    assert end_at('"phase": "coverage"', command(url, folder), folder, signal.SIGTERM) == 128 + signal.SIGTERM
    assert json.loads((folder / "report.json").read_text())["conclusion"] == "incomplete"
    assert world(url) == before


def end_at(moment: str, arguments: list[str], folder: Path, number: signal.Signals) -> int:
    """Send a signal once the ledger shows a moment; returns how the process ended."""
    with subprocess.Popen(
        arguments, env=environment(), cwd=folder.parent, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        await_moment(moment, process, folder)
        process.send_signal(number)
        return process.wait(timeout=60)


def await_moment(moment: str, process: subprocess.Popen[Any], folder: Path) -> None:
    ledger, until = folder / "ledger.ndjson", time.monotonic() + 120
    while moment not in (ledger.read_text() if ledger.exists() else ""):
        assert process.poll() is None, "the run was over before the moment"
        assert time.monotonic() < until, "the run never reached the moment"
        time.sleep(0.02)
