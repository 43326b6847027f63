"""The parts of a reply: the items that it shows, its links, and the same reply with other ones."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import parse_qsl, urlencode, urlsplit

if TYPE_CHECKING:
    from mockserver.exchange import Context, Handler, Reply

Item = Mapping[str, Any]
Links = tuple[tuple[str, str], ...]
"""Relations and their URLs."""

_LINK: Final = re.compile(r'<([^>]*)>; rel="([^"]*)"')


def content_of(context: Context, reply: Reply) -> Any:
    """What a reply shows: the list or the item, without its envelope."""
    envelope = context.operation.resource.envelope if context.operation.resource else None
    return reply.body.get(envelope) if envelope and isinstance(reply.body, dict) else reply.body


def items_of(context: Context, reply: Reply) -> list[Item]:
    """The items that a reply lists, or the one that it shows; none where it shows no item."""
    content = content_of(context, reply)
    items = content if isinstance(content, list) else [content]
    return [item for item in items if isinstance(item, dict)]


def with_content(context: Context, reply: Reply, content: Any) -> Reply:
    """The reply with another list or item in its envelope."""
    envelope = context.operation.resource.envelope if context.operation.resource else None
    if envelope and isinstance(reply.body, dict):
        return reply._replace(body={**reply.body, envelope: content})
    return reply._replace(body=content)


def change_items(context: Context, reply: Reply, change: Callable[[Item], Item]) -> Reply:
    """The reply with every item changed."""
    content = content_of(context, reply)
    if isinstance(content, list):
        return with_content(context, reply, [change(item) if isinstance(item, dict) else item for item in content])
    return with_content(context, reply, change(content)) if isinstance(content, dict) else reply


def ask_again(context: Context, handler: Handler, **query: Any) -> Reply:
    """The reply to the same request with other query parameters; None takes one away."""
    changed = {**context.query, **query}
    return handler(context._replace(query={name: value for name, value in changed.items() if value is not None}))


def was_asked(context: Context, parameter: str | None) -> bool:
    """Whether the client itself sent a query parameter."""
    return any(name == parameter for name, _ in context.address.query)


def links_of(context: Context, reply: Reply) -> Links:
    """The links of a list reply, from where the operation keeps them."""
    page = context.operation.page
    if page is None:
        return ()
    found: Links = ()
    if page.link_header:
        found = tuple((rel, url) for url, rel in _LINK.findall(reply.headers.get(page.link_header, "")))
    if not found and page.link_member and isinstance(reply.body, dict):
        found = tuple((link["rel"], link["href"]) for link in reply.body.get(page.link_member, ()))
    return found


def with_links(context: Context, reply: Reply, links: Links) -> Reply:
    """The reply with other links; with none, it has no place for links at all."""
    page = context.operation.page
    if page is None:
        return reply
    if page.link_header and page.link_header in reply.headers:
        headers = {name: value for name, value in reply.headers.items() if name != page.link_header}
        written = ", ".join(f'<{url}>; rel="{rel}"' for rel, url in links)
        reply = reply._replace(headers=headers | ({page.link_header: written} if links else {}))
    if page.link_member and isinstance(reply.body, dict) and page.link_member in reply.body:
        body = {name: value for name, value in reply.body.items() if name != page.link_member}
        shown = [{"rel": rel, "href": url} for rel, url in links]
        reply = reply._replace(body=body | ({page.link_member: shown} if links else {}))
    return reply


def change_links(context: Context, reply: Reply, change: Callable[[str, str], str]) -> Reply:
    """The reply with the URL of each relation changed."""
    return with_links(context, reply, tuple((rel, change(rel, url)) for rel, url in links_of(context, reply)))


def change_query(url: str, change: Callable[[str, str], str | None]) -> str:
    """The URL with each query parameter's value changed; None takes the parameter away."""
    parts = urlsplit(url)
    pairs = [(name, change(name, value)) for name, value in parse_qsl(parts.query, keep_blank_values=True)]
    return parts._replace(query=urlencode([(name, value) for name, value in pairs if value is not None])).geturl()


def with_header(reply: Reply, name: str, value: str | None) -> Reply:
    """The reply with one header field set, or without it, however its name is written."""
    headers = {known: text for known, text in reply.headers.items() if known.lower() != name.lower()}
    return reply._replace(headers=headers if value is None else {**headers, name: value})


def header_of(reply: Reply, name: str) -> str | None:
    """The value of a header field, however its name is written."""
    return next((value for known, value in reply.headers.items() if known.lower() == name.lower()), None)
