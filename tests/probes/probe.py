"""A probe: a short conversation with a mock server, and whether it went as it would with a good one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import httpx

from spec.contract import Contract
from spec.contract_reader import load_contract
from spec.fixtures import Fixtures, load_fixtures
from spec.schema import compile_schema
from tests.probes.talk import Talk

HOME = Path(__file__).parent
CONTRACT_FILE = HOME / "probe.yaml"


@dataclass(frozen=True, slots=True)
class Finding:
    """How a probe ended: `seen` is a few words on what the server did."""

    passed: bool
    seen: str


@dataclass(frozen=True, slots=True)
class Probe:
    """One thing that a good mock does.

    row: number of the feature in docs/comparison.md. claim: what is asked and what a good mock does.
    converse: holds the conversation; judges by status, header fields and body alone.
    """

    id: str
    row: int
    claim: str
    converse: Callable[[Talk], Finding]

    def run(self, talk: Talk) -> Finding:
        """Hold the conversation; an answer that cannot be read, or none at all, is a finding, too."""
        try:
            return self.converse(talk)
        except httpx.HTTPError as error:
            return Finding(passed=False, seen=f"no answer: {type(error).__name__}")
        except (ValueError, LookupError, TypeError, AttributeError) as error:
            return Finding(passed=False, seen=f"an answer of another shape ({type(error).__name__})")


NO_WAY = Finding(passed=False, seen="offers no way")


@cache
def probe_contract() -> Contract:
    """The contract of the probes."""
    return load_contract(CONTRACT_FILE)


@cache
def probe_world() -> Fixtures:
    """What our mock starts with: 45 berths, two tokens."""
    return load_fixtures(probe_contract(), HOME / "world")


def fits(value: Any, schema: str) -> bool:
    """Whether a value fits a schema of the contract, formats included."""
    return bool(_validator(schema).is_valid(value))


@cache
def _validator(schema: str) -> Any:
    contract = probe_contract()
    return compile_schema(contract.schema_at(f"#/components/schemas/{schema}"), contract.document)
