"""Verification: a reproducer is run twice before anybody is told of it.

What runs is the very file that is written for the user, in a process of its own, with the credentials in its
environment and nowhere else.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

_LONGEST = 60.0
"""Seconds that one run may take."""
_TIDYING = 5.0
"""Seconds that an interrupted run has to delete what it made."""
LEFT = "left behind: "
"""How a line begins in which a reproducer tells of something that it made and could not delete."""


class Status(StrEnum):
    """How often a reproducer showed its fault in two runs."""

    CONFIRMED = "confirmed"
    FLAKY = "flaky"
    STATE_DEPENDENT = "state-dependent"
    UNVERIFIED = "unverified"
    """There was no time to run it."""


@dataclass(frozen=True, slots=True)
class Repetition:
    """What two runs came to. left: where something is that they made and could not delete."""

    status: Status
    left: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Trial:
    """What one run of a reproducer came to: its exit code, None when it took too long, and what it printed."""

    code: int | None
    output: str

    @property
    def left(self) -> tuple[str, ...]:
        """What it made and could not delete."""
        return tuple(line.removeprefix(LEFT) for line in self.output.splitlines() if line.startswith(LEFT))


@dataclass(frozen=True, slots=True)
class Budget:
    """Time for all verification. until: second of the clock after which nothing is begun."""

    until: float
    clock: Callable[[], float] = time.monotonic

    @property
    def left(self) -> float:
        """Seconds that are left."""
        return max(self.until - self.clock(), 0.0)


def verify_twice(text: str, environment: Mapping[str, str], budget: Budget) -> Repetition:
    """Run the Python form of a reproducer twice. environment: target and credentials."""
    shown = 0
    left: tuple[str, ...] = ()
    for _ in range(2):
        if budget.left <= 0:
            return Repetition(Status.UNVERIFIED, left)
        trial = run_python(text, environment, min(budget.left, _LONGEST))
        left += trial.left
        if trial.code is None:
            return Repetition(Status.UNVERIFIED, left)
        shown += trial.code == 1
    return Repetition((Status.STATE_DEPENDENT, Status.FLAKY, Status.CONFIRMED)[shown], left)


def run_python(text: str, environment: Mapping[str, str], seconds: float = _LONGEST) -> Trial:
    """Run the Python form of a reproducer once. environment: target and credentials."""
    # Neither the user's folder nor the kit's own packages are there: it must do with the standard library.
    return _run([sys.executable, "-I", "-S"], "reproducer.py", text, environment, seconds)


def run_shell(text: str, environment: Mapping[str, str], seconds: float = _LONGEST) -> Trial:
    """Run the shell form of a reproducer once, likewise."""
    return _run(["sh"], "reproducer.sh", text, environment, seconds)


def _run(command: Sequence[str], name: str, text: str, environment: Mapping[str, str], seconds: float) -> Trial:
    with tempfile.TemporaryDirectory(prefix="mockproof-") as folder:
        path = Path(folder) / name
        path.write_text(text, encoding="utf-8")
        with subprocess.Popen(  # noqa: S603  the file is our own
            [*command, str(path)],
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        ) as process:
            try:
                output, _ = process.communicate(timeout=seconds)
            except subprocess.TimeoutExpired:
                return Trial(None, _interrupted(process))
            except BaseException:
                _interrupted(process)
                raise
    return Trial(process.returncode, output)


def _interrupted(process: subprocess.Popen[str]) -> str:
    """Ask a run to end, which deletes what it made first; returns what it printed."""
    process.send_signal(signal.SIGINT)
    try:
        return process.communicate(timeout=_TIDYING)[0]
    except subprocess.TimeoutExpired:
        process.kill()
        return process.communicate()[0]
