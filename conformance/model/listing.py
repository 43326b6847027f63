"""What the model knows of lists: size, order, parents, filters, and that pages neither overlap nor contradict."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from conformance.model.memory import Memory, Shown
from conformance.model.view import View
from conformance.scenarios.filtering import as_query
from conformance.scenarios.sighting import Sighting, failed
from conformance.shape import Item, is_ascending
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
        if identifier is not None and view.key_of(identifier) in memory.deleted:
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
    """Pages of the same list under the same query, with no write between them, show no item twice."""
    page, query = view.operation.page, view.query
    number = query.pop(page.page_parameter or "", "1") if page is not None else None
    if page is None or page.style != "page-number" or number is None:
        return
    ids = tuple(str(view.id_in(item)) for item in items)
    key = (view.operation.id, view.identity, tuple(view.path.items()), tuple(sorted(query.items())))
    known = memory.shown.get(key)
    if known is None or known.version != memory.version:
        known = memory.shown[key] = Shown(memory.version)
    both = [one for other, shown in known.pages.items() if other != number for one in shown if one in ids]
    if both and "None" not in ids:
        yield view.operation.id, "page-links", failed(view.exchange, "each item on one page", f"{both[0]} on several")
    known.pages[number] = ids
    total = _total(view)
    if total is not None and known.total is not None and total != known.total:
        told = failed(view.exchange, f"a total of {known.total}, as on another page", str(total))
        yield view.operation.id, "page-total", told
    known.total = total if total is not None else known.total
    if total is not None and total < len(items):
        yield view.operation.id, "page-total", failed(view.exchange, f"a total of {len(items)} or more", str(total))


def _total(view: View) -> int | None:
    page = view.operation.page
    text: Any = view.answer.headers.get((page.total_header or "").lower()) if page is not None else None
    return int(text) if isinstance(text, str) and text.isdecimal() and len(text) < _SHORT else None
