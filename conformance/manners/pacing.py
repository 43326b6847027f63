"""Pacing: how fast the kit may ask, and how long it is patient with a target that asks for time.

All waiting together has a budget. A target that wants more than that is not judged: nobody can say yet.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

PATIENCE = 30.0
"""Seconds of waiting that a run grants to 429 and 503 with Retry-After, all of them together."""

RETRIES = 2
"""How often a GET that was answered with 503 is sent again."""


@dataclass(slots=True)
class Pace:
    """The speed of one run.

    rate: requests a second at most, None for no limit. patience: seconds of waiting that are left.
    clock, sleep: monotonic seconds and a way to let them pass.
    """

    rate: float | None = None
    patience: float = PATIENCE
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    waited: float = 0.0
    """Seconds waited because the target asked for it."""
    _next: float = field(default=0.0)

    def await_turn(self) -> None:
        """Wait until the next request may be sent."""
        if self.rate is None:
            return
        now = self.clock()
        if self._next > now:
            self.sleep(self._next - now)
        self._next = max(now, self._next) + 1 / self.rate

    def grant(self, seconds: float) -> bool:
        """Wait as long as the target asks, if patience lasts; False when it does not."""
        if seconds > self.patience:
            return False
        self.patience -= seconds
        self.waited += seconds
        self.sleep(seconds)
        return True


def asked_to_wait(status: int, headers: Mapping[str, str], now: datetime | None = None) -> float | None:
    """Seconds that an answer asks to wait: for 429 and 503 with Retry-After, one second for a bare 429; else None.

    headers: names in lower case. A Retry-After that cannot be read counts as one second.
    """
    if status not in (429, 503):
        return None
    text = headers.get("retry-after", "").strip()
    if not text:
        return 1.0 if status == 429 else None
    if text.isdecimal() and len(text) < 10:
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return 1.0
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max((until - (now or datetime.now(UTC))).total_seconds(), 0.0)
