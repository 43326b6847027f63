"""What tests of the mock's state share: worlds at a standing clock, and handlers asked without any HTTP."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from mockserver.exchange import Address, Context, Identity, Reply
from mockserver.resource.handlers import Handlers
from mockserver.state.clock import Clock
from mockserver.state.workspace import Workspace, World
from spec.contract import Contract
from spec.contract_reader import load_contract
from spec.fixtures import Fixtures, load_fixtures

CONTRACTS = Path(__file__).parent.parent.parent / "contracts"


class Desk:
    """One workspace of one contract, and someone who asks it: the first token unless told otherwise."""

    def __init__(self, contract: Contract, fixtures: Fixtures, *, identity: str | Identity | None = None) -> None:
        self.contract = contract
        self.fixtures = fixtures
        self.clock = Clock(fixtures.now, rate=0)
        self.world = World(contract, fixtures)
        self.workspace = Workspace(self.world, self.clock)
        self.handlers = Handlers(contract)
        self.identity = identity

    def open(self, clock: Clock | None = None) -> Workspace:
        """Another workspace over the same world."""
        return Workspace(self.world, clock or self.clock)

    def ask(
        self,
        operation_id: str,
        *path: Any,
        query: dict[str, Any] | None = None,
        body: Any = None,
        identity: str | Identity | None = None,
        workspace: Workspace | None = None,
        fields: dict[str, str] | None = None,
    ) -> Reply:
        operation = self.contract.operation(operation_id)
        names = [name for name, _ in operation.resource.path] if operation.resource else []
        home = workspace or self.workspace
        return self.handlers.answer(
            Context(
                operation=operation,
                path=dict(zip(names, path, strict=False)),
                query=query or {},
                headers={},
                body=body,
                identity=self._identity(identity or self.identity),
                address=Address("http://mock.example", "/asked", tuple((k, str(v)) for k, v in (query or {}).items())),
                workspace=home,
                now=home.clock.now(),
                fields=fields or {},
            )
        )

    def _identity(self, name: str | Identity | None) -> Identity | None:
        if name is None or isinstance(name, Identity):
            return name
        token = next(token for token in self.fixtures.tokens.values() if token.name == name)
        return Identity(token.name, token.sees)


MakeDesk = Callable[..., Desk]


@pytest.fixture(scope="session")
def press() -> Contract:
    return load_contract(CONTRACTS / "press.yaml")


@pytest.fixture(scope="session")
def print_shop(press: Contract) -> Fixtures:
    return load_fixtures(press, CONTRACTS / "press")


@pytest.fixture
def desk(press: Contract, print_shop: Fixtures) -> Desk:
    """The print shop, asked by nobody in particular."""
    return Desk(press, print_shop)


@pytest.fixture
def counter(shelf: Contract, library: Fixtures) -> Desk:
    """The library, asked by nobody in particular."""
    return Desk(shelf, library)


@pytest.fixture(scope="session")
def vault() -> Contract:
    return load_contract(CONTRACTS / "vault.yaml")


@pytest.fixture(scope="session")
def archive(vault: Contract) -> Fixtures:
    return load_fixtures(vault, CONTRACTS / "vault")


@pytest.fixture
def keep(vault: Contract, archive: Fixtures) -> Desk:
    """The vaults, asked by the tenant of the first one."""
    return Desk(vault, archive, identity="North")


@pytest.fixture(scope="session")
def make_desk() -> MakeDesk:
    """Opens a desk for any contract and world."""
    return Desk
