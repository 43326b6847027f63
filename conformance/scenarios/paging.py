"""Checks of how a list is ordered, cut and linked."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from conformance.scenarios.filtering import some_filters
from conformance.scenarios.scene import Listed, Scene
from conformance.scenarios.sighting import Sighting, failed, passed, unknown, unseen
from conformance.scenarios.workshop import create_of, make
from conformance.shape import ids_of, is_ascending
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
    items = [item for page in scene.pages(operation) for item in page.items]
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


def page_links(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """Links lead through all pages, show each item once, and lead back."""
    start = scene.fullest(operation)
    if start is None:
        yield unknown(_NO_LIST)
        return
    pages = scene.pages(operation)
    links = scene.links(operation, pages[0].exchange)
    if "next" not in links:
        yield _without_next(scene, operation, start)
        return
    yield _each_once(scene, operation, pages)
    yield from _numbered(scene, operation, pages)
    yield from _kept_query(scene, operation, start, pages)
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
        elif len(listed.items) < limit:
            yield failed(listed.exchange, f"{limit} items, as more exist", f"{len(listed.items)} items")
        else:
            yield passed(listed.exchange, f"{len(listed.items)} of {len(start.items)} items for a limit of {limit}")


def _without_next(scene: Scene, operation: Operation, start: Listed) -> Sighting:
    total = total_of(operation, start)
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
    following = scene.next_of(operation, last)
    told = [scene.id_in(operation, item) for page in pages for item in page.items]
    ids = None if None in told else [str(one) for one in told]
    if following:
        return failed(
            last.exchange, "links that lead to a last page", f"page {len(pages)}, and the link to the next one fails"
        )
    if ids is None:
        return unknown("items have no id to tell them apart", last.exchange)
    if len(pages) > 1 and not last.items and operation.page and operation.page.style == "page-number":
        return failed(last.exchange, "a last page with items", "a link to a page without any")
    twice = sorted({one for one in ids if ids.count(one) > 1})
    if twice:
        return failed(last.exchange, "each item on one page", f"{', '.join(twice[:5])} on several")
    total = total_of(operation, pages[0])
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


def page_total(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """The total is that of all items of the list, on every page, and also where a filter leaves some out."""
    pages = scene.pages(operation)
    if not pages:
        yield unknown(_NO_LIST)
        return
    yield _counted(operation, pages, "the list")
    for name, value in some_filters(scene, operation)[:1]:
        start = scene.first_page(operation, pages[0].address, [(name, value)])
        if start is not None:
            yield _counted(operation, scene.walk(operation, start), f"the list with {name}={value}")


def _counted(operation: Operation, pages: list[Listed], what: str) -> Sighting:
    count = sum(len(page.items) for page in pages)
    for page in pages:
        total = total_of(operation, page)
        if total is None:
            return failed(page.exchange, f"the total of {what}", "none that is a number")
        if total != count:
            return failed(page.exchange, f"a total of {count}, as {what} has", f"{total}")
    return passed(pages[0].exchange, f"a total of {count}, as {what} has")


def _numbered(scene: Scene, operation: Operation, pages: list[Listed]) -> Iterator[Sighting]:
    """A page that is asked for by its number is the one that the links lead to."""
    parameter = operation.page.page_parameter if operation.page and operation.page.style == "page-number" else None
    asked_for = [pair for pair in pages[0].exchange.request.query if pair[0] != parameter]
    for number, page in enumerate(pages[:2], 1) if parameter else ():
        asked = scene.first_page(operation, page.address, [*asked_for, (parameter or "", str(number))])
        if asked is not None and not _same(asked, page):
            yield failed(asked.exchange, f"page {number}, as the links lead to it", f"{len(asked.items)} other items")
        elif asked is not None:
            yield passed(asked.exchange, f"page {number} has a number")


def _kept_query(scene: Scene, operation: Operation, start: Listed, pages: list[Listed]) -> Iterator[Sighting]:
    """Links go on with what else was asked for: with smaller pages, the next one is as small."""
    parameter = operation.page.size_parameter if operation.page else None
    size = len(start.items) // 2
    if parameter is None or size < 1:
        return
    first = scene.first_page(operation, start.address, [(parameter, str(size))])
    following = scene.next_of(operation, first) if first is not None else None
    second = scene.read_list(operation, scene.client.follow(operation, following), start.address) if following else None
    if first is None or second is None or len(first.items) != size:
        return
    wanted = ids_of([item for page in pages for item in page.items])
    shown = ids_of([*first.items, *second.items])
    if len(second.items) > size or wanted is None or shown != wanted[: len(shown or ())]:
        expected = f"the next {size} items, as the first page was asked for with {parameter}={size}"
        yield failed(second.exchange, expected, f"{len(second.items)} items")
    else:
        yield passed(second.exchange, f"the next page keeps {parameter}={size}")


def total_of(operation: Operation, listed: Listed) -> int | None:
    """The total that a list tells, in its header field or body member; None without one that is a number."""
    page, answer = operation.page, listed.exchange.answer
    if page is None or answer is None:
        return None
    if page.total_header:
        text = answer.headers.get(page.total_header.lower(), "")
        return int(text) if text.isdecimal() and len(text) < 12 else None
    body = answer.json() if page.total_member else None
    total = body.get(page.total_member) if isinstance(body, Mapping) else None
    return total if isinstance(total, int) and not isinstance(total, bool) else None
