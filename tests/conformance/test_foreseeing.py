"""What a run cannot take away again, it tells before it begins."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from conformance.manners.foreseeing import foreseen_leftovers
from conformance.manners.manners import DISPOSABLE, Extent, Manners
from conformance.run.plan import Plan
from conformance.target import Target
from spec.contract import Contract
from spec.contract_reader import load_contract
from spec.packaged import contract_path
from spec.requirements import load_requirements


@pytest.fixture(scope="module")
def packaged() -> Contract:
    return load_contract(contract_path("documented"))


def plan_of(contract: Contract, **changed: Any) -> Plan:
    names = tuple(operation.id for operation in contract.operations)
    said = {"seed": 1, "max_examples": 25, "max_time": 300, "manners": Manners(), **changed}
    return Plan(
        contract, contract, "documented", Target("http://x"), names, load_requirements(contract, "documented"), **said
    )


def test_creates_that_can_be_neither_named_nor_deleted_are_told_with_a_rough_number(packaged: Contract) -> None:
    told = foreseen_leftovers(plan_of(packaged))
    assert told is not None
    assert told.startswith("some 60 things will stay at the target")
    assert all(name in told for name in ("createBackupInstance", "createBackup", "createExport"))


def test_fewer_requests_leave_fewer_things(packaged: Contract) -> None:
    few = foreseen_leftovers(plan_of(packaged, max_examples=2))
    none = foreseen_leftovers(plan_of(packaged, tiers=("preflight",)))
    assert few is not None
    assert few.startswith("some 30 things")
    assert none is None


@pytest.mark.parametrize("manners", [DISPOSABLE, replace(Manners(), may_create=Extent.NOTHING)])
def test_nothing_is_told_where_nothing_is_made_or_nobody_minds(manners: Manners, packaged: Contract) -> None:
    assert foreseen_leftovers(plan_of(packaged, manners=manners)) is None


def test_what_can_be_deleted_is_not_told() -> None:
    vault = load_contract(Path(__file__).parents[1] / "contracts" / "vault.yaml")
    told = foreseen_leftovers(plan_of(vault))
    assert told is not None
    assert "what createExport makes." in told
