"""The report for a terminal: what is broken, what nobody can say yet, and the sum."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from conformance.reporting.report import Document
from conformance.reporting.story import (
    MEANINGS,
    Fault,
    causes_of,
    counted,
    faults_of,
    leftovers_of,
    names_of,
    number_of,
    questions_of,
    reproducer_of,
    shortened,
    sources_of,
    waived_of,
    waiver_words,
)
from conformance.secret import printable

_SHOWN: Final = 2
"""Failures that are shown of one requirement."""
_LONGEST: Final = 400
_LEFT: Final = 4
_NOTED: Final = 6

_RED, _YELLOW, _GREEN, _FAINT, _BOLD = "31;1", "33;1", "32;1", "2", "1"
_OF_CONCLUSION: Final = {"conformant": _GREEN, "ready": _GREEN, "idle": _GREEN, "violations": _RED}

_Line = tuple[str, str]
"""A style, empty for none, and the text that has it."""


def summary_text(document: Document, *, colour: bool = False) -> str:
    """A summary, one fault after the other; every control character of the target is escaped.

    colour: write ANSI styles; for a terminal only.
    """
    told = ((style, printable(text)) for style, text in _lines(document))
    return "".join(f"\x1b[{style}m{text}\x1b[0m\n" if colour and style else f"{text}\n" for style, text in told)


def _lines(document: Document) -> Iterator[_Line]:
    contract = document["contract"]
    yield (
        _BOLD,
        f"{contract['title']} {contract['version']} ({document['profile']} contract) at {document['target']}",
    )
    yield "", ""
    yield from _causes(document)
    for fault in faults_of(document):
        yield from _fault(fault)
    yield from _waived(document)
    yield from _open(document)
    yield from _left_behind(document)
    yield from _notes(document)
    for level, counts in document["summary"].items():
        yield "", f"{level}: {counted(counts)}"
    seconds = f" in {document['seconds']:.1f} s" if document["seconds"] is not None else ""
    yield "", f"{document['exchanges']} exchanges{seconds}, seed {document['seed']}"
    style = _OF_CONCLUSION.get(document["conclusion"], _YELLOW)
    yield style, f"Conclusion: {document['conclusion']}"
    if document["conclusion"] == "idle":
        yield "", MEANINGS["idle"]


def _causes(document: Document) -> Iterator[_Line]:
    for cause in causes_of(document):
        yield _YELLOW, f"INCONCLUSIVE {number_of(cause.entries)}" if cause.entries else "TROUBLE"
        yield "", f"  {shortened(cause.reason, _LONGEST)}"
        yield "", ""


def _fault(fault: Fault) -> Iterator[_Line]:
    entry = fault.entry
    must = entry["level"] == "MUST"
    yield (_RED if must else _YELLOW), f"{'FAIL' if must else 'WARN'} {entry['id']} ({entry['level']})"
    yield "", f"  {entry['text']}"
    for source in sources_of(entry):
        yield _FAINT, f"  source: {source}"
    for failure in entry["failures"][:_SHOWN]:
        yield from _failure(failure)
    if len(entry["failures"]) > _SHOWN:
        yield "", f"  and {len(entry['failures']) - _SHOWN} more, see the report"
    if (reproducer := reproducer_of(entry)) is not None:
        yield "", f"  {reproducer}"
    if fault.consequences:
        yield "", f"  with it: {names_of(tuple(one for one, _ in fault.consequences), 6)}"
    yield "", ""


def _failure(failure: Mapping[str, Any]) -> Iterator[_Line]:
    times = f", {failure['times']} times" if failure["times"] > 1 else ""
    yield "", f"  {failure['operation']} [{failure['code']}]{times}"
    yield "", f"    expected: {shortened(failure['expected'], _LONGEST)}"
    yield "", f"    seen:     {shortened(failure['seen'], _LONGEST)}"
    if "curl" in failure:
        yield _FAINT, f"    {failure['curl']}"


def _waived(document: Document) -> Iterator[_Line]:
    for entry in waived_of(document):
        yield _YELLOW, f"{'WAIVED' if entry['verdict'] == 'waived' else 'WAIVER'} {entry['id']} ({entry['level']})"
        yield "", f"  {waiver_words(entry)}"
        yield "", ""


def _open(document: Document) -> Iterator[_Line]:
    for question in questions_of(document):
        yield _YELLOW, f"{question.outcome.upper()} {names_of(question.entries, 6)}"
        yield "", f"  {shortened(question.reason, _LONGEST)}"
        yield "", ""


def _left_behind(document: Document) -> Iterator[_Line]:
    left = leftovers_of(document)
    if left:
        yield _YELLOW, f"LEFT BEHIND {len(document['things']['leftovers'])}"
        for thing in left[:_LEFT]:
            yield "", f"  {shortened(thing, _LONGEST)}"
        if len(left) > _LEFT:
            yield "", f"  and {len(left) - _LEFT} more"
        yield "", ""


def _notes(document: Document) -> Iterator[_Line]:
    notes = document["notes"]
    for note in notes[:_NOTED]:
        yield "", f"NOTE {shortened(note, _LONGEST)}"
    if len(notes) > _NOTED:
        yield "", f"and {len(notes) - _NOTED} more notes, see the report"
    if notes:
        yield "", ""
