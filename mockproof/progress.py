"""Progress of long work on stderr: one line that changes on a terminal, one line a stage elsewhere."""

from __future__ import annotations

import time
from typing import TextIO

from conformance.secret import printable

_ERASE = "\r\x1b[2K"


class ProgressLine:
    """Called with what is being done now; its first word is the stage, such as "checking" or "fuzzing"."""

    def __init__(self, stream: TextIO, limit: float) -> None:
        """Write to `stream`; `limit` is how many seconds the work may take."""
        self._stream = stream
        self._limit = limit
        self._began = time.monotonic()
        self._stage = ""
        self._is_live = stream.isatty()

    def __call__(self, text: str) -> None:
        """Show what is being done now."""
        stage = text.partition(" ")[0]
        if self._is_live:
            spent = time.monotonic() - self._began
            self._write(f"{_ERASE}{spent:4.0f} s of at most {self._limit:.0f}  {printable(text)[:100]}")
        elif stage != self._stage:
            self._write(f"{printable(text)}\n")
        self._stage = stage

    def finish(self) -> None:
        """Leave a clean line behind."""
        if self._is_live:
            self._write(_ERASE)

    def _write(self, text: str) -> None:
        self._stream.write(text)
        self._stream.flush()
