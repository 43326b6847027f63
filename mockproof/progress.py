"""Progress of long work on stderr: one line that changes on a terminal, a line every few seconds elsewhere."""

from __future__ import annotations

import contextlib
import os
import threading
import time
import unicodedata
from collections.abc import Callable, Mapping
from typing import Final, TextIO

from conformance.run.outlook import Outlook, Place
from conformance.secret import printable

_ERASE: Final = "\r\x1b[2K"
_APART: Final = 5.0
"""Seconds between two lines about one stage in a log."""
_TICK: Final = 1.0
"""Seconds after which a living line is drawn again although nothing was said, so that its time goes on."""
_LASTING: Final = "note:"
"""First word of what must not be overwritten by the next thing."""
_NARROW: Final = 20
_UNKNOWN_WIDTH: Final = 80


class ProgressLine:
    """Called with what is being done now; its first word is the stage, such as "checking" or "fuzzing"."""

    def __init__(
        self,
        stream: TextIO,
        outlook: Outlook | None = None,
        environment: Mapping[str, str] | None = None,
        *,
        clock: Callable[[], float] = time.monotonic,
        width: Callable[[], int] | None = None,
    ) -> None:
        """Write to `stream`; `outlook` knows how far the work is.

        A living line needs a terminal that can erase, outside of CI: TERM=dumb and CI, of the environment, ask for
        plain lines. clock: seconds. width: columns of the terminal, asked for each time, as it may change.
        """
        self._stream = stream
        self._outlook = outlook
        self._clock = clock
        self._width = width or (lambda: _columns(stream))
        self._text = self._stage = ""
        self._told = float("-inf")
        self._is_live = _can_erase(stream, os.environ if environment is None else environment)
        self._lock = threading.Lock()
        self._is_over = threading.Event()
        self._ticker: threading.Thread | None = None

    def __call__(self, text: str) -> None:
        """Show what is being done now."""
        stage = text.partition(" ")[0]
        with self._lock:
            if stage == _LASTING:
                self._write((_ERASE if self._is_live else "") + printable(text) + "\n")
                return
            is_new, self._text, self._stage = stage != self._stage, text, stage
            if self._is_live:
                self._draw()
            elif is_new or self._clock() - self._told >= _APART:
                self._told = self._clock()
                self._write(f"{self._log_line()}\n")
        if self._is_live and self._ticker is None:
            self._ticker = threading.Thread(target=self._tick, daemon=True)
            self._ticker.start()

    def finish(self) -> None:
        """Leave a clean line behind."""
        self._is_over.set()
        if self._ticker is not None:
            self._ticker.join()
        if self._is_live:
            self._write(_ERASE)

    def _tick(self) -> None:
        while not self._is_over.wait(_TICK):
            with self._lock:
                self._draw()

    def _draw(self) -> None:
        """The line as wide as the terminal at most: time first, as that is what must not be cut off."""
        place, left = self._known()
        rest = "" if left is None else f"{duration(left)} left  "
        number = "" if place is None else f"{place.done}/{place.of} "
        line = f"{rest}{number}{printable(self._text)}{_phase(place)}"
        self._write(_ERASE + fitted(line, max(self._width(), _NARROW) - 1))

    def _log_line(self) -> str:
        place, left = self._known()
        number = "" if place is None else f", {place.done} of {place.of}"
        rest = "" if left is None else f", about {duration(left)} left"
        return f"{printable(self._text)}{_phase(place)}{number}{rest}"

    def _known(self) -> tuple[Place | None, float | None]:
        if self._outlook is None or self._stage not in ("checking", "fuzzing", "soaking"):
            return None, None
        return self._outlook.place(self._stage), self._outlook.seconds_left()

    def _write(self, text: str) -> None:
        with contextlib.suppress(OSError):  # nobody reads any more; the work is worth finishing all the same
            self._stream.write(text)
            self._stream.flush()


def duration(seconds: float) -> str:
    """Seconds in words that are no more exact than an estimate is: "8 s", "4 min", "2 h"."""
    if seconds < 90:
        return f"{max(round(seconds), 1)} s"
    return f"{round(seconds / 60)} min" if seconds < 5400 else f"{round(seconds / 3600)} h"


def fitted(text: str, columns: int) -> str:
    """The text, cut with a mark where it would take more than some columns of a terminal."""
    if sum(map(_breadth, text)) <= columns:
        return text
    kept, used = [], 1
    for letter in text:
        used += _breadth(letter)
        if used > columns:
            break
        kept.append(letter)
    return "".join(kept) + "…"


def _breadth(letter: str) -> int:
    if unicodedata.combining(letter):
        return 0
    return 2 if unicodedata.east_asian_width(letter) in ("W", "F") else 1


def _phase(place: Place | None) -> str:
    return f" ({place.phase})" if place is not None and place.phase else ""


def _can_erase(stream: TextIO, environment: Mapping[str, str]) -> bool:
    is_plain = environment.get("TERM", "") in ("", "dumb") or environment.get("CI", "").lower() not in (
        "",
        "false",
        "0",
    )
    return stream.isatty() and not is_plain


def _columns(stream: TextIO) -> int:
    try:
        return os.get_terminal_size(stream.fileno()).columns or _UNKNOWN_WIDTH
    except (OSError, ValueError):
        return _UNKNOWN_WIDTH
