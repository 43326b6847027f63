"""Checks of what a change leaves behind: created, updated, renewed things."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any
from urllib.parse import urljoin

from conformance.exchange.address import Address, chain_of
from conformance.exchange.exchange import Exchange
from conformance.exchange.sample import sample_body
from conformance.exchange.shape import Item, created_at, plain_name, same_value
from conformance.scenarios.arrival import patience_hint
from conformance.scenarios.bystander import one_made
from conformance.scenarios.scene import Made, Scene
from conformance.scenarios.steadiness import steadily
from conformance.scenarios.walk import Ended
from conformance.scenarios.wording import is_free_text, is_text, nasty_texts
from conformance.scenarios.workshop import make, new_body, note, spare
from conformance.verdict.sighting import Sighting, failed, outcome_of, passed, unknown, unseen
from spec.contract import Operation
from spec.field import body_properties, is_flag
from spec.resource import Meaning, read_shapes


def create_read_back(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """What was created can be read, with what was sent: also odd letters, empty and long texts, and every field."""
    use = operation.resource
    made = spare(scene, use.name) if use is not None else None
    if use is None or made is None or scene.read_for(use.name) is None:
        yield unknown("nothing could be created that has an id to read it by")
        return
    # A fresh one, as another check may have changed what was made before.
    yield from _read_back(scene, operation, make(scene, operation, made.sent, address=made.address) or made)
    yield from _other_choices(scene, operation, made)
    yield from _odd_texts(scene, operation, made)


def _read_back(scene: Scene, operation: Operation, made: Made) -> Iterator[Sighting]:
    use = operation.resource
    got = scene.read(use.name, made.chain) if use is not None else None
    if use is None or got is None:
        yield unknown("the read operation needs other ids than the created item gives")
        return
    exchange, item = got
    if item is None:
        yield failed(exchange, f"the created item {made.chain[use.name]}", outcome_of(exchange))
        return
    yield passed(exchange, f"the created item {made.chain[use.name]} can be read")
    for name, value in _shown(made.sent, item).items():
        if name == scene.model.resources[use.name].id:
            continue  # a target may give ids of its own
        if not same_value(value, item[name]):
            yield failed(exchange, f"{name} of {value!r}, as sent", f"{item[name]!r}")
        elif scene.is_strict and name in made.item and not same_value(value, made.item[name]):
            yield failed(made.exchange, f"{name} of {value!r}, as sent and as it is read", f"{made.item[name]!r}")
        else:
            yield passed(exchange, f"{name} is kept")


def _other_choices(scene: Scene, operation: Operation, made: Made) -> Iterator[Sighting]:
    """Fields with a fixed choice or a largest number, each given another value: what is lost may be a default again.

    A flag may say that something else is answered than a new item; and so may a target, where it has one already.
    """
    lifecycle = scene.model.resources[operation.resource.name].lifecycle if operation.resource is not None else None
    schemas = body_properties(scene.model, operation)
    chosen = {
        name: next((one for one in _choices(schemas[name]) if not same_value(one, value)), None)
        for name, value in made.sent.items()
        if name in schemas and not is_flag(schemas[name]) and (lifecycle is None or plain_name(name) != lifecycle.field)
    }
    others = {name: value for name, value in chosen.items() if value is not None}
    before = [dict(one.chain) for one in scene.made]
    another = make(scene, operation, {**made.sent, **others}, address=made.address) if others else None
    if another is not None and dict(another.chain) not in before:
        yield from _read_back(scene, operation, another)


def _choices(schema: Mapping[str, Any]) -> list[Any]:
    """Values that may be told apart from others: those listed, or the largest number."""
    return [
        *schema.get("enum", ()),
        *([schema["maximum"]] if schema.get("type") == "integer" and "maximum" in schema else []),
    ]


def _odd_texts(scene: Scene, operation: Operation, made: Made) -> Iterator[Sighting]:
    """Legal texts that programs get wrong: in all fields that take any text at once, and in each that names something.

    A target may refuse a name of something that it does not know, or hide what it made under it.
    """
    use = operation.resource
    schemas = body_properties(scene.law, operation)
    references = use.references if use is not None else {}
    texts = {name: dict(nasty_texts(schema)) for name, schema in schemas.items() if is_text(schema)}
    free = {name: odd for name, odd in texts.items() if is_free_text(schemas[name]) and not _names(name)}
    for what in sorted({what for odd in free.values() for what in odd}):
        odd = {name: known[what] for name, known in free.items() if what in known}
        another = make(scene, operation, {**made.sent, **odd}, address=made.address)
        if another is not None:
            yield from _read_back(scene, operation, another)
    for name in (one for one in texts if one not in free and plain_name(one) not in references and scene.is_strict):
        for what, text in texts[name].items():
            another = (
                make(scene, operation, {**made.sent, name: text}, address=made.address) if what[0] != "l" else None
            )
            got = scene.read(use.name, another.chain) if use is not None and another is not None else None
            if another is not None and got is not None and got[1] is not None:
                yield from _read_back(scene, operation, another)


def _names(field: str) -> bool:
    return field.endswith(("_id", "_id]"))


def item_in_list(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """What was created stands in the list."""
    use, listing = operation.resource, scene.list_of(operation)
    made = spare(scene, use.name) if use is not None else None
    if made is None or listing is None or use is None:
        yield unknown("nothing could be created that has an id to look for")
        return
    yield from steadily(scene, None, partial(_among_listed, scene, listing, made, made.chain[use.name]))
    yield from one_made(scene, operation, made)


def _among_listed(scene: Scene, listing: Operation, made: Made, identifier: str) -> Iterator[Sighting]:
    start = scene.first_page(listing, made.address)
    if start is None:
        yield unknown("the list did not answer with items of a shape we know")
        return
    pages = scene.walk(listing, start)
    ids = [scene.id_in(listing, item) for item in pages.items]
    if identifier in ids:
        yield passed(pages[-1].exchange, f"{identifier} is listed")
    elif len(pages) == 1 and listing.page and listing.page.default_size and len(ids) >= listing.page.default_size:
        yield unknown("a full page without links: the item may be on another", start.exchange)
    elif pages.ended in (Ended.LIMIT, Ended.TROUBLE):
        yield unknown(f"{identifier} may be behind the {len(pages)} pages that were looked at", pages.exchange)
    else:
        yield failed(pages[-1].exchange, f"{identifier} among {len(ids)} items", "it is not there")


def unique_id(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """No two items have the same id; answering a repeated create with what is there already is no second item."""
    use = operation.resource
    if use is None:
        return
    stamps = read_shapes(scene.model)[use.name].fields_meaning(Meaning.CREATED)
    before = [(dict(place.chain), place.item) for place in scene.atlas.places.get(use.name, ())]
    for _ in range(2):
        made = make(scene, operation)
        if made is None:
            yield unknown("no two things could be created that have ids")
            return
        known = next((item for chain, item in before if chain == dict(made.chain)), None)
        if known is None:
            yield passed(made.exchange, f"{made.chain[use.name]} is new")
        elif any(name in known and known[name] == made.item.get(name) for name in stamps):
            yield unseen(f"{made.chain[use.name]} was there already, and is answered again")
        else:
            yield failed(made.exchange, "an id that nothing else has", f"{made.chain[use.name]} again")
        before.append((dict(made.chain), made.item))


def location(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """The Location of a new item leads to it."""
    use = operation.resource
    made = make(scene, operation)
    read = scene.read_for(use.name) if use is not None else None
    url = (
        made.exchange.answer.headers.get("location") if made is not None and made.exchange.answer is not None else None
    )
    if made is None or use is None or read is None:
        yield unknown("nothing could be created that has an id to read it by")
    elif not url:
        yield failed(made.exchange, "a Location field beside the new item", "none")
    else:
        exchange = scene.client.follow(read, urljoin(scene.client.target.url + made.exchange.request.target, url))
        item = scene.item(read, exchange)
        told = scene.id_in(read, item) if item is not None else None
        if told == made.chain[use.name]:
            yield passed(exchange, f"the Location leads to {told}")
        else:
            yield failed(exchange, f"{made.chain[use.name]} behind its Location", told or outcome_of(exchange))


def idempotent_create(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """The same idempotency key makes one item, another key makes another."""
    use, name = operation.resource, (operation.idempotency or "").lower()
    body = new_body(scene, operation)
    keys = [{name: f"{scene.name}-{len(scene.made)}-{letter}"} for letter in "ab"]
    first = make(scene, operation, body, extra=keys[0]) if body is not None else None
    if first is None or use is None:
        yield unknown("nothing could be created with an idempotency key")
        return
    again = make(scene, operation, body, extra=keys[0], address=first.address)
    if again is None:
        yield unknown("the repeated create told of nothing")
    elif again.chain == first.chain:
        yield passed(again.exchange, f"{first.chain[use.name]} again for the same key")
    else:
        yield failed(again.exchange, f"{first.chain[use.name]} again for the same key", again.chain[use.name])
    other = make(scene, operation, body, extra=keys[1], address=first.address)
    if other is not None and other.chain == first.chain:
        yield failed(other.exchange, "another item for another key", f"{first.chain[use.name]} again")
    elif other is not None:
        yield passed(other.exchange, f"{other.chain[use.name]} for another key")
    if other is None:
        refused = scene.client.send(operation, first.address, body=body, extra=keys[1])
        if refused.answer is not None and refused.answer.status in (409, 422):
            yield failed(refused, "another item for another key", outcome_of(refused))
    reused = scene.client.send(operation, first.address, body=new_body(scene, operation), extra=keys[0])
    fresh = note(scene, operation, first.address, {}, reused)
    if fresh is not None and fresh.chain != first.chain and new_body(scene, operation) != body:
        yield failed(reused, "no second item for a key that was used", fresh.chain[use.name])


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
        elif _is_another(scene, operation, address, item):
            yield failed(exchange, f"{name} of the item that was named", f"that of {scene.id_in(operation, item)}")
        else:
            yield passed(exchange, f"{name} is fresh")
        yield from _lasts(scene, operation, exchange, before, item)
        return
    yield unknown("the action succeeded for no item" + patience_hint(scene, operation))


def _is_another(scene: Scene, operation: Operation, address: Address, item: Item) -> bool:
    """Whether an answer tells the id of another item than the one that was named."""
    told = scene.id_in(operation, item)
    wanted = chain_of(operation, address).get(operation.resource.name) if operation.resource is not None else None
    return told is not None and wanted is not None and told.lower() != wanted.lower()


def _lasts(scene: Scene, operation: Operation, exchange: Exchange, before: Item, item: Item) -> Iterator[Sighting]:
    """What was renewed does not run out sooner than it did, or before it was made."""
    shape = read_shapes(scene.model)[operation.resource.name] if operation.resource else None
    for name in shape.fields_meaning(Meaning.EXPIRES) if shape is not None else ():
        earlier = [before.get(name), created_at(item)]
        until = item.get(name)
        for moment in earlier:
            if until is not None and type(until) is type(moment) and until < moment:
                yield failed(exchange, f"a link that is good beyond {moment}", f"{name} of {until}")
                return


def _shown(sent: Mapping[str, Any], item: Item) -> dict[str, Any]:
    """Sent fields that the item shows, by their plain names."""
    plain = {plain_name(name): value for name, value in sent.items()}
    return {name: value for name, value in plain.items() if name in item}
