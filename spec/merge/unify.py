"""Unify: claims about the same address become one leaf, or a conflict that a person must decide.

The policy, in the order in which it is tried; every row has a test:

| case | outcome |
|---|---|
| one source speaks, others are silent | take it |
| all values equal, also after normalising white space and the order of tags | take it |
| one source contradicts itself | conflict |
| a structured field against a sentence or a sample | the firmer level wins, the other is kept as overruled |
| one value allows less than the other (integer and number, a shorter enum, a tighter bound) | the narrower one; \
the documented form keeps the wider |
| a source says there is no body, another describes one | conflict |
| anything else | conflict |
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spec.facts import Level
from spec.merge.claim import Claim, Origin, canonical
from spec.merge.tree import Leaf

Address = tuple[str, ...]

_FIRMNESS = {level: rank for rank, level in enumerate(Level)}
_UPPER_BOUNDS = frozenset({"maximum", "maxLength", "maxItems", "maxProperties"})
_LOWER_BOUNDS = frozenset({"minimum", "minLength", "minItems", "minProperties"})


@dataclass(frozen=True, slots=True)
class Conflict:
    """Claims about one address that cannot all hold; `sides` are groups of claims that agree."""

    address: Address
    sides: tuple[tuple[Claim, ...], ...]


@dataclass(frozen=True, slots=True)
class Unified:
    """What the claims amount to: leaves and nodes by address, and what is left to decide.

    nodes: things that exist (operations, status codes, media types), with why.
    """

    leaves: Mapping[Address, Leaf]
    nodes: Mapping[Address, Origin]
    conflicts: tuple[Conflict, ...]


def unify(claims: Iterable[Claim]) -> Unified:
    """Apply the policy to every address; the outcome does not depend on the order of the claims."""
    groups: dict[Address, list[Claim]] = {}
    nodes: dict[Address, list[Claim]] = {}
    for claim in claims:
        (nodes if claim.is_node else groups).setdefault(claim.address, []).append(claim)
    leaves: dict[Address, Leaf] = {}
    conflicts: list[Conflict] = list(_bodies_denied(groups, nodes))
    denied = {conflict.address for conflict in conflicts}
    for address in sorted(groups):
        if address in denied:
            continue
        outcome = _decide(address, sorted(groups[address], key=_order))
        if isinstance(outcome, Conflict):
            conflicts.append(outcome)
        else:
            leaves[address] = outcome
    return Unified(
        leaves=leaves,
        nodes={address: _origin_of(nodes[address]) for address in sorted(nodes)},
        conflicts=tuple(sorted(conflicts, key=lambda conflict: conflict.address)),
    )


def _decide(address: Address, claims: Sequence[Claim]) -> Leaf | Conflict:
    sides = _sides(address, claims)
    if len(sides) == 1:
        return Leaf(sides[0][0].value, _origin_of(sides[0]))
    if _contradicts_itself(sides):
        return Conflict(address, sides)
    firmest = min(_FIRMNESS[claim.level] for claim in claims)
    firm = [side for side in sides if any(_FIRMNESS[claim.level] == firmest for claim in side)]
    soft = tuple(claim for side in sides if side not in firm for claim in side)
    if len(firm) == 1:
        return Leaf(firm[0][0].value, _origin_of(firm[0]).with_overruled(soft))
    return _narrowest(address, firm, soft) or Conflict(address, sides)


def _sides(address: Address, claims: Sequence[Claim]) -> tuple[tuple[Claim, ...], ...]:
    """Claims grouped by what they say, each group and the groups themselves in a fixed order."""
    groups: dict[str, list[Claim]] = {}
    for claim in claims:
        groups.setdefault(canonical(_normalised(address, claim.value)), []).append(claim)
    return tuple(tuple(groups[key]) for key in sorted(groups))


def _normalised(address: Address, value: Any) -> Any:
    if isinstance(value, str):
        return " ".join(value.split())
    if address[-1] in ("tags", "required", "enum") and isinstance(value, list):
        return sorted({canonical(member) for member in value})
    return value


def _contradicts_itself(sides: Sequence[Sequence[Claim]]) -> bool:
    speakers = [{claim.fact.source for claim in side} for side in sides]
    return any(a & b for index, a in enumerate(speakers) for b in speakers[index + 1 :])


def _narrowest(address: Address, sides: Sequence[Sequence[Claim]], soft: tuple[Claim, ...]) -> Leaf | None:
    """The side that all others allow, if there is one; they stay as claims, for they agree in part."""
    for side in sides:
        value, others = side[0].value, [other for other in sides if other is not side]
        if all(_is_narrower(address[-1], value, other[0].value) for other in others):
            claims = sorted((claim for group in sides for claim in group), key=_order)
            widest = next(
                other[0].value
                for other in sides
                if all(other is third or _is_narrower(address[-1], third[0].value, other[0].value) for third in sides)
            )
            level = min((claim.level for claim in side), key=lambda level: _FIRMNESS[level])
            return Leaf(value, Origin(level, "narrower-wins", claims=tuple(claims), wider=widest).with_overruled(soft))
    return None


def _is_narrower(keyword: str, value: Any, other: Any) -> bool:
    """Whether everything that `value` allows is allowed by `other`, judged by the schema keyword."""
    if keyword == "type":
        return (value, other) == ("integer", "number")
    if keyword == "enum":
        return {canonical(member) for member in value} < {canonical(member) for member in other}
    if keyword == "required":
        return value is True and other is False
    if keyword in _UPPER_BOUNDS | _LOWER_BOUNDS and all(isinstance(bound, (int, float)) for bound in (value, other)):
        return bool(value < other) if keyword in _UPPER_BOUNDS else bool(value > other)
    return False


def _origin_of(claims: Sequence[Claim]) -> Origin:
    ordered = sorted(claims, key=_order)
    firmest = min(ordered, key=lambda claim: _FIRMNESS[claim.level])
    literal = any(claim.rule is None and claim.level is firmest.level for claim in ordered)
    return Origin(firmest.level, None if literal else firmest.rule, claims=tuple(ordered))


def _bodies_denied(groups: Mapping[Address, list[Claim]], nodes: Mapping[Address, list[Claim]]) -> Iterable[Conflict]:
    for address, claims in groups.items():
        if address[-2:] != ("requestBody", "none"):
            continue
        content = (*address[:-1], "content")
        described = [claim for node, found in nodes.items() if node[: len(content)] == content for claim in found]
        if described:
            yield Conflict(address, (tuple(sorted(claims, key=_order)), tuple(sorted(described, key=_order))))


def _order(claim: Claim) -> tuple[str, int, int, str, str]:
    return claim.order
