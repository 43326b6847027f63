"""Checks of what a list shows: the right items for a filter, the order asked for, and what reads tell of them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from conformance.exchange.moment import is_same
from conformance.exchange.shape import Item, as_query, sort_key
from conformance.scenarios.filtering import common_filter, filtered_ours, odd_filters, some_filters
from conformance.scenarios.scene import Chain, Scene
from conformance.scenarios.steadiness import steadily
from conformance.scenarios.walk import Ended, Listed, Walk, end_of
from conformance.scenarios.workshop import spare
from conformance.verdict.sighting import Sighting, failed, outcome_of, passed, unknown, unseen
from spec.contract import Operation
from spec.field import filters_of
from spec.lifecycle import Lifecycle
from spec.resource import Meaning, read_shapes

_NO_LIST = "no address of this list answered with items that have a shape we know"
_LOOKED_AT = 8
_FEW = 3
"""Items that make more than one page."""


def filter_honoured(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """A filtered list holds the items that match, and all of them; several filters hold together."""
    pages = scene.pages(operation)
    if not pages:
        yield unknown(_NO_LIST)
        return
    chosen = some_filters(scene, operation)
    queries = [[(name, value)] for name, value in chosen]
    queries += [*_pairs(scene, operation, pages), *_nothing_matches(scene, operation, pages)]
    for query in queries:
        yield from steadily(scene, operation, partial(_filtered, scene, operation, query))
    common = common_filter(scene, operation)
    if common is not None:
        yield from steadily(scene, operation, partial(_filtered_in_pages, scene, operation, [common]))
    yield from odd_filters(scene, operation, pages[0].address)
    ours = list(filtered_ours(scene, operation))
    yield from ours
    if not chosen and not ours:
        yield unseen("no item has a value to filter by")


def sort_honoured(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """A list is in the order that was asked for."""
    parameter = operation.page.sort_parameter if operation.page else None
    pages = scene.pages(operation)
    values = next((one.schema.get("enum", ()) for one in operation.parameters if one.name == parameter), ())
    if not pages or parameter is None:
        yield unknown(_NO_LIST)
        return
    shown = False
    for value in map(str, values):
        sightings = list(steadily(scene, operation, partial(_sorted, scene, operation, parameter, value)))
        shown = shown or bool(sightings)
        yield from sightings
    if not shown:
        yield unseen("no list has two items that an order could tell apart")


def _sorted(scene: Scene, operation: Operation, parameter: str, value: str) -> Iterator[Sighting]:
    pages = scene.pages(operation)
    start = scene.first_page(operation, pages[0].address, [(parameter, value)]) if pages else None
    walk = scene.walk(operation, start) if start is not None else None
    keys = _keys(list(walk.items), value.lstrip("-+")) if walk is not None else None
    if start is None or keys is None or len(set(keys)) < 2:
        return
    if keys == sorted(keys, reverse=value.startswith("-")):
        yield passed(start.exchange, f"{len(keys)} items in the order {value}")
    else:
        wrong = next((place for place in range(1, len(keys)) if _is_wrong(keys[place - 1], keys[place], value)), 1)
        seen = ", ".join(str(key[-1]) for key in keys[max(wrong - 4, 0) : wrong + 4])
        yield failed(start.exchange, f"items in the order {value}", seen)


def _is_wrong(one: tuple[int, Any], other: tuple[int, Any], value: str) -> bool:
    return one < other if value.startswith("-") else one > other


def list_agrees(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """A list and a read tell the same of an item, and what can be read is listed."""
    pages = scene.pages(operation)
    if not pages:
        yield unknown(_NO_LIST)
        return
    ids = [scene.id_in(operation, item) for item in pages.items]
    for identifier in _spread(ids):
        yield from steadily(scene, operation, partial(_agrees, scene, operation, identifier))
    yield from steadily(scene, operation, partial(_shows_ours, scene, operation))
    if not ids:
        yield unseen("every list is empty")


def _spread(ids: Sequence[str | None]) -> Iterator[str | None]:
    """The first and the last, and some from all over between them."""
    count = min(len(ids), _LOOKED_AT)
    for number in range(count):
        yield ids[round(number * (len(ids) - 1) / (count - 1))] if count > 1 else ids[0]


def _filtered(scene: Scene, operation: Operation, query: list[tuple[str, str]]) -> Iterator[Sighting]:
    fields = filters_of(scene.law, scene.enforced(operation))
    told = "&".join(f"{name}={value}" for name, value in query)
    every = scene.pages(operation)
    start = scene.first_page(operation, every[0].address, query) if every else None
    if start is None:
        yield unknown(f"no list came for {told}")
        return
    walk = scene.walk(operation, start)
    got = list(walk.items)
    wrong = [item for item in got if any(as_query(item.get(fields[name])) != value for name, value in query)]
    fitting = {scene.id_in(operation, one) for one in every.items if _matches(one, fields, query)}
    missing = fitting - {scene.id_in(operation, one) for one in got}
    if wrong:
        yield failed(start.exchange, f"only items with {told}", f"{len(wrong)} others of {len(got)}")
    elif missing and walk.is_whole:
        yield failed(start.exchange, f"all {len(fitting)} items with {told}", f"{len(missing)} missing")
    else:
        yield passed(start.exchange, f"{len(got)} of {len(list(every.items))} items for {told}")


def _filtered_in_pages(scene: Scene, operation: Operation, query: list[tuple[str, str]]) -> Iterator[Sighting]:
    """A filter holds on later pages, too: by pages of a third of what it leaves."""
    fields = filters_of(scene.law, scene.enforced(operation))
    told = "&".join(f"{name}={value}" for name, value in query)
    size = operation.page.size_parameter if operation.page is not None else None
    count = sum(_matches(item, fields, query) for item in scene.pages(operation).items)
    if size is None or count < _FEW:
        return
    asked = [*query, (size, str(-(-count // 3)))]
    start = scene.first_page(operation, scene.pages(operation)[0].address, asked)
    walk = scene.walk(operation, start) if start is not None else None
    if walk is not None and walk.ended is Ended.NO_LIST and walk.exchange is not None:
        yield failed(walk.exchange, f"the next page of items with {told}", outcome_of(walk.exchange))
        return
    if walk is None or len(walk) < _FEW - 1:
        return
    wrong = [item for item in walk.items if any(as_query(item.get(fields[name])) != value for name, value in query)]
    if wrong:
        yield failed(walk[-1].exchange, f"only items with {told} on {len(walk)} pages", f"{len(wrong)} others")
    else:
        yield passed(walk[-1].exchange, f"{len(list(walk.items))} items for {told} on {len(walk)} pages")


def _matches(item: Item, fields: Mapping[str, str], query: Sequence[tuple[str, str]]) -> bool:
    return all(item.get(fields[name]) is not None and as_query(item[fields[name]]) == value for name, value in query)


def _pairs(scene: Scene, operation: Operation, pages: Walk) -> Iterator[list[tuple[str, str]]]:
    """Two filters that hold together for fewer items than either alone, in both orders."""
    chosen = some_filters(scene, operation)
    fields = filters_of(scene.law, scene.enforced(operation))
    items = list(pages.items)
    for name, value in chosen:
        for other in (name_ for name_, _ in chosen if name_ != name):
            values = {as_query(item[fields[other]]) for item in items if item.get(fields[other]) is not None}
            for second in sorted(values):
                both = [(name, value), (other, second)]
                counts = [sum(_matches(item, fields, query) for item in items) for query in (both[:1], both[1:], both)]
                if counts[2] < min(counts[:2]):
                    yield both
                    yield both[::-1]
                    return


def _nothing_matches(scene: Scene, operation: Operation, pages: Walk) -> Iterator[list[tuple[str, str]]]:
    """A value of an enumeration that no item has leaves nothing."""
    fields = filters_of(scene.law, scene.enforced(operation))
    items = list(pages.items)
    use = operation.resource
    lifecycle = scene.model.resources[use.name].lifecycle if use else None
    for parameter in scene.enforced(operation).parameters:
        field = fields.get(parameter.name)
        if field is None or (lifecycle is not None and lifecycle.field == field):
            continue
        values = [item.get(field) for item in items]
        schema = parameter.schema if "$ref" not in parameter.schema else scene.law.schema_at(parameter.schema["$ref"])
        free = [one for one in schema.get("enum", ()) if one not in values]
        if free and items:
            yield [(parameter.name, as_query(free[0]))]
            return


def _keys(items: Sequence[Item], field: str) -> list[tuple[int, Any]] | None:
    values = [item.get(field) for item in items]
    if any(value is None for value in values):
        return None
    return [sort_key(str(value)) if isinstance(value, int) else (2, str(value)) for value in values]


def _agrees(scene: Scene, operation: Operation, identifier: str | None) -> Iterator[Sighting]:
    """A listed item and its reading; nothing of one that is listed no more."""
    for page in scene.pages(operation):
        for item in page.items:
            if scene.id_in(operation, item) == identifier:
                yield _same_read(scene, operation, page, item)
                return


def _same_read(scene: Scene, operation: Operation, listed: Listed, item: Item) -> Sighting:
    chain, use = _chain(scene, operation, listed, item), operation.resource
    got = scene.read(use.name, chain) if use is not None and chain is not None else None
    if got is None or use is None:
        return unknown("the list does not give the ids that a read needs", listed.exchange)
    exchange, read = got
    if read is None and end_of(exchange) is Ended.TROUBLE:
        return unknown(f"reading a listed item: {outcome_of(exchange)}", exchange)
    if read is None:
        return failed(
            exchange, f"the item {list(chain.values())[-1] if chain else ''} that is listed", "it cannot be read"
        )
    shape = read_shapes(scene.model)[use.name]
    lifecycle = shape.resource.lifecycle
    state = item.get(lifecycle.field) if lifecycle is not None else None
    if lifecycle is not None and state in lifecycle.states and not lifecycle.is_terminal(str(state)):
        return _agrees_later(scene, operation, listed, item, exchange, read, lifecycle)
    fresh = {*shape.renewable, *shape.fields_meaning(Meaning.EXPIRES)}
    other = [name for name in item if name in read and name not in fresh and not is_same(item[name], read[name])]
    if other:
        name = other[0]
        return failed(exchange, f"{name} of {item[name]!r}, as the list says", f"{read[name]!r}")
    return passed(exchange, "as the list says")


def _agrees_later(
    scene: Scene, operation: Operation, listed: Listed, item: Item, exchange: Any, read: Item, lifecycle: Lifecycle
) -> Sighting:
    """An item on its way may have moved on since it was listed; listed again, it has not gone back."""
    if read.get(lifecycle.field) == item.get(lifecycle.field):
        return passed(exchange, "as the list says")
    again = next(
        (
            one
            for page in scene.walk(operation, listed_again)
            for one in page.items
            if scene.id_in(operation, one) == scene.id_in(operation, item)
        )
        if (listed_again := scene.first_page(operation, listed.address)) is not None
        else iter(()),
        None,
    )
    if again is None:
        return passed(exchange, "it moved on, and is listed no more")
    now, before = str(again.get(lifecycle.field)), str(read.get(lifecycle.field))
    if lifecycle.can_become(before, now):
        return passed(exchange, f"{before}, and then {now}")
    return failed(exchange, f"the list to say {before} or what follows it", now)


def _shows_ours(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """Something of ours that can be read is in the list."""
    use = operation.resource
    made = spare(scene, use.name) if use is not None else None
    got = scene.read(use.name, made.chain) if use is not None and made is not None else None
    if made is None or use is None or got is None or got[1] is None:
        return
    address = {parameter: made.chain[resource] for parameter, resource in use.path if resource in made.chain}
    start = scene.first_page(operation, address) if len(address) == len(use.path) else None
    if start is None:
        return
    pages = scene.walk(operation, start)
    identifier = made.chain[use.name]
    # A list that has pages and links to none may be longer than what it shows.
    may_go_on = bool(start.items) and len(pages) == 1 and "next" in (operation.page.relations if operation.page else ())
    if identifier in [scene.id_in(operation, item) for item in pages.items]:
        yield passed(start.exchange, f"{identifier} can be read, and is listed")
    elif pages.ended not in (Ended.LIMIT, Ended.TROUBLE) and not may_go_on:
        yield failed(start.exchange, f"{identifier}, which can be read", f"{len(start.items)} items without it")


def _chain(scene: Scene, operation: Operation, listed: Listed, item: Item) -> Chain | None:
    identifier, use = scene.id_in(operation, item), operation.resource
    if identifier is None or use is None:
        return None
    return {**{resource: str(listed.address[name]) for name, resource in use.path}, use.name: identifier}
