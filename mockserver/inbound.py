"""Raw requests read under limits: from an ASGI scope to a `Passage`, or a refusal.

Nothing here knows the contract. The order is the cheap checks first: URL, header fields, host,
media type, announced length; then the body, which is never read past its limit.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from itertools import count
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import quote
from uuid import uuid4

from mockserver.errors import shorten
from mockserver.exchange import Address, Refusal
from mockserver.forms import decode, parse_pairs
from mockserver.passage import Passage, Scope

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mockserver.sending import Receive

_TOKEN = r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+"  # noqa: S105  (a token in the sense of RFC 9110, 5.6.2)
_MEDIA_TYPE = re.compile(rf"({_TOKEN}/{_TOKEN})\s*((?:;.*)?)", re.ASCII)
_OPTION = re.compile(rf';\s*(?:({_TOKEN})=({_TOKEN}|"(?:[^"\\]|\\.)*"))?\s*', re.ASCII)
_HOST = re.compile(r"[A-Za-z0-9._~-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?", re.ASCII)
_REQUEST_ID = re.compile(r"[A-Za-z0-9._:-]{1,128}", re.ASCII)
_LENGTH = re.compile(r"[0-9]{1,18}", re.ASCII)
_SHORT = 64
_CHARSETS = frozenset({"utf-8", "utf8", "us-ascii", "ascii"})
_PREFIX = f"{uuid4().hex[:12]}-"
_COUNTER = count(1)
"""Ids of requests are told apart from those of any other process, and cost next to nothing."""

_NOWHERE = Address("", "")
_NO_OPTIONS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Limits:
    """What one client may ask of the server.

    body, url, headers: bytes of one request. head_seconds, body_seconds: from the first byte of a part to its last.
    stall_seconds: without a client taking in any of an answer that waits. connections: open at the same time.
    """

    body: int = 1024 * 1024
    url: int = 8 * 1024
    headers: int = 32 * 1024
    header_count: int = 100
    head_seconds: float = 10
    body_seconds: float = 10
    stall_seconds: float = 60
    connections: int = 1000


class DisconnectedError(Exception):
    """The client left before its request was complete; nobody is there to be answered."""


def open_passage(scope: Scope) -> Passage:
    """The passage of a request whose URL and headers were not judged yet; it can carry a refusal's answer."""
    headers, size = _headers(scope)
    raw = scope.get("raw_path")
    path = raw.decode("latin-1") if raw else quote(scope["path"], safe="/:@!$&'()*+,;=~%-._")
    return Passage(
        method=scope["method"],
        path=path.partition("?")[0],
        query=scope.get("query_string", b""),
        headers=headers,
        address=_NOWHERE,
        request_id=_request_id(headers.get("x-request-id")),
        size=size,
    )


def _request_id(given: str | None) -> str:
    """The id that the client gave, if it is harmless; else a fresh one."""
    if given is not None and _REQUEST_ID.fullmatch(given):
        return given
    return f"{_PREFIX}{next(_COUNTER):x}"


async def judge_frame(scope: Scope, receive: Receive, passage: Passage, limits: Limits) -> None:
    """Complete the passage: address, media type, body. Raises Refusal, or DisconnectedError."""
    _check_size(scope, passage, limits)
    headers = passage.headers
    passage.address = _address(scope, passage)
    length = headers.get("content-length")
    if length is not None:
        if "transfer-encoding" in headers or not _LENGTH.fullmatch(length):
            raise Refusal("malformed", "the length of the body is ambiguous")
        if int(length) > limits.body:
            raise Refusal("too-large", f"the body has {int(length)} bytes; at most {limits.body} are read")
    if length is not None or "transfer-encoding" in headers or scope.get("http_version") != "1.1":
        # Without either field, a request of HTTP/1.1 has no body (RFC 9112, 6.3).
        passage.body = await _read_body(receive, limits)
    if "content-type" in headers:
        _normalise_media_type(passage)


def _headers(scope: Scope) -> tuple[dict[str, str], int]:
    """The header fields, and how many bytes they have."""
    headers: dict[str, str] = {}
    size = 0
    for raw_name, raw_value in scope["headers"]:
        # Servers give names in lower case, as ASGI asks; other callers may not.
        name, value = _lower(raw_name), raw_value.decode("latin-1")
        if name in headers:
            value = f"{headers[name]}{'; ' if name == 'cookie' else ', '}{value}"
        headers[name] = value
        size += len(raw_name) + len(raw_value)
    return headers, size


def _lower(name: bytes) -> str:
    return _lower_short(name) if len(name) <= _SHORT else name.decode("latin-1").lower()


@lru_cache(maxsize=1024)
def _lower_short(name: bytes) -> str:
    return name.decode("latin-1").lower()


def _check_size(scope: Scope, passage: Passage, limits: Limits) -> None:
    url = len(passage.path) + len(passage.query)
    if url > limits.url:
        raise Refusal("uri-too-long", f"the URL has {url} bytes; at most {limits.url} are read")
    count = len(scope["headers"])
    if count > limits.header_count:
        raise Refusal("headers-too-large", f"there are {count} header fields; at most {limits.header_count} are read")
    if passage.size > limits.headers:
        raise Refusal(
            "headers-too-large", f"the header fields have {passage.size} bytes; at most {limits.headers} are read"
        )


def _address(scope: Scope, passage: Passage) -> Address:
    host = passage.headers.get("host")
    if host is None:
        if scope.get("http_version", "1.1") == "1.1":
            raise Refusal("malformed", "the header Host is missing")
        host = ":".join(str(part) for part in scope.get("server") or ("localhost",))
    elif not _HOST.fullmatch(host):
        raise Refusal("malformed", f"the header Host is no host: {shorten(host, 80)}")
    query = passage.query
    return Address(f"{scope.get('scheme', 'http')}://{host}", passage.path, read_query(query) if query else ())


def read_query(query: bytes) -> tuple[tuple[str, str], ...]:
    """The decoded pairs of a query string, in the order sent; raises Refusal malformed."""
    return tuple((name, decode(value, "query")) for name, value in parse_pairs(query, "query")) if query else ()


async def _read_body(receive: Receive, limits: Limits) -> bytes:
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise DisconnectedError
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limits.body:
            raise Refusal("too-large", f"the body has more than {limits.body} bytes")
        chunks.append(chunk)
        if not message.get("more_body", False):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _normalise_media_type(passage: Passage) -> None:
    field = passage.headers.get("content-type")
    if field is None or not field.strip():
        return
    found = _MEDIA_TYPE.fullmatch(field.strip())
    options = _parse_options(found[2]) if found else None
    if found is None or options is None:
        if passage.body:
            raise Refusal("unsupported-media-type", f"the Content-Type is not one: {shorten(field, 80)}")
        return
    charset = options.get("charset", "utf-8").lower()
    if charset not in _CHARSETS:
        if passage.body:
            raise Refusal("unsupported-media-type", f"bodies are read as UTF-8, not as {shorten(charset, 40)}")
        return
    passage.media_type = found[1].lower()
    passage.options = options


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
