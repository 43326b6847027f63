"""Checks of lists that go on from a cursor or marker: each item once, all of them, and an end."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from conformance.exchange.shape import ids_of
from conformance.scenarios.scene import Scene
from conformance.scenarios.steadiness import steadily
from conformance.scenarios.walk import NOWHERE, Ended, Listed, Walk, going_on
from conformance.verdict.sighting import Sighting, failed, passed, unknown, unseen
from spec.contract import Operation

_ASTRAY = {
    Ended.CIRCLE: "a page that was there before",
    Ended.NO_LIST: "no list",
    Ended.LIMIT: "more without any item",
}

_NO_LIST = "no address of this list answered with items that have a shape we know"


def cursor_complete(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """Following cursors shows each item once, all of them, and ends."""
    if scene.fullest(operation) is None or operation.page is None:
        yield unknown(_NO_LIST)
        return
    yield from steadily(scene, operation, partial(_followed, scene, operation))


def _followed(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    start = scene.fullest(operation)
    is_marker = operation.page is None or operation.page.cursor_parameter is None
    if start is None or (is_marker and len(start.items) < 2):
        yield unseen(f"the longest list has {len(start.items) if start is not None else 0} items")
        return
    pages = _by_marker(scene, operation, start) if is_marker else _by_cursor(scene, operation, start)
    whole = start if is_marker else _in_one(scene, operation, start)
    if not is_marker and len(pages) == 1 and pages.is_whole and (whole is None or len(whole.items) == len(start.items)):
        pages, whole = _by_small_pages(scene, operation, start) or pages, start
    if not pages or pages.ended is Ended.TROUBLE:
        yield unknown(f"page {len(pages) + 1} did not come", pages.exchange)
    elif len(pages) == 1 and pages.is_whole and (whole is None or len(whole.items) <= len(pages[0].items)):
        yield unseen(f"the longest list has {len(start.items)} items on one page")
    else:
        yield _judged(scene, operation, pages, whole)
        if whole is not None and not is_marker and pages.ended is Ended.LIMIT and start.items:
            # The walk went on by large pages, so the first small ones were not looked at.
            few = -(-len(whole.items) // len(start.items))
            yield _same_items(_by_cursor(scene, operation, start, few), whole)


def _judged(scene: Scene, operation: Operation, pages: Walk, whole: Listed | None) -> Sighting:
    last, told = pages[-1].exchange, [scene.id_in(operation, item) for item in pages.items]
    is_endless = pages.ended is Ended.LIMIT and not any(page.items for page in pages[len(pages) // 2 :])
    if pages.ended in (Ended.CIRCLE, Ended.NO_LIST) or is_endless:
        return failed(last, "cursors that lead to a last page", f"{len(pages)} pages, and then {_ASTRAY[pages.ended]}")
    twice = sorted({str(one) for one in told if told.count(one) > 1})
    if twice:
        return failed(last, "each item on one page", f"{', '.join(twice[:5])} on several")
    if whole is not None:
        return _same_items(pages, whole)
    return passed(last, f"{len(told)} items on {len(pages)} pages, each once{'' if pages.is_whole else ', so far'}")


def _by_cursor(scene: Scene, operation: Operation, start: Listed, most: int | None = None) -> Walk:
    parameter = (operation.page.cursor_parameter if operation.page is not None else None) or ""

    def onward(page: Listed) -> str | None:
        cursor = scene.cursor_of(operation, page)
        return going_on(page, parameter, cursor) if cursor is not None else None

    return scene.walk(operation, start, onward=onward, most=most)


def _by_small_pages(scene: Scene, operation: Operation, start: Listed) -> Walk | None:
    """A list that fits on one page, by pages of a third of it; None where no smaller ones can be had."""
    size = operation.page.size_parameter if operation.page is not None else None
    if size is None or len(start.items) < 2:
        return None
    first = scene.first_page(operation, start.address, [(size, str(-(-len(start.items) // 3)))])
    return _by_cursor(scene, operation, first) if first is not None and len(first.items) < len(start.items) else None


def _by_marker(scene: Scene, operation: Operation, start: Listed) -> Walk:
    """Pages of a third of the list, each after the last item of the one before."""
    told = operation.page
    if told is None or told.size_parameter is None or told.marker_parameter is None:
        return NOWHERE
    size, marker = told.size_parameter, told.marker_parameter
    first = scene.first_page(operation, start.address, [(size, str(max(len(start.items) // 3, 1)))])

    def onward(page: Listed) -> str | None:
        last = scene.id_in(operation, page.items[-1]) if page.items else None
        asked = dict(page.exchange.request.query).get(size, "")
        # A target may have a smaller maximum, so only a page smaller than that is known to be the last one.
        is_full = asked == str(told.maximum_size) or (asked.isdecimal() and len(page.items) >= int(asked))
        return going_on(page, marker, last) if last is not None and is_full else None

    return scene.walk(operation, first, onward=onward) if first is not None else NOWHERE


def _in_one(scene: Scene, operation: Operation, start: Listed) -> Listed | None:
    """The same list with the largest page, where there is one."""
    page = operation.page
    if page is None or page.size_parameter is None or page.maximum_size is None:
        return None
    return scene.first_page(operation, start.address, [(page.size_parameter, str(page.maximum_size))])


def _same_items(pages: Walk, whole: Listed) -> Sighting:
    walked, at_once = ids_of(list(pages.items)), ids_of(whole.items)
    if walked is None or at_once is None:
        return unknown("items have no id to tell them apart", whole.exchange)
    wanted = at_once if pages.is_whole else at_once[: len(walked)]
    missing = [one for one in wanted if one not in walked]
    if missing:
        return failed(pages[-1].exchange, f"all {len(wanted)} items", f"{', '.join(missing[:5])} on no page")
    return passed(whole.exchange, "small pages show what a large one does")
