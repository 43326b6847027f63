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
from conformance.resume import check_same, finished_checks, kept_lines, remaining_work
from mockserver.app import create_app
from spec.contract_reader import load_contract
from spec.fixtures import load_fixtures

VAULT = Path(__file__).resolve().parents[1] / "contracts" / "vault.yaml"
OPERATIONS = ("listVaults", "createVault", "getVault", "updateVault", "deleteVault")


def closing(operation: str, phase: str, **more: Any) -> dict[str, Any]:
    return {"kind": "closing", "operation": operation, "phase": phase, "status": "success", **more}


def exchange(operation: str, phase: str, source: str = "fuzz") -> dict[str, Any]:
    return {"kind": "exchange", "operation": operation, "phase": phase, "source": source}


def observation(requirement: str, operation: str) -> dict[str, Any]:
    return {"kind": "observation", "requirement": requirement, "operation": operation}


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


def test_verdicts_and_passing_troubles_are_made_anew() -> None:
    troubles = [{"kind": "trouble", "trouble": word, "operation": "*"} for word in ("interrupted", "budget", "crash")]
    assert kept_lines([{"kind": "verdict"}, {"kind": "end"}, *troubles]) == troubles[2:]


def test_what_is_left_is_asked_phase_by_phase() -> None:
    lines = [closing("a", "coverage"), {"kind": "trouble", "trouble": "crash", "operation": "c"}]
    work = remaining_work(lines, ("a", "b", "c"), ("coverage", "fuzzing", "stateful"))
    assert work == [(("coverage",), ("b",)), (("fuzzing", "stateful"), ("a", "b"))]


def test_fresh_run_has_one_part() -> None:
    assert remaining_work([], ("a", "b"), PHASES) == [(PHASES, ("a", "b"))]


def test_left_out_phase_is_over() -> None:
    skipped = {**closing("*", "examples", whole=True), "status": "skip"}
    assert remaining_work([skipped], ("a",), ("examples", "coverage")) == [(("coverage",), ("a",))]


def test_run_does_not_go_on_as_another() -> None:
    with pytest.raises(DeclarationError, match="another seed"):
        check_same({"seed": 1}, {"seed": 2})


def command(url: str, folder: Path) -> list[str]:
    only = [word for name in OPERATIONS for word in ("--only", name)]
    given = ["verify", url, "--contract", str(VAULT), "--auth", "env:VAULT_TOKEN", "--max-examples", "2"]
    return [sys.executable, "-m", "mockproof", *given, *only, "--report-dir", str(folder)]


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


MOMENTS = ('"kind": "observation"', '"phase": "coverage"', '"phase": "stateful"')


def test_killed_and_resumed_run_comes_to_the_verdict_of_a_whole_one(vault: Callable[[], str], tmp_path: Path) -> None:
    whole = finish(command(vault(), tmp_path / "whole"), tmp_path / "whole")
    for number, moment in enumerate(MOMENTS):
        url, folder = vault(), tmp_path / f"killed{number}"
        before = world(url)
        _kill_at(moment, command(url, folder), folder)
        assert world(url) != before, "something was left behind by the kill"
        resumed = finish([sys.executable, "-m", "mockproof", "verify", "--resume", str(folder)], folder)
        assert (resumed, verdicts(folder)) == (whole, verdicts(tmp_path / "whole")), moment
        assert world(url) == before, "and is gone again"


def test_clean_after_a_kill_leaves_nothing(vault: Callable[[], str], tmp_path: Path) -> None:
    url, folder = vault(), tmp_path / "killed"
    before = world(url)
    _kill_at('"phase": "coverage"', command(url, folder), folder)
    assert finish([sys.executable, "-m", "mockproof", "clean", str(folder)], folder) == 0
    assert world(url) == before


def test_nothing_is_left_after_a_polite_end(vault: Callable[[], str], tmp_path: Path) -> None:
    url, folder = vault(), tmp_path / "ended"
    before = world(url)
    assert _end_at('"phase": "coverage"', command(url, folder), folder, signal.SIGTERM) == 128 + signal.SIGTERM
    assert json.loads((folder / "report.json").read_text())["conclusion"] == "incomplete"
    assert world(url) == before


def _kill_at(moment: str, arguments: list[str], folder: Path) -> None:
    assert _end_at(moment, arguments, folder, signal.SIGKILL) == -signal.SIGKILL
    # The fuzzer's process notices within half a second that nobody listens any more.
    size, path = -1, folder / "created.ndjson"
    while size != path.stat().st_size:
        size = path.stat().st_size
        time.sleep(1)


def _end_at(moment: str, arguments: list[str], folder: Path, number: signal.Signals) -> int:
    """Send a signal once the ledger shows a moment; returns how the process ended."""
    ledger, until = folder / "ledger.ndjson", time.monotonic() + 60
    with subprocess.Popen(
        arguments, env=environment(), cwd=folder.parent, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as process:
        while moment not in (ledger.read_text() if ledger.exists() else ""):
            assert process.poll() is None, "the run was over before the moment"
            assert time.monotonic() < until, "the run never reached the moment"
            time.sleep(0.02)
        process.send_signal(number)
        return process.wait(timeout=20)
