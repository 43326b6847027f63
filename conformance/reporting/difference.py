"""The difference between two runs, requirement by requirement."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from conformance.reporting.report import Document
from conformance.reporting.story import Entry
from conformance.secret import printable


class Change(StrEnum):
    """What became of a requirement from one run to the next; those that make it worse first."""

    BROKEN = "broken"
    UNSEEN = "no longer seen"
    STILL = "still failing"
    FIXED = "fixed"
    SEEN = "seen now"
    OTHER = "changed"
    NEW = "new"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Difference:
    """One requirement whose verdict is worth a line; `before` or `after` is None where a run does not have it."""

    requirement: str
    level: str
    change: Change
    before: str | None
    after: str | None

    @property
    def is_worse(self) -> bool:
        """Whether the second run is worse for it: newly broken, or a MUST of which nobody can say anything now."""
        if self.change is Change.NEW:
            return self.after == "fail"
        return self.change is Change.BROKEN or (self.change is Change.UNSEEN and self.level == "MUST")


_UNKNOWN: Final = frozenset({"inconclusive", "error"})


def compare(before: Document, after: Document) -> tuple[Difference, ...]:
    """What changed from one run to another, and what still fails; requirements that are as they were are left out."""
    old = {entry["id"]: entry for entry in before["requirements"]}
    new = {entry["id"]: entry for entry in after["requirements"]}
    found = [one for name in {**old, **new} if (one := _difference(name, old.get(name), new.get(name))) is not None]
    return tuple(sorted(found, key=lambda one: list(Change).index(one.change)))


def diff_text(before: Document, after: Document, differences: tuple[Difference, ...]) -> str:
    """The difference for a terminal, with a warning where the runs are not about the same thing."""
    return printable("\n".join(_lines(before, after, differences))) + "\n"


def diff_document(before: Document, after: Document, differences: tuple[Difference, ...]) -> dict[str, Any]:
    """The difference as JSON-ready members."""
    return {
        "before": before["conclusion"],
        "after": after["conclusion"],
        "worse": is_worse(differences),
        "caveats": list(_caveats(before, after)),
        "differences": [
            {
                "requirement": one.requirement,
                "level": one.level,
                "change": one.change.value,
                "before": one.before,
                "after": one.after,
            }
            for one in differences
        ],
    }


def is_worse(differences: tuple[Difference, ...]) -> bool:
    """Whether the second run is worse than the first one."""
    return any(one.is_worse for one in differences)


def _difference(name: str, old: Entry | None, new: Entry | None) -> Difference | None:
    before, after = (entry["verdict"] if entry else None for entry in (old, new))
    change = _change(before, after)
    level = (new or old or {})["level"]
    return None if change is None else Difference(name, level, change, before, after)


def _change(before: str | None, after: str | None) -> Change | None:
    if before is None or after is None:
        return Change.NEW if before is None else Change.GONE
    if before == after:
        return Change.STILL if after == "fail" else None
    if after == "fail":
        return Change.BROKEN
    if after in _UNKNOWN:
        return Change.OTHER if before in _UNKNOWN else Change.UNSEEN
    if after == "pass":
        return Change.FIXED if before in ("fail", "waived") else Change.SEEN
    return Change.OTHER


def _lines(before: Document, after: Document, differences: tuple[Difference, ...]) -> Iterator[str]:
    for caveat in _caveats(before, after):
        yield f"Note: {caveat}"
    for change in Change:
        alike = [one for one in differences if one.change is change]
        if alike:
            yield f"{change.value} ({len(alike)}):"
            yield from (f"  {one.requirement} {one.level}{_arrow(one)}" for one in alike)
    yield f"Conclusion: {before['conclusion']} -> {after['conclusion']}, {_sum(differences)}"


def _arrow(one: Difference) -> str:
    return "" if one.change is Change.STILL else f": {one.before or 'not judged'} -> {one.after or 'not judged'}"


def _sum(differences: tuple[Difference, ...]) -> str:
    if is_worse(differences):
        return "worse"
    better = any(one.change in (Change.FIXED, Change.SEEN) for one in differences)
    return "better" if better else "no worse"


def _caveats(before: Document, after: Document) -> Iterator[str]:
    told: Mapping[str, tuple[Any, Any]] = {
        "target": (before["target"], after["target"]),
        "contract": (before["contract"]["digest"][:12], after["contract"]["digest"][:12]),
        "profile": (before["profile"], after["profile"]),
        "seed": (before["seed"], after["seed"]),
    }
    for name, (first, second) in told.items():
        if first != second:
            yield f"the {name} is not the same: {first}, then {second}"
