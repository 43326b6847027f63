"""Checks of changes: they last, are answered, touch one item, and keep or clear what was not sent."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from conformance.exchange.address import Address, address_of
from conformance.exchange.exchange import Exchange
from conformance.exchange.sample import full_body, sample_body
from conformance.exchange.shape import Item, plain_name, same_value
from conformance.scenarios.scene import Chain, Scene
from conformance.scenarios.sighting import Sighting, failed, passed, unknown, unseen
from conformance.scenarios.workshop import create_of, make, spare, whole_body
from spec.contract import Operation, Role
from spec.field import body_properties, resource_properties
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


def update_persists(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """What a change changed stays changed."""
    change = change_of(scene, operation)
    if change is None:
        yield unknown("no change was accepted for a field that the item shows")
        return
    for name, value in _sent(change).items():
        if name not in change.after:
            continue
        if same_value(value, change.after[name]):
            yield passed(change.reading, f"{name} is {value!r} after the change")
        else:
            yield failed(change.reading, f"{name} of {value!r} after the change", f"{change.after[name]!r}")


def update_echo(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """The answer to a change shows the item as it is afterwards."""
    change = change_of(scene, operation)
    told = scene.item(operation, change.exchange) if change is not None else None
    if change is None or told is None:
        yield unknown("no change was answered with the item")
        return
    other = [
        name for name in _sent(change) if name in told and name in change.after and told[name] != change.after[name]
    ]
    if other:
        name = other[0]
        yield failed(change.exchange, f"{name} of {change.after[name]!r}, as it is read", f"{told[name]!r}")
    else:
        yield passed(change.exchange, "the answer shows what a read does")


def update_alone(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """A change changes one item."""
    use = operation.resource
    change = change_of(scene, operation)
    if change is None or use is None or len(change.siblings) < 2:
        yield unseen("no list shows another item beside the changed one")
        return
    found = _changed_too(scene, use.name, change)
    if found is None:
        yield passed(change.exchange, f"{len(change.siblings) - 1} other items are as they were")
        return
    # Somebody else may have changed the other one meanwhile, but hardly whenever we change something.
    again = next(_changes(scene, operation, change.sent), None)
    exchange, expected, seen = found
    if again is not None and _changed_too(scene, use.name, again) is None:
        yield unknown(f"expected {expected}; saw {seen} once, so somebody else may write here", exchange)
    else:
        yield failed(exchange, expected, seen)


def _changed_too(scene: Scene, resource: str, change: Change) -> tuple[Exchange, str, str] | None:
    """Another item that is no more as it was before a change: where that is shown, what was expected, what was seen."""
    stamps = moving_fields(scene, resource)
    now, sent = change.siblings_after, _sent(change)
    for identifier, (_, item) in change.siblings.items():
        if identifier == change.chain[resource] or identifier not in now:
            continue
        exchange, fresh = now[identifier]
        looked_at = [name for name in item if name not in stamps]
        if not scene.is_strict:  # what no schema tells may change on its own, but hardly to just what was sent
            looked_at = [name for name, value in sent.items() if name in item and same_value(value, fresh.get(name))]
        other = [name for name in looked_at if fresh.get(name) != item[name]]
        if other:
            return exchange, f"the item {identifier} as it was", f"{other[0]} of {fresh.get(other[0])!r}"
    return None


def patch_keeps(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """A partial change keeps what was not sent."""
    use = operation.resource
    change = change_of(scene, operation)
    if change is None or use is None:
        yield unknown("no change was accepted for a field that the item shows")
        return
    free = {*_sent(change), *moving_fields(scene, use.name)}
    lost = [name for name, value in change.before.items() if name not in free and change.after.get(name) != value]
    if lost:
        name = lost[0]
        yield failed(change.reading, f"{name} of {change.before[name]!r}, as before", f"{change.after.get(name)!r}")
    else:
        yield passed(change.reading, f"{len(change.before)} fields, and only those sent have changed")


def replace_whole(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """A replacement keeps nothing of what was there: what is left out is blank, or has its default."""
    use = operation.resource
    change = change_of(scene, operation)
    if change is None or use is None:
        yield unknown("no replacement was accepted")
        return
    shown = resource_properties(scene.law, use.name)
    names = {plain_name(name) for name in body_properties(scene.law, scene.enforced(operation))} - set(_sent(change))
    looked = 0
    for name in sorted(names & set(change.before)):
        blank = (None, *([shown[name]["default"]] if "default" in shown.get(name, {}) else []))
        if change.before[name] in blank or not (shown.get(name, {}).get("nullable") or len(blank) > 1):
            continue
        looked += 1
        if change.after.get(name) == change.before[name]:
            yield failed(change.reading, f"{name} blank, as it was left out", f"{change.after.get(name)!r}, as before")
        else:
            yield passed(change.reading, f"{name} is {change.after.get(name)!r}")
    if not looked:
        yield unseen("the item had nothing that could be left out")


def stamp_moves(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """The time of the last change is that of the change, as far as the target's own clock can tell."""
    use = operation.resource
    change = change_of(scene, operation)
    if change is None or use is None:
        yield unknown("no change was accepted")
        return
    shape = read_shapes(scene.model)[use.name]
    now = scene.memory["before change", operation.id]
    aged = _aged_change(scene, operation, change, shape.fields_meaning(Meaning.UPDATED))
    change, now = aged or (change, now)
    for name in shape.fields_meaning(Meaning.UPDATED):
        old, new = change.before.get(name), change.after.get(name)
        if old is None or new is None or type(old) is not type(new) or type(new) is not type(now):
            yield unseen(f"{name} cannot be compared")
        elif new < old:
            yield failed(change.reading, f"{name} not before {old}", f"{new}")
        elif new == old and now is not None and _far_apart(old, now):
            yield failed(change.reading, f"{name} later than {old}, as it was {now} before the change", f"{new}")
        else:
            yield passed(change.reading, f"{name} is {new}, and was {old}")


