"""Locks: a file or folder that one process at a time works on. A kill of any kind lets go of it."""

from __future__ import annotations

import contextlib
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path

from conformance.errors import BusyError

_POLL = 0.05


@contextlib.contextmanager
def held(path: Path, patience: float = 0.0) -> Iterator[None]:
    """Keep every other process that asks out of a file or folder that exists, until the block ends.

    patience: seconds to wait for somebody else to let go. Raises BusyError after them, OSError where there is no
    such path. Where a file system knows no locks, everybody gets in.
    """
    number = os.open(path, os.O_RDONLY)
    try:
        _take(number, path, time.monotonic() + patience)
        yield
    finally:
        os.close(number)


def _take(number: int, path: Path, until: float) -> None:
    while True:
        try:
            fcntl.flock(number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            if time.monotonic() >= until:
                raise BusyError(f"another mockproof works in {path}", hint="wait until it ends, or end it") from error
            time.sleep(_POLL)
        except OSError:
            return
        else:
            return
