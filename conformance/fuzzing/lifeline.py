"""The lifeline: what the fuzzer's process tells the kit, and when it ends itself.

A hostile answer can stall it for ever, and the kit can be killed beside it; either way it must neither hang nor go on
sending alone. Each ending has an exit code.
"""

from __future__ import annotations

import json
import os
import threading
import time
from typing import Any, TextIO

from conformance.secret import Secrets

STALLED = 70
"""Exit code after an exchange took too long; a `trouble` line names the operation."""
THROTTLED = 71
"""Exit code when the target asked for more patience than a run has; a `trouble` line says so."""
ABANDONED = 72
"""Exit code when the process that reads our lines is gone."""


class Writer:
    """Writes lines, one whole line at a time, from whichever thread."""

    def __init__(self, out: TextIO, secrets: Secrets) -> None:
        self._out = out
        self._secrets = secrets
        self._lock = threading.Lock()

    def write(self, kind: str, **fields: Any) -> None:
        """Write one line, masked, and flush it."""
        text = json.dumps(self._secrets.mask_all({"kind": kind, **fields}), default=str)
        with self._lock:
            try:
                self._out.write(text + "\n")
                self._out.flush()
            except BrokenPipeError:
                os._exit(ABANDONED)  # nobody is there to clean up after us: send nothing more


class Watchdog:
    """Ends the process when one exchange outlasts its time: no limit of the HTTP library stops a dripping body."""

    def __init__(self, writer: Writer, slowest: float) -> None:
        self._writer = writer
        self._slowest = slowest
        self._current: tuple[str, str, float] | None = None
        self._parent = os.getppid()

    def start(self) -> None:
        """Watch from a thread that does not keep the process alive."""
        threading.Thread(target=self._watch, daemon=True, name="watchdog").start()

    def begin(self, operation: str, target: str) -> None:
        """An exchange begins."""
        self._current = (operation, target, time.time())

    def end(self, before: float | None = None) -> None:
        """The exchange is over; with `before`, only if it began before that time.

        Events come through a queue, so by the time one is read the next exchange may have begun.
        """
        current = self._current
        if before is None or (current is not None and current[2] <= before):
            self._current = None

    def rest(self) -> None:
        """The exchange waited for its turn: its time begins again."""
        if self._current is not None:
            self._current = (*self._current[:2], time.time())

    def _watch(self) -> None:
        while True:
            time.sleep(min(0.5, self._slowest / 4))
            if os.getppid() != self._parent:
                os._exit(ABANDONED)
            current = self._current
            if current is not None and time.time() - current[2] > self._slowest:
                reason = f"slow body or no end: {current[1]} took more than {self._slowest:g} s"
                self._writer.write("trouble", operation=current[0], reason=reason, trouble="stalled")
                os._exit(STALLED)
