"""What tests of the admin interface share: a mock in memory, and a way to ask its admin interface."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from mockserver.admin.desk import Admin, make_admin
from mockserver.admin.gate import AdminGate
from mockserver.engine import Engine
from mockserver.exchange import Address, Answer, Reply
from mockserver.gallery import Gallery
from mockserver.journal.coverage import Coverage
from mockserver.mutant import Mutant
from mockserver.passage import Passage
from mockserver.rendering import Renderer
from mockserver.routing import Routes
from mockserver.state.carrying import Misfit
from mockserver.state.clock import Clock
from mockserver.state.registry import Registry
from mockserver.state.workspace import Workspace, World
from spec.contract import Contract
from spec.errors import MockproofError
from spec.fixtures import Fixtures


@dataclass
class Stand:
    """A mock that serves nothing but its admin interface."""

    engine: Engine
    registry: Registry
    fixtures: Fixtures
    coverage: Coverage
    lost: tuple[Misfit, ...] = ()
    broken: str = ""

    def reload(self) -> tuple[Misfit, ...]:
        if self.broken:
            raise MockproofError(self.broken, file="contract.yaml", hint="mend it")
        return self.lost


@dataclass(frozen=True)
class Told:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


Ask = Callable[..., Told]


def silent(_passage: Passage) -> Answer:
    raise AssertionError("only the admin interface is asked")


@pytest.fixture
def stand(shelf: Contract, library: Fixtures) -> Stand:
    world = World(shelf, library)
    mutant = Mutant(
        "mute", "Answers nothing.", "any", lambda _, one: one.method == "get", answer=lambda _, __: Reply(204)
    )
    engine = Engine(
        world,
        library,
        routes=Routes(shelf),
        renderer=Renderer(shelf),
        perform=silent,
        sheets={},
        gallery=Gallery(shelf, [mutant]),
    )
    registry = Registry(lambda name: Workspace(world, Clock(library.now, 0.0), name=name))
    return Stand(engine, registry, library, Coverage(shelf))


@pytest.fixture
def tell(stand: Stand) -> Ask:
    """Asks the admin interface: `tell("PUT", "/clock", {"mode": "frozen"})`."""
    return asker(make_admin(stand))


@pytest.fixture
def tell_at(stand: Stand) -> Callable[..., Ask]:
    """Asks an admin interface behind a gate: `tell_at("0.0.0.0", "secret")("GET", "/clock")`."""
    return lambda host, token=None: asker(make_admin(stand, AdminGate(host, token)))


def asker(admin: Admin) -> Ask:
    def ask(
        method: str,
        url: str,
        body: Any = None,
        *,
        headers: dict[str, str] | None = None,
        media_type: str | None = None,
        workspace: str | None = None,
    ) -> Told:
        path, _, query = url.partition("?")
        raw = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        fields = {"host": "127.0.0.1:4010", **(headers or {})}
        if raw or media_type:
            media_type = media_type or "application/json"
            fields["content-type"] = media_type
        passage = Passage(
            method, f"/__mock{path}", query.encode(), fields, Address("", path), "id", raw, media_type=media_type
        )
        answer = admin.answer(passage, workspace)
        return Told(answer.status, {name.lower(): value for name, value in answer.headers}, answer.body)

    return ask
