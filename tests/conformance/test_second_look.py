"""What a run makes may be on its way when the checks look: they look again, and nobody fails for being slow."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mockproof.cli import main
from mockserver.app import create_app
from mockserver.server import running
from mockserver.state.clock import Clock
from spec.contract_reader import load_contract
from spec.fixtures import load_fixtures

VAULT = Path(__file__).parent.parent / "contracts" / "vault.yaml"
OPERATIONS = ("listVaults", "createVault", "listCopies", "createCopy", "createExport", "getExport", "downloadExport")
EXPORTS = (
    "getExport/lifecycle-end",
    "getExport/content-digest",
    "downloadExport/content-bytes",
    "downloadExport/schema",
)


@pytest.fixture
def slow() -> Iterator[str]:
    """The vault, whose exports take more than two seconds; a run that asks for ids finds none that is done."""
    contract = load_contract(VAULT)
    fixtures = load_fixtures(contract, VAULT.with_suffix(""))
    with running(create_app(contract, fixtures, clock=Clock(fixtures.now, 5.0))) as url:
        yield url


def verified(url: str, folder: Path, *target: str, tiers: tuple[str, ...] = ("scenarios",)) -> dict[str, Any]:
    declaration = folder / "mockproof.toml"
    lines = ["[target]", f'url = "{url}"', *target, "[identities.owner]", 'tenant = "north-token"']
    declaration.write_text("\n".join(lines))
    only = [word for name in OPERATIONS for word in ("--only", name)]
    asked = [word for tier in tiers for word in ("--tier", tier)]
    files = ["--declaration", str(declaration), "--contract", str(VAULT), "--report-dir", str(folder / "run")]
    code = main(["verify", *files, *only, *asked])
    return {"code": code, **json.loads((folder / "run" / "report.json").read_text())}


def verdicts(report: dict[str, Any]) -> dict[str, str]:
    return {entry["id"]: entry["verdict"] for entry in report["requirements"]}


@pytest.mark.parametrize("target", [(), ("job_deadline = 20",)], ids=["nobody said", "declared"])
def test_checks_that_saw_nothing_look_again_once_something_has_arrived(
    slow: str, tmp_path: Path, target: tuple[str, ...]
) -> None:
    found = verdicts(verified(slow, tmp_path, *target))
    assert {name: found[name] for name in EXPORTS} == dict.fromkeys(EXPORTS, "pass")
    assert "fail" not in found.values()


def test_what_is_still_on_its_way_after_the_declared_time_is_a_violation(slow: str, tmp_path: Path) -> None:
    report = verified(slow, tmp_path, "job_deadline = 0.1")
    failed = [entry for entry in report["requirements"] if entry["verdict"] == "fail"]
    assert {entry["id"] for entry in failed} == {"getExport/lifecycle-progress"}
    assert failed[0]["failures"][0]["expected"] == "an end within 0.1 s"


def test_method_that_changes_nothing_is_tried_where_the_manners_forbid_others(slow: str, tmp_path: Path) -> None:
    found = verdicts(verified(slow, tmp_path))
    assert found["listVaults/method-not-allowed"] == "pass"


def test_deadline_that_leaves_no_time_for_the_run_is_refused(
    slow: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    declaration = tmp_path / "mockproof.toml"
    declaration.write_text(f'[target]\nurl = "{slow}"\njob_deadline = 90\nmax_time = 60\n')
    assert main(["verify", "--declaration", str(declaration), "--contract", str(VAULT)]) == 2
    assert "job_deadline" in capsys.readouterr().err
