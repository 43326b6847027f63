"""Fact accounting: every fact of every source is used, superseded or rejected, and the sum is exact."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from spec.facts import Fact, Reading
from spec.merge.assemble import is_absence
from spec.merge.overlay import Applied
from spec.merge.rules import Normalised
from spec.merge.tree import origins


class Fate(StrEnum):
    """What became of a fact."""

    USED = "used"
    SUPERSEDED = "superseded"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Account:
    """One fact, what became of it, and why."""

    fact: Fact
    fate: Fate
    reason: str


def account(readings: Sequence[Reading], normalised: Normalised, applied: Applied) -> tuple[Account, ...]:
    """One account a fact, in source and document order; raises AssertionError if a fact has no fate."""
    rejected = {id(rejection.fact): rejection.reason for rejection in normalised.rejections}
    used = _supporting(applied)
    absent = {id(claim.fact) for claim in normalised.claims if is_absence(claim.address)}
    lost = _lost(applied)
    return tuple(
        _account(fact, rejected, used, absent, lost)
        for reading in sorted(readings, key=lambda reading: reading.source.id)
        for fact in reading.facts
    )


def tally(accounts: Iterable[Account]) -> Mapping[str, Mapping[Fate, int]]:
    """Number of facts by source and fate; every source has all fates."""
    table: dict[str, dict[Fate, int]] = {}
    for entry in accounts:
        row = table.setdefault(entry.fact.source, dict.fromkeys(Fate, 0))
        row[entry.fate] += 1
    return table


def _account(
    fact: Fact, rejected: Mapping[int, str], used: set[int], absent: set[int], lost: Mapping[int, str]
) -> Account:
    key = id(fact)
    if key in rejected:
        return Account(fact, Fate.REJECTED, rejected[key])
    if key in used:
        return Account(fact, Fate.USED, "supports the contract")
    if key in absent:
        return Account(fact, Fate.USED, "honoured by what the contract leaves out")
    if key in lost:
        return Account(fact, Fate.SUPERSEDED, lost[key])
    raise AssertionError(f"{fact.source}:{fact.where}: no fate for {'/'.join(fact.address)}")


def _supporting(applied: Applied) -> set[int]:
    return {id(claim.fact) for origin in origins(applied.tree) for claim in origin.claims}


def _lost(applied: Applied) -> Mapping[int, str]:
    reasons: dict[int, str] = {}
    for claim, decision in applied.removed:
        reasons[id(claim.fact)] = f"decision {decision}"
    for origin in origins(applied.tree):
        by = f"decision {origin.decision}" if origin.decision else "a firmer source"
        for claim in origin.overruled:
            reasons[id(claim.fact)] = by
    return reasons
