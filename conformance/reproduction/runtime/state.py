"""Ids and links that later requests need, taken from the answers to earlier ones. Copied into reproducers."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

from conformance.exchange.link import _in_member, parse_links
from conformance.exchange.shape import id_of, item_in
from conformance.reproduction.runtime.answer import Answer, Unclear, need, row_ids, rows

MOST_PAGES = 40
"""Pages of a list that are asked for."""


def made_id(got: Answer, envelope: str | None, name: str) -> str:
    """The id of what a request created."""
    try:
        found = item_in(need(got).json(), envelope)
    except Unclear:
        found = None  # perhaps its address tells
    identifier = id_of(found, name) if found is not None else None
    if identifier is None and 200 <= got.status < 300:
        identifier = got.headers.get("location", "").partition("?")[0].rstrip("/").rpartition("/")[2]
    if not identifier:
        raise Unclear(f"{got.target}: the answer does not say which id the new thing has")
    return identifier


def maybe_id(got: Answer, envelope: str | None, name: str) -> str:
    """Likewise; an empty text where nothing was created."""
    try:
        return made_id(got, envelope, name)
    except Unclear:
        return ""


def listed_id(pages: Answer | Sequence[Answer], told: Mapping[str, Any], preferred: str, place: int) -> str:
    """The id of an item that exists: the one that the run saw, if it is still listed, else another one."""
    ids = row_ids(pages, told)
    if not ids:
        raise Unclear("the list is empty, so there is nothing to look at")
    return preferred if preferred in ids else ids[min(place, len(ids) - 1)]


def header_of(got: Answer, name: str) -> str:
    """A header field of an answer, which must be there."""
    if not got.headers.get(name):
        raise Unclear(f"{got.target}: no header field {name}")
    return got.headers[name]


def links_of(got: Answer, told: Mapping[str, Any]) -> dict[str, str]:
    """Targets of the links of an answer, by relation."""
    found: dict[str, str] = {}
    if told.get("links"):
        found.update(_in_member(got.json(), told["links"]))
    for value in got.headers.values():
        if "<" in value and "rel" in value.lower():
            found.update(parse_links(value))
    return found


def next_of(got: Answer, told: Mapping[str, Any]) -> str:
    """Path and query of the next page; empty on the last one."""
    if told.get("marker"):
        return after_marker(got, told)
    link = None if told.get("only_cursor") else links_of(got, told).get("next")
    if link is not None:
        return path_of(link, got)
    body = got.json() if told.get("cursor") else None
    cursor = body.get(told["cursor"]) if isinstance(body, dict) else None
    if not isinstance(cursor, str) or not cursor:
        return ""
    return with_query(got.target, told["cursor_parameter"], cursor)


def after_marker(got: Answer, told: Mapping[str, Any]) -> str:
    """Path and query of the page after the last item of a page; empty where a page is not full."""
    ids = row_ids(got, told)
    asked = dict(parse_qsl(got.target.partition("?")[2])).get(told["size"], "")
    if not ids or not asked.isdecimal() or len(ids) < int(asked):
        return ""
    return with_query(got.target, told["marker"], ids[-1])


def is_cut(pages: Sequence[Answer], told: Mapping[str, Any]) -> bool:
    """Whether a list goes on behind the last page that was asked for."""
    return len(pages) >= MOST_PAGES and bool(next_of(pages[-1], told))


def need_whole(pages: Sequence[Answer], told: Mapping[str, Any]) -> None:
    """Refuse to say what a list does not have when it was not seen to its end."""
    if is_cut(pages, told):
        raise Unclear(f"{pages[0].target}: the list goes on after {len(pages)} pages")


def with_query(target: str, name: str, value: str) -> str:
    """Path and query with another value of one parameter."""
    path, _, query = target.partition("?")
    kept = [pair for pair in query.split("&") if pair and pair.partition("=")[0] != name]
    return path + "?" + "&".join([*kept, urlencode({name: value})])


def linked(got: Answer, told: Mapping[str, Any], relation: str) -> str:
    """Path and query of a link of an answer, which must be there."""
    link = links_of(got, told).get(relation)
    if link is None:
        raise Unclear(f"{got.target}: no link {relation!r}")
    return path_of(link, got)


def path_of(url: str, got: Answer) -> str:
    """Path and query of a URL of an answer, below the base URL: no other host is ever asked."""
    base = urlsplit(os.environ.get("MOCKPROOF_TARGET", "")).path.rstrip("/")
    parts = urlsplit(urljoin("http://target" + base + got.target, url))
    return parts.path.removeprefix(base) + (f"?{parts.query}" if parts.query else "")


def shortfall(pages: Sequence[Answer], told: Mapping[str, Any], wanted: int) -> int:
    """How many more items a list needs."""
    return max(wanted - len(rows(pages, told)), 0)


def whole(pages: Sequence[Answer], told: Mapping[str, Any]) -> Sequence[Answer]:
    """The pages, of which the first must be a list."""
    rows(pages[0], told)
    return pages
