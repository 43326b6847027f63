"""Filters to try: query parameters of a list, with values that some items have, that nothing has, or that ours have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from conformance.exchange.address import Address
from conformance.exchange.shape import Item, as_query, plain_name
from conformance.scenarios.scene import Made, Scene
from conformance.scenarios.wording import is_text
from conformance.scenarios.workshop import create_of, make, new_body
from conformance.verdict.sighting import Sighting, failed, passed, unknown, unseen
from spec.contract import Operation
from spec.field import filters_of
from spec.resource import follow

_ODD = ('mockproof\' OR "1"="1', "%")
"""A quote that ends a text too early, and a wildcard."""

_TRIED = 3
"""Values that a second thing is tried to be made with."""


def some_filters(scene: Scene, operation: Operation) -> list[tuple[str, str]]:
    """Query parameters that filter the fullest list, each with a value that some item has, best one first.

    The best leaves some items out. A state that changes on its own is no good for counting.
    """
    key = ("filters", operation.id)
    if key not in scene.memory:
        items = [item for page in scene.pages(operation) for item in page.items]
        scene.memory[key] = _filters(scene, operation, items)
    found: list[tuple[str, str]] = scene.memory[key]
    return found


def _filters(scene: Scene, operation: Operation, items: Sequence[Item]) -> list[tuple[str, str]]:
    use = operation.resource
    lifecycle = scene.model.resources[use.name].lifecycle if use else None
    found: list[tuple[int, str, str]] = []
    for name, field in filters_of(scene.law, scene.enforced(operation)).items():
        values = [item[field] for item in items if item.get(field) is not None]
        if not values or (lifecycle is not None and lifecycle.field == field):
            continue
        value = min(values, key=values.count)
        found.append((sum(item.get(field) != value for item in items), name, as_query(value)))
    return [(name, value) for _, name, value in sorted(found, reverse=True)]


def common_filter(scene: Scene, operation: Operation) -> tuple[str, str] | None:
    """The query parameter and value that most items of the fullest list have, but not all of them."""
    items = list(scene.pages(operation).items)
    found: list[tuple[int, str, str]] = []
    for name, _ in some_filters(scene, operation):
        field = _enforced_filters(scene, operation)[name]
        counts = Counter(as_query(item[field]) for item in items if item.get(field) is not None)
        found += [(count, name, value) for value, count in counts.items() if count < len(items)]
    return max(found)[1:] if found else None


def odd_filters(scene: Scene, operation: Operation, address: Address) -> Iterator[Sighting]:
    """Texts that mean something to a database are texts like any other, and part of a value is another value.

    A target may refuse them. A server error is seen by the requirement that forbids one.
    """
    fields = _asked_for(scene, operation)
    schemas = {one.name: one.schema for one in operation.parameters if one.location == "query"}
    for name in (one for one in fields if is_text(follow(scene.model.document, schemas.get(one, {})))):
        beginnings = [value[:-1] for known, value in some_filters(scene, operation) if known == name]
        for text in filter(None, (*_ODD, *beginnings)):
            exchange = scene.client.send(operation, address, [(name, text)])
            listed = scene.read_list(operation, exchange, address)
            if listed is None or name not in _enforced_filters(scene, operation):
                continue
            others = [item for item in listed.items if as_query(item.get(fields[name])) != text]
            if others:
                yield failed(exchange, f"only items with {name}={text}", f"{len(others)} others of {len(listed.items)}")
            else:
                yield passed(exchange, f"nothing else for {name}={text}")


def filtered_ours(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """Where no schema tells which field a filter looks at: of two things of ours, the one that was made to fit.

    The filter and the field of the create have the same name.
    """
    for name, field in _asked_for(scene, operation).items():
        if name in _enforced_filters(scene, operation):
            continue
        pair = _two_unlike(scene, operation, field)
        if pair is None:
            yield unseen(f"no two things could be made that differ in {field}")
            continue
        value, fitting, other = pair
        yield _shows_one(scene, operation, (name, value), fitting, other)


def _shows_one(scene: Scene, operation: Operation, asked: tuple[str, str], fitting: Made, other: Made) -> Sighting:
    use = operation.resource
    start = scene.first_page(operation, fitting.address, [asked]) if use is not None else None
    if start is None or use is None:
        return unknown(f"no list came for {asked[0]}={asked[1]}")
    pages = scene.walk(operation, start)
    ids = {scene.id_in(operation, item) for page in pages for item in page.items}
    if other.chain[use.name] in ids:
        seen = f"{other.chain[use.name]}, which was made with another"
        return failed(pages[-1].exchange, f"only items with {asked[0]}={asked[1]}", seen)
    if fitting.chain[use.name] not in ids and pages.is_whole:
        seen = f"{len(ids)} items without it"
        return failed(start.exchange, f"{fitting.chain[use.name]}, made with {asked[0]}={asked[1]}", seen)
    return passed(start.exchange, f"{len(ids)} items for {asked[0]}={asked[1]}, {fitting.chain[use.name]} among them")


def _two_unlike(scene: Scene, operation: Operation, field: str) -> tuple[str, Made, Made] | None:
    """Two things of ours that differ in one field, and the value of the first."""
    create = create_of(scene, operation.resource.name) if operation.resource is not None else None
    body = new_body(scene, create) if create is not None else None
    name = next((one for one in body or () if plain_name(one) == field), None)
    if create is None or body is None or name is None:
        return None
    first = make(scene, create, body)
    known = [item[field] for page in scene.pages(operation) for item in page.items if item.get(field) is not None]
    unlike = [value for value in dict.fromkeys([f"{body[name]}-2", *known]) if str(value) != str(body[name])]
    for value in unlike[:_TRIED] if first is not None else ():
        second = make(scene, create, {**body, name: value}, address=first.address) if first is not None else None
        if first is not None and second is not None and second.chain != first.chain:
            return as_query(body[name]), first, second
    return None


def _asked_for(scene: Scene, operation: Operation) -> dict[str, str]:
    """Filters that the enforced contract has, with the fields that they look at, as the model knows them."""
    names = {one.name for one in scene.enforced(operation).parameters if one.location == "query"}
    return {name: field for name, field in filters_of(scene.model, operation).items() if name in names}


def _enforced_filters(scene: Scene, operation: Operation) -> dict[str, str]:
    return filters_of(scene.law, scene.enforced(operation))
