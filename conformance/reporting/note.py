"""Notes of a report: what no verdict says, and what one should know before one trusts the verdicts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.ledger import Line


def notes_of(lines: Sequence[Line]) -> Iterator[str]:
    """Sentences about the run, in the order of the ledger; what happens often is told once, with its count."""
    known = {line["id"] for line in lines if line["kind"] == "verdict"}
    for line in lines:
        yield from _notes(line, known)
    flaky = [line for line in lines if line["kind"] == "flaky"]
    if flaky:
        names = ", ".join(dict.fromkeys(line["operation"] for line in flaky))
        yield f"{len(flaky)} request{'' if len(flaky) == 1 else 's'} succeeded only when repeated: {names}"
    visible = [line["seconds"] for line in lines if line["kind"] == "visible"]
    if visible:
        yield f"what was created could be seen after up to {max(visible):.1f} s"


def _notes(line: Line, known: set[str]) -> Iterator[str]:
    if line["kind"] == "run":
        for one in line.get("accommodations") or ():
            yield f"the contract was fitted to the target at {one['target']}: {one['reason']}"
    elif line["kind"] == "note":
        yield str(line["text"])
    elif line["kind"] == "preflight":
        yield from map(str, line.get("notes", ()))
    elif line["kind"] == "resumed":
        yield f"the run was cut off, and went on at {line['at']}"
    elif line["kind"] == "waiver" and line["requirement"] not in known:
        yield f"the waiver of {line['requirement']} is about no requirement of this run"
