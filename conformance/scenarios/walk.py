"""Walks: the pages of a list in order, and why there are no more of them.

A walk that we stopped says nothing of what lies behind its last page, so whoever looks for something that is missing
asks `is_whole` first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import overload
from urllib.parse import urlencode

from conformance.exchange.address import Address
from conformance.exchange.exchange import Exchange
from conformance.exchange.shape import Item, created_at, id_of
from spec.contract import Operation

_BUSY = (429, 503)


class Ended(StrEnum):
    """Why a walk went no further."""

    END = "end"
    """The last page names no other one."""
    LIMIT = "limit"
    """There is more; we stopped."""
    CIRCLE = "circle"
    """It leads back to where it has been."""
    NO_LIST = "no list"
    """The next page is none."""
    TROUBLE = "trouble"
    """The next page was not answered, or not yet."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A list answer with its items in order."""

    exchange: Exchange
    address: Address
    items: tuple[Item, ...]


@dataclass(frozen=True, slots=True)
class Glimpse:
    """What a list looked like: id and time of creation of each item, None where it was none; and its total.

    what: operation, path and query, without what asks for a page.
    """

    what: tuple[object, ...]
    items: tuple[tuple[str | None, str], ...] | None
    total: int | None = None


def glimpse_of(operation: Operation, exchange: Exchange, listed: Listed | None, name: str) -> Glimpse:
    """What an answer to a list operation looks like. name: of the field with the ids."""
    page = operation.page
    paging = {page.page_parameter, page.size_parameter, page.marker_parameter, page.cursor_parameter} if page else set()
    query = tuple(pair for pair in exchange.request.query if pair[0] not in paging)
    what = (operation.id, exchange.request.path, query)
    if listed is None:
        return Glimpse(what, None)
    items = tuple((id_of(item, name), repr(created_at(item))) for item in listed.items)
    return Glimpse(what, items, total_of(operation, listed))


@dataclass(frozen=True, slots=True)
class Walk(Sequence[Listed]):
    """Pages in the order in which they were seen. exchange: the one that ended the walk; None without any page."""

    pages: tuple[Listed, ...]
    ended: Ended
    exchange: Exchange | None = None

    @overload
    def __getitem__(self, index: int) -> Listed: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Listed]: ...

    def __getitem__(self, index: int | slice) -> Listed | Sequence[Listed]:
        return self.pages[index]

    def __len__(self) -> int:
        return len(self.pages)

    @property
    def is_whole(self) -> bool:
        """Whether it saw the whole list, as far as the list itself tells."""
        return self.ended is Ended.END

    @property
    def items(self) -> Iterator[Item]:
        """The items of all pages."""
        return (item for page in self.pages for item in page.items)


NOWHERE = Walk((), Ended.NO_LIST)
"""The walk through a list that did not come."""


def end_of(exchange: Exchange) -> Ended:
    """Why a walk ends at an answer that is no list."""
    answer = exchange.answer
    return Ended.TROUBLE if answer is None or answer.status in _BUSY else Ended.NO_LIST


def going_on(page: Listed, parameter: str, value: str) -> str:
    """Path and query of a page, with another value of one parameter."""
    request = page.exchange.request
    others = [pair for pair in request.query if pair[0] != parameter]
    return request.path + "?" + urlencode([*others, (parameter, value)])


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
