"""Changes made to be looked at: what was sent, and what was there before and after."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from conformance.exchange.address import Address, address_of
from conformance.exchange.exchange import Exchange
from conformance.exchange.sample import full_body, other_value, sample_body
from conformance.exchange.shape import Item, plain_name, same_value
from conformance.scenarios.scene import Chain, Scene
from conformance.scenarios.workshop import create_of, make, spare, whole_body
from spec.contract import Operation, Role
from spec.field import body_properties
from spec.resource import Meaning, read_shapes


@dataclass(frozen=True, slots=True)
class Change:
    """One change that went through: what was sent, and the item before, as answered, and after it.

    siblings, siblings_after: what the list showed before and after it, by id.
    """

    address: Address
    chain: Chain
    sent: Mapping[str, Any]
    before: Item
    exchange: Exchange
    after: Item
    reading: Exchange
    siblings: Mapping[str, tuple[Exchange, Item]]
    siblings_after: Mapping[str, tuple[Exchange, Item]]


def change_of(scene: Scene, operation: Operation) -> Change | None:
    """One change of something, as far as possible of ours, that went through; made once per run."""
    key = ("change", operation.id)
    if key not in scene.memory:
        scene.memory["before change", operation.id] = _time_told(scene, operation)
        scene.memory[key] = next(changes(scene, operation), None)
    found: Change | None = scene.memory[key]
    return found


def changes(scene: Scene, operation: Operation, known: Mapping[str, Any] | None = None) -> Iterator[Change]:
    """Changes that go through. known: a body that was sent before, so that another one is wanted."""
    use = operation.resource
    for chain in _subjects(scene, operation) if use is not None else ():
        address = address_of(operation, chain)
        got = scene.read(use.name, chain) if use is not None else None
        if address is None or got is None or got[1] is None or use is None:
            continue
        siblings = _siblings(scene, operation, chain)
        before = got[1]
        for body in _bodies(scene, operation, before):
            if known is not None and {**body, **known} == body:
                continue
            exchange = scene.client.send(operation, address, body=body)
            if exchange.answer is None or not exchange.answer.is_success:
                continue
            again = scene.read(use.name, chain)
            if again is not None and again[1] is not None:
                now = _siblings(scene, operation, chain)
                yield Change(address, chain, body, before, exchange, again[1], again[0], siblings, now)
                return


def time_before(scene: Scene, operation: Operation) -> Any:
    """The target's own time just before the change that `change_of` gave; None where nothing tells it."""
    return scene.memory["before change", operation.id]


def aged_change(scene: Scene, operation: Operation, known: Change, stamps: Sequence[str]) -> tuple[Change, Any] | None:
    """A change of something of ours that is more than a second old by the target's clock, and the time before it."""
    use = operation.resource
    ours = [made.chain for made in scene.made if use is not None and list(made.chain)[-1] == use.name]
    got = scene.read(use.name, ours[0]) if use is not None and ours else None
    address = address_of(operation, ours[0]) if ours else None
    if got is None or got[1] is None or address is None or use is None:
        return None
    before, now = got[1], _time_told(scene, operation)
    if not any(type(before.get(name)) is type(now) and far_apart(before[name], now) for name in stamps):
        return None
    for body in (*_bodies(scene, operation, before), dict(known.sent)):
        exchange = scene.client.send(operation, address, body=body)
        again = scene.read(use.name, ours[0]) if exchange.answer is not None and exchange.answer.is_success else None
        if again is not None and again[1] is not None:
            return Change(address, ours[0], body, before, exchange, again[1], again[0], {}, {}), now
    return None


def _subjects(scene: Scene, operation: Operation) -> Iterator[Chain]:
    """Things to change: one made for it, then what is known."""
    use = operation.resource
    create = create_of(scene, use.name) if use is not None else None
    made = (make(scene, create, whole_body(scene, create)) or make(scene, create)) if create is not None else None
    if made is not None and create is not None:
        make(scene, create, address=made.address)  # a sibling, to see that it stays as it is
    if made is None and use is not None:
        made = spare(scene, use.name)
    if made is not None:
        yield made.chain
    for place in scene.atlas.places.get(use.name, [])[:4] if use is not None else ():
        address = address_of(operation, place.chain)
        if address is not None and address in scene.atlas.addresses(operation):
            yield place.chain


