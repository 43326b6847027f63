"""Times as the interfaces write them."""

from __future__ import annotations

from datetime import UTC, datetime

from flask import current_app

from snapkeep.faults import faulty


def utc(seconds: float | None) -> str | None:
    """RFC 3339 in UTC, or None."""
    if seconds is None:
        return None
    pattern = "%Y-%m-%d %H:%M:%S" if faulty("zoneless-times") else "%Y-%m-%dT%H:%M:%SZ"
    slip = 2 * 3600 if faulty("local-times") and seconds > _start() else 0
    return datetime.fromtimestamp(seconds + slip, UTC).strftime(pattern)


def _start() -> float:
    """Rows that were there before the server began were written by a program that had it right."""
    return float(current_app.config["BEGAN"])


def zoneless(seconds: float) -> str:
    """UTC without saying so, as the database interface has it."""
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%S")
