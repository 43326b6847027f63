"""One request and its answer, to check a server before and after it is measured and to learn the bytes it sends."""

from __future__ import annotations

import http.client
from dataclasses import dataclass
from typing import Final

from bench.errors import BenchError
from bench.scenario import Scenario

_CONNECTION_FIELDS: Final = frozenset({"date", "connection", "keep-alive", "content-length", "transfer-encoding"})
"""Written by the server for each answer, so not part of what an application says."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What a server answered. headers: without those that a server adds by itself."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes


def exchange(port: int, method: str, path: str, headers: tuple[tuple[str, str], ...] = (), body: bytes = b"") -> Answer:
    """Ask once on a connection of its own; raises BenchError if there is no answer."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path, body or None, dict(headers))
        response = connection.getresponse()
        fields = tuple((name, value) for name, value in response.getheaders() if name.lower() not in _CONNECTION_FIELDS)
        return Answer(response.status, fields, response.read())
    except (OSError, http.client.HTTPException) as error:
        raise BenchError(
            f"{method} {path} on port {port} got no answer: {error}", hint="has the server died?"
        ) from error
    finally:
        connection.close()


def ask(port: int, scenario: Scenario) -> Answer:
    """Send the request of a scenario once."""
    return exchange(port, scenario.method, scenario.path, scenario.headers, scenario.body)
