from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import textwrap
import time
import urllib.request
from pathlib import Path
from typing import Any

import pytest

from mockserver.app import create_app
from mockserver.errors import BindError, MockError
from mockserver.server import base_url, bind, running, serve
from spec.contract import Contract
from spec.fixtures import Fixtures

ROOT = Path(__file__).resolve().parents[2]
CHILD = textwrap.dedent("""
    import sys
    from pathlib import Path
    from mockserver.app import create_app
    from mockserver.server import serve
    from spec.contract_reader import load_contract
    from spec.fixtures import bare_fixtures

    contract = load_contract("tests/contracts/shelf.yaml")
    serve(
        create_app(contract, bare_fixtures(contract)),
        port=0,
        ready_file=Path(sys.argv[1]),
        on_ready=lambda url: print("ready", url, flush=True),
    )
    print("stopped", flush=True)
""")


@pytest.fixture
def app(shelf: Contract, library: Fixtures) -> Any:
    return create_app(shelf, library)


def health(url: str) -> Any:
    with urllib.request.urlopen(f"{url}/__mock/health", timeout=10) as answer:  # noqa: S310  (our own server)
        return json.load(answer)


def test_a_mock_runs_for_as_long_as_the_block(app: Any) -> None:
    with running(app) as url:
        assert health(url)["status"] == "ok"
    with pytest.raises(OSError, match="refused"):
        health(url)


def test_two_mocks_run_side_by_side(app: Any) -> None:
    with running(app) as one, running(app) as two:
        assert one != two
        assert health(one) == health(two)


def test_a_port_that_is_taken_is_told_with_a_way_out() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(BindError) as caught:
            bind("127.0.0.1", port)
    assert f"127.0.0.1 port {port}" in str(caught.value)
    assert "port 0" in str(caught.value)


@pytest.mark.parametrize(("host", "port"), [("127.0.0.1", 70000), ("127.0.0.1", -1), ("no.such.host.invalid", 0)])
def test_an_address_that_is_none_is_told(host: str, port: int) -> None:
    with pytest.raises(BindError, match=f"cannot listen on {host}"):
        bind(host, port)


def test_the_base_url_names_the_port_that_was_given() -> None:
    with bind("127.0.0.1", 0) as listener:
        assert base_url(listener) == f"http://127.0.0.1:{listener.getsockname()[1]}"


def test_a_ready_file_that_cannot_be_written_stops_the_server(app: Any, tmp_path: Path) -> None:
    with pytest.raises(MockError, match="ready file"):
        serve(app, port=0, ready_file=tmp_path / "missing" / "ready.json")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_the_server_in_order(tmp_path: Path, number: int) -> None:
    ready = tmp_path / "ready.json"
    command = [sys.executable, "-c", CHILD, str(ready)]
    with subprocess.Popen(
        command, cwd=ROOT, env=os.environ | {"PYTHONPATH": "."}, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdout is not None
        first = child.stdout.readline().split()
        told = json.loads(ready.read_text(encoding="utf-8"))
        assert (told["url"], told["pid"], first) == (
            f"http://127.0.0.1:{told['port']}",
            child.pid,
            ["ready", told["url"]],
        )
        assert health(told["url"])["operations"] == 16
        before = time.monotonic()
        child.send_signal(number)
        rest, _ = child.communicate(timeout=20)
    assert (child.returncode, rest) == (0, "stopped\n")
    assert time.monotonic() - before < 10
    assert not ready.exists()
    assert list(tmp_path.iterdir()) == []
