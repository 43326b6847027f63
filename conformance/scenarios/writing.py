"""Checks of what a change leaves behind: created, updated, renewed things."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.discovery import Address
from conformance.sample import sample_body
from conformance.scenarios.scene import Scene
from conformance.scenarios.sighting import Sighting, failed, outcome_of, passed, unknown
from conformance.shape import Item, plain_name, same_value
from spec.contract import Operation, Role
from spec.pointer import resolve_pointer


def create_read_back(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """What was created can be read, with what was sent."""
    made = _create(scene, operation)
    read = scene.read_of(operation)
    if made is None or read is None:
        yield unknown("nothing could be created that has an id to read it by")
        return
    sent, parent, identifier = made
    address = scene.address_below(read, parent, identifier)
    if address is None:
        yield unknown("the read operation needs other ids than the created item gives")
        return
    exchange = scene.client.send(read, address)
    item = scene.item(read, exchange)
    if item is None:
        yield failed(exchange, f"the created item {identifier}", outcome_of(exchange))
        return
    yield passed(exchange, f"the created item {identifier} can be read")
    for name, value in _shown(sent, item).items():
        if same_value(value, item[name]):
            yield passed(exchange, f"{name} is kept")
        else:
            yield failed(exchange, f"{name} of {value!r}, as sent", f"{item[name]!r}")


def item_in_list(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """What was created stands in the list."""
    made = _create(scene, operation)
    listing = scene.list_of(operation)
    if made is None or listing is None:
        yield unknown("nothing could be created that has an id to look for")
        return
    _, parent, identifier = made
    start = scene.first_page(listing, parent)
    if start is None:
        yield unknown("the list did not answer with items of a shape we know")
        return
    pages = scene.walk(listing, start)
    ids = [scene.id_in(listing, item) for page in pages for item in page.items]
    if identifier in ids:
        yield passed(pages[-1].exchange, f"{identifier} is listed")
    elif len(pages) == 1 and listing.page and listing.page.default_size and len(ids) >= listing.page.default_size:
        yield unknown("a full page without links: the item may be on another", start.exchange)
    else:
        yield failed(pages[-1].exchange, f"{identifier} among {len(ids)} items", "it is not there")


def update_persists(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """What an update changed stays changed."""
    read = scene.read_of(operation)
    if read is None:
        yield unknown("the contract has no operation that reads the item back")
        return
    for address in scene.atlas.addresses(operation)[:6]:
        before = scene.item(read, scene.client.send(read, address))
        if before is None:
            continue
        for name, value in _changes(scene, operation, before):
            exchange = scene.client.send(operation, address, body={name: value})
            if exchange.answer is None or not exchange.answer.is_success:
                continue
            yield _kept(scene, read, address, plain_name(name), value)
            _restore(scene, operation, address, name, before)
            return
    yield unknown("no update was accepted for a field that the item shows")


def renew_url(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """An action gives a field a fresh value."""
    name = operation.resource.renews if operation.resource else None
    read = scene.read_of(operation)
    if name is None or read is None:
        yield unknown("the contract does not name the field that is renewed")
        return
    for address in scene.atlas.addresses(operation)[:8]:
        before = scene.item(read, scene.client.send(read, address)) or {}
        exchange = scene.client.send(operation, address, body=sample_body(scene.model, operation))
        item = scene.item(operation, exchange)
        if item is None:
            continue
        fresh = item.get(name)
        if not isinstance(fresh, str) or not fresh:
            yield failed(exchange, f"an answer with a text in {name}", f"{fresh!r}")
        elif fresh == before.get(name):
            yield failed(exchange, f"another {name} than before", "the same one")
        else:
            yield passed(exchange, f"{name} is fresh")
        return
    yield unknown("the action succeeded for no item")


def _create(scene: Scene, operation: Operation) -> tuple[Mapping[str, Any], Address, str] | None:
    """Body sent, address of the parent, and id of the new item."""
    body = sample_body(scene.model, operation)
    made = scene.accepted(operation, body)
    if made is None:
        return None
    item = scene.item(operation, made[0])
    identifier = scene.id_in(operation, item) if item is not None else None
    return (body or {}, made[1], identifier) if identifier is not None else None


def _shown(sent: Mapping[str, Any], item: Item) -> dict[str, Any]:
    """Sent fields that the item shows, by their plain names."""
    plain = {plain_name(name): value for name, value in sent.items()}
    return {name: value for name, value in plain.items() if name in item}


def _changes(scene: Scene, operation: Operation, before: Item) -> Iterator[tuple[str, Any]]:
    """Field and value of updates that would change what the item shows."""
    bodies = [sample_body(scene.model, operation) or {}]
    creates = scene.model.uses_of(operation.resource.name, Role.CREATE) if operation.resource else ()
    bodies += [sample_body(scene.model, create) or {} for create in creates]
    for name, schema in _properties(scene, operation).items():
        shown = before.get(plain_name(name))
        offered = [*schema.get("enum", ()), *(body[name] for body in bodies if name in body), *_steps(shown)]
        for value in offered:
            if shown is not None and not same_value(value, shown):
                yield name, value


def _steps(shown: Any) -> list[Any]:
    if isinstance(shown, bool):
        return [not shown]
    return [shown + 1] if isinstance(shown, int) else [f"{shown}x"] if isinstance(shown, str) else []


def _properties(scene: Scene, operation: Operation) -> Mapping[str, Any]:
    if operation.body is None:
        return {}
    schema = next(iter(operation.body.media_types.values())).schema or {}
    if "$ref" in schema:
        schema = resolve_pointer(scene.model.document, schema["$ref"])
    found = schema.get("properties", {})
    return {n: resolve_pointer(scene.model.document, raw["$ref"]) if "$ref" in raw else raw for n, raw in found.items()}


def _kept(scene: Scene, read: Operation, address: Address, name: str, value: Any) -> Sighting:
    exchange = scene.client.send(read, address)
    item = scene.item(read, exchange)
    if item is None:
        return unknown(f"after the update, reading ended in {outcome_of(exchange)}", exchange)
    if same_value(value, item.get(name)):
        return passed(exchange, f"{name} is {value!r} after the update")
    return failed(exchange, f"{name} of {value!r} after the update", f"{item.get(name)!r}")


def _restore(scene: Scene, operation: Operation, address: Address, name: str, before: Item) -> None:
    scene.client.send(operation, address, body={name: before[plain_name(name)]})
