"""How lists are cut: which items a page holds, and the links to the others.

Pure: a `Request` for a page and the number of items give a `Cut`, a cut gives links. A page-number list
always tells its first and last page, so that a client that ran past the end finds its way back.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from urllib.parse import quote

from mockserver.errors import shorten
from mockserver.exchange import Refusal, Violation
from mockserver.resource.cursor import read_cursor, write_cursor
from mockserver.state.collection import Entry

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mockserver.exchange import Address
    from mockserver.state.collection import Id, Selection
    from spec.contract import Page

Targets = tuple[tuple[str, tuple[str, str]], ...]
"""Relations, and the parameter and value that lead to each."""

_SHORT: Final = 256
_ORDER: Final = ("first", "prev", "next", "last")

# What may stand in a URL as it is (RFC 3986), apart from letters and digits; `%` because the path arrives encoded.
_URL_SAFE: Final = "/:?#[]@!$&'()*+,;=-._~%"
_AS_IT_IS: Final = re.compile(r"[A-Za-z0-9/:?#\[\]@!$&'()*+,;=\-._~%]*", re.ASCII)


class Cut(NamedTuple):
    """One page of a list: items from `start` up to `stop` of `total`; targets: relation to (parameter, value)."""

    start: int
    stop: int
    total: int
    targets: Mapping[str, tuple[str, str]]


def cut_pages(page: Page, query: Mapping[str, Any], total: int) -> Cut:
    """The page that a query asks for by number and size; beyond the last page it is empty."""
    size = size_of(page, query) or max(total, 1)
    number = max(1, _whole(query.get(page.page_parameter or "")) or 1)
    return _numbered(page.page_parameter or "page", number, size, total)


@lru_cache(maxsize=256)
def _numbered(name: str, number: int, size: int, total: int) -> Cut:
    last = max(1, -(-total // size))
    targets = {"first": 1, "last": last}
    if number > 1:
        targets["prev"] = min(number - 1, last)
    if number < last:
        targets["next"] = number + 1
    start = min((number - 1) * size, total)
    return Cut(start, min(start + size, total), total, {rel: (name, str(to)) for rel, to in targets.items()})


def cut_after_marker(
    page: Page, order_by: str, query: Mapping[str, Any], selection: Selection, marked: Entry | None
) -> Cut:
    """The page after the marked item, or from the start; `next` names the last item of this page.

    The marked item need not exist any more: the page begins where it would have stood.
    """
    total = len(selection)
    before, through = selection.place_of(order_by, marked) if marked else (0, 0)
    size = size_of(page, query)
    start = 0 if marked is None else total - before if page.descending else through
    stop = total if size is None else min(start + size, total)
    targets: dict[str, tuple[str, str]] = {}
    if start < stop < total:
        final = selection[total - stop if page.descending else stop - 1]
        targets["next"] = (page.marker_parameter or "marker", str(final.key[-1]))
    return Cut(start, stop, total, targets)


def cut_after_cursor(page: Page, order_by: str, query: Mapping[str, Any], selection: Selection, name: bytes) -> Cut:
    """The page after the place that a cursor means, or from the start; `next` holds the cursor of the page after it.

    name: tells this list from others. Raises Refusal(invalid-request) for a cursor that this list never gave.
    """
    parameter = page.cursor_parameter or "cursor"
    asked, marked = query.get(parameter), None
    if asked is not None:
        place = read_cursor(name, str(asked))
        if place is None:
            told = "is no cursor that this list gave"
            violation = Violation("query", parameter, "cursor", told, shorten(str(asked), 60))
            raise Refusal("invalid-request", f"query {parameter}: {told}", violations=(violation,))
        marked = Entry((place[1],), {order_by: place[0]})
    cut = cut_after_marker(page, order_by, query, selection, marked)
    if "next" not in cut.targets:
        return cut
    final = selection[cut.total - cut.stop if page.descending else cut.stop - 1]
    following = write_cursor(name, final.fields.get(order_by), final.key[-1])
    return Cut(cut.start, cut.stop, cut.total, {"next": (parameter, following)})


def cut_limit(page: Page, query: Mapping[str, Any], total: int) -> Cut:
    """The first items, as many as the query allows."""
    size = size_of(page, query)
    return Cut(0, total if size is None else min(size, total), total, {})


def marker_entry(order_by: str, identifier: Id, known: Entry | None) -> Entry:
    """The item that a marker means, or a stand-in at the place in the order where it would be."""
    return known if known is not None else Entry((identifier,), {order_by: identifier})


def items_of(cut: Cut, items: Sequence[Entry], *, descending: bool) -> Sequence[Entry]:
    """The items of a page, from all items in ascending order."""
    if descending:
        return items[cut.total - cut.stop : cut.total - cut.start][::-1]
    return items[cut.start : cut.stop]


def size_of(page: Page, query: Mapping[str, Any]) -> int | None:
    """Items per page: what the client asks for within the maximum, else the default; None means all."""
    asked = _whole(query.get(page.size_parameter or ""))
    size = asked if asked is not None else page.default_size
    return size if size is None or page.maximum_size is None else min(size, page.maximum_size)


def link_header(page: Page, address: Address, cut: Cut) -> str | None:
    """The value of a Link header field (RFC 8288), or None if there is nothing to link to."""
    targets = tuple(cut.targets.items())
    if len(address.path) > _SHORT or address.query:
        return _written(page.relations, address, targets)
    # What clients ask for without a word about pages, they ask for again and again.
    return _written_short(page.relations, address, targets)


def _written(relations: tuple[str, ...], address: Address, targets: Targets) -> str | None:
    links = _links(relations, address, dict(targets))
    return ", ".join([f'<{url}>; rel="{relation}"' for relation, url in links]) or None


_written_short = lru_cache(maxsize=64)(_written)


def link_member(page: Page, address: Address, cut: Cut) -> list[dict[str, str]]:
    """Links as they stand in a body: a list of `rel` and `href`; empty if there is nothing to link to."""
    return [{"rel": relation, "href": url} for relation, url in _links(page.relations, address, cut.targets)]


def _frame(address: Address, name: str) -> tuple[str, str]:
    """What stands before and after the value of a query parameter in links to other pages of the same list."""
    path = f"{address.base}{address.path}"
    if not _AS_IT_IS.fullmatch(path):
        path = quote(path, safe=_URL_SAFE, errors="replace")
    before, after = list[str](), list[str]()
    is_placed = False
    for key, kept in address.query:
        if key != name:
            (after if is_placed else before).append(f"{_encoded(key)}={_encoded(kept)}&")
        is_placed = is_placed or key == name
    tail = "".join(after)
    return f"{path}?{''.join(before)}{_encoded(name)}=", f"&{tail[:-1]}" if tail else ""


def _encoded(text: str) -> str:
    return text if text.isascii() and text.isalnum() else quote(text, safe="", errors="replace")


def _links(
    relations: tuple[str, ...], address: Address, targets: Mapping[str, tuple[str, str]]
) -> list[tuple[str, str]]:
    # Sources say "previous" where the registered relation is "prev".
    offered = {"prev" if relation == "previous" else relation for relation in relations} or _ORDER
    links: list[tuple[str, str]] = []
    frame, parameter = ("", ""), None
    for relation in _ORDER:
        if relation in targets and relation in offered:
            name, value = targets[relation]
            if name != parameter:
                frame, parameter = _frame(address, name), name
            links.append((relation, f"{frame[0]}{_encoded(value)}{frame[1]}"))
    return links


def _whole(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
