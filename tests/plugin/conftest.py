"""What tests of the test kit share: the packaged mock, with and without a socket, and pytest in its own folder."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from mockserver.admin.gate import AdminGate
from mockserver.app import create_app
from mockserver.guard import App
from mockserver.inprocess import InProcessTransport
from mockserver.server import running
from mockserver.testing import MockWorkspace, open_workspace
from spec.contract_reader import load_contract
from spec.fixtures import bare_fixtures, load_fixtures

SHELF = Path(__file__).parents[1] / "contracts" / "shelf.yaml"

RunPytest = Callable[..., str]


@pytest.fixture(scope="session")
def app() -> App:
    contract = load_contract()
    return create_app(contract, load_fixtures(contract))


@pytest.fixture(scope="session")
def url(app: App) -> Iterator[str]:
    with running(app) as base:
        yield base


@pytest.fixture
def guarded_url() -> Iterator[str]:
    """The base URL of a mock whose admin interface asks for the token "sesame"."""
    contract = load_contract(SHELF)
    with running(create_app(contract, bare_fixtures(contract), gate=AdminGate(token="sesame"))) as base:
        yield base


@pytest.fixture(params=["socket", "in process"])
def workspace(request: pytest.FixtureRequest, app: App) -> Iterator[MockWorkspace]:
    """A workspace of the packaged mock, reached in either way."""
    if request.param == "socket":
        http = httpx.Client(base_url=request.getfixturevalue("url"), trust_env=False)
    else:
        http = httpx.Client(base_url="http://localhost", transport=InProcessTransport(app))
    with http, open_workspace(http) as opened:
        yield opened


@pytest.fixture
def run_pytest(tmp_path: Path) -> RunPytest:
    """Runs pytest with the plugin, and no other that it does not need, in a folder of its own; gives what it prints."""

    def run(*arguments: str, test: str, ini: str = "", passes: bool = True) -> str:
        (tmp_path / "pytest.ini").write_text(f"[pytest]\n{ini}", encoding="utf-8")
        (tmp_path / "test_it.py").write_text(test, encoding="utf-8")
        command = [sys.executable, "-m", "pytest", "-p", "mockserver.pytest_plugin", "-p", "anyio", *arguments]
        done = subprocess.run(
            command,
            cwd=tmp_path,
            env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "PYTEST_ADDOPTS": ""},
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )
        assert (done.returncode == 0) is passes, done.stdout + done.stderr
        return done.stdout + done.stderr

    return run
