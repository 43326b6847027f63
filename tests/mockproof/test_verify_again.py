"""`mockproof verify --again RUN`, and a report folder that an earlier run was in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from mockproof.cli import main
from mockserver.app import create_app
from mockserver.server import running
from spec.contract_reader import load_contract
from spec.fixtures import load_fixtures

VAULT = Path(__file__).resolve().parents[1] / "contracts" / "vault.yaml"


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VAULT_TOKEN", "north-token")


def serve(*mutants: str) -> Iterator[str]:
    contract = load_contract(VAULT)
    with running(create_app(contract, load_fixtures(contract, VAULT.with_suffix("")), mutants=mutants)) as url:
        yield url


@pytest.fixture
def wrong() -> Iterator[str]:
    yield from serve("location-names-another")


@pytest.fixture
def right() -> Iterator[str]:
    yield from serve()


def verify(url: str, folder: str, *more: str) -> int:
    chosen = [word for name in ("getVault", "createVault") for word in ("--only", name)]
    options = ["--contract", str(VAULT), "--auth", "env:VAULT_TOKEN", "--tier", "scenarios", "--report-dir", folder]
    return main(["verify", url, *options, *chosen, *more])


def operations(folder: str) -> list[str]:
    return list(json.loads((Path(folder) / "report.json").read_text())["operations"])


def test_only_the_operations_of_what_did_not_pass_are_judged_again(
    wrong: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert verify(wrong, "first") == 1
    assert operations("first") == ["createVault", "getVault"]
    assert main(["verify", "--again", "first", "--report-dir", "second"]) == 1
    assert operations("second") == ["createVault"]
    assert "createVault/location" in capsys.readouterr().out


def test_where_all_has_passed_there_is_nothing_to_judge_again(right: str, capsys: pytest.CaptureFixture[str]) -> None:
    verify(right, "first")
    assert main(["verify", "--again", "first"]) == 0
    assert "nothing to judge again" in capsys.readouterr().out


def test_option_that_would_be_left_aside_is_refused(right: str, capsys: pytest.CaptureFixture[str]) -> None:
    verify(right, "first")
    assert main(["verify", "--again", "first", "--seed", "7"]) == 2
    assert "--seed does not go with --again" in capsys.readouterr().err


def test_reproducers_of_an_earlier_run_do_not_stay_beside_another_report(wrong: str, right: str) -> None:
    verify(wrong, "out")
    assert [path.suffix for path in sorted(Path("out/reproducers").iterdir())] == [".py", ".sh"]
    Path("out/reproducers/mine.txt").write_text("kept")
    verify(right, "out")
    assert [path.name for path in Path("out/reproducers").iterdir()] == ["mine.txt"]


def test_folder_of_a_run_that_left_things_behind_is_not_used_again(
    right: str, capsys: pytest.CaptureFixture[str]
) -> None:
    verify(right, "out")
    made = {"kind": "intended", "number": "n1", "operation": "createVault", "resource": "vault", "chain": {}}
    told = (
        json.dumps({**made, "name": "mockproof-x"}) + '\n{"kind": "created", "number": "n1", "chain": {"vault": "7"}}\n'
    )
    Path("out/created.ndjson").write_text(told)
    ledger = Path("out/ledger.ndjson").read_bytes()
    assert verify(right, "out") == 2
    assert "mockproof clean out" in capsys.readouterr().err
    assert Path("out/created.ndjson").read_text() == told
    assert Path("out/ledger.ndjson").read_bytes() == ledger
