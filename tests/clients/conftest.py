"""What the tests with public clients share: the clients' own environment, and the packaged mock."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mockserver.app import create_app
from mockserver.server import running
from spec.contract_reader import load_contract
from spec.fixtures import load_fixtures

HERE = Path(__file__).parent

Run = Callable[..., Any]


@pytest.fixture(scope="session")
def client() -> Run:
    """Runs one of the scripts beside this file where the clients are installed; gives what it tells."""
    python = Path(sys.prefix) / "clients" / "bin" / "python"
    if not python.exists():
        pytest.fail(f"the public clients are not installed ({python} is missing): run 'make clients', or 'make test'")

    def run(script: str, *arguments: str) -> Any:
        # -I: nothing of this checkout is seen. Proxies are for other networks than this machine's own.
        command = [str(python), "-I", str(HERE / script), *arguments]
        done = subprocess.run(
            command, capture_output=True, text=True, check=False, timeout=60, env={"PATH": "", "NO_PROXY": "*"}
        )
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)

    return run


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """The base URL of the packaged mock."""
    contract = load_contract()
    with running(create_app(contract, load_fixtures(contract))) as base:
        yield base
