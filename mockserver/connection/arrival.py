"""A request as it came in, before anybody judged it: what a server hands to the mock."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import quote

if TYPE_CHECKING:
    from mockserver.passage import Scope


class Arrival(NamedTuple):
    """The head of a request.

    path, query: as sent, still percent-encoded. fields: header fields as sent, names in any case. version: "1.0",
    "1.1" or "2". place: host and port of the server, for clients that name none.
    """

    method: str
    path: str
    query: bytes
    fields: tuple[tuple[bytes, bytes], ...]
    version: str = "1.1"
    scheme: str = "http"
    place: tuple[str, int | None] | None = None


def arrival_of(scope: Scope) -> Arrival:
    """The head of a request that comes by ASGI."""
    raw = scope.get("raw_path")
    path = raw.decode("latin-1") if raw else quote(scope["path"], safe="/:@!$&'()*+,;=~%-._")
    return Arrival(
        scope["method"],
        path.partition("?")[0],
        scope.get("query_string", b""),
        tuple((name, value) for name, value in scope["headers"]),
        scope.get("http_version", "1.1"),
        scope.get("scheme", "http"),
        scope.get("server"),
    )
