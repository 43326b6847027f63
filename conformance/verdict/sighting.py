"""Sightings: what one check saw on one operation."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from conformance.exchange.exchange import Exchange


class Sight(StrEnum):
    """What a sighting says of the requirement it was made for."""

    PASS = "pass"  # noqa: S105  a verdict, no credential
    FAIL = "fail"
    INCONCLUSIVE = "inconclusive"
    """The check could not be carried out."""
    UNSEEN = "unseen"
    """Nothing at the target shows whether the promise is kept; another operation or place may."""
    NOT_APPLICABLE = "not applicable"
    ERROR = "error"
    """The kit does not know how to look."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """One observation: `expected` and `seen` are filled in for a failure, `exchange` names the one that shows it."""

    sight: Sight
    reason: str
    expected: str = ""
    seen: str = ""
    exchange: str | None = None


def passed(exchange: Exchange, reason: str) -> Sighting:
    """The promise was kept in this exchange."""
    return Sighting(Sight.PASS, reason, exchange=exchange.id)


def failed(exchange: Exchange, expected: str, seen: str) -> Sighting:
    """The promise was broken in this exchange."""
    return Sighting(Sight.FAIL, f"expected {expected}; saw {seen}", expected, seen, exchange.id)


def unknown(reason: str, exchange: Exchange | None = None) -> Sighting:
    """The check could not be carried out."""
    return Sighting(Sight.INCONCLUSIVE, reason, exchange=exchange.id if exchange else None)


def unseen(reason: str) -> Sighting:
    """The target holds nothing that would show it."""
    return Sighting(Sight.UNSEEN, reason)


def not_applicable(reason: str) -> Sighting:
    """The promise does not concern this target or this run."""
    return Sighting(Sight.NOT_APPLICABLE, reason)


def unable(reason: str) -> Sighting:
    """The kit has no way to see it."""
    return Sighting(Sight.ERROR, reason)


def outcome_of(exchange: Exchange) -> str:
    """How an exchange ended, in a few words."""
    if exchange.answer is None:
        return exchange.trouble or "no answer"
    return f"status {exchange.answer.status}"
