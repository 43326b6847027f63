"""Checks of how a list is ordered, cut and linked."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.scenarios.scene import Listed, Scene
from conformance.scenarios.sighting import Sighting, failed, passed, unknown, unseen
from conformance.shape import ids_of, is_ascending
from spec.contract import Operation

_NO_LIST = "no address of this list answered with items that have a shape we know"


def page_order(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """Items are in ascending order by the declared field, over all pages."""
    start = scene.fullest(operation)
    if start is None or operation.page is None:
        yield unknown(_NO_LIST)
        return
    field = operation.page.order_by
    order = "descending" if operation.page.descending else "ascending"
    items = [item for page in scene.walk(operation, start) for item in page.items]
    ids = ids_of(items, field)
    if ids is None:
        yield unknown(f"items have no field {field!r} to order by", start.exchange)
    elif len(ids) < 2:
        yield unseen("no list has two items")
    elif is_ascending(list(reversed(ids)) if operation.page.descending else ids):
        yield passed(start.exchange, f"{len(ids)} items {order} by {field}")
    else:
        yield failed(start.exchange, f"items {order} by {field}", ", ".join(ids[:12]))


def page_default_size(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """A page that nobody asked to be larger or smaller holds the default number of items, when there are that many."""
    start = scene.fullest(operation)
    if start is None or operation.page is None or operation.page.default_size is None:
        yield unknown(_NO_LIST)
        return
    size, count = operation.page.default_size, len(start.items)
    total = _total(operation, start)
    has_more = "next" in scene.links(operation, start.exchange) or (total is not None and total > count)
    if count > size:
        yield failed(start.exchange, f"at most {size} items", f"{count} items")
    elif count < size and has_more:
        yield failed(start.exchange, f"{size} items, as more exist", f"{count} items")
    elif count < size:
        yield unseen(f"the longest list has {count} items, fewer than a page of {size}")
    else:
        yield passed(start.exchange, f"a page of {size}")


def page_links(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """Links lead through all pages, show each item once, and lead back."""
    start = scene.fullest(operation)
    if start is None:
        yield unknown(_NO_LIST)
        return
    links = scene.links(operation, start.exchange)
    if "next" not in links:
        yield _without_next(scene, operation, start)
        return
    pages = scene.walk(operation, start)
    yield _each_once(scene, operation, pages)
    wanted = (
        operation.page.relations if operation.page and operation.page.relations else ("next", "prev", "first", "last")
    )
    relations = {"prev" if name == "previous" else name for name in wanted}
    offered = {name for page in pages for name in scene.links(operation, page.exchange)}
    if relations - offered:
        yield failed(start.exchange, f"links {', '.join(sorted(relations))}", f"only {', '.join(sorted(offered))}")
        return
    yield from _ends(scene, operation, pages, links)


def limit_respected(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """No more items than the client asked for."""
    start = scene.fullest(operation)
    if start is None or operation.page is None or operation.page.size_parameter is None:
        yield unknown(_NO_LIST)
        return
    if len(start.items) < 2:
        yield unseen("no list has two items to choose from")
        return
    for limit in (1, len(start.items) - 1):
        listed = scene.first_page(operation, start.address, [(operation.page.size_parameter, str(limit))])
        if listed is None:
            yield unknown(f"no list came for {operation.page.size_parameter}={limit}")
        elif len(listed.items) > limit:
            yield failed(listed.exchange, f"at most {limit} items", f"{len(listed.items)} items")
        else:
            yield passed(listed.exchange, f"{len(listed.items)} of {len(start.items)} items for a limit of {limit}")


def _without_next(scene: Scene, operation: Operation, start: Listed) -> Sighting:
    total = _total(operation, start)
    if total is not None and total > len(start.items):
        return failed(start.exchange, "a link to the next page", f"{len(start.items)} of {total} items and no link")
    # A full page may be the last one. Ask for another in the way the contract guesses, and look.
    parameter = operation.page.page_parameter if operation.page else None
    size = operation.page.default_size if operation.page else None
    if parameter and size and len(start.items) >= size:
        second = scene.first_page(operation, start.address, [(parameter, "2")])
        if second and second.items and not _same(second, start):
            return failed(start.exchange, "a link to the next page", "no link, although there is a second page")
    return unseen(f"the longest list has {len(start.items)} items on one page")


def _each_once(scene: Scene, operation: Operation, pages: list[Listed]) -> Sighting:
    last = pages[-1]
    following = scene.links(operation, last.exchange).get("next")
    ids = ids_of([item for page in pages for item in page.items], operation.page.order_by if operation.page else "id")
    if following:
        return failed(
            last.exchange, "links that lead to a last page", f"page {len(pages)}, and the link to the next one fails"
        )
    if ids is None:
        return unknown("items have no id to tell them apart", last.exchange)
    twice = sorted({one for one in ids if ids.count(one) > 1})
    if twice:
        return failed(last.exchange, "each item on one page", f"{', '.join(twice[:5])} on several")
    total = _total(operation, pages[0])
    if total is not None and total != len(ids):
        return failed(last.exchange, f"{total} items on all pages, as the total says", f"{len(ids)} items")
    return passed(last.exchange, f"{len(ids)} items on {len(pages)} pages, each once")


def _ends(scene: Scene, operation: Operation, pages: list[Listed], links: dict[str, str]) -> Iterator[Sighting]:
    second = scene.links(operation, pages[1].exchange) if len(pages) > 1 else {}
    leads = (
        ("first", links.get("first"), pages[0]),
        ("last", links.get("last"), pages[-1]),
        ("prev", second.get("prev"), pages[0]),
    )
    for name, url, wanted in leads:
        if url is None:
            continue
        page = scene.read_list(operation, scene.client.follow(operation, url), wanted.address)
        if page is None or not _same(page, wanted):
            shown = f"{len(page.items)} other items" if page else "no list"
            yield failed(
                page.exchange if page else pages[0].exchange, f"the {name} page behind the link {name!r}", shown
            )
        else:
            yield passed(page.exchange, f"the link {name!r} leads where it says")


def _same(one: Listed, other: Listed) -> bool:
    return ids_of(one.items) == ids_of(other.items)


def _total(operation: Operation, listed: Listed) -> int | None:
    name = operation.page.total_header if operation.page else None
    text = listed.exchange.answer.headers.get(name.lower(), "") if name and listed.exchange.answer else ""
    return int(text) if text.isdecimal() and len(text) < 12 else None
