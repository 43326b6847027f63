"""Files that somebody gives where a ledger is wanted."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from conformance.errors import LedgerError
from conformance.reporting.report import report_document
from conformance.reporting.source import load_ledger, load_report

SAMPLE = Path(__file__).with_name("golden") / "sample.ndjson"


def test_folder_stands_for_the_ledger_in_it(tmp_path: Path) -> None:
    (tmp_path / "ledger.ndjson").write_bytes(SAMPLE.read_bytes())
    assert load_ledger(tmp_path) == load_ledger(SAMPLE)


def test_line_that_a_crash_cut_is_left_out(tmp_path: Path) -> None:
    path = tmp_path / "cut.ndjson"
    path.write_bytes(SAMPLE.read_bytes()[:-9])
    assert load_ledger(path) == load_ledger(SAMPLE)[:-1]


def test_report_file_gives_the_document_that_its_ledger_gives(tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(json.dumps(report_document(load_ledger(SAMPLE))), encoding="ascii")
    assert load_report(path) == load_report(SAMPLE)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "does not begin with a run"),
        (b"# a page\n\nwith words\n", "given.ndjson:1: this is no line of a ledger"),
        (b"\xff\xfe\x00\n", "no line of a ledger"),
        (b"[" * 100_000 + b"\n", "no line of a ledger"),
        (b'{"kind": "verdict"}\n', "no line of a ledger"),
        (b'{"kind": "note", "text": "x"}\n', "does not begin with a run"),
        (SAMPLE.read_bytes().replace(b'"ledger_version": 1', b'"ledger_version": 99'), "has ledger version 99"),
        (SAMPLE.read_bytes().replace(b'"kind": "trouble"', b'"kind": 7'), "no line of a ledger"),
    ],
)
def test_other_file_is_refused_in_words(content: bytes, told: str, tmp_path: Path) -> None:
    path = tmp_path / "given.ndjson"
    path.write_bytes(content)
    with pytest.raises(LedgerError, match=told):
        load_ledger(path)


@pytest.mark.parametrize("content", [b"nothing", b"[]", b'{"report_version": 1}', b'{"report_version": 2}'])
def test_other_json_is_refused_in_words(content: bytes, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_bytes(content)
    with pytest.raises(LedgerError, match=r"report\.json is no"):
        load_report(path)


def test_missing_file_is_named() -> None:
    with pytest.raises(LedgerError, match="cannot read nowhere"):
        load_ledger(Path("nowhere"))
    with pytest.raises(LedgerError, match="cannot read nowhere"):
        load_report(Path("nowhere.json"))
