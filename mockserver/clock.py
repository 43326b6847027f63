"""Where the mock's "now" comes from: the wall clock, or one that a test holds in its hand."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Tells the time, and can be moved forward; all times are UTC."""

    def now(self) -> datetime:
        """The present moment."""
        ...

    def advance(self, seconds: float) -> None:
        """Move the clock forward; raises ValueError for a negative number of seconds."""
        ...


class FrozenClock:
    """Stands still until it is advanced, so that the same requests get the same bytes."""

    def __init__(self, start: datetime) -> None:
        self._now = _aware(start)

    def now(self) -> datetime:
        """The moment at which the clock stands."""
        return self._now

    def advance(self, seconds: float) -> None:
        """Move the clock forward; raises ValueError for a negative number of seconds."""
        self._now += _forward(seconds)


class SystemClock:
    """The machine's wall clock, plus what it was advanced by."""

    def __init__(self) -> None:
        self._ahead = timedelta()

    def now(self) -> datetime:
        """The wall clock's time, plus what this clock was advanced by."""
        return datetime.now(UTC) + self._ahead

    def advance(self, seconds: float) -> None:
        """Move the clock forward; raises ValueError for a negative number of seconds."""
        self._ahead += _forward(seconds)


class WorldClock:
    """Starts at a given moment and runs on from there, so that a world of fixtures is young when it is served."""

    def __init__(self, start: datetime) -> None:
        self._start = _aware(start)
        self._origin = time.monotonic()

    def now(self) -> datetime:
        """The start, plus the time since this clock was made, plus what it was advanced by."""
        return self._start + timedelta(seconds=time.monotonic() - self._origin)

    def advance(self, seconds: float) -> None:
        """Move the clock forward; raises ValueError for a negative number of seconds."""
        self._start += _forward(seconds)


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError(f"a clock needs a moment with a time zone, not {moment.isoformat()}")
    return moment.astimezone(UTC)


def _forward(seconds: float) -> timedelta:
    if not seconds >= 0:
        raise ValueError(f"a clock only moves forward, not by {seconds} seconds")
    return timedelta(seconds=seconds)
