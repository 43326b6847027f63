"""Remains: whether requests that were all refused have left something in the list beside them.

Others may create things meanwhile. So the list must grow whenever we try, and stay as it is when we do not: several
times, and more often where nothing that is new has a name that we sent.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence

from conformance.exchange.address import Address
from conformance.exchange.exchange import Exchange
from conformance.exchange.shape import Item, plain_name
from conformance.manners.manners import naming_field
from conformance.scenarios.scene import Scene
from conformance.verdict.sighting import Sighting, failed, unknown
from spec.contract import Operation, Role

Attempt = Callable[[], Iterator[tuple[Exchange, Sighting]]]
"""Sends what is to be refused, and tells what each exchange showed."""

_ROUNDS, _MORE_ROUNDS = 3, 6
"""How often a list must grow again, by what may be ours, and by what looks like somebody else's."""
_STILL = 0.2
"""Seconds for which it must not change by itself, at least."""
_TELLING = 8
"""Letters of a name that tell whose it is; a target may cut or change the others."""


def with_nothing_left(scene: Scene, operation: Operation, address: Address, attempt: Attempt) -> Iterator[Sighting]:
    """What an attempt shows, and whether it left something in the list, where the operation creates what is listed."""
    began, before = time.monotonic(), _listed(scene, operation, address)
    sent = []
    for exchange, sighting in attempt():
        sent.append(exchange)
        yield sighting
    after = _listed(scene, operation, address)
    if before is None or after is None or len(after[1]) <= len(before[1]):
        return
    seen = f"{len(after[1]) - len(before[1])} more"
    longest = max(2 * (time.monotonic() - began), _STILL)
    rounds = _ROUNDS if _may_be_ours(scene, operation, sent, before[1], after[1]) else _MORE_ROUNDS
    if all(_grows(scene, operation, address, attempt, longest) for _ in range(rounds)):
        yield failed(after[0], f"{len(before[1])} items, as every body was refused", seen)
    else:
        yield unknown(f"{seen} items are listed, but somebody else writes here", after[0])


def _grows(scene: Scene, operation: Operation, address: Address, attempt: Attempt, seconds: float) -> bool:
    """Whether the list stays as it is for some seconds when nothing is tried, and then grows."""
    before = _listed(scene, operation, address)
    scene.sleep(seconds)
    still = _listed(scene, operation, address)
    for _ in attempt():
        pass
    after = _listed(scene, operation, address)
    if before is None or still is None or after is None:
        return False
    return {*before[1]} == {*still[1]} < {*after[1]}


def _may_be_ours(
    scene: Scene,
    operation: Operation,
    sent: Sequence[Exchange],
    before: Mapping[str, Item],
    after: Mapping[str, Item],
) -> bool:
    """Whether anything new has a name that was sent; or none, or there are no names here."""
    field = naming_field(scene.model, operation)
    bodies = [one.request.body.lower() for one in sent]
    names = [after[one].get(plain_name(field[0])) if field is not None else None for one in after if one not in before]
    return any(
        not isinstance(name, str) or any(name[:_TELLING].lower().encode() in body for body in bodies) for name in names
    )


def _listed(scene: Scene, operation: Operation, address: Address) -> tuple[Exchange, dict[str, Item]] | None:
    """Items of the list beside a create, by id."""
    use, listing = operation.resource, scene.list_of(operation)
    if use is None or use.role is not Role.CREATE or listing is None:
        return None
    start = scene.first_page(listing, address)
    if start is None:
        return None
    pages = scene.walk(listing, start)
    known = ((scene.id_in(listing, item), item) for item in pages.items)
    return pages[-1].exchange, {identifier: item for identifier, item in known if identifier is not None}
