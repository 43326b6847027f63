"""Answers put on the wire: the one place where header fields become bytes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]

_BODILESS = (204, 304)


def clean_header(value: str) -> str:
    """The value with everything but printable ASCII replaced, line breaks first of all."""
    if value.isascii() and value.isprintable():
        return value
    return "".join(letter if " " <= letter <= "~" else "?" for letter in value)


def encode_header(name: str, value: str) -> tuple[bytes, bytes]:
    """One header field as bytes, cleaned."""
    return name.lower().encode("ascii"), clean_header(value).encode("ascii")


async def send_answer(
    send: Send, status: int, body: bytes, media_type: str | None, headers: Mapping[str, str] | Iterable[tuple[str, str]]
) -> None:
    """Send a whole answer; a status that has no body gets neither body nor media type."""
    fields = headers.items() if isinstance(headers, Mapping) else headers
    encoded = [encode_header(name, value) for name, value in fields]
    if status in _BODILESS:
        body = b""
    else:
        if media_type is not None and body:
            encoded.append(encode_header("content-type", media_type))
        encoded.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": status, "headers": encoded})
    await send({"type": "http.response.body", "body": body})
