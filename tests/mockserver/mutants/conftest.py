"""Conversations with a mock, in process: the same words to a clean workspace and to one that misbehaves.

A corpus is a file of conversations: {about: …, headers: {…}, steps: […]}. A step asks something, or lets time pass:

    GET /things/1
    {ask: PUT /things/1, headers: {}, json: {} | form: {} | text: …, type: …, keep: {name: /pointer or Header}}
    {advance: 60}

`keep` remembers a value of the answer, and `<name>` in a later step means it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from mockserver.app import create_app
from mockserver.exchange import Refusal
from mockserver.mutant import Mutant
from mockserver.state.clock import Clock
from spec.contract import Contract, MediaType, Operation
from spec.contract_reader import load_contract
from spec.fixtures import load_fixtures
from spec.loading import load_document
from spec.schema import Direction, compile_schema

HERE = Path(__file__).parent
CONTRACTS = HERE.parent.parent / "contracts"

TRANSPORT = (206, 304, 405, 412, 416)
"""Status codes that HTTP itself has for every operation, whether a contract speaks of them or not."""

Heard = tuple[int, tuple[tuple[bytes, bytes], ...], bytes]
"""Status code, header fields and body of one answer."""


@dataclass
class Stage:
    """One contract's mock, and the conversations that are held with it."""

    contract: Contract
    app: Any
    conversations: tuple[tuple[Mapping[str, Any], ...], ...]
    heard: dict[tuple[str, int], list[Heard]] = field(default_factory=dict)
    count: int = 0

    def shows(self, mutant: Mutant) -> frozenset[str]:
        return frozenset(one.id for one in self.contract.operations if mutant.applies(self.contract, one))

    def hold(self, number: int, mutant: Mutant | None = None) -> list[Heard]:
        """The answers of one conversation, held once with each mutant, and once without any."""
        name = (mutant.id if mutant else "", number)
        if name not in self.heard:
            self.heard[name] = self.hold_again(number, mutant)
        return self.heard[name]

    def hold_again(self, number: int, mutant: Mutant | None = None) -> list[Heard]:
        """The answers of one conversation, in a workspace of its own."""
        self.count += 1
        name = f"w{self.count}"
        workspace = self.app.mock.registry.open(name)
        workspace.mutants = frozenset({mutant.id} if mutant else ())
        heard = asyncio.run(self._converse(self.conversations[number], name, workspace))
        self.app.mock.registry.drop(name)
        return heard

    def differs(self, mutant: Mutant) -> bool:
        """Whether any conversation goes otherwise with the mutant than without it."""
        return any(self.hold(number, mutant) != self.hold(number) for number in range(len(self.conversations)))

    def operations_of(self, number: int) -> list[str | None]:
        """The operations that a conversation asks, in order; None for what is none."""
        asked = (step["ask"] for step in self.conversations[number] if "ask" in step)
        return [self._operation_of(*ask.split(" ", 1)) for ask in asked]

    def broken_by(self, mutant: Mutant) -> set[str]:
        """The kinds of requirements that answers break, which the clean answers do not."""
        broken: set[str] = set()
        for number in range(len(self.conversations)):
            heard = zip(self.operations_of(number), self.hold(number), self.hold(number, mutant), strict=True)
            for operation_id, clean, spoilt in heard:
                if operation_id is not None:
                    broken |= self.breaches(operation_id, spoilt) - self.breaches(operation_id, clean)
                    broken |= set(turns(clean[0], spoilt[0]))
        return broken

    def breaches(self, operation_id: str, heard: Heard) -> set[str]:
        """The kinds of requirements that one answer breaks by itself."""
        return set(breaches(self.contract, self.contract.operation(operation_id), heard))

    def _operation_of(self, method: str, url: str) -> str | None:
        try:
            return str(self.app.mock.engine.routes.match(method, url.partition("?")[0]).operation.id)
        except Refusal:
            return None

    async def _converse(self, steps: tuple[Mapping[str, Any], ...], name: str, workspace: Any) -> list[Heard]:
        heard, kept = [], dict[str, str]()
        for step in steps:
            if "advance" in step:
                workspace.clock.advance(step["advance"])
                continue
            answer = await self._ask(step, name, kept)
            kept |= {key: _found(answer, place) for key, place in step.get("keep", {}).items()}
            heard.append(answer)
        return heard

    async def _ask(self, step: Mapping[str, Any], name: str, kept: Mapping[str, str]) -> Heard:
        method, url = _filled(step["ask"], kept).split(" ", 1)
        body, media_type = _body(step, kept)
        fields = {"host": "mock.example", "x-request-id": "r", "x-mock-workspace": name}
        fields |= {"content-type": media_type} if media_type else {}
        fields |= {"content-length": str(len(body))} if body else {}
        fields |= {key.lower(): _filled(value, kept) for key, value in step.get("headers", {}).items()}
        return await _exchange(self.app, method, url, fields, body)


