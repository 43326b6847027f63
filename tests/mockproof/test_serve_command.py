from __future__ import annotations

import json
import os
import re
import shlex
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import httpx
import pytest

from mockproof.cli import main
from mockproof.serve_command import choose_fixtures
from spec import packaged
from spec.contract_reader import load_contract

SHELF = Path(__file__).parent.parent / "contracts" / "shelf.yaml"
WORLD = SHELF.with_suffix("")

Serve = Callable[..., AbstractContextManager[Any]]


def test_banner_is_true_and_its_curl_lines_answer_with_data(serving: Serve) -> None:
    with serving() as mock:
        assert mock.process.stdout is not None
        lines = [mock.process.stdout.readline().strip() for _ in range(15)]
        commands = [line for line in lines if line.startswith("curl ")]
        answers = [subprocess.run(shlex.split(line), capture_output=True, check=True).stdout for line in commands]
        health = httpx.get(f"{mock.url}/__mock/health").json()
    assert lines[0] == "Serving Backup services 1.0.0: 19 operations, state in memory"
    assert f"base URL  {mock.url}" in lines
    assert len(commands) == 3
    assert all(b"created" in answer for answer in answers)
    assert health["status"] == "ok"


def test_json_banner_is_one_line_with_the_same_facts(serving: Serve) -> None:
    with serving("--json") as mock:
        assert mock.process.stdout is not None
        told = json.loads(mock.process.stdout.readline())
        served = httpx.get(told["contract_url"]).content
    contract = load_contract()
    assert told["url"] == told["api_url"] == mock.url
    assert told["pid"] == mock.pid == mock.process.pid
    assert told["contract"] == {
        "title": contract.title,
        "version": contract.version,
        "digest": contract.digest,
        "operations": len(contract.operations),
    }
    assert [sample["operation"] for sample in told["samples"]] == [
        "listBackupInstances",
        "listServiceInstanceBackups",
        "listInstanceBackups",
    ]
    assert served == packaged.contract_path("full").read_bytes()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_stops_it_in_good_order(serving: Serve, number: signal.Signals, tmp_path: Path) -> None:
    with serving() as mock:
        os.kill(mock.pid, number)
        assert mock.process.wait(timeout=20) == 0
        assert mock.process.stderr is not None
        assert mock.process.stderr.read() == ""
    assert not (tmp_path / "ready.json").exists()


def test_a_contract_of_ones_own_is_served_with_its_world(serving: Serve) -> None:
    with serving(str(SHELF), "--fixtures", str(WORLD)) as mock:
        assert httpx.get(f"{mock.url}/hours").status_code == 200


def test_strict_refuses_an_undeclared_query_parameter(serving: Serve) -> None:
    with serving("--strict") as mock:
        answer = httpx.get(f"{mock.url}/v1/backup_instances?colour=red", headers={"Authorization": "nimbus-token"})
    assert answer.status_code == 422


def test_a_taken_port_is_named_with_the_way_out(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert main(["serve", "--port", str(port)]) == 2
    told = capsys.readouterr().err
    assert f"port {port}" in told
    assert "--port 0" in told


def test_a_remote_address_needs_consent_and_the_refusal_says_why(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--host", "192.0.2.1"]) == 2
    told = capsys.readouterr().err
    assert "--allow-remote" in told
    assert "no secret" in told


def test_a_remote_admin_interface_needs_a_token_and_one_is_suggested(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--host", "192.0.2.1", "--allow-remote"]) == 2
    told = capsys.readouterr().err
    assert re.search(r"--admin-token [\w-]{20,}", told)


def test_an_unknown_mutant_is_told_with_the_known_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["serve", "--mutant", "no-such-thing", "--port", "0"]) == 2
    told = capsys.readouterr().err
    assert "no-such-thing" in told
    assert "page-overlap" in told


def test_a_contract_of_ones_own_starts_with_an_empty_world() -> None:
    fixtures = choose_fixtures(load_contract(SHELF), SHELF, None)
    assert not fixtures.items
    assert len(fixtures.tokens) == 1


def wait_until(holds: Callable[[], bool]) -> None:
    for _ in range(200):
        if holds():
            return
        time.sleep(0.05)
    raise AssertionError("this did not come true within ten seconds")


def test_a_changed_contract_is_served_without_losing_state_or_the_connection(serving: Serve, tmp_path: Path) -> None:
    contract = tmp_path / "shelf.yaml"
    contract.write_bytes(SHELF.read_bytes())
    with serving(str(contract), "--fixtures", str(WORLD)) as mock, httpx.Client(base_url=mock.url) as client:
        client.headers["Authorization"] = "Bearer lib-token"
        made = client.post("/shelves", data={"shelf[name]": "Mine"}).json()["id"]
        contract.write_text(contract.read_text().replace("version: 1.2.0", "version: 1.3.0"))
        wait_until(lambda: client.get("/__mock/health").json()["contract"]["version"] == "1.3.0")
        assert client.get(f"/shelves/{made}").json()["name"] == "Mine"
        contract.write_text("openapi: [")
        assert mock.process.stderr is not None
        told = [mock.process.stderr.readline() for _ in range(2)]
        assert client.get(f"/shelves/{made}").status_code == 200
    assert told[0] == "Reloaded; state kept\n"
    assert "not reloaded" in told[1]
    assert "shelf.yaml" in told[1]


def test_answers_of_ones_own_come_from_a_file(serving: Serve, tmp_path: Path) -> None:
    handlers = tmp_path / "handlers.py"
    handlers.write_text(
        "from mockserver.exchange import Reply\n"
        "from mockserver.extension import Extension\n"
        "mock = Extension()\n"
        '@mock.operation("getHours")\n'
        "def get_hours(context, answer):\n"
        '    return Reply(200, {"opens": "00:00", "closes": "24:00"})\n'
    )
    with serving(str(SHELF), "--fixtures", str(WORLD), "--handlers", str(handlers)) as mock:
        assert httpx.get(f"{mock.url}/hours").json() == {"opens": "00:00", "closes": "24:00"}


def test_every_request_is_one_json_line(serving: Serve) -> None:
    with serving(str(SHELF), "--fixtures", str(WORLD), "--log", "json") as mock:
        httpx.get(f"{mock.url}/hours", headers={"X-Request-Id": "r-1"})
        httpx.get(f"{mock.url}/nowhere")
        assert mock.process.stderr is not None
        lines = [json.loads(mock.process.stderr.readline()) for _ in range(2)]
    first, second = lines
    assert (first["id"], first["operation"], first["status"], first["why"]) == ("r-1", "getHours", 200, "example")
    assert (second["path"], second["operation"], second["status"], second["why"]) == ("/nowhere", None, 404, "refused")


def test_time_can_stand_still(serving: Serve) -> None:
    token = {"Authorization": "Bearer nimbus-token"}
    form = {"backup_instance[backup_definition_id]": "def-workspace", "backup_instance[customer_id]": "cust-100"}
    with serving("--rate", "0") as mock:
        made = [httpx.post(f"{mock.url}/v1/backup_instances", headers=token, data=form).json() for _ in range(2)]
    assert made[0]["created_at"] == made[1]["created_at"] == "2026-01-15T12:00:00Z"
