"""The packaged contract served with the packaged fixtures, over HTTP, as a user has it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from mockproof.cli import main
from mockserver.app import create_app
from mockserver.server import running
from spec.contract import Operation
from spec.contract_reader import load_contract
from spec.fixtures import load_fixtures

CONTRACT = load_contract()
FIXTURES = load_fixtures(CONTRACT)
TOKEN = "nimbus-token"


def make_app() -> Any:
    return create_app(CONTRACT, FIXTURES)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with running(make_app()) as base:
        yield base


def ask(base: str, operation: Operation, **more: Any) -> httpx.Response:
    """Ask for what the contract's own examples name."""
    path = operation.path
    for parameter in operation.document.get("parameters", ()):
        if parameter["in"] == "path":
            path = path.replace("{" + parameter["name"] + "}", parameter["example"])
    scheme = CONTRACT.security_schemes[operation.security[0][0]]
    headers = {scheme.header: f"Bearer {TOKEN}" if scheme.bearer else TOKEN}
    return httpx.request(operation.method.upper(), base + path, headers=headers, **more)


def example_of(operation: Operation) -> Any:
    assert operation.success is not None
    (media_type,) = operation.success.media_types.values()
    return media_type.examples["example"]


@pytest.mark.parametrize("operation", [o for o in CONTRACT.operations if o.method == "get"], ids=lambda o: o.id)
def test_what_the_contract_shows_is_what_the_mock_answers(operation: Operation, url: str) -> None:
    answer, example = ask(url, operation), example_of(operation)
    assert answer.status_code == 200
    if operation.resource and operation.resource.part == "content":
        assert answer.content.startswith(b"From: ")
    elif isinstance(example, list):
        assert example[0] in answer.json()
    elif operation.resource and operation.resource.envelope:
        assert example["backups"][0] in answer.json()["backups"]
    else:
        assert answer.json() == example


@pytest.mark.parametrize("operation", [o for o in CONTRACT.operations if o.method != "get"], ids=lambda o: o.id)
def test_what_the_contract_shows_to_send_is_taken(operation: Operation) -> None:
    with running(make_app()) as fresh:
        examples = [dict(media.examples) for media in operation.body.media_types.values()] if operation.body else [{}]
        answer = ask(fresh, operation, data=examples[0].get("example"))
    assert answer.status_code == 200
    assert set(answer.json()) == set(example_of(operation))


class WithoutStatus:
    """The mock, but a backup that is read on its own has lost its status."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        parts = scope.get("path", "").split("/")
        if len(parts) != 6 or parts[4] != "backups" or parts[5] == "active":
            await self._app(scope, receive, send)
            return

        async def cut(message: Any) -> None:
            # Same length, so that only the meaning changes.
            body = message.get("body")
            await send({**message, "body": body.replace(b'"status"', b'"statut"')} if body else message)

        await self._app(scope, receive, cut)


def test_one_answer_broken_on_purpose_is_one_broken_requirement(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with running(WithoutStatus(make_app())) as broken:
        code = main(
            [
                "verify", broken, "--profile", "full", "--seed", "1", "--max-examples", "10", "--json",
                "--report-dir", str(tmp_path), "--auth", TOKEN, "--disposable",
            ]
        )  # fmt: skip
    report = json.loads(capsys.readouterr().out)
    assert code == 1
    failed = [entry["id"] for entry in report["requirements"] if entry["verdict"] == "fail"]
    # An item that lacks what the list tells of it is the same mistake, seen from the other side.
    assert set(failed) - {"listBackups/list-agrees"} == {"getBackup/schema"}
