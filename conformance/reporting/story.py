"""What every report for people tells, in the order in which it tells it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from types import MappingProxyType
from typing import Any, Final

from conformance.fuzzing.job import EVERY_OPERATION
from conformance.reporting.report import Document

Entry = Mapping[str, Any]
"""One requirement of a document."""

_SOURCES: Final = 2
"""How many sources of a requirement are told."""

OUTCOMES: Final = ("fail", "error", "inconclusive", "waived", "pass", "not applicable")
"""Outcomes as a report lists them, gravest first."""

MEANINGS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "conformant": "Every MUST that could be judged was kept.",
        "conformant but for waivers": "Every MUST was kept, but for what the declaration knows to be broken.",
        "ready": "Only the preflight was made: a run makes sense.",
        "idle": "This shard has no operation: there was nothing to judge.",
        "violations": "At least one MUST was broken.",
        "inconclusive": "Nothing was found broken, but not every MUST could be seen to be kept.",
        "interrupted": "The run was ended by a signal: this is no verdict yet.",
        "incomplete": "The run ended before everything was judged: this is no verdict yet.",
    }
)
"""Conclusion of a run to one sentence about it."""


@dataclass(frozen=True, slots=True)
class Fault:
    """One headline: the entry that tells it, and the entries that failed with it, each with the rule that says why."""

    entry: Entry
    consequences: tuple[tuple[Entry, str], ...]


NOTHING_ASKED: Final = ("preflight", "unreachable")
"""Troubles that end a run before any requirement is looked at: they leave all of them open."""

_UNSEEN: Final = "no check was made"


@dataclass(frozen=True, slots=True)
class Cause:
    """One trouble of the whole run, and the requirements that it leaves open."""

    reason: str
    entries: tuple[Entry, ...]


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


def causes_of(document: Document) -> tuple[Cause, ...]:
    """What hindered the run as a whole, each once, in the order in which it happened."""
    whole = [one for one in document["troubles"] if one["operation"] == EVERY_OPERATION]
    reasons = tuple(dict.fromkeys(one["reason"] for one in whole))
    held = {reason: [entry for entry in _open(document) if entry["reason"] == reason] for reason in reasons}
    if whole:
        ends = [one["reason"] for one in whole if one["trouble"] in NOTHING_ASKED]
        blind = [entry for entry in _open(document) if entry["reason"] not in held]
        held[(ends or reasons)[0]] += [entry for entry in blind if ends or entry["reason"] == _UNSEEN]
    return tuple(Cause(reason, tuple(held[reason])) for reason in reasons)


def questions_of(document: Document) -> tuple[Question, ...]:
    """What nobody can say yet, grouped by reason; what a trouble of the whole run explains is told with that."""
    told = {entry["id"] for cause in causes_of(document) for entry in cause.entries}
    waiting = [entry for entry in document["requirements"] if _is_open(entry) and entry["id"] not in told]
    ordered = sorted(waiting, key=_by_reason)
    return tuple(Question(*key, tuple(group)) for key, group in groupby(ordered, key=_by_reason))


def reason_of(document: Document) -> Mapping[str, str]:
    """Why each requirement came to its verdict, by id: for what the run as a whole was hindered in, the hindrance."""
    told = {entry["id"]: entry["reason"] for entry in document["requirements"]}
    return {**told, **{entry["id"]: cause.reason for cause in causes_of(document) for entry in cause.entries}}


def number_of(entries: Collection[Entry]) -> str:
    """How many requirements, in words."""
    return f"{len(entries)} requirement{'' if len(entries) == 1 else 's'}"


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


def reproducer_of(entry: Entry) -> str | None:
    """How sure the reproducer of a requirement is, and its files; None for one that has none."""
    made = next((one["reproduction"] for one in entry["failures"] if "reproduction" in one), None)
    return f"reproducer ({made['status']}): {', '.join(made['files'].values())}" if made is not None else None


def leftovers_of(document: Document) -> tuple[str, ...]:
    """What the run could not delete: one line for each resource and reason, with ids or where the things lie."""
    alike: dict[tuple[str, str], list[str]] = defaultdict(list)
    for thing in document["things"]["leftovers"]:
        alike[thing["resource"], thing.get("reason", "")].append(_place(thing))
    return tuple(
        f"{resource} {_some(places)}".strip() + (f" ({reason})" if reason else "")
        for (resource, reason), places in alike.items()
    )


def sources_of(entry: Entry) -> tuple[str, ...]:
    """The first sources, each as file, lines and sentence in one line."""
    return tuple(
        f"{quote['file']}:{quote['lines']}: {shortened(' '.join(quote['text'].split()), 200)}"
        for quote in entry["sources"][:_SOURCES]
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


def _open(document: Document) -> list[Entry]:
    return [entry for entry in document["requirements"] if entry["verdict"] == "inconclusive"]


def _is_open(entry: Entry) -> bool:
    return entry["verdict"] in ("inconclusive", "error")


def _by_reason(entry: Entry) -> tuple[str, str]:
    return entry["verdict"], entry["reason"]


def _place(thing: Mapping[str, Any]) -> str:
    chain = " ".join(f"{name} {value}" for name, value in (thing.get("chain") or {}).items())
    unknown = "of unknown id" if thing["resource"] else "perhaps something"
    return str(thing["id"]) or (f"below {chain}" if chain else str(thing.get("url") or unknown))


def _some(names: Sequence[str], most: int = 8) -> str:
    """The first names, each once with how often it stands there, and the number of the others."""
    counts = Counter(names)
    shown = ", ".join(name if number == 1 else f"{name} ({number} times)" for name, number in _first(counts, most))
    rest = len(names) - sum(number for _, number in _first(counts, most))
    return f"{shown} and {rest} more" if rest else shown


def _first(counts: Counter[str], most: int) -> list[tuple[str, int]]:
    return list(counts.items())[:most]
