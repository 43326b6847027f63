"""The open connections of one server: how many there may be, and the one timer that ends the slow ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    import asyncio

    from mockserver.connection.limits import Limits

_TICK: Final = 1.0
_OVERFLOW: Final = 100
"""Connections beyond the limit that are told so; the ones after them are closed without a word."""


class Watched(Protocol):
    """What the watch needs of a connection. deadline: in seconds of the loop's clock."""

    deadline: float

    def expire(self, now: float) -> None:
        """End the connection, or set another deadline."""


class Watch:
    """Counts the connections of one server and tells each when its time is over.

    One timer for all of them: a timer for each request would cost more than the rest of the bookkeeping.
    """

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self._connections: set[Watched] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._tick = min(_TICK, limits.head_seconds / 4, limits.body_seconds / 4, limits.stall_seconds / 4)

    @property
    def is_crowded(self) -> bool:
        """Whether there are more connections than the limit allows."""
        return len(self._connections) > self.limits.connections

    @property
    def is_overrun(self) -> bool:
        """Whether there are so many more that none of them can be told."""
        return len(self._connections) > self.limits.connections + _OVERFLOW

    def enter(self, connection: Watched, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to watch a connection."""
        self._connections.add(connection)
        if self._timer is None:
            self._timer = loop.call_later(self._tick, self._sweep, loop)

    def leave(self, connection: Watched) -> None:
        """Watch a connection no longer."""
        self._connections.discard(connection)

    def _sweep(self, loop: asyncio.AbstractEventLoop) -> None:
        # Without connections there is nothing to wait for, and an idle server sleeps.
        self._timer = loop.call_later(self._tick, self._sweep, loop) if self._connections else None
        now = loop.time()
        for connection in [each for each in self._connections if each.deadline <= now]:
            connection.expire(now)
