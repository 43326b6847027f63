"""The report for a terminal: what is broken, what nobody can say yet, and the sum."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any

from conformance.report import Document
from conformance.secret import printable

_SHOWN = 3
"""Failures that are shown of one requirement."""


def summary_text(document: Document) -> str:
    """A summary grouped by requirement; every control character of the target is escaped."""
    return printable("\n".join(_lines(document))) + "\n"


def _lines(document: Document) -> Iterator[str]:
    contract = document["contract"]
    yield f"{contract['title']} {contract['version']} ({document['profile']} contract) at {document['target']}"
    yield ""
    for entry in document["requirements"]:
        if entry["verdict"] == "fail":
            yield from _broken(entry)
    yield from _undecided(document)
    for level, counts in document["summary"].items():
        yield f"{level}: " + ", ".join(f"{count} {outcome}" for outcome, count in counts.items())
    seconds = f" in {document['seconds']:.1f} s" if document["seconds"] is not None else ""
    yield f"{document['exchanges']} exchanges{seconds}, seed {document['seed']}"
    yield f"Conclusion: {document['conclusion']}"


def _broken(entry: Mapping[str, Any]) -> Iterator[str]:
    mark = "FAIL" if entry["level"] == "MUST" else "WARN"
    yield f"{mark} {entry['id']} ({entry['level']})"
    yield f"  {entry['text']}"
    for quote in entry["sources"][:2]:
        yield f"  source: {quote['file']}:{quote['lines']}: {' '.join(quote['text'].split())[:200]}"
    for failure in entry["failures"][:_SHOWN]:
        yield f"  {failure['operation']} [{failure['code']}]" + (
            f", {failure['times']} times" if failure["times"] > 1 else ""
        )
        yield f"    expected: {failure['expected']}"
        yield f"    seen:     {failure['seen']}"
        if "curl" in failure:
            yield f"    {failure['curl']}"
    if len(entry["failures"]) > _SHOWN:
        yield f"  and {len(entry['failures']) - _SHOWN} more, see the report"
    yield ""


def _undecided(document: Document) -> Iterator[str]:
    open_entries = [entry for entry in document["requirements"] if entry["verdict"] in ("inconclusive", "error")]
    ordered = sorted(open_entries, key=lambda entry: (entry["verdict"], entry["reason"]))
    for (outcome, reason), group in groupby(ordered, key=lambda entry: (entry["verdict"], entry["reason"])):
        names = [entry["id"] for entry in group]
        yield f"{outcome.upper()} {', '.join(names[:6])}" + (f" and {len(names) - 6} more" if len(names) > 6 else "")
        yield f"  {reason}"
        yield ""
