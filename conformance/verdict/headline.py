"""Headlines: one fault gives one headline, and what else it broke stands below it as its consequences.

A failure is the consequence of another one only by a rule with a name, and never of one that binds less. What no
rule explains is a headline of its own: two faults in one headline would hide one of them.
Pure: verdicts and exchange lines in, headlines out.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from conformance.ledger import Line

_LEVELS: Final = ("MUST", "SHOULD", "MAY")
_GRAVITY: Final = (
    "no-server-error", "authentication", "status", "success", "media-type", "schema", "headers", "body", "parameters",
)  # fmt: skip
"""Kinds of requirement, the one that explains most first; behaviours come after all of them."""

_LIST_READERS: Final = frozenset(
    {"item-in-list", "list-agrees", "optional-singleton", "page-order", "page-total", "filter-honoured",
     "sort-honoured", "delete-gone", "delete-alone", "latest-default", "unique-id"}
)  # fmt: skip
_STANDS_ON: Final[Mapping[str, frozenset[str]]] = MappingProxyType(
    {
        "page-default-size": _LIST_READERS | {"page-links"},
        "limit-respected": _LIST_READERS | {"page-links"},
        "page-links": _LIST_READERS,
        "cursor-complete": _LIST_READERS,
        "create-read-back": frozenset({"item-in-list", "update-persists", "update-echo", "delete-gone", "location"}),
    }
)
"""Behaviour to the behaviours of the same things that nobody can show while it is broken."""


@dataclass(frozen=True, slots=True)
class Consequence:
    """A requirement that failed because of a headline; `rule` says in words how they hang together."""

    requirement: str
    rule: str


@dataclass(frozen=True, slots=True)
class Headline:
    """One fault: the requirement that tells it best, and its consequences in the order of the requirements."""

    requirement: str
    consequences: tuple[Consequence, ...]


@dataclass(frozen=True, slots=True)
class _Failing:
    """A failed requirement; `evidence` holds ids of exchanges, `marks` what was seen with which code."""

    id: str
    place: int
    level: int
    kind: str
    operations: frozenset[str]
    codes: frozenset[str]
    evidence: frozenset[str]
    marks: frozenset[tuple[str, str]]

    @property
    def rank(self) -> tuple[int, int]:
        gravity = _GRAVITY.index(self.kind) if self.kind in _GRAVITY else len(_GRAVITY)
        return gravity, self.place


@dataclass(frozen=True, slots=True)
class _Traffic:
    """What the exchanges tell: ids by operation and code, operations that ever succeeded, and their collections."""

    shown: Mapping[tuple[str, str], frozenset[str]]
    answered: frozenset[str]
    collections: Mapping[str, tuple[str, ...]]

    def related(self, cause: frozenset[str], effect: frozenset[str]) -> bool:
        """Whether every operation of the effect concerns a collection that an operation of the cause is about."""
        words = {self.collections[one][-1] for one in cause if self.collections.get(one)}
        return all(one in cause or words & set(self.collections.get(one, ())) for one in effect)


_Rule = Callable[[_Failing, _Failing, _Traffic], bool]


def find_headlines(verdicts: Sequence[Line], exchanges: Iterable[Line]) -> tuple[Headline, ...]:
    """The faults behind the failed verdicts, in order of level, then of how much they explain.

    verdicts: `verdict` lines of a ledger; a `consequence_of` that one carries is believed.
    """
    traffic = _traffic(exchanges)
    failing = [_failing(line, place, traffic) for place, line in enumerate(verdicts) if line["verdict"] == "fail"]
    causes = {one.id: (one.id, "") for one in failing}
    told = {line["id"]: line["consequence_of"] for line in verdicts if line.get("consequence_of")}
    for effect in failing:
        causes[effect.id] = _cause_of(effect, failing, traffic, told, causes)
    below: dict[str, list[Consequence]] = defaultdict(list)
    for one in failing:
        root = _root(one.id, causes)
        if root != one.id:
            below[root].append(Consequence(one.id, causes[one.id][1]))
    heads = [one for one in failing if _root(one.id, causes) == one.id]
    heads.sort(key=lambda one: (one.level, -len(below[one.id]), one.place))
    return tuple(Headline(one.id, tuple(below[one.id])) for one in heads)


def _cause_of(
    effect: _Failing,
    failing: Sequence[_Failing],
    traffic: _Traffic,
    told: Mapping[str, str],
    causes: Mapping[str, tuple[str, str]],
) -> tuple[str, str]:
    if told.get(effect.id) in causes and _root(told[effect.id], causes) != effect.id:
        return told[effect.id], "the kit saw one lead to the other"
    for words, holds in _RULES:
        fitting = [
            cause
            for cause in failing
            if cause is not effect
            and cause.level <= effect.level
            and holds(cause, effect, traffic)
            and _root(cause.id, causes) != effect.id
        ]
        if fitting:
            return min(fitting, key=lambda cause: cause.rank).id, words
    return effect.id, ""


def _root(name: str, causes: Mapping[str, tuple[str, str]]) -> str:
    while causes[name][0] != name:
        name = causes[name][0]
    return name


def _same_answers(cause: _Failing, effect: _Failing, _traffic: _Traffic) -> bool:
    # Two behaviours that look at one answer may be broken each for itself; a wrong status or shape breaks both.
    if cause.kind not in _GRAVITY or cause.rank > effect.rank:
        return False
    return bool(effect.evidence) and effect.evidence <= cause.evidence


def _never_succeeds(cause: _Failing, effect: _Failing, traffic: _Traffic) -> bool:
    if cause.kind not in _GRAVITY or cause.operations & traffic.answered or effect.operations & traffic.answered:
        return False
    return cause.rank < effect.rank and traffic.related(cause.operations, effect.operations)


def _stands_on(cause: _Failing, effect: _Failing, traffic: _Traffic) -> bool:
    above = _STANDS_ON
    return traffic.related(cause.operations, effect.operations) and any(
        effect.codes <= above[code] for code in cause.codes if code in above
    )


def _everywhere(cause: _Failing, effect: _Failing, _traffic: _Traffic) -> bool:
    return (
        cause.kind in _GRAVITY
        and cause.kind == effect.kind
        and cause.place < effect.place
        and bool(cause.marks & effect.marks)
    )


_RULES: Final[tuple[tuple[str, _Rule], ...]] = (
    ("the same answers show it", _same_answers),
    ("the operation never succeeds", _never_succeeds),
    ("it is read off what is broken there", _stands_on),
    ("the same at other operations", _everywhere),
)
"""Rules in the order in which they are tried, each with the words that a report says."""


def _traffic(exchanges: Iterable[Line]) -> _Traffic:
    shown: dict[tuple[str, str], set[str]] = defaultdict(set)
    answered: set[str] = set()
    shapes: dict[str, tuple[str, ...]] = {}
    for line in exchanges:
        operation, answer = line["operation"], line["answer"]
        for finding in line["failures"]:
            if not finding.get("dismissed"):
                shown[operation, finding["code"]].add(line["id"])
        if answer and answer["status"] >= 500:
            shown[operation, "ST101"].add(line["id"])
        if answer and 200 <= answer["status"] < 300:
            answered.add(operation)
            shapes[operation] = _words(line["request"]["target"])
        else:
            # What was refused may have had any path; only the first one, a plain request, is believed.
            shapes.setdefault(operation, _words(line["request"]["target"]))
    return _Traffic({key: frozenset(ids) for key, ids in shown.items()}, frozenset(answered), shapes)


def _words(target: str) -> tuple[str, ...]:
    """The parts of a path that are no ids: names of collections and actions, outermost first."""
    parts = target.partition("?")[0].split("/")
    return tuple(part for part in parts if part and not re.search(r"[0-9%]", part))


def _failing(line: Line, place: int, traffic: _Traffic) -> _Failing:
    failures = line["failures"]
    evidence = {failure["exchange"] for failure in failures if failure["exchange"]}
    for failure in failures:
        evidence |= traffic.shown.get((failure["operation"], failure["code"]), frozenset())
    _, slash, kind = line["id"].rpartition("/")
    return _Failing(
        id=line["id"],
        place=place,
        level=_LEVELS.index(line["level"]),
        kind=kind if slash else "behaviour",
        operations=frozenset(failure["operation"] for failure in failures),
        codes=frozenset(failure["code"] for failure in failures),
        evidence=frozenset(evidence),
        marks=frozenset((failure["code"], _mark(failure["seen"])) for failure in failures),
    )


def _mark(seen: str) -> str:
    """What was seen, without what differs from one operation to the next."""
    return re.sub(r"[0-9]{4,}|/\S+", "…", "; ".join(seen.split("; ")[:2]))
