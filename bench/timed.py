"""One command on one core, and what it cost."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from pathlib import Path


def timed(
    command: Sequence[str], output: Path, environment: Mapping[str, str] | None = None
) -> tuple[float, float, int]:
    """Run a command on the first core that we may use; what it prints goes to a file.

    Gives seconds by the clock, CPU seconds of it and of all that it waited for, and its exit code.
    """
    began = time.perf_counter()
    with output.open("wb") as file:
        actions = [(os.POSIX_SPAWN_DUP2, file.fileno(), one) for one in (1, 2)]
        before = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {min(before)})  # inherited by the command and by what it starts
        try:
            pid = os.posix_spawn(command[0], list(command), {**os.environ, **(environment or {})}, file_actions=actions)
        finally:
            os.sched_setaffinity(0, before)
        _, status, usage = os.wait4(pid, 0)
    return time.perf_counter() - began, usage.ru_utime + usage.ru_stime, os.waitstatus_to_exitcode(status)
