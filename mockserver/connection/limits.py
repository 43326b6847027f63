"""How much of the server one client may take up."""

from __future__ import annotations

from dataclasses import dataclass


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
