from __future__ import annotations

import asyncio
import json
from collections.abc import MutableMapping
from pathlib import Path
from typing import Any

import pytest

from bench.bare import BareApp, read_answers, write_answers
from bench.contestant import MOCK, line_up
from bench.errors import BenchError
from bench.exchange import Answer
from bench.likeness import write_contract, write_environment
from bench.peer import FOLDER, PEERS, peer_command, peer_versions
from bench.process import free_port, running_server
from bench.scenario import SCENARIOS

JSON = (("content-type", "application/json"),)
ANSWERS = {
    SCENARIOS[0]: Answer(200, (*JSON, ("x-total-count", "2")), b'[{"id":1},{"id":2}]'),
    SCENARIOS[1]: Answer(200, JSON, b'{"id":1}'),
    SCENARIOS[2]: Answer(200, JSON, b'{"id":3}'),
    SCENARIOS[3]: Answer(422, JSON, b'{"error":"invalid"}'),
}


def test_the_lock_pins_the_versions_and_names_no_registry() -> None:
    text = (FOLDER / "package-lock.json").read_text(encoding="utf-8")
    packages = json.loads(text)["packages"]
    assert {name: packages[f"node_modules/{name}"]["version"] for name in peer_versions()} == peer_versions()
    assert "resolved" not in text


@pytest.mark.parametrize("name", PEERS)
def test_every_peer_is_told_its_contract_and_its_port(name: str) -> None:
    command = peer_command(name, Path("contract.json"), 4999)
    assert {"contract.json", "4999"} <= set(command)


def test_an_unknown_peer_is_refused_with_the_known_ones() -> None:
    with pytest.raises(BenchError, match="expected one of prism, "):
        peer_command("prsm", Path("contract.json"), 4999)


def test_a_server_that_ends_at_once_is_told_with_its_last_words() -> None:
    command = ["python3", "-c", "print('no such luck'); raise SystemExit(3)"]
    with (
        pytest.raises(BenchError, match=r"(?s)ended with code 3 .*no such luck"),
        running_server("odd", command, free_port()),
    ):
        pass


def test_the_contract_for_prism_holds_the_page_of_the_mock(tmp_path: Path) -> None:
    write_contract(tmp_path / "contract.json", {scenario.name: answer for scenario, answer in ANSWERS.items()})
    listing = json.loads((tmp_path / "contract.json").read_text())["paths"]["/v1/backup_instances"]["get"]
    assert listing["responses"]["200"]["content"]["application/json"]["example"] == [{"id": 1}, {"id": 2}]
    assert listing["responses"]["200"]["headers"]["X-Total-Count"]["schema"]["example"] == 2


def test_mockoon_gets_the_bytes_of_the_valid_answers_and_nothing_to_compute(tmp_path: Path) -> None:
    write_environment(tmp_path / "mockoon.json", ANSWERS)
    routes = json.loads((tmp_path / "mockoon.json").read_text())["routes"]
    assert [(route["method"], route["endpoint"]) for route in routes] == [
        ("get", "v1/backup_instances"),
        ("get", "v1/backup_instances/1"),
        ("post", "v1/backup_instances"),
    ]
    assert [route["responses"][0]["body"].encode() for route in routes] == [a.body for a in list(ANSWERS.values())[:3]]
    assert all(route["responses"][0]["disableTemplating"] for route in routes)


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_bare_asgi_sends_the_same_bytes(tmp_path: Path, scenario: Any) -> None:
    write_answers(tmp_path / "answers.json", ANSWERS)
    start, end = _call(BareApp(read_answers(tmp_path / "answers.json")), scenario.method, scenario.path, scenario.body)
    wanted = ANSWERS[scenario]
    assert (start["status"], end["body"]) == (wanted.status, wanted.body)
    assert dict(start["headers"])[b"content-length"] == str(len(wanted.body)).encode()


def test_bare_asgi_knows_nothing_else(tmp_path: Path) -> None:
    write_answers(tmp_path / "answers.json", ANSWERS)
    start, _ = _call(BareApp(read_answers(tmp_path / "answers.json")), "POST", "/v1/backup_instances", b"a=b")
    assert start["status"] == 404


def test_the_mock_stands_first_and_nobody_shares_a_port(tmp_path: Path) -> None:
    contestants = line_up(tmp_path, ANSWERS)
    assert contestants[0].name == MOCK
    assert len({contestant.port for contestant in contestants}) == len(contestants)
    assert [contestant.name for contestant in contestants if contestant.resets] == [MOCK]


def _call(app: BareApp, method: str, path: str, body: bytes) -> list[MutableMapping[str, Any]]:
    sent: list[MutableMapping[str, Any]] = []
    # In two pieces, as a server may hand over a body.
    waiting = [body[:3], body[3:]]

    async def receive() -> MutableMapping[str, Any]:
        piece = waiting.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(waiting)}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    asyncio.run(app({"type": "http", "method": method, "raw_path": path.encode()}, receive, send))
    return sent
