"""Checks of how a list is ordered, cut and counted."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from conformance.exchange.client import SECOND
from conformance.exchange.shape import Item, ids_of, is_ascending
from conformance.scenarios.filtering import some_filters
from conformance.scenarios.scene import Scene
from conformance.scenarios.steadiness import steadily
from conformance.scenarios.walk import Listed, Walk, total_of
from conformance.scenarios.workshop import create_of, make
from conformance.verdict.sighting import Sighting, failed, passed, unknown, unseen
from spec.contract import Operation, Role

_MOST_MADE = 30
"""Things that are made to fill a page."""

_NO_LIST = "no address of this list answered with items that have a shape we know"


def page_order(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """Items are in ascending order by the declared field, over all pages."""
    start = scene.fullest(operation)
    if start is None or operation.page is None:
        yield unknown(_NO_LIST)
        return
    field = operation.page.order_by
    order = "descending" if operation.page.descending else "ascending"
    items = list(scene.pages(operation).items)
    ids = ids_of(items, field)
    if ids is None:
        yield unknown(f"items have no field {field!r} to order by", start.exchange)
    elif len(ids) < 2:
        yield unseen("no list has two items")
    elif not _is_by_number(items, field, operation.page.descending):
        yield failed(start.exchange, f"items {order} by {field}, which is a number", ", ".join(ids[:12]))
    elif is_ascending(list(reversed(ids)) if operation.page.descending else ids):
        yield passed(start.exchange, f"{len(ids)} items {order} by {field}")
    else:
        yield failed(start.exchange, f"items {order} by {field}", ", ".join(ids[:12]))


def _is_by_number(items: Sequence[Item], field: str, descending: bool) -> bool:
    """Whether items with numbers to order by are in the order of numbers; texts may be ordered as either."""
    values = [item.get(field) for item in items]
    numbers = [value for value in values if isinstance(value, int) and not isinstance(value, bool)]
    return len(numbers) < len(values) or numbers == sorted(numbers, reverse=descending)


def page_default_size(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """A page that nobody asked to be larger or smaller holds the default number of items, when there are that many."""
    start = scene.fullest(operation)
    if start is None or operation.page is None or operation.page.default_size is None:
        yield unknown(_NO_LIST)
        return
    size, count = operation.page.default_size, len(start.items)
    if count < size and (listed := filled(scene, operation, start)) is not None:
        start, count = listed, len(listed.items)
    total = total_of(operation, start)
    has_more = "next" in scene.links(operation, start.exchange) or (total is not None and total > count)
    if count > size:
        yield failed(start.exchange, f"at most {size} items", f"{count} items")
    elif count < size and has_more:
        yield failed(start.exchange, f"{size} items, as more exist", f"{count} items")
    elif count < size:
        yield unseen(f"the longest list has {count} items, fewer than a page of {size}")
    else:
        yield passed(start.exchange, f"a page of {size}")


def filled(scene: Scene, operation: Operation, start: Listed) -> Listed | None:
    """The list once more, after as many things were made as a page has; only of what can be deleted again."""
    use = operation.resource
    create = create_of(scene, use.name) if use is not None else None
    size = (operation.page.default_size if operation.page is not None else None) or 0
    if use is None or create is None or size > _MOST_MADE or not scene.uses(use.name, Role.DELETE):
        return None
    for _ in range(size - len(start.items) + 1):
        if make(scene, create, address=start.address) is None:
            return None
    return scene.first_page(operation, start.address)


def limit_respected(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """No more items than the client asked for."""
    start = scene.fullest(operation)
    if start is None or operation.page is None or operation.page.size_parameter is None:
        yield unknown(_NO_LIST)
        return
    if len(start.items) < 2:
        yield unseen("no list has two items to choose from")
        return
    for limit in dict.fromkeys((1, min(2, len(start.items) - 1), len(start.items) - 1)):
        yield from steadily(scene, operation, partial(_limited, scene, operation, operation.page.size_parameter, limit))


def _limited(scene: Scene, operation: Operation, parameter: str, limit: int) -> Iterator[Sighting]:
    start = scene.fullest(operation)
    listed = scene.first_page(operation, start.address, [(parameter, str(limit))]) if start is not None else None
    if listed is None or start is None:
        yield unknown(f"no list came for {parameter}={limit}")
    elif len(listed.items) > limit:
        yield failed(listed.exchange, f"at most {limit} items", f"{len(listed.items)} items")
    elif len(listed.items) < limit <= len(start.items):
        yield failed(listed.exchange, f"{limit} items, as more exist", f"{len(listed.items)} items")
    else:
        yield passed(listed.exchange, f"{len(listed.items)} of {len(start.items)} items for a limit of {limit}")


def page_total(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """The total is that of all items of the list, on every page, and also where a filter leaves some out."""
    if not scene.pages(operation):
        yield unknown(_NO_LIST)
        return
    yield from steadily(scene, operation, lambda: _counted(operation, scene.pages(operation), "the list"))
    for name, value in some_filters(scene, operation)[:1]:
        yield from steadily(scene, operation, partial(_counted_with, scene, operation, name, value))
    if scene.has_second and "{" not in operation.path:
        yield from steadily(scene, operation, partial(_counted_by_second, scene, operation))


def _counted_by_second(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """What an identity may not see is not counted for it either."""
    start = scene.first_page(operation, {}, identity=SECOND)
    if start is not None:
        yield from _counted(operation, scene.walk(operation, start, SECOND), "the second identity's list")


def _counted_with(scene: Scene, operation: Operation, name: str, value: str) -> Iterator[Sighting]:
    pages = scene.pages(operation)
    start = scene.first_page(operation, pages[0].address, [(name, value)]) if pages else None
    if start is not None:
        yield from _counted(operation, scene.walk(operation, start), f"the list with {name}={value}")


def _counted(operation: Operation, pages: Walk, what: str) -> Iterator[Sighting]:
    """Where the walk saw all items, the total is their number; else it is no less."""
    count = len(list(pages.items))
    wanted = f"a total of {count}{'' if pages.is_whole else ' or more'}, as {what} has"
    for page in pages:
        total = total_of(operation, page)
        if total is None:
            yield failed(page.exchange, f"the total of {what}", "none that is a number")
            return
        if total < count or (total != count and pages.is_whole):
            yield failed(page.exchange, wanted, f"{total}")
            return
    yield passed(pages[0].exchange, wanted)