def _bodies(scene: Scene, operation: Operation, before: Item) -> Iterator[dict[str, Any]]:
    """Bodies that change what the item shows: one field where that is enough, else a whole one."""
    enforced = body_properties(scene.model, operation)
    if operation.resource is not None and operation.resource.role is Role.REPLACE:
        yield from _replacements(scene, operation, before)
        return
    demanded = sample_body(scene.model, operation) or {}
    for name, value in _values(scene, operation, before, enforced):
        yield {name: value}
        if set(demanded) - {name}:
            yield {**demanded, name: value}


def _replacements(scene: Scene, operation: Operation, before: Item) -> Iterator[dict[str, Any]]:
    """Whole bodies that change something: with what must be there, and where nothing must, with all that can."""
    identifier = scene.model.resources[operation.resource.name].id if operation.resource is not None else None
    schemas = body_properties(scene.model, operation)
    sample = sample_body(scene.model, operation)
    body = dict(sample) if isinstance(sample, dict) and sample else full_body(scene.model, operation)
    for name in [one for one in body if one in schemas]:
        shown = before.get(plain_name(name))
        if plain_name(name) == identifier:
            body[name] = body[name] if shown is None else shown  # as the path tells it
        elif isinstance(body[name], str) and same_value(body[name], shown):
            other = other_value(scene.model, schemas[name], body[name])
            body[name] = body[name] if other is None else other
    yield body


def _values(
    scene: Scene, operation: Operation, before: Item, schemas: Mapping[str, Mapping[str, Any]]
) -> Iterator[tuple[str, Any]]:
    use = operation.resource
    moving = moving_fields(scene, use.name) if use is not None else set()
    own = scene.model.resources[use.name].id if use is not None else ""
    full = full_body(scene.model, operation)
    for name, schema in schemas.items():
        shown = before.get(plain_name(name))
        if schema.get("readOnly") or plain_name(name) in {*moving, own} or plain_name(name) not in before:
            continue
        offered = [*schema.get("enum", ()), full.get(name), other_value(scene.model, schema, shown)]
        for value in offered:
            if value is not None and not isinstance(value, dict) and not same_value(value, shown):
                yield name, value


def moving_fields(scene: Scene, resource: str) -> set[str]:
    """Fields that change on their own, or with every change."""
    shape = read_shapes(scene.model)[resource]
    lifecycle = shape.resource.lifecycle
    if lifecycle is None:
        return set(shape.fields_meaning(Meaning.UPDATED))
    own = (Meaning.UPDATED, Meaning.STARTED, Meaning.ENDED, Meaning.SIZE, Meaning.DIGEST, Meaning.EXPIRES)
    return {lifecycle.field, *(name for meaning in own for name in shape.fields_meaning(meaning)), *shape.renewable}


def _siblings(scene: Scene, operation: Operation, chain: Chain) -> dict[str, tuple[Exchange, Item]]:
    listing = scene.list_of(operation)
    address = address_of(listing, chain) if listing is not None else None
    start = scene.first_page(listing, address) if listing is not None and address is not None else None
    found: dict[str, tuple[Exchange, Item]] = {}
    for page in scene.walk(listing, start) if listing is not None and start is not None else ():
        for item in page.items:
            identifier = scene.id_in(operation, item)
            if identifier is not None:
                found[identifier] = (page.exchange, item)
    return found


def _time_told(scene: Scene, operation: Operation) -> Any:
    """The target's own time, as something new tells when it was made; None where nothing does."""
    use = operation.resource
    create = create_of(scene, use.name) if use is not None else None
    made = make(scene, create) if create is not None else None
    if made is None or use is None:
        return None
    stamps = read_shapes(scene.model)[use.name].fields_meaning(Meaning.CREATED)
    return next((made.item.get(name) for name in stamps), None)


def far_apart(before: Any, after: Any) -> bool:
    """Whether two moments are more than a second apart, so that the same stamp cannot stand for both."""
    if isinstance(before, (int, float)):
        return bool(after - before > 1)
    try:
        return (datetime.fromisoformat(after) - datetime.fromisoformat(before)).total_seconds() > 1
    except (TypeError, ValueError):
        # Words that are no times, or one of them without a zone, tell nothing.
        return False
