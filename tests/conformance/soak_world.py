"""The worlds that runs are cut off in: a contract, its mock, and how the kit is told of both."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from conformance.manners.trace import read_trace
from mockserver.app import create_app
from mockserver.state.clock import Clock
from spec.contract import Contract, Role
from spec.contract_reader import load_contract
from spec.fixtures import load_fixtures
from spec.packaged import contract_path

VAULT = Path(__file__).resolve().parents[1] / "contracts" / "vault.yaml"
EXPORT = "00000e01-0000-4000-8000-000000000e01"
MOCKPROOF = (sys.executable, "-m", "mockproof")


@dataclass(frozen=True)
class World:
    """A contract with its mock.

    tokens: of the owner, and of somebody who sees less. ids: a table of the declaration. rate: of the mock's clock.
    """

    name: str
    contract: Contract
    tokens: tuple[str, str]
    options: tuple[str, ...]
    fixtures: Path | None = None
    ids: str = ""
    rate: float = 1.0

    def mock(self) -> Any:
        """A fresh target."""
        served = self.contract if self.fixtures is not None else load_contract()
        fixtures = load_fixtures(served, self.fixtures) if self.fixtures is not None else load_fixtures(served)
        return create_app(served, fixtures, clock=Clock(fixtures.now, self.rate))

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "SOAK_TOKEN": self.tokens[0], "SOAK_SECOND": self.tokens[1]}

    def command(self, url: str, folder: Path, seed: int, examples: int) -> list[str]:
        """The run, whose declaration is written beside its folder."""
        declaration = folder.with_suffix(".toml")
        schemes = [f'{name} = "env:' for name in self.contract.security_schemes]
        owner, second = ("\n".join(f'{one}{name}"' for one in schemes) for name in ("SOAK_TOKEN", "SOAK_SECOND"))
        declaration.write_text(
            f'[target]\nurl = "{url}"\n[identities.owner]\n{owner}\n[identities.second]\n{second}\n{self.ids}'
        )
        given = ["--declaration", str(declaration), "--seed", str(seed), "--max-examples", str(examples)]
        return [*MOCKPROOF, "verify", *given, *self.options, "--report-dir", str(folder)]

    def left_behind(self, folder: Path) -> list[str]:
        """What the run created, and neither deleted nor had to leave because the contract cannot delete it."""
        if not (folder / "created.ndjson").exists():
            return []
        trace = read_trace(folder / "created.ndjson", "")
        deletes = {name for name in self.contract.resources if self.contract.uses_of(name, Role.DELETE)}
        left = [f"{one.resource} {one.chain}" for one in trace.remaining() if one.resource in deletes]
        return left + [f"perhaps a {one.resource}" for one in trace.open_intentions() if one.resource in deletes]


def worlds(name: str, profile: str) -> Iterator[World]:
    """The worlds that the arguments name."""
    if name in ("vault", "all"):
        ids, options = f'[ids]\nexport = ["{EXPORT}"]\n', ("--contract", str(VAULT))
        tokens, fixtures = ("north-token", "south-token"), VAULT.with_suffix("")
        yield World("vault", load_contract(VAULT), tokens, options, fixtures, ids, rate=1000.0)
    for form in ("documented", "full") if name in ("packaged", "all") else ():
        if profile in (form, "all"):
            contract = load_contract(contract_path(form))
            options = ("--profile", form, "--disposable")
            yield World(form, contract, ("nimbus-token", "harbor-token"), options)
