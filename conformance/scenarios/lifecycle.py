"""Checks of things that change on their own: where they begin, how they go on, and that they end."""

from __future__ import annotations

import itertools
from collections.abc import Iterator

from conformance.exchange.address import address_of
from conformance.exchange.moment import is_later
from conformance.exchange.shape import Item, plain_name
from conformance.scenarios.arrival import await_arrival, patience_hint, state_in
from conformance.scenarios.changing import stamp_moves
from conformance.scenarios.scene import Chain, Scene
from conformance.scenarios.workshop import create_of, make, spare
from conformance.verdict.sighting import Sighting, failed, outcome_of, passed, unknown, unseen
from spec.contract import Operation, Role
from spec.field import body_properties
from spec.lifecycle import Lifecycle
from spec.resource import Meaning, read_shapes

_LOOKED_AT = 4


def lifecycle_start(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """A new item is in its first state, or already on its way, but not at its end."""
    lifecycle = _lifecycle(scene, operation)
    made = make(scene, operation)
    state = made.item.get(lifecycle.field) if made is not None and lifecycle is not None else None
    if made is None or lifecycle is None or state not in lifecycle.states:
        yield unknown("nothing could be made that tells its state")
    elif lifecycle.is_terminal(str(state)) and not lifecycle.is_terminal(lifecycle.initial):
        yield failed(made.exchange, f"a new item in the state {lifecycle.initial}", str(state))
    else:
        yield passed(made.exchange, f"a new item is {state}")


def lifecycle_order(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """States follow each other as declared: what is read is what the list said, or what follows it."""
    lifecycle = _lifecycle(scene, operation)
    seen = 0
    for chain, listed in _known(scene, operation) if lifecycle is not None else ():
        got = scene.client.send(operation, address_of(operation, chain))
        item = scene.item(operation, got)
        before, now = state_in(lifecycle, listed), state_in(lifecycle, item)
        if lifecycle is None or before is None or now is None:
            continue
        seen += 1
        if lifecycle.can_become(before, now):
            yield passed(got, f"{before}, and then {now}")
        else:
            yield failed(got, f"{before} or what follows it", now)
    yield from _refused_moves(scene, operation)
    if not seen:
        yield unseen("no item is known that tells its state")


def lifecycle_end(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """An item that has come to an end stays there."""
    lifecycle = _lifecycle(scene, operation)
    known = list(_known(scene, operation)) if lifecycle is not None else []
    ended = [(chain, str(state_in(lifecycle, item))) for chain, item in known if lifecycle and _ended(lifecycle, item)]
    for chain, before in ended[:_LOOKED_AT]:
        exchange = scene.client.send(operation, address_of(operation, chain))
        now = state_in(lifecycle, scene.item(operation, exchange))
        if now is None:
            yield unknown(f"an item that was {before}: {outcome_of(exchange)}", exchange)
        elif now == before:
            yield passed(exchange, f"still {before}")
        else:
            yield failed(exchange, f"{before}, as before", now)
    if not ended:
        yield unseen("no item is known that has come to an end")


def lifecycle_progress(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """What is on its way comes to an end, within the time that the vendor gives it."""
    use, lifecycle = operation.resource, _lifecycle(scene, operation)
    if use is None or lifecycle is None:
        return
    made = spare(scene, use.name)
    address = address_of(operation, made.chain) if made is not None else None
    deadline = scene.job_deadline
    if address is not None:
        found = await_arrival(scene, operation, address, lifecycle, deadline or 0.0)
        if found.has_arrived:
            yield passed(found.exchange, f"{found.state} after a while")
            return
        if found.state is not None and deadline is not None:
            yield failed(found.exchange, f"an end within {deadline:g} s", f"still {found.state}")
            return
    done = next((one for one in _known(scene, operation) if _ended(lifecycle, one[1])), None)
    exchange = scene.client.send(operation, address_of(operation, done[0])) if done is not None else None
    if exchange is not None and _ended(lifecycle, scene.item(operation, exchange) or {}):
        yield passed(exchange, "others have come to an end")
    else:
        yield unseen("nothing has come to an end yet" + patience_hint(scene, operation))


def moments_in_order(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """Times of an item are in the order in which things happened."""
    use = operation.resource
    if use is None:
        return
    if use.role in (Role.UPDATE, Role.REPLACE):
        yield from stamp_moves(scene, operation)
        return
    shape = read_shapes(scene.model)[use.name]
    order = [shape.fields_meaning(one) for one in (Meaning.CREATED, Meaning.STARTED, Meaning.ENDED)]
    seen = 0
    for chain, _ in list(itertools.islice(_known(scene, operation), _LOOKED_AT * 2)):
        exchange = scene.client.send(operation, address_of(operation, chain))
        item = scene.item(operation, exchange) or {}
        told = [(name, item[name]) for names in order for name in names if item.get(name) is not None]
        if len(told) < 2 or len({type(value) for _, value in told}) > 1:
            continue
        seen += 1
        wrong = next((pair for pair in itertools.pairwise(told) if is_later(pair[0][1], pair[1][1])), None)
        if wrong is not None:
            (first, early), (second, late) = wrong
            yield failed(exchange, f"{second} not before {first}, which is {early}", f"{late}")
        else:
            yield passed(exchange, f"{' ≤ '.join(name for name, _ in told)}")
    if not seen:
        yield unseen("no item is known that tells of two moments")


def _refused_moves(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """An item cannot be moved to a state that does not follow its own."""
    use, lifecycle = operation.resource, _lifecycle(scene, operation)
    create = create_of(scene, use.name) if use is not None else None
    if use is None or lifecycle is None or create is None:
        return
    for change in (*scene.uses(use.name, Role.UPDATE), *scene.uses(use.name, Role.REPLACE)):
        names = [name for name in body_properties(scene.model, change) if plain_name(name) == lifecycle.field]
        made = make(scene, create) if names else None
        before = state_in(lifecycle, made.item) if made is not None else None
        wrong = [one for one in lifecycle.states if before and not lifecycle.can_become(before, one)]
        if made is None or before is None or not wrong:
            continue
        exchange = scene.client.send(change, address_of(change, made.chain), body={names[0]: wrong[0]})
        if exchange.answer is not None and exchange.answer.is_success:
            yield failed(exchange, f"no way from {before} to {wrong[0]}", outcome_of(exchange))
        elif exchange.answer is not None and exchange.answer.is_refusal:
            yield passed(exchange, f"no way from {before} to {wrong[0]}: {outcome_of(exchange)}")


def _lifecycle(scene: Scene, operation: Operation) -> Lifecycle | None:
    return scene.law.resources[operation.resource.name].lifecycle if operation.resource else None


def _ended(lifecycle: Lifecycle, item: Item) -> bool:
    state = state_in(lifecycle, item)
    return state is not None and lifecycle.is_terminal(state)


def _known(scene: Scene, operation: Operation) -> Iterator[tuple[Chain, Item]]:
    """Known items that can be read, as a list showed them first, those that ended before the others."""
    use = operation.resource
    if use is None:
        return
    lifecycle = _lifecycle(scene, operation)
    places = [place for place in scene.atlas.places.get(use.name, ()) if address_of(operation, place.chain)]
    for place in sorted(places, key=lambda place: not (lifecycle and _ended(lifecycle, place.item))):
        if place.item:
            yield place.chain, place.item
            continue
        key = ("first sight", use.name, tuple(place.chain.items()))
        if key not in scene.memory:
            exchange = scene.client.send(operation, address_of(operation, place.chain))
            scene.memory[key] = scene.item(operation, exchange)
        if scene.memory[key]:
            yield place.chain, scene.memory[key]
