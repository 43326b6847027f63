"""Checks of lists that go on from a cursor or marker: each item once, all of them, and an end."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.scenarios.scene import Listed, Scene
from conformance.scenarios.sighting import Sighting, failed, passed, unknown, unseen
from conformance.shape import ids_of
from spec.contract import Operation

_MOST_PAGES = 12
"""Pages that cursors are followed through."""

_NO_LIST = "no address of this list answered with items that have a shape we know"


def cursor_complete(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """Following cursors shows each item once, all of them, and ends."""
    start = scene.fullest(operation)
    if start is None or operation.page is None:
        yield unknown(_NO_LIST)
        return
    is_marker = operation.page.cursor_parameter is None
    pages = list(_by_marker(scene, operation, start) if is_marker else _by_cursor(scene, operation, start))
    whole = start if is_marker else _in_one(scene, operation, start)
    if is_marker and len(start.items) < 2:
        yield unseen(f"the longest list has {len(start.items)} items")
        return
    if len(pages) == 1 and (whole is None or len(whole.items) <= len(start.items)):
        yield unseen(f"the longest list has {len(start.items)} items on one page")
        return
    if scene.cursor_of(operation, pages[-1]) is not None:
        yield failed(pages[-1].exchange, "cursors that lead to a last page", f"no end after {len(pages)} pages")
        return
    told = [scene.id_in(operation, item) for page in pages for item in page.items]
    twice = sorted({str(one) for one in told if told.count(one) > 1})
    if twice:
        yield failed(pages[-1].exchange, "each item on one page", f"{', '.join(twice[:5])} on several")
    elif whole is not None:
        yield _same_items(pages, whole)
    else:
        yield passed(pages[-1].exchange, f"{len(told)} items on {len(pages)} pages, each once")


def _by_cursor(scene: Scene, operation: Operation, start: Listed) -> Iterator[Listed]:
    page: Listed | None = start
    parameter = (operation.page.cursor_parameter if operation.page is not None else None) or ""
    for _ in range(_MOST_PAGES):
        if page is None:
            return
        yield page
        cursor = scene.cursor_of(operation, page)
        page = scene.first_page(operation, start.address, [(parameter, cursor)]) if cursor is not None else None


def _by_marker(scene: Scene, operation: Operation, start: Listed) -> Iterator[Listed]:
    """Pages of a third of the list, each after the last item of the one before."""
    told = operation.page
    size = max(len(start.items) // 3, 1)
    query: list[tuple[str, str]] = []
    for _ in range(_MOST_PAGES):
        if told is None or told.size_parameter is None or told.marker_parameter is None:
            return
        page = scene.first_page(operation, start.address, [(told.size_parameter, str(size)), *query])
        if page is None or not page.items:
            return
        yield page
        last = scene.id_in(operation, page.items[-1])
        if len(page.items) < size or last is None:
            return
        query = [(told.marker_parameter, last)]


def _in_one(scene: Scene, operation: Operation, start: Listed) -> Listed | None:
    """The same list with the largest page, where there is one."""
    page = operation.page
    if page is None or page.size_parameter is None or page.maximum_size is None:
        return None
    return scene.first_page(operation, start.address, [(page.size_parameter, str(page.maximum_size))])


def _same_items(pages: list[Listed], whole: Listed) -> Sighting:
    walked, at_once = (ids_of(items) for items in ([one for page in pages for one in page.items], whole.items))
    if walked is None or at_once is None:
        return unknown("items have no id to tell them apart", whole.exchange)
    missing = [one for one in at_once if one not in walked]
    if missing:
        return failed(pages[-1].exchange, f"all {len(at_once)} items", f"{', '.join(missing[:5])} on no page")
    return passed(whole.exchange, "small pages show what a large one does")
