"""Entity tags, conditions and byte ranges (RFC 9110, sections 8.8.3, 13 and 14).

Pure: header fields and a tag or a size in, a decision out. Whoever answers puts it into effect.
"""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

import orjson

from mockserver.errors import shorten
from mockserver.exchange import Refusal
from mockserver.state.fields import Fields

if TYPE_CHECKING:
    from collections.abc import Mapping

_TAG: Final = re.compile(r'(?:W/)?("[^"]*")')
_RANGE: Final = re.compile(r"bytes\s*=\s*(\d{0,18})\s*-\s*(\d{0,18})", re.ASCII | re.IGNORECASE)


def tag_fields(fields: Mapping[str, Any]) -> str:
    """The entity tag of an item: another one whenever a field is another one."""
    if type(fields) is not Fields:
        return _tag(fields)
    sealed = fields.seals.get(tag_fields)
    if sealed is None:
        sealed = _tag(fields).encode("ascii")
        fields.seal(tag_fields, sealed)
    return sealed.decode("ascii")


def _tag(fields: Mapping[str, Any]) -> str:
    try:
        data = orjson.dumps(fields, option=orjson.OPT_SORT_KEYS)
    except orjson.JSONEncodeError:
        # Integers beyond 64 bits are JSON, but not orjson's.
        data = repr(sorted(fields.items())).encode("utf-8", "backslashreplace")
    return tag_bytes(data)


def tag_bytes(data: bytes) -> str:
    """The strong entity tag of some bytes."""
    return f'"{blake2b(data, digest_size=10).hexdigest()}"'


def is_known(fields: Mapping[str, str], tag: str) -> bool:
    """Whether If-None-Match says that the client has this already."""
    told = fields.get("if-none-match")
    return told is not None and _names(told, tag)


def refuse_other(fields: Mapping[str, str], tag: str, *, changes: bool) -> None:
    """Raise Refusal(precondition-failed) where If-Match asks for another tag.

    changes: the request would change something, so that If-None-Match is a condition for it, too.
    """
    told = fields.get("if-match")
    if told is not None and not _names(told, tag):
        raise _failed(f"If-Match asks for {shorten(told, 60)}, and the entity tag is {tag}")
    if changes and is_known(fields, tag):
        raise _failed(f"If-None-Match excludes the entity tag {tag}")


def range_of(fields: Mapping[str, str], tag: str, size: int) -> tuple[int, int] | None:
    """The first byte and the one after the last that Range asks for; None where all bytes are to be sent.

    That is so without the field, for one that is not understood or asks for several ranges, and where
    If-Range names other bytes. Raises Refusal(range-not-satisfiable) for a range beyond the end.
    """
    told = fields.get("range")
    if told is None or fields.get("if-range", tag) != tag:
        return None
    asked = _RANGE.fullmatch(told.strip())
    if asked is None or not any(asked.groups()):
        return None
    first, last = asked.groups()
    if not first:
        start, stop = max(0, size - int(last)), size
    else:
        start, stop = int(first), min(int(last) + 1 if last else size, size)
        if last and int(last) < int(first):
            return None
    if start >= stop:
        raise Refusal(
            "range-not-satisfiable",
            f"there are {size} bytes, and none of them in the range {shorten(told, 60)}",
            headers={"Content-Range": f"bytes */{size}"},
        )
    return start, stop


def _names(told: str, tag: str) -> bool:
    # Marks of weakness are passed over: our own compression puts them on tags that clients send back.
    return told.strip() == "*" or tag in _TAG.findall(told)


def _failed(detail: str) -> Refusal:
    return Refusal("precondition-failed", detail)
