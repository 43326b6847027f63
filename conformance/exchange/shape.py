"""Shapes of answers: where the items are, whatever wraps them.

The documented form of a contract says nothing about envelopes, so a list may be the body itself or the one
list among its members, and an item the body itself or its one object. What has no such shape is None, and
leads to an inconclusive verdict, never to a failure.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

Item = Mapping[str, Any]

_CREATED = ("created_at", "created", "created_on", "createdAt", "started_at")
_ID_NAMES = ("id", "guid", "uuid", "name", "href")


def items_in(body: Any, envelope: str | None = None) -> list[Item] | None:
    """The items of a list answer: the body, the named member, or the only list among the members."""
    if isinstance(body, Mapping):
        found = body.get(envelope) if envelope else None
        if found is None:
            # "links" is how an answer speaks of other pages, so it is never the list itself.
            lists = [value for name, value in body.items() if isinstance(value, list) and name != "links"]
            found = lists[0] if len(lists) == 1 else None
        body = found
    if isinstance(body, list) and all(isinstance(item, Mapping) for item in body):
        return body
    return None


def item_in(body: Any, envelope: str | None = None) -> Item | None:
    """The item of an answer about one thing: the named member, the only object member, or the body."""
    if not isinstance(body, Mapping):
        return None
    if envelope and isinstance(body.get(envelope), Mapping):
        return dict(body[envelope])
    if len(body) == 1:
        only = next(iter(body.values()))
        if isinstance(only, Mapping):
            return only
    return body


def id_of(item: Item, name: str = "id") -> str | None:
    """The id of an item: the declared field, else one that custom suggests, as text.

    None where no field has one, or none that can stand in a path.
    """
    for candidate in (name, *_ID_NAMES):
        value = item.get(candidate)
        if isinstance(value, (str, int)) and not isinstance(value, bool) and is_id(str(value)):
            return str(value)
    return None


def is_id(text: str) -> bool:
    """Whether a text can name one thing in a path: some letters that UTF-8 has, and no dots that lead elsewhere."""
    is_whole = not any("\ud800" <= letter <= "\udfff" or letter == "\ufffd" for letter in text)
    return 0 < len(text) <= 1000 and text not in (".", "..") and is_whole


def ids_of(items: Sequence[Item], name: str = "id") -> list[str] | None:
    """The ids of items in order, or None when any has none."""
    found = [id_of(item, name) for item in items]
    return [one for one in found if one is not None] if all(one is not None for one in found) else None


def sort_key(identifier: str) -> tuple[int, int | str]:
    """Order of ids: numbers as numbers, before texts."""
    return (0, int(identifier)) if identifier.isdecimal() and len(identifier) < 4000 else (1, identifier)


def is_ascending(ids: Sequence[str]) -> bool:
    """Whether ids ascend, either as numbers (and texts) or all as texts: no source says which order is meant."""
    by_value = sorted(ids, key=sort_key)
    return list(ids) == by_value or list(ids) == sorted(ids)


def created_at(item: Item) -> Any:
    """When an item was made, in whatever form the target writes it; None when it does not say."""
    return next((item[name] for name in _CREATED if item.get(name) is not None), None)


def same_value(sent: Any, kept: Any) -> bool:
    """Whether a target kept what it was sent: equal, or the same text (a form sends only text)."""
    if sent == kept:
        return True
    if isinstance(kept, bool) and isinstance(sent, str):
        return sent.lower() in (("true", "1") if kept else ("false", "0"))
    return not isinstance(kept, (list, dict)) and kept is not None and str(sent) == str(kept)


def as_query(value: object) -> str:
    """A value of an item as it travels in a query."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def plain_name(field: str) -> str:
    """The last part of a bracketed form name: `shelf[name]` is `name`."""
    return field.rpartition("[")[2].rstrip("]") if field.endswith("]") else field


def is_bytes(schema: Mapping[str, Any]) -> bool:
    """Whether a schema without references says that a body is bytes, as OpenAPI 3.0 does, whatever its media type."""
    return schema.get("type") == "string" and schema.get("format") == "binary"
