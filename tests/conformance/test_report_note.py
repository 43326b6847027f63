"""What a report notes beside the verdicts."""

from __future__ import annotations

from pathlib import Path

from conformance.reporting.note import notes_of
from conformance.reporting.report import report_document
from conformance.reporting.source import load_ledger
from conformance.reporting.story import leftovers_of

SAMPLE = Path(__file__).with_name("golden") / "sample.ndjson"


def test_notes_are_told_in_order_and_what_happens_often_once() -> None:
    assert list(notes_of(load_ledger(SAMPLE))) == [
        "the clock of the target is 3 s ahead",
        "This is the target's second run.",
        "the waiver of page-odour is about no requirement of this run",
        "1 request succeeded only when repeated: getTray",
        "what was created could be seen after up to 1.2 s",
    ]


def test_what_the_overlay_changes_and_where_a_run_went_on_is_noted() -> None:
    run = {"kind": "run", "accommodations": [{"target": "$.paths", "reason": "lists are wrapped"}]}
    assert list(notes_of([run, {"kind": "resumed", "at": "2024-01-01T00:00:00+00:00"}])) == [
        "the contract was fitted to the target at $.paths: lists are wrapped",
        "the run was cut off, and went on at 2024-01-01T00:00:00+00:00",
    ]


def test_leftover_tells_where_it_lies_and_why() -> None:
    assert leftovers_of(report_document(load_ledger(SAMPLE))) == (
        "tray 10 (DELETE was answered with 409)",
        "wash below tray 9 (washTray gave no answer that tells whether it created something)",
    )


def test_leftovers_of_one_kind_are_one_line() -> None:
    lines = load_ledger(SAMPLE)
    many = [{**line, "id": str(n)} for line in lines if line["kind"] == "leftover" for n in range(10)]
    told = leftovers_of(report_document([*(line for line in lines if line["kind"] != "leftover"), *many]))
    assert told[0] == "tray 0, 1, 2, 3, 4, 5, 6, 7 and 2 more (DELETE was answered with 409)"
    assert len(told) == 2


def test_leftovers_of_one_place_are_counted() -> None:
    lines = load_ledger(SAMPLE)
    wash = next(line for line in lines if line["kind"] == "leftover" and not line["id"])
    told = leftovers_of(report_document([*lines, wash, wash]))
    assert told[1].startswith("wash below tray 9 (3 times) (")


def test_run_that_went_on_leaves_what_it_left_at_last() -> None:
    lines = load_ledger(SAMPLE)
    resumed = [*lines, {"kind": "resumed", "at": "later", "number": len(lines) + 1}]
    assert leftovers_of(report_document(resumed)) == ()


def test_waiver_that_is_no_longer_needed_is_told() -> None:
    entries = {entry["id"]: entry for entry in report_document(load_ledger(SAMPLE))["requirements"]}
    assert entries["listTrays/schema"]["waiver"]["state"] == "no longer needed"
    assert entries["getTray/headers"]["waiver"]["owner"] == "Ada"
    assert entries["page-links"]["waiver"] is None
