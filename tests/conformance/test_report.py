from __future__ import annotations

import io
import re
import shlex
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest

from conformance.errors import LedgerError, ReportError
from conformance.ledger import Ledger, open_ledger, read_ledger
from conformance.reporting.junit import junit_text
from conformance.reporting.report import Document, command_of, curl_of, report_document, write_files
from conformance.reporting.text import summary_text
from conformance.secret import Secrets

RUN = {
    "tool": "mockproof 0", "target": "http://x", "contract": {"title": "Tray", "version": "1", "digest": "d"},
    "profile": "full", "seed": 3, "phases": [], "operations": ["act"], "started": "2024-01-01T00:00:00+00:00",
    "variables": ["TOKEN"],
}  # fmt: skip


def verdict(name: str, level: str, outcome: str, *failures: dict[str, Any]) -> dict[str, Any]:
    quote = {"file": "source.txt", "lines": "3-4", "text": "It shall hold."}
    return {
        "id": name, "level": level, "text": "It holds.", "capability": "core", "operations": ["act"],
        "sources": [quote], "verdict": outcome, "observations": 1, "reason": f"because {outcome}",
        "failures": list(failures),
    }  # fmt: skip


FAILURE = {"operation": "act", "code": "ST108", "expected": "one", "seen": "\x1b[31mtwo", "exchange": "x1", "times": 2}


@pytest.fixture
def document() -> Document:
    ledger = Ledger()
    ledger.add("run", **RUN)
    request = {
        "method": "POST",
        "target": "/a?b='c'",
        "headers": {"authorization": "Bearer $TOKEN", "host": "x"},
        "body": "n=$1",
    }
    answer = {"status": 500, "headers": {}, "body": "", "bytes": 0, "seconds": 0.1}
    ledger.add("exchange", id="x1", operation="act", request=request, answer=answer, trouble=None, failures=[])
    for outcome, level in [("fail", "MUST"), ("fail", "SHOULD"), ("inconclusive", "MUST"), ("inconclusive", "MAY"),
                           ("error", "MUST"), ("not applicable", "MUST"), ("pass", "MUST")]:  # fmt: skip
        failures = [FAILURE] if outcome == "fail" else []
        ledger.add("verdict", **verdict(f"{outcome}-{level}".replace(" ", "-"), level, outcome, *failures))
    ledger.add("end", conclusion="violations", seconds=1.5)
    return report_document(ledger.lines)


def test_report_has_one_entry_for_each_requirement(document: Document) -> None:
    assert len(document["requirements"]) == 7
    assert document["summary"] == {
        "MUST": {"error": 1, "fail": 1, "inconclusive": 1, "not applicable": 1, "pass": 1},
        "SHOULD": {"fail": 1},
        "MAY": {"inconclusive": 1},
    }


def test_junit_has_one_case_for_each_requirement_and_green_only_for_a_pass(document: Document) -> None:
    suite = ET.fromstring(junit_text(document)).find("testsuite")  # noqa: S314  our own text
    assert suite is not None
    cases = suite.findall("testcase")
    tags = {case.get("name"): [child.tag for child in case if child.tag != "properties"] for case in cases}
    assert tags == {
        "fail-MUST": ["failure"],
        "fail-SHOULD": ["skipped"],
        "inconclusive-MUST": ["error"],
        "inconclusive-MAY": ["skipped"],
        "error-MUST": ["error"],
        "not-applicable-MUST": ["skipped"],
        "pass-MUST": [],
    }
    assert [suite.get(name) for name in ("tests", "failures", "errors", "skipped")] == ["7", "1", "2", "3"]


def test_summary_tells_source_request_expected_and_seen(document: Document) -> None:
    text = summary_text(document)
    shown = ["FAIL fail-MUST (MUST)", "WARN fail-SHOULD (SHOULD)", "source.txt:3-4: It shall hold.", "expected: one"]
    shown += ["seen:     \\x1b[31mtwo", "curl -i -X POST", "Conclusion: violations"]
    assert [words for words in shown if words not in text] == []
    assert "\x1b" not in text


