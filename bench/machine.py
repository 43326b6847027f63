"""Where the run took place, and with what: figures mean nothing without it."""

from __future__ import annotations

import os
import platform
import subprocess
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Final

from bench.peer import peer_versions

_LIBRARIES: Final = ("mockproof", "connexion", "starlette", "uvicorn", "httptools", "uvloop", "orjson", "jsonschema-rs")


@dataclass(frozen=True, slots=True)
class Machine:
    """The machine of a run. load: number of runnable programs over the last minute, before and after it."""

    cpu: str
    cores: int
    kernel: str
    load_before: float
    load_after: float
    versions: tuple[tuple[str, str], ...]


def describe_machine(load_before: float, versions: tuple[tuple[str, str], ...] | None = None) -> Machine:
    """The machine at the end of a run that began under `load_before`; versions: instead of those of all peers."""
    return Machine(
        _cpu_model(Path("/proc/cpuinfo").read_text(encoding="utf-8")),
        os.cpu_count() or 1,
        platform.release(),
        load_before,
        load_now(),
        versions if versions is not None else _versions(),
    )


def load_now() -> float:
    """The load average of the last minute."""
    return os.getloadavg()[0]


def _cpu_model(text: str) -> str:
    named = (line.partition(":")[2].strip() for line in text.splitlines() if line.startswith("model name"))
    return next(named, platform.machine())


def _versions() -> tuple[tuple[str, str], ...]:
    node = subprocess.run(["node", "--version"], capture_output=True, text=True, check=False).stdout.strip()  # noqa: S607
    libraries = ((name, version(name)) for name in _LIBRARIES)
    return (("Python", platform.python_version()), *libraries, ("Node.js", node.lstrip("v")), *peer_versions().items())
