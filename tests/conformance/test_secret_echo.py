"""A target that writes the credential back in every spelling: no byte that a run leaves behind holds it."""

from __future__ import annotations

import base64
import html
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest

from mockserver.app import create_app
from mockserver.server import running
from spec.contract_reader import load_contract
from spec.fixtures import load_fixtures

VAULT = Path(__file__).parents[1] / "contracts" / "vault.yaml"
TOKEN = "canary/+ 5b0c77e1"
SPELLINGS: Mapping[str, Callable[[str], str]] = {
    "plain": str,
    "percent": lambda value: quote(value, safe=""),
    "percent in lower case": lambda value: quote(value, safe="").replace("%2F", "%2f"),
    "every byte": lambda value: "".join(f"%{byte:02X}" for byte in value.encode()),
    "JSON": lambda value: json.dumps(value)[1:-1].replace("/", "\\/"),
    "HTML": lambda value: html.escape("".join(f"&#{ord(one)};" for one in value)),
    "base64": lambda value: base64.b64encode(f"user:{value}".encode()).decode(),
    "base64 for URLs": lambda value: base64.urlsafe_b64encode(f"id:{value}".encode()).decode().rstrip("="),
    "hexadecimal": lambda value: value.encode().hex(),
}
PIECES = ("canary", "5b0c77e1", "63616e617279", "%63%61%6E", "&#99;&#97;", "Y2FuYXJ5", "jYW5hcn", "NhbmFye")
"""What would be left of the token in some spelling."""


class Echo:
    """The mock with one more field in its answers and a Location, which hold the token in every spelling."""

    def __init__(self, app: Any) -> None:
        self._app = app
        self._told = " | ".join(spell(TOKEN) for spell in SPELLINGS.values())

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        own = [pair for pair in scope["headers"] if pair[0] != b"authorization"]
        known = any(TOKEN.encode() in value for name, value in scope["headers"] if name == b"authorization")
        headers = [*own, (b"authorization", b"Bearer north-token")] if known else scope["headers"]
        head: dict[str, Any] = {}
        body = b""

        async def keep(message: Any) -> None:
            nonlocal head, body
            if message["type"] == "http.response.start":
                head = dict(message)
            else:
                body += message.get("body", b"")
                if not message.get("more_body"):
                    await self._answer(send, head, body)

        await self._app({**scope, "headers": headers}, receive, keep)

    async def _answer(self, send: Any, head: dict[str, Any], body: bytes) -> None:
        if body.startswith(b'{"') and scope_is_json(head):
            body = b'{"echo": ' + json.dumps(self._told).encode() + b", " + body[1:]
        kept = [pair for pair in head["headers"] if pair[0] not in (b"content-length", b"location", b"etag")]
        location = f"/v1/vaults/1?token={quote(TOKEN, safe='')}".encode()
        added = [
            (b"content-length", str(len(body)).encode()),
            (b"location", location),
            (b"x-echo", self._told.encode()),
        ]
        await send({**head, "headers": [*kept, *added]})
        await send({"type": "http.response.body", "body": body})


def scope_is_json(head: Mapping[str, Any]) -> bool:
    return any(name == b"content-type" and b"json" in value for name, value in head["headers"])


@pytest.fixture(scope="module")
def target() -> Iterator[str]:
    contract = load_contract(VAULT)
    with running(Echo(create_app(contract, load_fixtures(contract, VAULT.with_suffix(""))))) as url:
        yield url


def test_no_byte_that_a_run_leaves_behind_holds_the_credential_in_any_spelling(target: str, tmp_path: Path) -> None:
    arguments = [target, "--contract", str(VAULT), "--auth", "env:CANARY", "--disposable", "--report-dir", "out"]
    chosen = ["--only", "getVault", "--only", "createVault", "--only", "listVaults", "--max-examples", "3"]
    command = [sys.executable, "-m", "mockproof", "verify", *arguments, *chosen]
    environment = {**os.environ, "CANARY": TOKEN}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, check=False, timeout=120)
    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    written = {str(path.relative_to(tmp_path)): path.read_bytes().decode("utf-8", "replace") for path in files}
    written |= {"stdout": done.stdout.decode(), "stderr": done.stderr.decode()}
    assert done.returncode == 1, done.stderr
    assert {"out/ledger.ndjson", "out/report.har", "out/report.html", "out/created.ndjson"} < set(written)
    assert any(name.startswith("out/reproducers/") for name in written)
    assert [(name, piece) for name, text in written.items() for piece in PIECES if piece in text] == []
    assert "$CANARY" in written["out/ledger.ndjson"]
