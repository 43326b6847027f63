"""Links of an answer: RFC 8288 header fields, or a member of the body."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urljoin

from conformance.exchange.exchange import Exchange
from spec.contract import Page

_LINK = re.compile(r'<([^<>]*)>((?:\s*;\s*[\w!#$&+.^`|~*-]+\s*(?:=\s*(?:"(?:[^"\\]|\\.)*"|[^\s",;]+))?)*)')
_RELATION = re.compile(r';\s*rel\s*=\s*(?:"([^"]*)"|([^\s",;]+))', re.IGNORECASE)
_WHOLE = re.compile(r"/|[a-z][a-z0-9+.-]*:", re.IGNORECASE)
"""How a target begins that does not depend on where it was found."""
_NAMES = {"previous": "prev", "start": "first", "end": "last"}


def links_in(exchange: Exchange, page: Page | None) -> dict[str, str]:
    """Target of each link by relation; `previous` counts as `prev`: sources use the one word, RFC 8288 the other.

    No source names the header field, so besides the declared one and `Link` any field is read that holds links.
    A target such as `?page=2` is given as it reads from the request's own.
    """
    if exchange.answer is None:
        return {}
    found: dict[str, str] = {}
    if page is not None and page.link_member:
        found.update(_in_member(exchange.answer.json(), page.link_member))
    for value in exchange.answer.headers.values():
        if "<" in value and "rel" in value.lower():
            found.update(parse_links(value))
    return {name: _from(exchange.request.target, target) for name, target in found.items()}


def parse_links(value: str) -> dict[str, str]:
    """Target of each link of a `Link` header field, by normalised relation."""
    found: dict[str, str] = {}
    for target, parameters in _LINK.findall(value):
        relation = _RELATION.search(parameters)
        if relation:
            for name in (relation.group(1) or relation.group(2)).lower().split():
                found.setdefault(_NAMES.get(name, name), target)
    return found


def _in_member(body: Any, member: str) -> dict[str, str]:
    links = body.get(member) if isinstance(body, dict) else None
    if isinstance(links, dict):
        return {_NAMES.get(str(name), str(name)): str(target) for name, target in links.items() if target}
    if isinstance(links, list):
        pairs = [link for link in links if isinstance(link, dict) and "rel" in link and "href" in link]
        return {_NAMES.get(str(link["rel"]), str(link["rel"])): str(link["href"]) for link in pairs}
    return {}


def _from(asked: str, target: str) -> str:
    return target if _WHOLE.match(target) else urljoin(asked, target)