def test_curl_line_is_one_that_a_shell_reads_back() -> None:
    request = {
        "method": "PUT",
        "target": "/a?b='c'",
        "headers": {"authorization": "Bearer $TOKEN", "host": "x"},
        "body": "n=$1 `x`",
    }
    words = shlex.split(curl_of({"request": request}, "http://x", ["TOKEN"]))
    assert words == [
        "curl",
        "-i",
        "-X",
        "PUT",
        "http://x/a?b='c'",
        "-H",
        "authorization: Bearer $TOKEN",
        "--data-raw",
        "n=$1 `x`",
    ]


def test_only_the_secret_s_variable_is_left_to_the_shell() -> None:
    request = {"method": "GET", "target": "/$HOME", "headers": {"authorization": "$TOKEN"}, "body": ""}
    command = curl_of({"request": request}, "http://x", ["TOKEN"])
    assert "'http://x/$HOME'" in command
    assert '"$TOKEN"' in command


def test_run_that_never_ended_is_incomplete() -> None:
    ledger = Ledger()
    ledger.add("run", **RUN)
    assert report_document(ledger.lines)["conclusion"] == "incomplete"


def test_ledger_without_a_run_is_refused() -> None:
    with pytest.raises(LedgerError, match="tells of no run"):
        report_document([])


def test_resumed_run_is_told_by_its_last_verdicts_and_its_last_end() -> None:
    ledger = Ledger()
    ledger.add("run", **RUN)
    ledger.add("verdict", **verdict("one", "MUST", "inconclusive"))
    ledger.add("end", conclusion="incomplete", seconds=1.0)
    ledger.add("verdict", **verdict("one", "MUST", "pass"))
    ledger.add("end", conclusion="conformant", seconds=2.0)
    document = report_document(ledger.lines)
    assert [entry["verdict"] for entry in document["requirements"]] == ["pass"]
    assert (document["conclusion"], document["seconds"]) == ("conformant", 2.0)


def test_command_names_variables_and_never_guesses_schemes() -> None:
    run = {**RUN, "profile": "documented", "max_examples": 9}
    one = command_of({**run, "variables": ["TOKEN", "MOCKPROOF_SECOND_AUTH_X"]})
    assert one == (
        "mockproof verify http://x --profile documented --seed 3 --max-examples 9"
        " --auth env:TOKEN --second-auth env:MOCKPROOF_SECOND_AUTH_X"
    )
    assert command_of({**run, "variables": ["A", "B"]}).endswith("--auth SCHEME=env:VARIABLE")


def test_colour_is_ours_alone_and_only_when_asked_for(document: Document) -> None:
    styled = summary_text(document, colour=True)
    assert re.sub(r"\x1b\[[0-9;]*m", "", styled) == summary_text(document)
    assert "\x1b[31mtwo" not in styled


def test_ledger_on_disk_is_read_back_up_to_a_cut(tmp_path: Path) -> None:
    ledger = open_ledger(tmp_path / "new", Secrets({"TOKEN": "hush-5f1d7c"}))
    ledger.add("run", **RUN)
    ledger.add("end", conclusion="hush-5f1d7c", seconds=1)
    ledger.close()
    path = tmp_path / "new" / "ledger.ndjson"
    assert read_ledger(path) == ledger.lines
    assert "5f1d7c" not in path.read_text()
    path.write_text(path.read_text()[:-5])
    assert read_ledger(path) == ledger.lines[:1]


def test_folder_that_cannot_be_written_is_an_error_before_the_run(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ReportError, match="cannot write"):
        open_ledger(tmp_path / "file", Secrets())
    with pytest.raises(ReportError, match="cannot write"):
        write_files(tmp_path / "file", {"a": "b"})


class FullDisk(io.StringIO):
    def write(self, _text: str) -> int:
        raise OSError(28, "No space left on device")


def test_full_disk_is_remembered_and_stops_nothing() -> None:
    ledger = Ledger(file=FullDisk())
    ledger.add("run", **RUN)
    ledger.add("end", conclusion="x", seconds=0)
    ledger.close()
    assert ledger.failed is not None
    assert len(ledger.lines) == 2
