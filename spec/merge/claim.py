"""Claims: what a fact means for the contract, and why a leaf of the contract holds what it holds."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import Any

from spec.facts import Fact, Level


@dataclass(frozen=True, slots=True)
class Claim:
    """One statement about one address of the neutral tree (see `spec.facts`), and the fact behind it.

    rule: the named rule that read it out of the fact; None where the fact says it literally.
    is_node: the claim is that something exists (an operation, a status code), not that a leaf has a value.
    """

    address: tuple[str, ...]
    value: Any
    level: Level
    fact: Fact
    rule: str | None = None
    is_node: bool = False

    @property
    def order(self) -> tuple[str, int, int, str, str]:
        """Sort key that does not depend on the order in which sources were read."""
        where = self.fact.where
        return (self.fact.source, where.first_line, where.last_line, canonical(self.value), self.rule or "")


@dataclass(frozen=True, slots=True)
class Origin:
    """Why a leaf is in the contract.

    claims: those that say what the leaf says. overruled: those that say something else, and lost.
    decision: id of the overlay action that set the value. wider: what the documented form holds instead.
    """

    level: Level
    rule: str | None = None
    decision: str | None = None
    claims: tuple[Claim, ...] = ()
    overruled: tuple[Claim, ...] = ()
    wider: Any = field(default=None)

    def with_overruled(self, claims: tuple[Claim, ...]) -> Origin:
        """The same origin, remembering claims that lost against it."""
        by_order = {claim.order: claim for claim in (*self.overruled, *claims)}
        return replace(self, overruled=tuple(by_order[order] for order in sorted(by_order)))


def canonical(value: Any) -> str:
    """A text that is equal for equal JSON values, whatever the order of their members."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)
