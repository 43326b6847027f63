"""What hindered a run as a whole is told first, once, and without a list of all that it left open."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.reporting.html import html_text
from conformance.reporting.junit import junit_text
from conformance.reporting.markdown import markdown_text
from conformance.reporting.report import Document, report_document
from conformance.reporting.story import causes_of, questions_of
from conformance.reporting.text import summary_text

RUN = {
    "kind": "run", "number": 1, "tool": "mockproof 0", "target": "http://x", "profile": "full", "seed": 3, "phases": [],
    "contract": {"title": "Tray", "version": "1", "digest": "d" * 64}, "operations": ["listTrays"], "started": "now",
}  # fmt: skip
WRONG = "nothing works: status 404. The base path may be wrong"


def document(*reasons: str, trouble: str = "preflight", operation: str = "*") -> Document:
    """The report of a run with one trouble and a requirement for each reason."""
    lines: list[Any] = [RUN, {"kind": "trouble", "operation": operation, "reason": WRONG, "trouble": trouble}]
    for number, reason in enumerate(reasons, 1):
        lines.append(
            {
                "kind": "verdict", "id": f"promise-{number}", "level": "MUST", "text": "It holds.",
                "capability": "core", "operations": ["listTrays"], "sources": [],
                "verdict": "inconclusive", "observations": 0, "reason": reason, "failures": [],
            }
        )  # fmt: skip
    lines.append({"kind": "end", "conclusion": "inconclusive", "seconds": 0.1})
    return report_document([{**line, "number": number} for number, line in enumerate(lines, 1)])


def test_run_that_never_asked_has_one_cause_for_everything() -> None:
    told = document("no check was made", WRONG, "no credential for scheme 'steward'")
    (cause,) = causes_of(told)
    assert (cause.reason, len(cause.entries)) == (WRONG, 3)
    assert questions_of(told) == ()
    text = summary_text(told)
    assert text.splitlines()[2] == "INCONCLUSIVE 3 requirements"
    assert "promise-1" not in text
    assert text.count(WRONG) == 1


def test_trouble_in_the_middle_explains_only_what_it_left_open() -> None:
    told = document(WRONG, "no check was made", "no item has an id", trouble="throttled")
    assert [entry["id"] for entry in causes_of(told)[0].entries] == ["promise-1", "promise-2"]
    assert [question.reason for question in questions_of(told)] == ["no item has an id"]


def test_trouble_of_one_operation_is_no_cause() -> None:
    told = document(WRONG, operation="listTrays")
    assert causes_of(told) == ()
    assert questions_of(told)[0].reason == WRONG


def test_trouble_is_told_where_nothing_was_to_be_judged() -> None:
    assert f"TROUBLE\n  {WRONG}\n" in summary_text(document())


@pytest.mark.parametrize("render", [markdown_text, html_text, junit_text])
def test_every_report_for_people_tells_the_cause(render: Any) -> None:
    told = render(document("no check was made"))
    assert "The base path may be wrong" in told
    assert "no check was made" not in told


def test_terminal_tells_a_waiver_that_is_about_nothing() -> None:
    lines = [RUN, {"kind": "waiver", "number": 2, "requirement": "page-odour"}]
    note = "NOTE the waiver of page-odour is about no requirement of this run"
    assert note in summary_text(report_document(lines))
