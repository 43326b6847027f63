"""Form fields: `a=1&b=2` taken apart, and bracketed names (`thing[name]`) folded into objects.

The same reading serves query strings. Values are handed on still encoded, because a list that is
separated by commas has to be cut before an encoded comma is decoded.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from mockserver.errors import shorten
from mockserver.exchange import Refusal, Violation

if TYPE_CHECKING:
    from collections.abc import Mapping

MOST_FIELDS = 1000
"""Fields that one form or query may have."""

_BRACKETED = re.compile(r"([^\[\]]+)((?:\[[^\[\]]*\])+)")
_DEEPEST = 8
_SHORT = 64


def parse_pairs(data: bytes, where: str) -> list[tuple[str, str]]:
    """Decoded names with raw values, in order; raises Refusal(malformed) naming `where` ("query" or "body")."""
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        raise _malformed(where, "bytes that are not UTF-8") from None
    if text.count("&") >= MOST_FIELDS:
        raise _malformed(where, f"more than {MOST_FIELDS} fields")
    pairs = []
    for piece in text.split("&"):
        if piece:
            name, _, value = piece.partition("=")
            pairs.append((decode(name, where), value))
    return pairs


def decode(raw: str, where: str) -> str:
    """The text of one encoded name or value; raises Refusal(malformed) if its bytes are not UTF-8."""
    if "%" not in raw and "+" not in raw:
        return raw
    try:
        return unquote_to_bytes(raw.replace("+", " ")).decode("utf-8")
    except UnicodeDecodeError:
        raise _malformed(where, "bytes that are not UTF-8", shorten(raw)) from None


def _malformed(where: str, text: str, got: str = "") -> Refusal:
    told = f"the {where} holds {text}{f': {got}' if got else ''}"
    return Refusal("malformed", told, violations=(Violation(where, "", "syntax", f"holds {text}", got),))


def gather(pairs: list[tuple[str, str]]) -> dict[str, list[str]]:
    """Raw values by name, each list in the order sent."""
    gathered: dict[str, list[str]] = {}
    for name, value in pairs:
        gathered.setdefault(name, []).append(value)
    return gathered


def split_name(name: str) -> tuple[str, ...]:
    """`a[b][c]` as ("a", "b", "c"); a name without well-formed brackets is one part."""
    # Names repeat from request to request; only short ones are remembered, since anybody may send long ones.
    return _split_short(name) if len(name) <= _SHORT else _split(name)


def _split(name: str) -> tuple[str, ...]:
    found = _BRACKETED.fullmatch(name)
    return (found[1], *found[2][1:-1].split("][")) if found else (name,)


_split_short = lru_cache(maxsize=1024)(_split)


def unwrap(fields: Mapping[str, Any]) -> dict[str, Any]:
    """The fields without their common wrapper: `thing[name]` becomes `name`, `thing[a][b]` becomes {"a": {"b": …}}.

    A trailing `[]` means a list. Nothing is unwrapped where bracketed names have different wrappers,
    where two names would land on the same member, or where the nesting is absurd.
    """
    split = {name: split_name(name) for name in fields}
    wrappers = {parts[0] for parts in split.values() if len(parts) > 1}
    if len(wrappers) != 1 or any(len(parts) > _DEEPEST for parts in split.values()):
        return dict(fields)
    unwrapped: dict[str, Any] = {}
    for name, value in fields.items():
        parts = split[name][1:] or (name,)
        if not _place(unwrapped, parts, value):
            return dict(fields)
    return unwrapped


def _place(target: dict[str, Any], parts: tuple[str, ...], value: Any) -> bool:
    if parts[-1] == "" and len(parts) > 1:
        parts, value = parts[:-1], value if isinstance(value, list) else [value]
    for part in parts[:-1]:
        below: Any = target.setdefault(part, {})
        if not isinstance(below, dict):
            return False
        target = below
    if parts[-1] in target:
        return False
    target[parts[-1]] = value
    return True
