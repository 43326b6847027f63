"""Cancelling: what a signal does to a run, depending on where it finds it.

While evidence is gathered, the run stops at once. While it deletes what it created, it hurries. Verdicts and reports
are always written to the end.
"""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Iterator
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM)


class Cancelled(BaseException):
    """Somebody asked the run to end; what is known by then is reported. signal: its number."""

    def __init__(self, signal: int) -> None:
        super().__init__(signal)
        self.signal = signal


class Cancellation:
    """Whether a run was asked to end, and whether that may be raised right now. signal: the number that asked."""

    def __init__(self) -> None:
        self.signal: int | None = None
        self._is_open = False

    def ask(self, number: int) -> None:
        """Ask the run to end; raises Cancelled where it listens."""
        self.signal = number
        if self._is_open:
            self._is_open = False
            raise Cancelled(number)

    @contextlib.contextmanager
    def listening(self) -> Iterator[None]:
        """A part of the run that ends with Cancelled once it is asked for, or was asked for before."""
        if self.signal is not None:
            raise Cancelled(self.signal)
        self._is_open = True
        try:
            yield
        finally:
            self._is_open = False


@contextlib.contextmanager
def on_signals(cancellation: Cancellation) -> Iterator[None]:
    """Let SIGINT and SIGTERM ask for the end; the first of them is heard, and one is enough."""

    def ask(number: int, _frame: FrameType | None) -> None:
        for each in SIGNALS:
            signal.signal(each, signal.SIG_IGN)
        cancellation.ask(number)

    before = {number: signal.signal(number, ask) for number in SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
