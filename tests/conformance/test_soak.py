"""A soak goes on with other seeds until its time is over, and then has verdicts and reports like any other run."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from conformance.ledger import LEDGER_NAME, read_ledger
from mockproof.cli import main

CONTRACT = Path(__file__).with_name("tray.yaml")
TOKEN = "canary-5f1d7c"
SECONDS = 15
WRITING = 10
"""Seconds for what follows the last request: deleting, verdicts, reports."""


def soaked(url: str, folder: Path, *options: str) -> int:
    return main(["verify", url, "--contract", str(CONTRACT), "--auth", TOKEN, "--report-dir", str(folder), *options])


def test_soak_ends_with_its_time_and_is_complete(
    serve: Any, tray: Any, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    began = time.monotonic()
    tiers = ("--tier", "preflight", "--tier", "scenarios", "--tier", "soak")
    folder = tmp_path / "run"
    options = ("--max-time", str(SECONDS), "--max-examples", "1", "--only", "listTrays", "--only", "getTray")
    code = soaked(serve(tray()), folder, *tiers, *options)
    spent = time.monotonic() - began
    report = json.loads((folder / "report.json").read_text())
    assert (code, report["conclusion"], report["troubles"]) == (0, "conformant", [])
    assert SECONDS - 4 < spent < SECONDS + WRITING
    assert "soaking" in capfd.readouterr().err
    seeds = sum(line["kind"] == "closing" and line["phase"] == "fuzzing" for line in read_ledger(folder / LEDGER_NAME))
    assert seeds > len(["listTrays", "getTray"])


def test_soak_that_never_asked_everything_once_is_incomplete(serve: Any, tray: Any, tmp_path: Path) -> None:
    folder = tmp_path / "run"
    code = soaked(serve(tray()), folder, "--tier", "soak", "--max-time", "2", "--max-examples", "500")
    assert code == 4
    assert json.loads((folder / "report.json").read_text())["conclusion"] == "incomplete"
