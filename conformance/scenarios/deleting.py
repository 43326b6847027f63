"""Checks of deletions, of things made for it: they are gone, and nothing else is."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.exchange.address import address_of
from conformance.exchange.exchange import Exchange
from conformance.exchange.shape import Item, created_at
from conformance.scenarios.scene import Made, Scene
from conformance.scenarios.walk import Walk, total_of
from conformance.scenarios.workshop import create_of, make
from conformance.verdict.sighting import Sighting, failed, outcome_of, passed, unknown
from spec.contract import Operation

_GONE = (404, 410)
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Deletion:
    """One deletion that went through, and the list around it before and after; None without a list.

    keep: what was made beside it. before, after: when each item was made, as far as the list tells, by id.
    """

    made: Made
    keep: Made
    exchange: Exchange
    reading: Exchange | None
    read: Item | None
    before: Mapping[str, Any] | None
    after: Mapping[str, Any] | None
    listing: Walk | None


def delete_gone(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """What was deleted is neither read nor listed."""
    deletion = _deletion(scene, operation)
    use = operation.resource
    if deletion is None or use is None:
        yield unknown("nothing of ours could be deleted")
        return
    identifier, made = deletion.made.chain[use.name], created_at(deletion.made.item)
    reading = deletion.reading
    if reading is not None and deletion.read is not None and created_at(deletion.read) not in (None, made):
        yield unknown(f"something newer has the id {identifier} by now", reading)
    elif reading is not None and reading.answer is not None and reading.answer.is_success:
        yield failed(reading, f"404 for {identifier}, which was deleted", outcome_of(reading))
    elif reading is not None and reading.answer is not None and reading.answer.status in _GONE:
        yield passed(reading, f"{identifier} is gone: {outcome_of(reading)}")
    elif reading is not None:
        yield unknown(f"after the deletion, reading ended in {outcome_of(reading)}", reading)
    if deletion.after is not None and deletion.listing is not None:
        exchange = deletion.listing[-1].exchange
        if identifier in deletion.after and deletion.after[identifier] in (None, made):
            yield failed(exchange, f"a list without {identifier}, which was deleted", "it is listed")
        elif deletion.listing.is_whole:
            yield passed(exchange, f"{identifier} is not listed")
            yield from _no_longer_counted(scene, operation, deletion)


def _no_longer_counted(scene: Scene, operation: Operation, deletion: Deletion) -> Iterator[Sighting]:
    """The total of the list after the deletion is that of the items that it shows, also when it is asked once more."""
    listing = scene.list_of(operation)
    seen = deletion.listing
    for _ in range(_TRIES):
        total = total_of(listing, seen[0]) if listing is not None and seen else None
        if listing is None or not seen or total is None or not seen.is_whole or total <= len(list(seen.items)):
            return
        last, wanted = seen[-1].exchange, len(list(seen.items))
        seen, _items = _listed(scene, operation, deletion.made)
    yield failed(last, f"a total of {wanted}, as the list has since the deletion", f"{total}")


def delete_alone(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """A deletion takes one item."""
    deletion = _deletion(scene, operation)
    if deletion is None or deletion.before is None or deletion.after is None or deletion.listing is None:
        yield unknown("nothing of ours could be deleted from a list")
        return
    exchange, missing = deletion.listing[-1].exchange, _gone_too(operation, deletion)
    if missing and not _is_our_doing(scene, operation, deletion):
        yield unknown("somebody else deletes here, too", exchange)
    elif missing:
        yield failed(exchange, "every other item still listed", f"{', '.join(sorted(missing)[:5])} gone, too")
    else:
        yield passed(exchange, f"{len(deletion.after)} other items are still listed")


def _gone_too(operation: Operation, deletion: Deletion) -> set[str]:
    """Ids of other items that the list had before the deletion, and has no more."""
    name = operation.resource.name if operation.resource is not None else ""
    return {*(deletion.before or ())} - {*(deletion.after or ()), deletion.made.chain.get(name, "")}


def _is_our_doing(scene: Scene, operation: Operation, deletion: Deletion) -> bool:
    """Whether other items went with ours: one of them was ours and is gone, or nobody else writes and it happens again.

    Nobody else knows of what we made, but may delete what is theirs.
    """
    kept = scene.read(operation.resource.name, deletion.keep.chain) if operation.resource is not None else None
    if kept is not None and kept[0].answer is not None and kept[0].answer.status in _GONE:
        return True
    _, again = _listed(scene, operation, deletion.made)
    if again is None or {*again} != {*(deletion.after or ())} or {*again} - {*(deletion.before or ())}:
        return False
    other = _delete(scene, operation)
    return other is not None and bool(_gone_too(operation, other))


def _deletion(scene: Scene, operation: Operation) -> Deletion | None:
    key = ("deletion", operation.id)
    if key not in scene.memory:
        scene.memory[key] = _delete(scene, operation)
    found: Deletion | None = scene.memory[key]
    return found


def _delete(scene: Scene, operation: Operation) -> Deletion | None:
    use = operation.resource
    create = create_of(scene, use.name) if use is not None else None
    if use is None or create is None:
        return None
    first = make(scene, create)
    keep, target = (first, make(scene, create, address=first.address)) if first is not None else (None, None)
    address = address_of(operation, target.chain) if target is not None else None
    if keep is None or target is None or address is None:
        return None
    _, before = _listed(scene, operation, target)
    exchange = scene.client.send(operation, address)
    if exchange.answer is None or not exchange.answer.is_success:
        return None
    forget(scene, target)
    reading, item = scene.read(use.name, target.chain) or (None, None)
    listing, after = _listed(scene, operation, target)
    return Deletion(target, keep, exchange, reading, item, before, after, listing)


def forget(scene: Scene, made: Made) -> None:
    """Take something out of what is known to exist."""
    scene.made = [one for one in scene.made if one is not made]
    for resource, places in scene.atlas.places.items():
        gone = [place for place in places if place.chain == {**place.chain, **made.chain}]
        if resource in made.chain or gone:
            scene.atlas.places[resource] = [place for place in places if place not in gone]


def _listed(scene: Scene, operation: Operation, made: Made) -> tuple[Walk | None, dict[str, Any] | None]:
    """The walk through the list around something that was made, and when each item was made, by id."""
    listing = scene.list_of(operation)
    address = address_of(listing, made.chain) if listing is not None else None
    start = scene.first_page(listing, address) if listing is not None and address is not None else None
    if listing is None or start is None:
        return None, None
    walk = scene.walk(listing, start)
    told = ((scene.id_in(listing, item), created_at(item)) for item in walk.items)
    return walk, {identifier: time for identifier, time in told if identifier is not None}
