"""Answers put on the wire: the one place where header fields become bytes."""

from __future__ import annotations

import gzip
import re
from collections.abc import Awaitable, Callable, MutableMapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

if TYPE_CHECKING:
    from mockserver.exchange import Answer
    from mockserver.passage import Passage, Scope

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[["Scope", Receive, Send], Awaitable[None]]
"""An ASGI application."""

Head = list[tuple[bytes, bytes]]
"""Header fields as they travel, names in lower case."""


class Parcel(NamedTuple):
    """A whole answer, ready to be sent. lines: its header fields in HTTP/1.1. body: as it travels, empty for HEAD."""

    status: int
    lines: bytes
    body: bytes


_BODILESS: Final = (204, 304)
_SMALL: Final = 1024
"""Bodies below this many bytes are not worth compressing."""

_GZIP: Final = re.compile(r"(?:^|,)\s*(?:gzip|\*)\s*(?:;\s*q=(?!0(?:\.0*)?\s*(?:,|$))[0-9.]+\s*)?(?:,|$)", re.ASCII)
_TEXTUAL: Final = re.compile(r"text/|application/(?:.*\+)?(?:json|xml|yaml)\b", re.ASCII)


def clean_header(value: str) -> str:
    """The value with everything but printable ASCII replaced, line breaks first of all."""
    if value.isascii() and value.isprintable():
        return value
    return "".join(letter if " " <= letter <= "~" else "?" for letter in value)


def encode_header(name: str, value: str) -> tuple[bytes, bytes]:
    """One header field as bytes, cleaned."""
    return _name(name), clean_header(value).encode("ascii")


def shape_answer(answer: Answer, passage: Passage, exposed: str) -> tuple[Head, bytes]:
    """The header fields and the body of an answer as they travel, with what every answer carries.

    exposed: the header fields that a page of another origin may read.
    """
    head = [encode_header(name, value) for name, value in answer.headers]
    body = answer.body
    if answer.status in _BODILESS:
        body = b""
    else:
        if answer.media_type is not None and body:
            head.append((b"content-type", _value(answer.media_type)))
            if len(body) >= _SMALL and "accept-encoding" in passage.headers:
                head, body = _compressed(head, body, answer, passage)
        head.append((b"content-length", b"%d" % len(body)))
    if applied := passage.preference.applied:
        head.append((b"preference-applied", _value(", ".join(applied))))
        head.append((b"vary", b"Prefer"))
    head.append((b"x-request-id", passage.request_id.encode("ascii")))
    if "origin" in passage.headers:
        head.append((b"access-control-allow-origin", b"*"))
        head.append((b"access-control-expose-headers", _value(exposed)))
    return head, body


def write_lines(head: Head) -> bytes:
    """Header fields as lines of HTTP/1.1."""
    return b"".join([b"%b: %b\r\n" % field for field in head])


def takes_gzip(accept_encoding: str) -> bool:
    """Whether a client takes bodies in gzip (RFC 9110, 12.5.3)."""
    return _GZIP.search(accept_encoding.lower()) is not None


def _compressed(head: Head, body: bytes, answer: Answer, passage: Passage) -> tuple[Head, bytes]:
    """The answer in gzip where the client takes it; text only, since other bytes are compressed already."""
    if answer.status == 206 or _TEXTUAL.match(answer.media_type or "") is None:
        return head, body
    head = [*head, (b"vary", b"Accept-Encoding")]
    if not takes_gzip(passage.headers["accept-encoding"]):
        return head, body
    # Other bytes than those that a strong validator speaks of.
    head = [(name, b"W/" + value if name == b"etag" and value[:1] == b'"' else value) for name, value in head]
    # No time of day in it: the same answer has the same bytes.
    return [*head, (b"content-encoding", b"gzip")], gzip.compress(body, compresslevel=1, mtime=0)


@lru_cache(maxsize=512)
def _name(name: str) -> bytes:
    # Like a value it may be somebody's, who extends the mock: no line break must get through.
    return clean_header(name).lower().encode("ascii")


@lru_cache(maxsize=64)
def _value(value: str) -> bytes:
    return clean_header(value).encode("ascii")
