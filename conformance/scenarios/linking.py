"""Checks of the links between the pages of a list: they lead through all of it, to its ends, and back."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from conformance.exchange.shape import ids_of
from conformance.scenarios.scene import Scene
from conformance.scenarios.steadiness import steadily
from conformance.scenarios.walk import Ended, Listed, Walk, end_of, total_of
from conformance.verdict.sighting import Sighting, failed, outcome_of, passed, unknown, unseen
from spec.contract import Operation

_ASTRAY = {Ended.CIRCLE: "a link back to where it was", Ended.NO_LIST: "the link to the next one fails"}

_NO_LIST = "no address of this list answered with items that have a shape we know"


def page_links(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """Links lead through all pages, show each item once, and lead back."""
    if scene.fullest(operation) is None:
        yield unknown(_NO_LIST)
        return
    if "next" not in scene.links(operation, scene.pages(operation)[0].exchange):
        yield from steadily(scene, operation, partial(_without_next, scene, operation))
        return
    for look in (_each_once, _numbered, _kept_query, _exactly_full, _offered, _ends):
        yield from steadily(scene, operation, partial(look, scene, operation))


def _without_next(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    start = scene.fullest(operation)
    if start is None:
        return
    total = total_of(operation, start)
    if total is not None and total > len(start.items):
        yield failed(start.exchange, "a link to the next page", f"{len(start.items)} of {total} items and no link")
        return
    # A full page may be the last one. Ask for another in the way the contract guesses, and look.
    parameter = operation.page.page_parameter if operation.page else None
    size = operation.page.default_size if operation.page else None
    if parameter and size and len(start.items) >= size:
        second = scene.first_page(operation, start.address, [(parameter, "2")])
        if second and second.items and not _same(second, start):
            yield failed(start.exchange, "a link to the next page", "no link, although there is a second page")
            return
    yield unseen(f"the longest list has {len(start.items)} items on one page")


def _each_once(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    pages = scene.pages(operation)
    last = pages[-1]
    if pages.ended is Ended.TROUBLE and pages.exchange is not None:
        yield unknown(f"the link to page {len(pages) + 1}: {outcome_of(pages.exchange)}", pages.exchange)
        return
    if pages.ended in _ASTRAY:
        yield failed(last.exchange, "links that lead to a last page", f"page {len(pages)}, and {_ASTRAY[pages.ended]}")
        return
    told = [scene.id_in(operation, item) for item in pages.items]
    ids = None if None in told else [str(one) for one in told]
    if ids is None:
        yield unknown("items have no id to tell them apart", last.exchange)
        return
    if len(pages) > 1 and not last.items and operation.page and operation.page.style == "page-number":
        yield failed(last.exchange, "a last page with items", "a link to a page without any")
        return
    twice = sorted({one for one in ids if ids.count(one) > 1})
    total = total_of(operation, pages[0])
    if twice:
        yield failed(last.exchange, "each item on one page", f"{', '.join(twice[:5])} on several")
    elif total is not None and (total < len(ids) or (total != len(ids) and pages.is_whole)):
        yield failed(last.exchange, f"{total} items on all pages, as the total says", f"{len(ids)} items")
    else:
        more = "" if pages.is_whole else ", and there are more"
        yield passed(last.exchange, f"{len(ids)} items on {len(pages)} pages, each once{more}")


def _numbered(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """A page that is asked for by its number is the one that the links lead to."""
    pages = scene.pages(operation)
    parameter = operation.page.page_parameter if operation.page and operation.page.style == "page-number" else None
    asked_for = [pair for pair in pages[0].exchange.request.query if pair[0] != parameter]
    for number, page in enumerate(pages[:2], 1) if parameter else ():
        asked = scene.first_page(operation, page.address, [*asked_for, (parameter or "", str(number))])
        if asked is not None and not _same(asked, page):
            yield failed(asked.exchange, f"page {number}, as the links lead to it", f"{len(asked.items)} other items")
        elif asked is not None:
            yield passed(asked.exchange, f"page {number} has a number")


def _kept_query(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """Links go on with what else was asked for: with smaller pages, the next one is as small."""
    start, pages = scene.fullest(operation), scene.pages(operation)
    parameter = operation.page.size_parameter if operation.page else None
    size = len(start.items) // 2 if start is not None else 0
    if parameter is None or size < 1 or start is None:
        return
    first = scene.first_page(operation, start.address, [(parameter, str(size))])
    following = scene.next_of(operation, first) if first is not None else None
    second = scene.read_list(operation, scene.client.follow(operation, following), start.address) if following else None
    if first is None or second is None or len(first.items) != size:
        return
    wanted = ids_of(list(pages.items))
    shown = ids_of([*first.items, *second.items])
    if len(second.items) > size or wanted is None or shown != wanted[: len(shown or ())]:
        expected = f"the next {size} items, as the first page was asked for with {parameter}={size}"
        yield failed(second.exchange, expected, f"{len(second.items)} items")
    else:
        yield passed(second.exchange, f"the next page keeps {parameter}={size}")


def _exactly_full(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """A page that holds all that there is leads to no other, also where it has no room left."""
    start, page, count = scene.fullest(operation), operation.page, len(list(scene.pages(operation).items))
    if start is None or page is None or page.size_parameter is None or page.style != "page-number":
        return
    if not 0 < count <= (page.maximum_size or 0):
        return
    whole = scene.first_page(operation, start.address, [(page.size_parameter, str(count))])
    following = scene.next_of(operation, whole) if whole is not None and len(whole.items) == count else None
    beyond = scene.read_list(operation, scene.client.follow(operation, following), start.address) if following else None
    if beyond is not None and not beyond.items:
        yield failed(beyond.exchange, "a last page with items", "a link to a page without any")
    elif whole is not None and following is None:
        yield passed(whole.exchange, f"no link beyond the page of all {count}")


def _offered(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """Every relation is offered somewhere."""
    pages = scene.pages(operation)
    page = operation.page
    wanted = page.relations if page and page.relations else ("next", "prev", "first", "last")
    relations = {"prev" if name == "previous" else name for name in wanted}
    offered = {name for one in pages for name in scene.links(operation, one.exchange)}
    if relations - offered and pages.ended is not Ended.TROUBLE:
        seen = f"only {', '.join(sorted(offered))}"
        yield failed(pages[0].exchange, f"links {', '.join(sorted(relations))}", seen)
        return
    for number, one in enumerate(pages[1:-1], 2):  # neither the first nor the last, which may leave some out
        lacking = relations - set(scene.links(operation, one.exchange))
        if lacking:
            yield failed(one.exchange, f"links {', '.join(sorted(relations))} on page {number}", f"no {min(lacking)}")
            return


def _ends(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """Links lead to the first page, to the last one, and back."""
    pages = scene.pages(operation)
    links = scene.links(operation, pages[0].exchange)
    second = scene.links(operation, pages[1].exchange) if len(pages) > 1 else {}
    leads = [("first", links.get("first"), pages[0]), ("prev", second.get("prev"), pages[0])]
    if pages.is_whole:
        leads.insert(1, ("last", links.get("last"), pages[-1]))
    leads += _later_leads(scene, operation, pages)
    for name, url, wanted in leads:
        if url is not None:
            yield _leads_to(scene, operation, name, url, wanted)
    if not pages.is_whole and "last" in links:
        yield _is_last(scene, operation, pages, links["last"])


def _later_leads(scene: Scene, operation: Operation, pages: Walk) -> Iterator[tuple[str, str | None, Listed]]:
    """Links of later pages, with the page that each says it leads to: those that the first pages did not have."""
    shown = scene.links(operation, pages[0].exchange)
    for one in pages[1:]:
        links = scene.links(operation, one.exchange)
        if links.get("first") != shown.get("first"):
            yield "first", links.get("first"), pages[0]
        if pages.is_whole and links.get("last") != shown.get("last"):
            yield "last", links.get("last"), pages[-1]
    if len(pages) > 2:
        yield "prev", scene.links(operation, pages[-1].exchange).get("prev"), pages[-2]


def _leads_to(scene: Scene, operation: Operation, name: str, url: str, wanted: Listed) -> Sighting:
    exchange = scene.client.follow(operation, url)
    page = scene.read_list(operation, exchange, wanted.address)
    if page is None and end_of(exchange) is Ended.TROUBLE:
        return unknown(f"the link {name!r}: {outcome_of(exchange)}", exchange)
    if page is None or not _same(page, wanted):
        shown = f"{len(page.items)} other items" if page else "no list"
        return failed(page.exchange if page else wanted.exchange, f"the {name} page behind the link {name!r}", shown)
    return passed(page.exchange, f"the link {name!r} leads where it says")


def _is_last(scene: Scene, operation: Operation, pages: Walk, url: str) -> Sighting:
    """The last page of a list that is too long to be walked, asked for by itself."""
    exchange = scene.client.follow(operation, url)
    page = scene.read_list(operation, exchange, pages[0].address)
    if page is None and end_of(exchange) is Ended.TROUBLE:
        return unknown(f"the link 'last': {outcome_of(exchange)}", exchange)
    if page is None or not page.items:
        return failed(exchange, "the last page behind the link 'last'", "no items" if page else "no list")
    if scene.next_of(operation, page) is not None:
        return failed(exchange, "the last page behind the link 'last'", "one that leads on to a next one")
    if any(_same(page, one) for one in pages):
        return failed(exchange, "the last page behind the link 'last'", "one of the first pages")
    back = scene.links(operation, exchange).get("prev")
    before = scene.read_list(operation, scene.client.follow(operation, back), page.address) if back else None
    if before is not None and (_same(before, page) or scene.next_of(operation, before) is None):
        return failed(before.exchange, "a page before the last one behind its link 'prev'", "one that leads no further")
    return passed(exchange, "the link 'last' leads to a page with no other after it")


def _same(one: Listed, other: Listed) -> bool:
    return ids_of(one.items) == ids_of(other.items)
