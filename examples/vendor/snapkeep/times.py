"""Times as the interfaces write them."""

from __future__ import annotations

from datetime import UTC, datetime

from snapkeep.faults import faulty


def utc(seconds: float | None) -> str | None:
    """RFC 3339 in UTC, or None."""
    if seconds is None:
        return None
    pattern = "%Y-%m-%d %H:%M:%S" if faulty("zoneless-times") else "%Y-%m-%dT%H:%M:%SZ"
    return datetime.fromtimestamp(seconds, UTC).strftime(pattern)


def zoneless(seconds: float) -> str:
    """UTC without saying so, as the database interface has it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
