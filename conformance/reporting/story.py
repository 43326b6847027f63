"""What every report for people tells, in the order in which it tells it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from types import MappingProxyType
from typing import Any, Final

from conformance.reporting.report import Document

Entry = Mapping[str, Any]
"""One requirement of a document."""

OUTCOMES: Final = ("fail", "error", "inconclusive", "waived", "pass", "not applicable")
"""Outcomes as a report lists them, gravest first."""

MEANINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "conformant": "Every MUST that could be judged was kept.",
        "violations": "At least one MUST was broken.",
        "inconclusive": "Nothing was found broken, but not every MUST could be seen to be kept.",
        "incomplete": "The run ended before everything was judged: this is no verdict yet.",
    }
)
"""Conclusion of a run to one sentence about it."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One headline: the entry that tells it, and the entries that failed with it, each with the rule that says why."""

    entry: Entry
    consequences: tuple[tuple[Entry, str], ...]


@dataclass(frozen=True, slots=True)
class Question:
    """Requirements that one reason leaves open; outcome is "error" or "inconclusive"."""

    outcome: str
    reason: str
    entries: tuple[Entry, ...]


def faults_of(document: Document) -> tuple[Fault, ...]:
    """The faults of a run, as the document orders its headlines."""
    entries = {entry["id"]: entry for entry in document["requirements"]}
    return tuple(
        Fault(
            entries[head["requirement"]],
            tuple((entries[one["requirement"]], one["rule"]) for one in head["consequences"]),
        )
        for head in document["headlines"]
    )


def questions_of(document: Document) -> tuple[Question, ...]:
    """What nobody can say yet, grouped by reason."""
    waiting = [entry for entry in document["requirements"] if entry["verdict"] in ("inconclusive", "error")]
    ordered = sorted(waiting, key=_by_reason)
    return tuple(Question(*key, tuple(group)) for key, group in groupby(ordered, key=_by_reason))


def waived_of(document: Document) -> tuple[Entry, ...]:
    """Requirements with a waiver: those that it covers, and those that need it no longer."""
    return tuple(entry for entry in document["requirements"] if entry["waiver"] or entry["verdict"] == "waived")


def waiver_words(entry: Entry) -> str:
    """Who waived a requirement, why and until when; says so where the waiver does not excuse it, or need not."""
    waiver = entry["waiver"] or {}
    words = f"{waiver.get('reason', 'no reason given')} ({waiver.get('owner', 'nobody')}"
    words += f", until {waiver['expires']})" if waiver.get("expires") else ")"
    if entry["verdict"] == "waived":
        return words
    return f"{words}: {waiver.get('state') or 'not needed'}, the verdict is {entry['verdict']}"


def leftovers_of(document: Document) -> tuple[str, ...]:
    """What the run could not delete: one line for each resource and reason, with ids or where the things lie."""
    alike: dict[tuple[str, str], list[str]] = defaultdict(list)
    for thing in document["things"]["leftovers"]:
        alike[thing["resource"], thing.get("reason", "")].append(_place(thing))
    return tuple(
        f"{resource} {_some(places)}" + (f" ({reason})" if reason else "")
        for (resource, reason), places in alike.items()
    )


def sources_of(entry: Entry, most: int = 2) -> tuple[str, ...]:
    """Each source as file, lines and sentence, in one line."""
    return tuple(
        f"{quote['file']}:{quote['lines']}: {shortened(' '.join(quote['text'].split()), 200)}"
        for quote in entry["sources"][:most]
    )


def counted(counts: Mapping[str, int]) -> str:
    """Counts of outcomes in words, gravest first."""
    return ", ".join(f"{counts[outcome]} {outcome}" for outcome in OUTCOMES if counts.get(outcome))


def shortened(text: str, most: int) -> str:
    """The text, cut with a mark where it is longer than `most` characters."""
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def names_of(entries: tuple[Entry, ...], most: int) -> str:
    """Ids of entries, the first `most` of them."""
    return _some([entry["id"] for entry in entries], most)


def _by_reason(entry: Entry) -> tuple[str, str]:
    return entry["verdict"], entry["reason"]


def _place(thing: Mapping[str, Any]) -> str:
    chain = " ".join(f"{name} {value}" for name, value in (thing.get("chain") or {}).items())
    return str(thing["id"]) or (f"below {chain}" if chain else "of unknown id")


def _some(names: list[str], most: int = 8) -> str:
    shown = ", ".join(names[:most])
    return shown if len(names) <= most else f"{shown} and {len(names) - most} more"
