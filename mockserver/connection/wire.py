"""Answers as bytes of HTTP/1.1: heads, and the few whole answers that the protocol gives by itself."""

from __future__ import annotations

import json
from collections.abc import Iterable
from types import MappingProxyType
from typing import Final

from mockserver.errors import title_of

_LINES: Final = MappingProxyType(
    {status: f"HTTP/1.1 {status} {title_of(status)}\r\n".encode() for status in range(200, 600)}
)
_FRAMING: Final = frozenset({b"content-length", b"transfer-encoding", b"connection"})
_BODILESS: Final = (204, 304)


def encode_head(
    status: int, fields: Iterable[tuple[bytes, bytes]], before: bytes
) -> tuple[bytes, int | None, bool, bool]:
    """The head for a status and header fields: (bytes, Content-Length, whether it is chunked, whether it closes).

    The bytes lack the empty line at the end. fields: names in lower case, as ASGI has them. before: lines that every
    answer of the server has. Raises ValueError for a field with a line break, which would become two fields.
    """
    parts = [status_line(status), before]
    length, is_chunked, closes = None, False, False
    lines = 1 + before.count(b"\n")
    for name, value in fields:
        parts += (name, b": ", value, b"\r\n")
        lines += 1
        if name in _FRAMING:
            if name == b"content-length":
                length = int(value)
            elif name == b"connection":
                closes = b"close" in value.lower()
            else:
                is_chunked = value.lower() == b"chunked"
    head = b"".join(parts)
    if head.count(b"\n") != lines or head.count(b"\r") != lines:
        raise ValueError("a header field of the answer holds a line break")
    return head, length, is_chunked, closes


def status_line(status: int) -> bytes:
    """The first line of an answer."""
    return _LINES.get(status) or b"HTTP/1.1 %d \r\n" % status


def has_no_body(status: int, method: str) -> bool:
    """Whether an answer has no body, whatever its header fields say (RFC 9112, 6.3)."""
    return method == "HEAD" or status in _BODILESS


def encode_problem(status: int, detail: str, before: bytes, fields: Iterable[tuple[str, str]] = ()) -> bytes:
    """A whole answer that ends the connection, as problem details: no contract's style is known here."""
    problem = {"type": "about:blank", "title": title_of(status), "status": status, "detail": detail}
    body = json.dumps(problem).encode()
    own = [
        ("content-type", "application/problem+json"),
        ("content-length", str(len(body))),
        ("connection", "close"),
        *fields,
    ]
    head, *_ = encode_head(status, [(name.encode("ascii"), value.encode("ascii")) for name, value in own], before)
    return head + b"\r\n" + body
