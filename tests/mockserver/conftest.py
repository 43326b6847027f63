"""What tests of the mock share: the library contract, its world, and an in-process client."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from spec.contract import Contract
from spec.contract_reader import load_contract
from spec.fixtures import Fixtures, load_fixtures

CONTRACTS = Path(__file__).parent.parent / "contracts"


@dataclass(frozen=True, slots=True)
class Answer:
    """What an ASGI application sent back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Ask = Callable[..., Answer]


@pytest.fixture(scope="session")
def shelf() -> Contract:
    return load_contract(CONTRACTS / "shelf.yaml")


@pytest.fixture(scope="session")
def library(shelf: Contract) -> Fixtures:
    return load_fixtures(shelf, CONTRACTS / "shelf")


@pytest.fixture(scope="session")
def ask() -> Ask:
    """Sends one request to an ASGI application: `ask(app, "GET", "/shelves?page=2", headers={…}, body=b"…")`."""

    def send_one(
        app: Any,
        method: str,
        url: str,
        *,
        headers: dict[str, str] | list[tuple[str, str]] | None = None,
        body: bytes | list[bytes] = b"",
    ) -> Answer:
        return asyncio.run(_exchange(app, method, url, headers or {}, body if isinstance(body, list) else [body]))

    return send_one


async def _exchange(app: Any, method: str, url: str, headers: Any, chunks: list[bytes]) -> Answer:
    path, _, query = url.partition("?")
    fields = list(headers.items() if isinstance(headers, dict) else headers)
    if not any(name.lower() == "host" for name, _ in fields):
        fields.append(("host", "mock.example"))
    if any(chunks) and len(chunks) == 1 and not any(name.lower() == "content-length" for name, _ in fields):
        fields.append(("content-length", str(len(chunks[0]))))
    if len(chunks) > 1 and not any(name.lower() in ("content-length", "transfer-encoding") for name, _ in fields):
        fields.append(("transfer-encoding", "chunked"))
    scope = {
        "type": "http",
        "http_version": "1.1",
        "scheme": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode("utf-8"),
        "query_string": query.encode("utf-8"),
        "headers": [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in fields],
        "server": ("127.0.0.1", 80),
    }
    waiting, sent = list(chunks), []

    async def receive() -> dict[str, Any]:
        if not waiting:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting)}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    start = sent[0]
    content = b"".join(message.get("body", b"") for message in sent[1:])
    return Answer(
        start["status"], {name.decode("latin-1"): value.decode("latin-1") for name, value in start["headers"]}, content
    )
