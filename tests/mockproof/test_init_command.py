"""`mockproof init`: a declaration that can be used as it is, and an overlay that makes the target's bodies fit."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from conformance.declaring.accommodation import accommodate, read_accommodations
from conformance.declaring.declaration import read_declaration
from mockproof.cli import main
from mockserver.app import create_app
from mockserver.server import running
from spec.contract import Contract
from spec.contract_reader import load_contract
from spec.fixtures import load_fixtures

VAULT = Path(__file__).resolve().parents[1] / "contracts" / "vault.yaml"


@pytest.fixture(autouse=True)
def _own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def serve() -> Iterator[Callable[[Any], str]]:
    with ExitStack() as stack:
        yield lambda app: stack.enter_context(running(app))


@pytest.fixture(scope="module")
def vault() -> Contract:
    return load_contract(VAULT)


@pytest.mark.parametrize("arguments", [(), ("--contract", str(VAULT))], ids=["packaged", "given"])
def test_written_declaration_can_be_read(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    assert main(["init", *arguments]) == 0
    text = (tmp_path / "mockproof.toml").read_text()
    variables = {line.partition("env:")[2].rstrip('"') for line in text.splitlines() if "env:" in line}
    found = read_declaration(tmp_path / "mockproof.toml", dict.fromkeys(variables, "x"))
    assert found.target.url == "https://api.example.test"
    assert found.capabilities is None


def test_every_comment_line_that_holds_toml_is_right_once_it_is_uncommented(tmp_path: Path) -> None:
    main(["init", "--contract", str(VAULT)])
    lines = (tmp_path / "mockproof.toml").read_text().splitlines()
    members = ("# [", "# tenant", "# rate", "# settle", "# job_deadline", "# max_time")
    bare = [line.removeprefix("# ") for line in lines if line.startswith(members)]
    assert tomllib.loads("\n".join(bare))["job_deadline"] == 60


def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "mockproof.toml").write_text("mine")
    assert main(["init"]) == 2
    assert "there already" in capsys.readouterr().err
    assert (tmp_path / "mockproof.toml").read_text() == "mine"


class Otherwise:
    """The mock, but vaults are wrapped, their ids are texts and their times have no zone."""

    def __init__(self, app: Any) -> None:
        self._app = app

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        start: dict[str, Any] = {}
        body = b""

        async def changed(message: Any) -> None:
            nonlocal start, body
            if message["type"] == "http.response.start":
                start = message
            elif message["type"] == "http.response.body":
                body += message.get("body", b"")
                if not message.get("more_body"):
                    whole = self._reworded(scope["path"], start, body)
                    fields = [pair for pair in start["headers"] if pair[0].lower() != b"content-length"]
                    length = (b"content-length", str(len(whole)).encode())
                    await send({**start, "headers": [*fields, length]})
                    await send({"type": "http.response.body", "body": whole})
            else:
                await send(message)

        await self._app(scope, receive, changed)

    def _reworded(self, path: str, start: Any, body: bytes) -> bytes:
        if start["status"] != 200 or not path.startswith("/v1/vaults") or path.count("/") > 3:
            return body
        value = json.loads(body)
        items = value if isinstance(value, list) else [value]
        for item in items:
            item["id"] = f"v-{item['id']}"
            item["created_at"] = item["created_at"].rstrip("Z")
        return json.dumps({"vaults": items} if isinstance(value, list) else items[0]).encode()


def test_look_at_a_target_that_fits_proposes_no_overlay(vault: Contract, serve: Any, tmp_path: Path) -> None:
    url = serve(create_app(vault, load_fixtures(vault, VAULT.with_suffix(""))))
    assert main(["init", "--contract", str(VAULT), "--observe", url, "--auth", "north-token"]) == 0
    text = (tmp_path / "mockproof.toml").read_text()
    assert url in text
    assert 'vault = ["1", "3"]' in text
    assert not (tmp_path / "mockproof-overlay.yaml").exists()


def test_look_at_another_shape_proposes_an_overlay_that_fits_it(vault: Contract, serve: Any, tmp_path: Path) -> None:
    url = serve(Otherwise(create_app(vault, load_fixtures(vault, VAULT.with_suffix("")))))
    assert main(["init", "--contract", str(VAULT), "--observe", url, "--auth", "north-token"]) == 0
    (fitting,) = accommodate((vault,), read_accommodations(tmp_path / "mockproof-overlay.yaml"))
    properties = fitting.schema_at("#/components/schemas/Vault")["properties"]
    assert (properties["id"]["type"], properties["created_at"]["format"]) == ("string", "date-time-without-zone")
    use = fitting.operation("listVaults").resource
    assert use is not None
    assert use.envelope == "vaults"


def test_look_at_the_wrong_place_says_so_and_writes_nothing(
    vault: Contract, serve: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    url = serve(create_app(vault, load_fixtures(vault, VAULT.with_suffix(""))))
    code = main(["init", "--contract", str(VAULT), "--observe", f"{url}/nowhere", "--auth", "north-token"])
    assert code == 2
    assert "base path" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
