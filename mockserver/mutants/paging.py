"""Lists cut wrongly: sizes, order, overlaps, losses, and links that lead astray."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, Final

from mockserver.mutant import Mutant
from mockserver.mutants.reach import Applies, cuts_pages, every
from mockserver.mutants.reply import (
    ask_again,
    content_of,
    header_of,
    was_asked,
    with_content,
    with_header,
)

if TYPE_CHECKING:
    from mockserver.exchange import Context, Handler, Reply
    from spec.contract import Contract, Operation, Page

_by_number: Final = cuts_pages(lambda page: page.page_parameter)
_by_position: Final = cuts_pages(lambda page: page.marker_parameter or page.cursor_parameter)
_by_size: Final = cuts_pages(lambda page: page.size_parameter)


def _page(context: Context) -> Page:
    page = context.operation.page
    assert page is not None, "the mutants of this file apply to lists that are cut"  # noqa: S101
    return page


def _number(context: Context) -> int:
    return int(context.query.get(_page(context).page_parameter or "") or 1)


def _rows(context: Context, reply: Reply) -> list[Any]:
    content = content_of(context, reply)
    return content if isinstance(content, list) else []


def _rows_of_page(context: Context, handler: Handler, number: int) -> list[Any]:
    return _rows(context, ask_again(context, handler, **{_page(context).page_parameter or "": number}))


def _rearrange(name: str, text: str, breaks: str, change: Callable[[list[Any], Context], Sequence[Any]]) -> Mutant:
    """Rearranges the rows of every page."""

    def answer(context: Context, handler: Handler) -> Reply:
        reply = handler(context)
        return with_content(context, reply, list(change(_rows(context, reply), context)))

    return Mutant(name, text, breaks, cuts_pages(lambda _: True), answer=answer)


def _by_text(rows: list[Any], context: Context) -> list[Any]:
    return sorted(rows, key=lambda row: str(row.get(_page(context).order_by)))


def _one_more(context: Context, handler: Handler) -> Reply:
    reply, page = handler(context), _page(context)
    rows = _rows(context, reply)
    if page.page_parameter:
        return with_content(context, reply, rows + _rows_of_page(context, handler, _number(context) + 1)[:1])
    return ask_again(context, handler, **{page.size_parameter or "": len(rows) + 1}) if rows else reply


def _half_by_default(context: Context, handler: Handler) -> Reply:
    page = _page(context)
    if page.default_size is None or was_asked(context, page.size_parameter):
        return handler(context)
    return ask_again(context, handler, **{page.size_parameter or "": max(1, page.default_size // 2)})


def _ignore_size(context: Context, handler: Handler) -> Reply:
    page = _page(context)
    return ask_again(context, handler, **{page.size_parameter or "": page.default_size})


def _overlap(context: Context, handler: Handler) -> Reply:
    reply, number = handler(context), _number(context)
    rows = _rows(context, reply)
    if number == 1 or not rows:
        return reply
    before = _rows_of_page(context, handler, number - 1)
    return with_content(context, reply, before[-1:] + rows[:-1])


def _lose_first(context: Context, handler: Handler) -> Reply:
    reply = handler(context)
    return reply if _number(context) == 1 else with_content(context, reply, _rows(context, reply)[1:])


def _count_from_zero(context: Context, handler: Handler) -> Reply:
    parameter = _page(context).page_parameter or ""
    if not was_asked(context, parameter):
        return handler(context)
    return ask_again(context, handler, **{parameter: _number(context) + 1})


def _total_of_page(context: Context, handler: Handler) -> Reply:
    reply = handler(context)
    return with_header(reply, _page(context).total_header or "", str(len(_rows(context, reply))))


def _total_too_high(context: Context, handler: Handler) -> Reply:
    reply, name = handler(context), _page(context).total_header or ""
    return with_header(reply, name, str(int(header_of(reply, name) or 0) + 1))


def _position(context: Context) -> str:
    page = _page(context)
    return page.marker_parameter or page.cursor_parameter or ""


def _ignore_position(context: Context, handler: Handler) -> Reply:
    return ask_again(context, handler, **{_position(context): None})


def _skip_after_position(context: Context, handler: Handler) -> Reply:
    reply = handler(context)
    if not was_asked(context, _position(context)):
        return reply
    return with_content(context, reply, _rows(context, reply)[1:])


def _has_default(contract: Contract, operation: Operation) -> bool:
    return every(_by_size, cuts_pages(lambda page: page.default_size and page.default_size > 1))(contract, operation)


_has_total: Final[Applies] = cuts_pages(lambda page: page.total_header)

MUTANTS: Final = (
    Mutant(
        "page-has-one-more",
        "A page holds one item more than was asked for.",
        "limit-respected",
        _by_size,
        answer=_one_more,
    ),
    Mutant(
        "default-page-halved",
        "A page is half as large as the default when no size is asked for.",
        "page-default-size",
        _has_default,
        answer=_half_by_default,
    ),
    Mutant(
        "page-size-ignored",
        "A page has the default size, whatever is asked for.",
        "limit-respected",
        _by_size,
        answer=_ignore_size,
    ),
    _rearrange(
        "page-reversed", "The items of a page are in the opposite order.", "page-order", lambda rows, _: rows[::-1]
    ),
    _rearrange(
        "page-out-of-order",
        "The first item of a page comes last.",
        "page-order",
        lambda rows, _: [*rows[1:], *rows[:1]],
    ),
    _rearrange("page-sorted-as-text", "A page is in the order of texts: 10 comes before 9.", "page-order", _by_text),
    Mutant(
        "page-overlap",
        "A page begins with the last item of the page before.",
        "page-links",
        _by_number,
        answer=_overlap,
    ),
    Mutant(
        "page-loss", "From the second page on, the first item is missing.", "page-links", _by_number, answer=_lose_first
    ),
    Mutant(
        "pages-count-from-zero",
        "Page 1 is answered with the second page.",
        "page-links",
        _by_number,
        answer=_count_from_zero,
    ),
    Mutant(
        "total-is-page-count",
        "The total count is the number of items on the page.",
        "page-total",
        _has_total,
        answer=_total_of_page,
    ),
    Mutant("total-one-too-high", "The total count is one too high.", "page-total", _has_total, answer=_total_too_high),
    Mutant(
        "cursor-ignored",
        "The place to go on from is ignored: every page is the first one.",
        "cursor-complete",
        _by_position,
        answer=_ignore_position,
    ),
    Mutant(
        "cursor-skips-one",
        "A page begins one item too late.",
        "cursor-complete",
        _by_position,
        answer=_skip_after_position,
    ),
)
