"""Where the mock's "now" comes from: one clock a workspace, real, scaled or frozen, moved only forward."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from mockserver.errors import ClockError

FASTEST = 1_000_000.0
"""The highest rate that a clock may run at: eleven days in a second."""


class Clock:
    """Starts at a given moment and runs on from there at a rate; all times are UTC.

    rate: seconds of this clock in a second of the machine's; 0 stands still, so that the same requests get the
    same bytes. source: counts the machine's seconds. Raises ClockError for a start without a time zone.
    """

    def __init__(self, start: datetime, rate: float = 1.0, *, source: Callable[[], float] = time.monotonic) -> None:
        self._first = self._start = _aware(start)
        self._first_rate = self._rate = _judged(rate)
        self._source = source
        self._origin = source()

    @property
    def rate(self) -> float:
        """Seconds of this clock in a second of the machine's."""
        return self._rate

    @property
    def mode(self) -> str:
        """How the clock runs, in a word: real, scaled or frozen."""
        return {0.0: "frozen", 1.0: "real"}.get(self._rate, "scaled")

    def now(self) -> datetime:
        """The present moment."""
        if not self._rate:
            return self._start
        return self._start + timedelta(seconds=(self._source() - self._origin) * self._rate)

    def advance(self, seconds: float) -> None:
        """Move the clock forward; raises ClockError for a negative number of seconds."""
        if not seconds >= 0:
            raise ClockError(f"a clock only moves forward, not by {seconds} seconds", hint="give 0 or more seconds")
        try:
            self._move(self.now() + timedelta(seconds=seconds))
        except OverflowError as error:
            raise ClockError(f"{seconds} seconds lead beyond the year 9999", hint="give fewer seconds") from error

    def set(self, now: datetime) -> None:
        """Move the clock to a moment; raises ClockError for one that is past."""
        moment = _aware(now)
        if moment < self.now():
            raise ClockError(
                f"a clock only moves forward: it is {self.now().isoformat()}, not yet or no more {moment.isoformat()}",
                hint="give a later moment, or reset the workspace, which starts its clock anew",
            )
        self._move(moment)

    def run(self, rate: float) -> None:
        """Go on at another rate from the present moment; raises ClockError for one that is negative or too high."""
        judged = _judged(rate)
        self._move(self.now())
        self._rate = judged

    def fresh(self) -> Clock:
        """Another clock that starts as this one did."""
        return Clock(self._first, self._first_rate, source=self._source)

    def restart(self) -> None:
        """Begin anew, as this clock began."""
        self._move(self._first)
        self._rate = self._first_rate

    def rewind(self, now: datetime) -> None:
        """Go to a moment, be it past; for whoever brings back all that has happened since, as a snapshot does."""
        self._move(now)

    def _move(self, moment: datetime) -> None:
        self._start, self._origin = moment, self._source()


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ClockError(f"a clock needs a moment with a time zone, not {moment.isoformat()}", hint="add Z for UTC")
    return moment.astimezone(UTC)


def _judged(rate: float) -> float:
    if not 0 <= rate <= FASTEST:
        raise ClockError(f"a clock cannot run at the rate {rate}", hint=f"give 0 (frozen) to {FASTEST:.0f}; 1 is real")
    return float(rate)
