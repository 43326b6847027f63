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

SLEEPER = textwrap.dedent("""
    import asyncio
    from mockserver.server import serve

    async def sleep(scope, receive, send):
        if scope["type"] == "lifespan":
            for _ in range(2):
                await send({"type": (await receive())["type"] + ".complete"})
            return
        print("asked", flush=True)
        await asyncio.sleep(float(scope["path"].strip("/")))
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
        await send({"type": "http.response.body", "body": b"done"})

    serve(sleep, port=0, on_ready=lambda url: print(url, flush=True))
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


def stop_while_asking(seconds: str, number: signal.Signals) -> tuple[bytes, bool, int, str]:
    """Stop a server that is answering: what the client gets, whether another is refused, exit code, and output."""
    command = [sys.executable, "-c", SLEEPER]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": "."},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        assert child.stdout is not None
        place = ("127.0.0.1", int(child.stdout.readline().rpartition(":")[2]))
        with socket.create_connection(place, timeout=20) as client, socket.create_connection(place, timeout=20) as idle:
            client.sendall(b"GET /%b HTTP/1.1\r\nHost: a\r\n\r\n" % seconds.encode())
            assert child.stdout.readline() == "asked\n"
            child.send_signal(number)
            assert idle.recv(1) == b""
            try:
                socket.create_connection(place, timeout=20).close()
                is_refused = False
            except ConnectionRefusedError:
                is_refused = True
            received = b""
            while chunk := client.recv(65536):
                received += chunk
        output, errors = child.communicate(timeout=20)
    return received, is_refused, child.returncode, output + errors


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_running_request_is_answered_before_the_end(number: signal.Signals) -> None:
    received, is_refused, code, output = stop_while_asking("0.5", number)
    assert received.endswith(b"\r\n\r\ndone")
    assert b"\r\nconnection: close\r\n" in received
    assert (is_refused, code, output) == (True, 0, "stopped\n")


def test_a_request_without_end_is_cut_when_its_grace_is_over() -> None:
    before = time.monotonic()
    received, is_refused, code, output = stop_while_asking("600", signal.SIGTERM)
    assert time.monotonic() - before < 15
    assert (received, is_refused, code) == (b"", True, 0)
    assert output.startswith("stopped\n")
    assert "Traceback" not in output