def _aged_change(scene: Scene, operation: Operation, known: Change, stamps: Sequence[str]) -> tuple[Change, Any] | None:
    """A change of something of ours that is more than a second old by the target's clock, and the time before it."""
    use = operation.resource
    ours = [made.chain for made in scene.made if use is not None and list(made.chain)[-1] == use.name]
    got = scene.read(use.name, ours[0]) if use is not None and ours else None
    address = address_of(operation, ours[0]) if ours else None
    if got is None or got[1] is None or address is None or use is None:
        return None
    before, now = got[1], _time_told(scene, operation)
    if not any(type(before.get(name)) is type(now) and _far_apart(before[name], now) for name in stamps):
        return None
    for body in (*_bodies(scene, operation, before), dict(known.sent)):
        exchange = scene.client.send(operation, address, body=body)
        again = scene.read(use.name, ours[0]) if exchange.answer is not None and exchange.answer.is_success else None
        if again is not None and again[1] is not None:
            return Change(address, ours[0], body, before, exchange, again[1], again[0], {}, {}), now
    return None


def change_of(scene: Scene, operation: Operation) -> Change | None:
    """One change of something, as far as possible of ours, that went through; made once per run."""
    key = ("change", operation.id)
    if key not in scene.memory:
        scene.memory["before change", operation.id] = _time_told(scene, operation)
        scene.memory[key] = next(_changes(scene, operation), None)
    found: Change | None = scene.memory[key]
    return found


def _changes(scene: Scene, operation: Operation, known: Mapping[str, Any] | None = None) -> Iterator[Change]:
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
    sample = sample_body(scene.model, operation)
    body = dict(sample) if isinstance(sample, dict) else {}
    for name, schema in body_properties(scene.model, operation).items():
        if name in body and isinstance(body[name], str) and same_value(body[name], before.get(plain_name(name))):
            body[name] = _other(schema, body[name])
    yield body


def _values(
    scene: Scene, operation: Operation, before: Item, schemas: Mapping[str, Mapping[str, Any]]
) -> Iterator[tuple[str, Any]]:
    use = operation.resource
    moving = moving_fields(scene, use.name) if use is not None else set()
    full = full_body(scene.model, operation)
    for name, schema in schemas.items():
        shown = before.get(plain_name(name))
        if schema.get("readOnly") or plain_name(name) in moving or plain_name(name) not in before:
            continue
        offered = [*schema.get("enum", ()), full.get(name), _other(schema, shown)]
        for value in offered:
            if value is not None and not isinstance(value, dict) and not same_value(value, shown):
                yield name, value


def _other(schema: Mapping[str, Any], shown: Any) -> Any:
    if schema.get("enum"):
        return next((one for one in schema["enum"] if one != shown), shown)
    if isinstance(shown, bool):
        return not shown
    if isinstance(shown, int):
        return shown + 1 if shown < schema.get("maximum", shown + 1) else shown - 1
    if isinstance(shown, str) and "pattern" not in schema and "format" not in schema:
        return (shown + "x")[-schema.get("maxLength", 1 << 16) :]
    return None


def _sent(change: Change) -> dict[str, Any]:
    return {plain_name(name): value for name, value in change.sent.items()}


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


def _far_apart(before: Any, after: Any) -> bool:
    """Whether two moments are more than a second apart, so that the same stamp cannot stand for both."""
    if isinstance(before, (int, float)):
        return bool(after - before > 1)
    try:
        return (datetime.fromisoformat(after) - datetime.fromisoformat(before)).total_seconds() > 1
    except (TypeError, ValueError):
        # Words that are no times, or one of them without a zone, tell nothing.
        return False


__all__ = [
    "Change", "change_of", "moving_fields", "patch_keeps", "replace_whole", "stamp_moves", "update_alone",
    "update_echo", "update_persists",
]  # fmt: skip