def breaches(contract: Contract, operation: Operation, heard: Heard) -> Iterator[str]:
    """What an answer breaks by itself, held against the contract alone."""
    status, fields, body = heard
    headers = {name.decode(): value.decode() for name, value in fields}
    if status >= 500:
        yield "no-server-error"
    if status in TRANSPORT and str(status) not in operation.responses:
        return
    response = operation.response_for(status)
    if response is None:
        yield "status"
        return
    for name, raw in response.headers.items():
        if not _fits_header(contract, raw, headers.get(name.lower())):
            yield "headers"
    media_type = headers.get("content-type", "").partition(";")[0]
    if body and not {media_type, "*/*"} & set(response.media_types):
        yield "media-type"
    for media in response.media_types.values():
        if media.name.endswith("json") and media.schema and status != 304 and "content-length" in headers:
            yield from _schema_breaches(contract, media, headers, body)


def _schema_breaches(contract: Contract, media: MediaType, headers: Mapping[str, str], body: bytes) -> Iterator[str]:
    # HEAD tells the length of a body that it does not send.
    if not body and headers["content-length"] != "0":
        return
    try:
        value = json.loads(body.decode("utf-8"))
    except ValueError:
        yield "schema"
        return
    if not compile_schema(media.schema or {}, contract.document, Direction.RESPONSE).is_valid(value):
        yield "schema"


def _fits_header(contract: Contract, raw: Mapping[str, Any], text: str | None) -> bool:
    if text is None:
        return not raw.get("required")
    is_number = raw["schema"].get("type") == "integer"
    value: Any = int(text) if is_number and text.isdigit() else text
    return compile_schema(raw["schema"], contract.document).is_valid(value)


def turns(clean: int, spoilt: int) -> Iterator[str]:
    """What it means that an answer is of another class than the clean one."""
    if clean == 401 and spoilt != 401:
        yield "authentication"
    elif clean < 300 <= spoilt:
        yield from ("success", "parameters", "body")
    elif spoilt < 300 <= clean:
        yield from ("parameters", "body")


async def _exchange(app: Any, method: str, url: str, fields: Mapping[str, str], body: bytes) -> Heard:
    path, _, query = url.partition("?")
    sent: list[dict[str, Any]] = []
    scope = {
        "type": "http",
        "http_version": "1.1",
        "scheme": "http",
        "method": method,
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in fields.items()],
        "server": ("127.0.0.1", 80),
    }

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    await app(scope, receive, send)
    content = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], tuple(sent[0]["headers"]), content


def _body(step: Mapping[str, Any], kept: Mapping[str, str]) -> tuple[bytes, str | None]:
    if "json" in step:
        return _filled(json.dumps(step["json"]), kept).encode(), step.get("type", "application/json")
    if "form" in step:
        return urlencode(step["form"]).encode(), step.get("type", "application/x-www-form-urlencoded")
    return step.get("text", "").encode(), step.get("type")


def _filled(text: str, kept: Mapping[str, str]) -> str:
    for name, value in kept.items():
        text = text.replace(f"<{name}>", value)
    return text


def _found(answer: Heard, place: str) -> str:
    _, headers, body = answer
    if not place.startswith("/"):
        return next((value.decode() for name, value in headers if name.decode() == place.lower()), "none")
    try:
        value = json.loads(body)
        for part in place[1:].split("/"):
            value = value[int(part)] if isinstance(value, list) else value[part]
    except (ValueError, KeyError, IndexError, TypeError):
        return "none"
    return str(value)


def _steps(talk: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """The steps of a conversation, with its header fields added to each."""
    for step in talk["steps"]:
        said = {"ask": step} if isinstance(step, str) else step
        yield {**said, "headers": {**talk.get("headers", {}), **said.get("headers", {})}}


def _contract(name: str) -> Contract:
    return load_contract() if name == "packaged" else load_contract(CONTRACTS / f"{name}.yaml")


@pytest.fixture(scope="session")
def stage() -> Callable[[str], Stage]:
    """Opens the stage of a contract, once."""
    opened: dict[str, Stage] = {}

    def open_stage(name: str) -> Stage:
        if name not in opened:
            contract = _contract(name)
            fixtures = load_fixtures(contract, None if name == "packaged" else CONTRACTS / name)
            app = create_app(contract, fixtures, clock=Clock(fixtures.now, 0.0))
            corpus = load_document(HERE / "corpus" / f"{name}.yaml").value
            opened[name] = Stage(contract, app, tuple(tuple(_steps(talk)) for talk in corpus))
        return opened[name]

    return open_stage
