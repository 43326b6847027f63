"""Bystanders: what nobody spoke of when something was changed or made, far from it, and what should be as it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from conformance.exchange.address import Address, address_of, chain_of
from conformance.exchange.client import FIRST, SECOND
from conformance.exchange.exchange import Exchange
from conformance.exchange.shape import Item, plain_name, same_value
from conformance.scenarios.change import Change, changes
from conformance.scenarios.scene import Made, Scene
from conformance.scenarios.workshop import make
from conformance.verdict.sighting import Sighting, failed, passed, unknown
from spec.contract import Operation

Crowd = Mapping[tuple[str, str], tuple[Exchange, Item]]
"""Items of lists by who saw them and their id."""

_CREATES = 3


def none_changed(scene: Scene, operation: Operation, change: Change) -> Iterator[Sighting]:
    """What a change sent is seen in no item far away: below another parent, or of the second identity.

    An item that had the value already shows nothing, so there is a second change; and somebody else may write, so
    there is a third one before anything is told.
    """
    crowd, known, doubts = _crowd(scene, operation), change, set[tuple[str, str]]()
    if not crowd:
        return
    for look in range(3):
        again = next(changes(scene, operation, known.sent), None)
        if again is None or (look == 2 and not doubts):
            break
        now = _crowd(scene, operation)
        found = _like_sent(crowd, now, again, scene.id_in(operation, again.after))
        if found & doubts:
            key = min(found & doubts)
            name = next(iter(again.sent))
            yield failed(now[key][0], f"the item {key[1]} as it was", f"{plain_name(name)} of another item's change")
            return
        doubts, crowd, known = doubts | found, now, again
    if doubts:
        yield unknown("an item far away was changed just so once, so somebody else may write here")
    else:
        yield passed(change.exchange, f"{len(crowd)} items elsewhere are as they were")


def one_made(scene: Scene, operation: Operation, made: Made) -> Iterator[Sighting]:
    """One create makes one item: its list grows by no other one, three times running, and not while nobody creates."""
    found: Sighting | None = None
    for _ in range(_CREATES):
        found = _one_more_made(scene, operation, made)
        if found is None:
            return
    if found is not None:
        yield found


def _one_more_made(scene: Scene, operation: Operation, made: Made) -> Sighting | None:
    """What is wrong with the list after another create; None where nothing is, or it moves on its own."""
    use = operation.resource
    before = ids_beside(scene, operation, made.address)
    new = make(scene, operation, made.sent, address=made.address)
    after, idle = ids_beside(scene, operation, made.address), ids_beside(scene, operation, made.address)
    if use is None or new is None or before is None or after is None or idle is None or idle[1] != after[1]:
        return None
    more = after[1] - before[1] - {new.chain[use.name]}
    if not more:
        return None
    return failed(after[0], f"one new item, {new.chain[use.name]}", f"{len(more)} more, such as {min(more)}")


def _crowd(scene: Scene, operation: Operation) -> Crowd:
    """Items of the fullest list, and of the second identity's where it can be asked for without ids."""
    listing = scene.list_of(operation)
    if listing is None:
        return {}
    scene.forget_pages(listing)
    walks = [(FIRST, scene.pages(listing))]
    start = None
    if scene.has_second and "{" not in listing.path:
        start = scene.first_page(listing, {}, identity=SECOND)
    if start is not None:
        walks.append((SECOND, scene.walk(listing, start, SECOND)))
    return {
        (who, identifier): (page.exchange, item)
        for who, walk in walks
        for page in walk
        for item in page.items
        if (identifier := scene.id_in(listing, item)) is not None
    }


def _like_sent(before: Crowd, now: Crowd, change: Change, own: str | None) -> set[tuple[str, str]]:
    """Items but the changed one that have become just what a change sent."""
    sent = {plain_name(name): value for name, value in change.sent.items()}
    return {
        key
        for key, (_, item) in now.items()
        if key[1] != own and key in before
        for name, value in sent.items()
        if name in item and same_value(value, item[name]) and not same_value(value, before[key][1].get(name))
    }


def ids_beside(scene: Scene, operation: Operation, address: Address) -> tuple[Exchange, frozenset[str]] | None:
    """The ids of the list beside a create; None without one, or where it was not seen whole."""
    listing = scene.list_of(operation)
    place = address_of(listing, chain_of(operation, address)) if listing is not None else None
    start = scene.first_page(listing, place) if listing is not None and place is not None else None
    walk = scene.walk(listing, start) if listing is not None and start is not None else None
    if listing is None or walk is None or not walk.is_whole:
        return None
    told = (scene.id_in(listing, item) for item in walk.items)
    return walk[-1].exchange, frozenset(one for one in told if one is not None)
