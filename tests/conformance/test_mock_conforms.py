"""Each keeps the other honest: the packaged mock conforms to the packaged contract, in both forms, by the kit."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mockproof.cli import main
from mockserver.app import create_app
from mockserver.server import running
from spec.contract_reader import load_contract
from spec.fixtures import load_fixtures


@pytest.fixture
def mock() -> Iterator[str]:
    contract = load_contract()
    with running(create_app(contract, load_fixtures(contract))) as url:
        yield url


def verified(url: str, folder: Path, *arguments: str) -> tuple[int, dict[str, Any]]:
    credentials = ["--auth", "nimbus-token", "--second-auth", "harbor-token", "--disposable"]
    code = main(["verify", url, *credentials, "--report-dir", str(folder), *arguments])
    return code, json.loads((folder / "report.json").read_text())


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_mock_keeps_the_full_contract_without_a_finding(mock: str, tmp_path: Path, seed: int) -> None:
    code, report = verified(mock, tmp_path, "--profile", "full", "--seed", str(seed))
    entries = [entry for entry in report["requirements"] if entry["verdict"] != "pass"]
    # The one list of another interface whose ids nobody declared has a single item, too few to see an order.
    assert [(entry["id"], entry["reason"]) for entry in entries if entry["level"] == "MUST"] == []
    assert [entry["id"] for entry in entries if entry["verdict"] != "inconclusive"] == []
    assert code == 0


def test_mock_keeps_the_documented_contract(mock: str, tmp_path: Path) -> None:
    code, report = verified(mock, tmp_path)
    assert [(entry["id"], entry["reason"]) for entry in report["requirements"] if entry["verdict"] != "pass"] == []
    assert code == 0
