"""What the model knows of lists: size, order, parents, filters, and that pages neither overlap nor contradict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from conformance.exchange.shape import Item, as_query, is_ascending
from conformance.model.memory import Memory, Page, Shown
from conformance.model.view import View
from conformance.verdict.sighting import Sighting, failed
from spec.field import filters_of

Told = Iterator[tuple[str, str, Sighting]]
"""Operation, behaviour, and what was seen."""

_SHORT = 12
"""Digits of a number that is worth reading."""


def see_list(view: View, memory: Memory) -> Told:
    """What is wrong with one page of a list."""
    items = view.items()
    if items is None or not view.is_plain:
        return
    name = view.operation.id
    for behaviour, expected, seen in _wrong(view, items):
        yield name, behaviour, failed(view.exchange, expected, seen)
    yield from _pages(view, memory, items)
    for item in items:
        identifier = view.id_in(item)
        if identifier is not None and memory.is_back(view.key_of(identifier), item):
            operation = memory.deleted[view.key_of(identifier)]
            yield operation, "delete-gone", failed(view.exchange, f"no {identifier}, which was deleted", "it is listed")


def _wrong(view: View, items: Sequence[Item]) -> Iterator[tuple[str, str, str]]:
    """Behaviour, what was expected, what was seen."""
    page, count = view.operation.page, len(items)
    query = view.query
    if page is not None:
        asked = query.get(page.size_parameter or "")
        if asked is not None and asked.isdecimal() and len(asked) < _SHORT and count > int(asked):
            yield "limit-respected", f"at most {asked} items", f"{count} items"
        if asked is None and page.default_size is not None and count > page.default_size:
            yield "page-default-size", f"at most {page.default_size} items", f"{count} items"
        if page.sort_parameter is None or page.sort_parameter not in query:
            yield from _order(view, items)
    bare = [item for item in items if item.get(view.shape.resource.id) is None]
    if bare and view.shape.resource.id in view.shape.required:
        yield "item-members", f"an {view.shape.resource.id} in every item", f"{len(bare)} without"
    yield from _strangers(view, items)
    for parameter, field in filters_of(view.contract, view.operation).items():
        wanted = query.get(parameter)
        other = [item for item in items if item.get(field) is not None and as_query(item[field]) != wanted]
        if wanted and other:  # a filter left blank may stand for none
            yield "filter-honoured", f"only items with {parameter}={wanted}", f"{field} of {other[0][field]!r}"


def _order(view: View, items: Sequence[Item]) -> Iterator[tuple[str, str, str]]:
    page = view.operation.page
    keys = [str(item.get(page.order_by)) for item in items] if page is not None else []
    if page is None or "None" in keys or len(keys) < 2:  # one item is in any order
        return
    if not is_ascending(keys[::-1] if page.descending else keys):
        order = "descending" if page.descending else "ascending"
        yield "page-order", f"items {order} by {page.order_by}", ", ".join(keys[:12])


def _strangers(view: View, items: Sequence[Item]) -> Iterator[tuple[str, str, str]]:
    for field, position in view.shape.inherited.items():
        wanted = view.chain.get(view.shape.chain[position])
        other = [item[field] for item in items if item.get(field) is not None and str(item[field]) != wanted]
        if wanted is not None and other:
            yield "scope-of-list", f"{field} of {wanted} in every item", str(other[0])


def _pages(view: View, memory: Memory, items: Sequence[Item]) -> Told:
    """Pages of the same list under the same query, with no write between them, show no item twice.

    Others may write, too. So nothing is said of a list of which a page became another one by itself, and of the others
    only once the same two pages have contradicted each other several times.
    """
    page, query = view.operation.page, view.query
    number = query.pop(page.page_parameter or "", "1") if page is not None else None
    if page is None or page.style != "page-number" or number is None:
        return
    place = (view.operation.id, view.identity, tuple(view.path.items()))
    now = Page(tuple(str(view.id_in(item)) for item in items), _total(view))
    if now.total is not None and now.total < len(items):
        yield view.operation.id, "page-total", failed(view.exchange, f"a total of {len(items)} or more", str(now.total))
    known = memory.shown_at((*place, tuple(sorted(query.items()))))
    if known.pages.setdefault(number, now) != now:
        memory.moving.add(place)
    if place in memory.moving:
        return
    for behaviour, expected, seen in _contradictions(known, number, now):
        yield view.operation.id, behaviour, failed(view.exchange, expected, seen)


def _contradictions(known: Shown, number: str, now: Page) -> Iterator[tuple[str, str, str]]:
    """What cannot be true of a page and one that was shown before; told once it was seen often enough."""
    for other, page in known.pages.items():
        if other == number:
            continue
        both = [one for one in page.ids if one in now.ids and "None" not in now.ids]
        if both and known.is_sure("page-links", number, other):
            yield "page-links", "each item on one page", f"{both[0]} on several"
        totals = page.total, now.total
        if None not in totals and page.total != now.total and known.is_sure("page-total", number, other):
            yield "page-total", f"a total of {page.total}, as on another page", str(now.total)


def _total(view: View) -> int | None:
    page = view.operation.page
    text: Any = view.answer.headers.get((page.total_header or "").lower()) if page is not None else None
    return int(text) if isinstance(text, str) and text.isdecimal() and len(text) < _SHORT else None
