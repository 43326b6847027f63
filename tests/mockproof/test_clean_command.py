"""`mockproof clean`: deletes what the list of a run names, and says what it could not delete."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from mockproof.cli import main
from mockproof.run_folder import find_folder, write_start
from mockproof.verify_plan import Options
from mockserver.app import create_app
from mockserver.server import running
from spec.contract_reader import load_contract
from spec.fixtures import load_fixtures

VAULT = Path(__file__).resolve().parents[1] / "contracts" / "vault.yaml"
HEADERS = {"authorization": "Bearer north-token"}


@pytest.fixture
def mock() -> Iterator[str]:
    contract = load_contract(VAULT)
    with running(create_app(contract, load_fixtures(contract, VAULT.with_suffix("")))) as url:
        yield url


@pytest.fixture
def folder(mock: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("VAULT_TOKEN", "north-token")
    options = Options(url=mock, contract=str(VAULT), auth=("tenant=env:VAULT_TOKEN", "typed-secret"))
    write_start(tmp_path / "run", options.to_json())
    (tmp_path / "run" / "ledger.ndjson").write_text("")
    return tmp_path / "run"


def created(mock: str, folder: Path, *names: str) -> list[str]:
    """Vaults made and written down as a run does."""
    found = []
    with (folder / "created.ndjson").open("w") as file:
        for number, name in enumerate(names):
            body = {"name": name, "region": "north"}
            vault = httpx.post(f"{mock}/v1/vaults", headers=HEADERS, json=body).json()["id"]
            file.write(
                f'{{"kind": "intended", "number": "n{number}", "operation": "createVault", "resource": "vault", '
                f'"chain": {{}}, "name": "{name}"}}\n'
                f'{{"kind": "created", "number": "n{number}", "chain": {{"vault": "{vault}"}}}}\n'
            )
            found.append(f"{mock}/v1/vaults/{vault}")
    return found


def test_what_the_list_names_is_deleted_and_nothing_else(
    mock: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    places = created(mock, folder, "mockproof-a", "mockproof-b")
    assert main(["clean", str(folder)]) == 0
    assert "2 deleted, 0 left" in capsys.readouterr().out
    assert [httpx.get(place, headers=HEADERS).status_code for place in places] == [404, 404]
    assert httpx.get(f"{mock}/v1/vaults/1", headers=HEADERS).status_code == 200


def test_rehearsal_tells_what_would_go_and_sends_nothing(
    mock: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    first, last = created(mock, folder, "mockproof-a", "mockproof-b")
    asked = len(httpx.get(f"{mock}/__mock/journal").json()["entries"])
    assert main(["clean", str(folder), "--dry-run"]) == 1
    out = capsys.readouterr().out.splitlines()
    ids = [place.rpartition("/")[2] for place in (last, first)]
    assert out == ["2 would be deleted, newest first", *(f"  vault at vault {one}" for one in ids)]
    assert len(httpx.get(f"{mock}/__mock/journal").json()["entries"]) == asked
    main(["clean", str(folder)])
    assert main(["clean", str(folder), "--dry-run"]) == 0


def test_second_time_there_is_nothing_left_to_do(mock: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    created(mock, folder, "mockproof-a")
    main(["clean", str(folder)])
    assert main(["clean", str(folder)]) == 0
    assert "0 deleted, 0 left" in capsys.readouterr().out


def test_what_cannot_be_deleted_is_told_with_an_exit_code(
    mock: str, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    created(mock, folder, "mockproof-a")
    assert main(["clean", str(folder), "--auth", "tenant=nobodys-token"]) == 1
    out = capsys.readouterr().out
    assert "0 deleted, 1 left" in out
    assert "status 401" in out


def test_credential_that_was_typed_is_not_kept(folder: Path) -> None:
    assert "typed-secret" not in (folder / "run.json").read_text()


def test_run_that_created_nothing_needs_no_cleaning(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["clean", str(folder)]) == 0
    assert "created nothing" in capsys.readouterr().out


def test_unknown_run_is_a_usage_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    assert main(["clean", "nothing"]) == 2
    assert "there is no run 'nothing'" in capsys.readouterr().err


def test_run_is_found_by_the_end_of_its_name(tmp_path: Path) -> None:
    home = tmp_path / "runs" / "20260101-120000-ab12"
    home.mkdir(parents=True)
    (home / "ledger.ndjson").write_text("")
    assert find_folder("ab12", tmp_path) == home
