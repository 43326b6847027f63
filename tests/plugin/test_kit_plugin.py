"""`pytest --mockproof-target URL` against a mock, alone, with pytest-xdist and beside the mock's own plugin."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from conformance.reporting.source import load_report
from mockserver.app import create_app
from mockserver.server import running
from mockserver.testing import MockWorkspace, open_workspace
from spec.contract_reader import load_contract
from spec.fixtures import load_fixtures

RunPytest = Callable[..., str]

HOME = Path(__file__).parents[2]
VAULT = HOME / "tests" / "contracts" / "vault.yaml"
OWN = "def test_own(): ...\n"
JUDGED = (
    f"--mockproof-contract={VAULT}",
    "--mockproof-auth=north-token",
    "--mockproof-second-auth=south-token",
    "--mockproof-tier=preflight",
    "--mockproof-tier=scenarios",
    "--mockproof-only=getVault",
)
PLUGIN = ("-p", "conformance.pytest_plugin")
ALONE, SHARED = (), ("-p", "xdist", "-n", "2")


@pytest.fixture(scope="module")
def vaults() -> Iterator[str]:
    contract = load_contract(VAULT)
    with running(create_app(contract, load_fixtures(contract, VAULT.with_suffix("")))) as url:
        yield url


@pytest.fixture
def vault(vaults: str) -> Iterator[MockWorkspace]:
    """A workspace of a mock of the vaults: its URL is a target of its own."""
    with httpx.Client(base_url=vaults, trust_env=False) as http, open_workspace(http) as workspace:
        yield workspace


def outcomes(told: str) -> set[tuple[str, str]]:
    """Item and outcome of every line that -rA prints."""
    lines = re.findall(r"^(PASSED|FAILED|ERROR|XFAIL) (?:\[\d+\] )?mockproof::(\S+)", told, flags=re.MULTILINE)
    assert len(lines) == len(set(lines))
    return {(name, word) for word, name in lines}


def runs(folder: Path) -> list[Path]:
    return sorted((folder / ".mockproof" / "runs").glob("*"))


def test_every_requirement_of_a_clean_mock_is_an_item(
    run_pytest: RunPytest, vault: MockWorkspace, tmp_path: Path
) -> None:
    told = run_pytest(*PLUGIN, *JUDGED, f"--mockproof-target={vault.url}", "-rA", test=OWN)
    (folder,) = runs(tmp_path)
    document = load_report(folder)
    judged = {entry["id"] for entry in document["requirements"] if entry["verdict"] != "not applicable"}
    assert {name for name, _ in outcomes(told)} == {*judged, "run"}
    assert "PASSED test_it.py::test_own" in told
    assert f"{document['conclusion']}; see {folder / 'report.html'}" in told


def test_a_mutant_fails_the_item_of_what_it_breaks_and_no_other(run_pytest: RunPytest, vault: MockWorkspace) -> None:
    vault.mutant("read-answers-sibling")
    told = run_pytest(*PLUGIN, *JUDGED, f"--mockproof-target={vault.url}", "-rA", test=OWN, passes=False)
    assert {name for name, word in outcomes(told) if word == "FAILED"} == {"getVault/read-by-id"}
    assert "expected: " in told
    assert "curl -i " in told
    assert "north-token" not in told


def test_workers_tell_what_one_process_tells_and_the_target_is_judged_once(
    run_pytest: RunPytest, vault: MockWorkspace, tmp_path: Path
) -> None:
    vault.mutant("read-answers-sibling")
    arguments = (*PLUGIN, *JUDGED, f"--mockproof-target={vault.url}", "-rA")
    alone = outcomes(run_pytest(*arguments, test=OWN, passes=False))
    shared = run_pytest(*arguments, *SHARED, test=OWN, passes=False)
    assert outcomes(shared) == alone
    assert "2 workers [" in shared
    assert len(runs(tmp_path)) == 2, "one run of each session"


def test_what_is_not_chosen_costs_no_request(run_pytest: RunPytest, vault: MockWorkspace, tmp_path: Path) -> None:
    arguments = (*PLUGIN, *JUDGED, f"--mockproof-target={vault.url}")
    run_pytest(*arguments, "-k", "test_own", test=OWN)
    assert "mockproof::getVault/read-by-id" in run_pytest(*arguments, "--collect-only", "-q", test=OWN)
    assert vault.journal.list() == []
    assert runs(tmp_path) == []


def test_tests_with_the_mock_and_requirements_share_a_session(run_pytest: RunPytest, vault: MockWorkspace) -> None:
    test = "def test_it(mockproof):\n    assert mockproof.journal.list() == []\n"
    target = (f"--mockproof-target={vault.url}", f"--mock-url={vault.base_url}")
    assert "test_it.py::test_it" in run_pytest(*PLUGIN, *JUDGED, *target, "-rA", test=test)


def test_a_declaration_is_read_and_its_reports_lie_where_one_says(
    run_pytest: RunPytest, vault: MockWorkspace, tmp_path: Path
) -> None:
    text = f'[target]\nurl = "{vault.url}"\n[identities.owner]\ntenant = "north-token"\n'
    (tmp_path / "mockproof.toml").write_text(text)
    chosen = ("--mockproof-only=getVault", "--mockproof-tier=scenarios", "--mockproof-report-dir=out")
    declared = ("--mockproof-declaration=mockproof.toml", f"--mockproof-contract={VAULT}")
    run_pytest(*PLUGIN, *declared, *chosen, test=OWN)
    assert load_report(tmp_path / "out")["operations"] == ["getVault"]


def test_nobody_there_is_a_failure_that_says_so(run_pytest: RunPytest) -> None:
    told = run_pytest(*PLUGIN, *JUDGED, "--mockproof-target=http://127.0.0.1:9", "-rA", test=OWN, passes=False)
    assert "nobody listens at 127.0.0.1:9" in told
    assert {name for name, word in outcomes(told) if word == "PASSED"} == {"run"}


@pytest.mark.parametrize(
    ("argument", "told", "workers"),
    [
        ("--mockproof-declaration=none.toml", "cannot read", ALONE),
        ("--mockproof-only=listVauls", "did you mean listVaults", SHARED),
        ("--mockproof-auth=nobody=x", "no security scheme 'nobody'", ALONE),
        ("--mockproof-auth=nobody=x", "no security scheme 'nobody'", SHARED),
    ],
    ids=["declaration", "operation-shared", "scheme", "scheme-shared"],
)
def test_wrong_usage_is_one_message(
    argument: str, told: str, workers: tuple[str, ...], run_pytest: RunPytest, vault: MockWorkspace
) -> None:
    arguments = (*PLUGIN, *JUDGED, f"--mockproof-target={vault.url}", argument, *workers)
    seen = run_pytest(*arguments, test=OWN, passes=False)
    assert told in seen
    assert "Traceback" not in seen
    assert "INTERNALERROR" not in seen


def test_an_interrupted_session_leaves_nothing_at_the_target(vault: MockWorkspace, tmp_path: Path) -> None:
    (tmp_path / "pytest.ini").write_text("[pytest]\n")
    options = [f"--mockproof-contract={VAULT}", "--mockproof-auth=north-token", "--mockproof-report-dir=out"]
    options += [f"--mockproof-only={name}" for name in ("listVaults", "createVault", "getVault", "deleteVault")]
    command = [sys.executable, "-m", "pytest", *PLUGIN, *options, f"--mockproof-target={vault.url}"]
    environment = {**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""}
    ledger = tmp_path / "out" / "ledger.ndjson"
    with subprocess.Popen(command, cwd=tmp_path, env=environment, stdout=subprocess.DEVNULL) as process:
        until = time.monotonic() + 60
        while '"phase": "coverage"' not in (ledger.read_text() if ledger.exists() else ""):
            assert process.poll() is None, "the session was over too soon"
            assert time.monotonic() < until, "the kit never came that far"
            time.sleep(0.05)
        assert vault.diff() != []
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=30) == pytest.ExitCode.INTERRUPTED
    assert "interrupted" in {one["trouble"] for one in load_report(tmp_path / "out")["troubles"]}
    assert vault.diff() == []


def test_the_plugin_costs_nothing_where_it_is_not_used() -> None:
    asked = "import sys, pytest; before = set(sys.modules); import conformance.pytest_plugin"
    command = [sys.executable, "-c", f"{asked}; print(*(set(sys.modules) - before))"]
    done = subprocess.run(command, cwd=HOME, capture_output=True, text=True, check=True, timeout=60)
    assert set(done.stdout.split()) == {
        "conformance",
        "conformance.plugin",
        "conformance.plugin.marker",
        "conformance.pytest_plugin",
    }
