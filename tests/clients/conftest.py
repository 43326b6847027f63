"""What the tests with public clients share: the clients' own environment, and a mock with a front door."""

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
    """The base URL of the packaged mock, with the root document that clients of one of its interfaces begin with."""
    contract = load_contract()
    with running(_with_front_door(create_app(contract, load_fixtures(contract)))) as base:
        yield base


def _with_front_door(mock: Any) -> Any:
    """The mock, and at its root what no source describes: the links from which a client finds everything else.

    That is a matter of a deployment and not of the contract, so a gateway in front of the mock tells it.
    """

    async def gateway(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or not _is_root(scope["path"]):
            await mock(scope, receive, send)
            return
        host = dict(scope["headers"])[b"host"].decode()
        base = f"http://{host}{scope['path'].rstrip('/')}"
        links = {"self": base, "cloud_controller_v3": f"{base}/v3", "login": f"{base}/__mock"}
        body = json.dumps({"links": {name: {"href": href} for name, href in links.items()}}).encode()
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        await send({"type": "http.response.body", "body": body})

    return gateway


def _is_root(path: str) -> bool:
    return path == "/" or (path.startswith("/__mock/w/") and path.endswith("/") and path.count("/") == 4)
