"""Requests read under limits: from an `Arrival` to a `Passage`, or a refusal.

Nothing here knows the contract. The order is the cheap checks first: URL, header fields, host, announced length;
then the body, which is never read past its limit.
"""

from __future__ import annotations

from itertools import count
from typing import TYPE_CHECKING, Final
from uuid import uuid4

from mockserver.exchange import Address, Refusal
from mockserver.forms.folding import decode, parse_pairs
from mockserver.passage import Passage

if TYPE_CHECKING:
    from mockserver.connection.arrival import Arrival
    from mockserver.connection.head import Head
    from mockserver.connection.limits import Limits
    from mockserver.sending import Receive

_PREFIX: Final = f"{uuid4().hex[:12]}-"
_COUNTER = count(1)
"""Ids of requests are told apart from those of any other process, and cost next to nothing."""

_NOWHERE: Final = Address("", "")


class DisconnectedError(Exception):
    """The client left before its request was complete; nobody is there to be answered."""


def open_passage(arrival: Arrival, head: Head) -> Passage:
    """The passage of a request that was not judged yet; it can carry a refusal's answer."""
    return Passage(
        arrival.method,
        arrival.path,
        arrival.query,
        head.fields,
        _NOWHERE,
        head.request_id or f"{_PREFIX}{next(_COUNTER):x}",
        size=head.size,
    )


def judge_head(arrival: Arrival, head: Head, passage: Passage, limits: Limits) -> None:
    """Give the passage its address; raises Refusal for a head that is beyond the limits, or no head of HTTP."""
    path, query = passage.path, passage.query
    url = len(path) + len(query)
    if url > limits.url:
        raise Refusal("uri-too-long", f"the URL has {url} bytes; at most {limits.url} are read")
    if head.flaw is not None and head.flaw[0] == "headers-too-large":
        raise Refusal(*head.flaw)
    host = passage.headers.get("host")
    if host is None:
        if arrival.version == "1.1":
            raise Refusal("malformed", "the header Host is missing")
        host = ":".join(str(part) for part in arrival.place or ("localhost",))
    if head.flaw is not None:
        raise Refusal(*head.flaw)
    passage.address = Address(f"{arrival.scheme}://{host}", path, read_query(query) if query else ())


def take_body(passage: Passage, head: Head, body: bytes, limits: Limits) -> None:
    """Give the passage its whole body; raises Refusal for one that is too large, or of a kind that nobody can read."""
    if len(body) > limits.body:
        raise _too_large(limits)
    passage.body = body
    media = head.media
    if media.flaw is None:
        passage.media_type, passage.options = media.name, media.options
    elif body:
        raise Refusal("unsupported-media-type", media.flaw)


def read_query(query: bytes) -> tuple[tuple[str, str], ...]:
    """The decoded pairs of a query string, in the order sent; raises Refusal malformed."""
    return tuple((name, decode(value, "query")) for name, value in parse_pairs(query, "query")) if query else ()


async def read_body(receive: Receive, limits: Limits) -> bytes:
    """A body that may be still on its way; raises Refusal too-large, or DisconnectedError."""
    chunks: list[bytes] = []
    size = 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise DisconnectedError
        chunk = message.get("body", b"")
        size += len(chunk)
        if size > limits.body:
            raise _too_large(limits)
        chunks.append(chunk)
        if not message.get("more_body", False):
            return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _too_large(limits: Limits) -> Refusal:
    return Refusal("too-large", f"the body has more than {limits.body} bytes")
