"""What the header fields of a request say of it, worked out once for all requests that repeat them.

Clients send the same fields again and again, on many connections at a time; only what a request says of itself
alone (its path, its query, its body) is looked at anew.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, NamedTuple

from mockserver.errors import shorten
from mockserver.prefer.reader import SPOKEN

if TYPE_CHECKING:
    from mockserver.connection.limits import Limits

Raw = tuple[tuple[bytes, bytes], ...]
"""Header fields as they travel."""

_TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"  # noqa: S105  (a token in the sense of RFC 9110, 5.6.2)
_MEDIA_TYPE = re.compile(rf"({_TOKEN}/{_TOKEN})\s*((?:;.*)?)", re.ASCII)
_OPTION = re.compile(rf';\s*(?:({_TOKEN})=({_TOKEN}|"(?:[^"\\]|\\.)*"))?\s*', re.ASCII)
_HOST = re.compile(r"[A-Za-z0-9._~-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?", re.ASCII)
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}", re.ASCII)
_LENGTH = re.compile(r"[0-9]{1,18}", re.ASCII)
_CHARSETS: Final = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})
_NO_OPTIONS: Final[Mapping[str, str]] = MappingProxyType({})

_REMEMBERED: Final = 128
"""Heads that one reader keeps in mind; at the usual limits they take a few MiB at the very most."""


class MediaType(NamedTuple):
    """What a body is said to be. name: in lower case, or None; flaw: why it cannot be read as that, or None."""

    name: str | None = None
    options: Mapping[str, str] = _NO_OPTIONS
    flaw: str | None = None


@dataclass(frozen=True, slots=True)
class Head:
    """The header fields of one request, or of many.

    fields: by lower-case name; one that was sent several times is joined by ", " (cookies by "; "). size: in bytes.
    flaw: reason and detail of the refusal that they deserve, if they do. request_id: the one given, if it is harmless.
    has_body: whether a body is announced. wishes: whether they ask anything of the mock itself.
    """

    fields: Mapping[str, str]
    size: int
    flaw: tuple[str, str] | None
    request_id: str | None
    has_body: bool
    media: MediaType
    wishes: bool


class HeadReader:
    """Reads header fields under limits, and remembers what they said."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self.read = lru_cache(maxsize=_REMEMBERED)(self._read)
        """What header fields say."""

    def _read(self, raw: Raw) -> Head:
        fields, size = _gathered(raw)
        given = fields.get("x-request-id")
        return Head(
            fields=fields,
            size=size,
            flaw=self._flaw(fields, size, len(raw)),
            request_id=given if given is not None and _REQUEST_ID.fullmatch(given) else None,
            has_body="content-length" in fields or "transfer-encoding" in fields,
            media=_read_media_type(fields.get("content-type", "").strip()),
            wishes=not fields.keys().isdisjoint(SPOKEN),
        )

    def _flaw(self, fields: Mapping[str, str], size: int, count: int) -> tuple[str, str] | None:
        """The first thing that is wrong, in the order in which it is looked for."""
        limits, host = self._limits, fields.get("host")
        if count > limits.header_count:
            told = f"there are {count} header fields; at most {limits.header_count} are read"
            return "headers-too-large", told
        if size > limits.headers:
            return "headers-too-large", f"the header fields have {size} bytes; at most {limits.headers} are read"
        if host is not None and not _HOST.fullmatch(host):
            return "malformed", f"the header Host is no host: {shorten(host, 80)}"
        return _length_flaw(fields, limits.body)


def _gathered(raw: Raw) -> tuple[dict[str, str], int]:
    fields: dict[str, str] = {}
    size = 0
    for raw_name, raw_value in raw:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        if name in fields:
            value = f"{fields[name]}{'; ' if name == 'cookie' else ', '}{value}"
        fields[name] = value
        size += len(raw_name) + len(raw_value)
    return fields, size


def _length_flaw(fields: Mapping[str, str], most: int) -> tuple[str, str] | None:
    length = fields.get("content-length")
    if length is None:
        return None
    if "transfer-encoding" in fields or not _LENGTH.fullmatch(length):
        return "malformed", "the length of the body is ambiguous"
    return ("too-large", f"the body has {int(length)} bytes; at most {most} are read") if int(length) > most else None


def _read_media_type(field: str) -> MediaType:
    if not field:
        return MediaType()
    found = _MEDIA_TYPE.fullmatch(field)
    options = _parse_options(found[2]) if found else None
    if found is None or options is None:
        return MediaType(flaw=f"the Content-Type is not one: {shorten(field, 80)}")
    charset = options.get("charset", "utf-8").lower()
    if charset not in _CHARSETS:
        return MediaType(flaw=f"bodies are read as UTF-8, not as {shorten(charset, 40)}")
    return MediaType(found[1].lower(), options)


def _parse_options(text: str) -> Mapping[str, str] | None:
    """The parameters of a media type; None if they are not well formed."""
    if not text:
        return _NO_OPTIONS
    options: dict[str, str] = {}
    at = 0
    while at < len(text):
        found = _OPTION.match(text, at)
        if found is None:
            return None
        if found[1]:
            value = found[2]
            options[found[1].lower()] = re.sub(r"\\(.)", r"\1", value[1:-1]) if value.startswith('"') else value
        at = found.end()
    return options
