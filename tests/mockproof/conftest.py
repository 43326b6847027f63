"""What tests of the command line share: the command as its own process."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest


@dataclass(frozen=True)
class Served:
    """A mock in a process of its own: what its ready file says, and the process."""

    url: str
    pid: int
    process: subprocess.Popen[str]


Serve = Callable[..., AbstractContextManager[Served]]


@pytest.fixture
def serving(tmp_path: Path) -> Serve:
    """Starts `mockproof serve --port 0` with further arguments; stops it by its own process."""

    @contextmanager
    def start(*arguments: str) -> Iterator[Served]:
        ready = tmp_path / "ready.json"
        command = [sys.executable, "-m", "mockproof", "serve", "--port", "0", "--ready-file", str(ready), *arguments]
        with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            try:
                told = json.loads(wait_for(ready, process))
                yield Served(told["url"], told["pid"], process)
            finally:
                process.terminate()
                process.wait(timeout=20)

    return start


def wait_for(ready: Path, process: subprocess.Popen[str]) -> str:
    for _ in range(600):
        if ready.exists():
            return ready.read_text()
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    raise AssertionError("the mock was not ready within 30 seconds")
