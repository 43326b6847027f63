"""What the ledgers of shards say together about requirements and operations."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from conformance.ledger import Line
from spec.behaviour import KINDS
from spec.quoting import Quote
from spec.requirements import Obligation, Requirement

_UNPLACED: Final = "unplaced-"
"""How the kind of a verdict begins that is about the kit itself; it comes again when things are judged again."""


def requirements_of(verdicts: Sequence[Mapping[str, Line]], operations: Sequence[str]) -> tuple[Requirement, ...]:
    """The requirements behind the verdict lines of several ledgers, each with the operations of all of them.

    operations: every operation, in the order in which requirements name them.
    """
    found: dict[str, Requirement] = {}
    for lines in verdicts:
        for name, line in lines.items():
            _, _, kind = name.rpartition("/")
            if kind.startswith(_UNPLACED):
                continue
            judged = {*line["operations"], *(found[name].operations if name in found else ())}
            ordered = tuple(one for one in operations if one in judged)
            found[name] = _requirement(line, kind if kind in KINDS and "/" in name else None, ordered)
    # As in a run of one ledger: what follows from each operation first, then what is written.
    places = {name: place for place, name in enumerate(operations)}
    return tuple(sorted(found.values(), key=lambda one: places[one.operations[0]] if "/" in one.id else len(places)))


def names_in_order(lists: Iterable[Sequence[str]]) -> list[str]:
    """Each name once, in the order of the lists."""
    return list(dict.fromkeys(name for names in lists for name in names))


def _requirement(line: Line, kind: str | None, operations: tuple[str, ...]) -> Requirement:
    return Requirement(
        id=line["id"],
        level=Obligation(line["level"]),
        text=line["text"],
        capability=line["capability"],
        operations=operations,
        kind=kind or "behaviour",
        # Observations are found by the requirement's id; the name of the behaviour is not in the ledger.
        behaviour=None if kind else line["id"],
        sources=tuple(Quote("", quote["file"], quote["lines"], quote["text"]) for quote in line["sources"]),
    )
