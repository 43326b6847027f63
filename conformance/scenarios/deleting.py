"""Checks of deletions, of things made for it: they are gone, and nothing else is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from conformance.address import address_of
from conformance.exchange import Exchange
from conformance.scenarios.scene import Made, Scene
from conformance.scenarios.sighting import Sighting, failed, outcome_of, passed, unknown
from conformance.scenarios.workshop import create_of, make
from conformance.shape import Item
from spec.contract import Operation

_GONE = (404, 410)


@dataclass(frozen=True, slots=True)
class Deletion:
    """One deletion that went through, and the list around it before and after; None without a list."""

    made: Made
    exchange: Exchange
    reading: Exchange | None
    before: set[str] | None
    after: set[str] | None
    listing: Exchange | None


def delete_gone(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """What was deleted is neither read nor listed."""
    deletion = _deletion(scene, operation)
    use = operation.resource
    if deletion is None or use is None:
        yield unknown("nothing of ours could be deleted")
        return
    identifier = deletion.made.chain[use.name]
    reading = deletion.reading
    if reading is not None and reading.answer is not None and reading.answer.is_success:
        yield failed(reading, f"404 for {identifier}, which was deleted", outcome_of(reading))
    elif reading is not None and reading.answer is not None and reading.answer.status in _GONE:
        yield passed(reading, f"{identifier} is gone: {outcome_of(reading)}")
    elif reading is not None:
        yield unknown(f"after the deletion, reading ended in {outcome_of(reading)}", reading)
    if deletion.after is not None and deletion.listing is not None:
        if identifier in deletion.after:
            yield failed(deletion.listing, f"a list without {identifier}, which was deleted", "it is listed")
        else:
            yield passed(deletion.listing, f"{identifier} is not listed")


def delete_alone(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """A deletion takes one item."""
    deletion = _deletion(scene, operation)
    use = operation.resource
    if deletion is None or use is None or deletion.before is None or deletion.after is None or deletion.listing is None:
        yield unknown("nothing of ours could be deleted from a list")
        return
    missing = deletion.before - deletion.after - {deletion.made.chain[use.name]}
    if missing:
        yield failed(deletion.listing, "every other item still listed", f"{', '.join(sorted(missing)[:5])} gone, too")
    else:
        yield passed(deletion.listing, f"{len(deletion.after)} other items are still listed")


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
    got = scene.read(use.name, target.chain)
    listing, after = _listed(scene, operation, target)
    return Deletion(target, exchange, got[0] if got is not None else None, before, after, listing)


def forget(scene: Scene, made: Made) -> None:
    """Take something out of what is known to exist."""
    scene.made = [one for one in scene.made if one is not made]
    for resource, places in scene.atlas.places.items():
        gone = [place for place in places if place.chain == {**place.chain, **made.chain}]
        if resource in made.chain or gone:
            scene.atlas.places[resource] = [place for place in places if place not in gone]


def _listed(scene: Scene, operation: Operation, made: Made) -> tuple[Exchange | None, set[str] | None]:
    """Ids in the list around something that was made, and the exchange that ends it."""
    listing = scene.list_of(operation)
    address = address_of(listing, made.chain) if listing is not None else None
    start = scene.first_page(listing, address) if listing is not None and address is not None else None
    if listing is None or start is None:
        return None, None
    pages = scene.walk(listing, start)
    items: list[Item] = [item for page in pages for item in page.items]
    return pages[-1].exchange, {one for item in items if (one := scene.id_in(listing, item)) is not None}
