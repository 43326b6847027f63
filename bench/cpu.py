"""What a process and its children have used, as Linux tells it under /proc."""

from __future__ import annotations

import contextlib
import os
import time
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_PROC: Final = Path("/proc")
_TICKS: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Stat:
    """One line of /proc/PID/stat.

    ticks: user and system time of the process itself, in clock ticks. reaped: the same of children that ended and
    were waited for.
    """

    pid: int
    parent: int
    ticks: int
    reaped: int


def parse_stat(text: str) -> Stat:
    """Read one line of /proc/PID/stat; the name in parentheses may hold blanks and parentheses."""
    head, _, tail = text.rpartition(")")
    fields = tail.split()
    # The first field after the name is the state, which proc(5) counts as the third.
    user, system, child_user, child_system = (int(fields[number - 3]) for number in (14, 15, 16, 17))
    return Stat(int(head.split(" ", 1)[0]), int(fields[4 - 3]), user + system, child_user + child_system)


def tree_of(root: int, stats: Iterable[Stat]) -> list[Stat]:
    """A process and everything that it started, directly or not; empty if it is gone."""
    known = {stat.pid: stat for stat in stats}
    children: defaultdict[int, list[int]] = defaultdict(list)
    for stat in known.values():
        children[stat.parent].append(stat.pid)
    found, waiting = [], [root] if root in known else []
    while waiting:
        pid = waiting.pop()
        found.append(known[pid])
        waiting.extend(children[pid])
    return found


def tree_cpu_seconds(pid: int) -> float:
    """User and system time of a live process and its children, in seconds."""
    return sum(_own_seconds(stat) + stat.reaped / _TICKS for stat in tree_of(pid, _read_stats()))


def _own_seconds(stat: Stat) -> float:
    # The same time as in /proc, but in nanoseconds instead of steps of mostly 10 ms. The number of a process's clock
    # is what clock_getcpuclockid(3) makes of its id; 2 stands for the time that the scheduler counted.
    try:
        return time.clock_gettime((~stat.pid << 3) | 2)
    except OSError:
        return stat.ticks / _TICKS


def tree_pss_mib(pid: int) -> float:
    """Memory of a process and its children in MiB; pages shared with others count in proportion."""
    return sum(_pss_kib(stat.pid) for stat in tree_of(pid, _read_stats())) / 1024


def parse_pss_kib(text: str) -> int:
    """The proportional set size in the text of /proc/PID/smaps_rollup."""
    return next((int(line.split()[1]) for line in text.splitlines() if line.startswith("Pss:")), 0)


def _pss_kib(pid: int) -> int:
    with contextlib.suppress(OSError):
        return parse_pss_kib((_PROC / str(pid) / "smaps_rollup").read_text())
    return 0


def _read_stats() -> Iterator[Stat]:
    for folder in _PROC.iterdir():
        if folder.name.isdigit():
            # A process may end while we look.
            with contextlib.suppress(OSError):
                yield parse_stat((folder / "stat").read_text(errors="replace"))
