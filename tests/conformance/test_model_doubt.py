"""A write that failed, or was never answered, may have been done: the model holds nothing against the target for it."""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from conformance.exchange.exchange import Answer, Exchange, Request
from conformance.model import Model, promises_in
from spec.contract_reader import load_contract
from spec.requirements import load_requirements

VAULT = load_contract(Path(__file__).parents[1] / "contracts" / "vault.yaml")
MADE = {"id": 9, "name": "made", "region": "north"}
HERE = "/v1/vaults/9"


class Watched:
    """A model, and what it remarks on in one exchange after the other."""

    def __init__(self) -> None:
        self.model = Model(VAULT, promises_in(load_requirements(VAULT, "given")))
        self.numbers = count(1)

    def see(self, operation: str, target: str, status: int | None, sent: Any = None, shown: Any = None) -> list[str]:
        request = Request(
            VAULT.by_id[operation].method.upper(),
            target,
            {"authorization": "Bearer first", "content-type": "application/json"},
            json.dumps(sent).encode() if sent is not None else b"",
        )
        answer = Answer(status, {}, json.dumps(shown).encode(), 0.01) if status is not None else None
        exchange = Exchange(f"x{next(self.numbers)}", operation, request, answer)
        return [remark.behaviour for remark in self.model.see(exchange)]


@pytest.mark.parametrize("status", [500, 504, None], ids=["failed", "late", "not answered"])
def test_a_change_that_was_not_answered_well_may_have_been_made(status: int | None) -> None:
    watched = Watched()
    watched.see("createVault", "/v1/vaults", 201, MADE, MADE)
    watched.see("updateVault", HERE, status, {"name": "sample"})
    assert watched.see("getVault", HERE, 200, shown={**MADE, "name": "sample"}) == []


@pytest.mark.parametrize("status", [500, None], ids=["failed", "not answered"])
def test_a_deletion_that_was_not_answered_well_may_have_been_made(status: int | None) -> None:
    watched = Watched()
    watched.see("createVault", "/v1/vaults", 201, MADE, MADE)
    watched.see("deleteVault", HERE, status)
    assert watched.see("getVault", HERE, 404) == []


def test_a_change_that_was_refused_was_not_made() -> None:
    watched = Watched()
    watched.see("createVault", "/v1/vaults", 201, MADE, MADE)
    watched.see("updateVault", HERE, 422, {"name": "sample"})
    assert watched.see("getVault", HERE, 200, shown={**MADE, "name": "sample"}) == ["create-read-back"]
