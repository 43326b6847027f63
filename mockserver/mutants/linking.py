"""Links to other pages that are missing, or lead somewhere else."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from mockserver.mutant import Mutant
from mockserver.mutants.reach import cuts_pages
from mockserver.mutants.reply import change_links, change_query, links_of, with_content, with_links

if TYPE_CHECKING:
    from mockserver.exchange import Context, Handler, Reply
    from mockserver.mutants.reply import Links
    from spec.contract import Page


def _links(page: Page) -> bool:
    return bool(page.link_header or page.link_member)


def _relink(name: str, text: str, change: Callable[[Context, Links], Links], *, numbered: bool = False) -> Mutant:
    """Changes the links of every page."""

    def answer(context: Context, handler: Handler) -> Reply:
        reply = handler(context)
        return with_links(context, reply, change(context, links_of(context, reply)))

    def test(page: Page) -> bool:
        return _links(page) and (bool(page.page_parameter) or not numbered)

    return Mutant(name, text, "page-links", cuts_pages(test), answer=answer)


def _without(relation: str) -> Callable[[Context, Links], Links]:
    return lambda _context, links: tuple(link for link in links if link[0] != relation)


def _own_url(context: Context) -> str:
    query = "&".join(f"{name}={value}" for name, value in context.address.query)
    return f"{context.address.base}{context.address.path}" + (f"?{query}" if query else "")


def _next_to_itself(context: Context, links: Links) -> Links:
    return tuple((rel, _own_url(context) if rel == "next" else url) for rel, url in links)


def _one_further(relation: str) -> Callable[[Context, Links], Links]:
    def change(context: Context, links: Links) -> Links:
        parameter = context.operation.page.page_parameter if context.operation.page else None

        def further(name: str, value: str) -> str:
            return str(int(value) + 1) if name == parameter else value

        return tuple((rel, change_query(url, further) if rel == relation else url) for rel, url in links)

    return change


def _never_ends(context: Context, links: Links) -> Links:
    known = dict(links)
    if "next" in known or "last" not in known:
        return links
    (_, beyond), *_rest = [link for link in _one_further("last")(context, links) if link[0] == "last"]
    return (*links, ("next", beyond))


def _swap_ends(_context: Context, links: Links) -> Links:
    other = {"first": "last", "last": "first"}
    return tuple((other.get(rel, rel), url) for rel, url in links)


def _lose_query(context: Context, handler: Handler) -> Reply:
    page = context.operation.page
    kept = {page.page_parameter, page.marker_parameter, page.cursor_parameter} if page else set()

    def lose(_relation: str, url: str) -> str:
        return change_query(url, lambda name, value: value if name in kept else None)

    return change_links(context, handler(context), lose)


def _repeat_cursor(context: Context, handler: Handler) -> Reply:
    reply, page = handler(context), context.operation.page
    asked = dict(context.address.query).get(page.cursor_parameter or "") if page else None
    if page is None or page.cursor_member is None or asked is None or not isinstance(reply.body, dict):
        return reply
    if reply.body.get(page.cursor_member) is None:
        return reply
    return reply._replace(body={**reply.body, page.cursor_member: asked})


def _end_early(context: Context, handler: Handler) -> Reply:
    reply, page = handler(context), context.operation.page
    if page is None or page.cursor_member is None or not isinstance(reply.body, dict):
        return reply
    return with_links(context, reply, ())._replace(body={**reply.body, page.cursor_member: None})


def _empty_last(context: Context, handler: Handler) -> Reply:
    reply = handler(context)
    relations = {relation for relation, _ in links_of(context, reply)}
    is_last = "next" not in relations and "prev" in relations
    return with_content(context, reply, []) if is_last else reply


_by_cursor: Final = cuts_pages(lambda page: page.cursor_member)

MUTANTS: Final = (
    _relink("links-missing", "A list carries no links to other pages.", lambda _, __: ()),
    _relink("link-next-missing", "There is no link to the next page.", _without("next")),
    _relink("link-next-to-itself", "The link to the next page leads to this one.", _next_to_itself),
    _relink(
        "link-next-skips-page",
        "The link to the next page leads to the one after it.",
        _one_further("next"),
        numbered=True,
    ),
    _relink("link-last-beyond-end", "The link to the last page leads beyond it.", _one_further("last"), numbered=True),
    _relink(
        "link-next-never-ends", "The last page links to a further one, which is empty.", _never_ends, numbered=True
    ),
    _relink(
        "link-first-and-last-swapped",
        "The first page is linked as the last, and the last as the first.",
        _swap_ends,
        numbered=True,
    ),
    Mutant(
        "links-lose-query",
        "Links keep the place, and lose every other query parameter.",
        "page-links",
        cuts_pages(_links),
        answer=_lose_query,
    ),
    Mutant(
        "last-page-empty",
        "The last page is empty, and its items are on no other.",
        "page-links",
        cuts_pages(lambda page: _links(page) and page.page_parameter),
        answer=_empty_last,
    ),
    Mutant(
        "cursor-repeated",
        "From the second page on, the cursor of the next page is that of this one.",
        "cursor-complete",
        _by_cursor,
        answer=_repeat_cursor,
    ),
    Mutant(
        "cursor-ends-early",
        "The first page says that there is no other.",
        "cursor-complete",
        _by_cursor,
        answer=_end_early,
    ),
)
