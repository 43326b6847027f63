"""Each check passes on a right target and catches one that is wrong on purpose."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from conformance.scenarios import BEHAVIOURS, KINDS, check_of, in_order
from mockserver.mutants import GALLERY
from spec.contract_reader import load_contract
from spec.requirements import load_requirements, read_requirements

CATCHES = [
    ("page-order", ("listTrays",), "order"),
    ("page-default-size", ("listTrays",), "small-pages"),
    ("page-links", ("listTrays",), "overlap"),
    ("page-links", ("listTrays",), "no-links"),
    ("create-read-back", ("createTray",), "forget"),
    ("item-in-list", ("createTray",), "forget"),
    ("update-persists", ("updateTray",), "no-update"),
    ("date-format", ("createTray",), "lax"),
    ("comma-list", ("createTray",), "no-commas"),
    ("scope-of-list", ("listCups",), "strangers"),
    ("permission-visible", ("listTrays", "getTray"), "leak"),
    ("permission-change", ("updateTray",), "leak"),
    ("unknown-id-is-refused", ("getTray",), "any-id"),
    ("item-members", ("listTrays",), "bare-items"),
    ("optional-singleton", ("getDirtyCup",), "wrong-top"),
    ("optional-singleton", ("getDirtyCup",), "no-top"),
    ("renew-url", ("renewTray",), "stale"),
    ("limit-respected", ("listCups",), "no-limit"),
    ("latest-default", ("createWash",), "oldest"),
    ("flag-accepted", ("createWash",), "no-flags"),
]


@pytest.mark.parametrize(("behaviour", "operations", "fault"), CATCHES, ids=str)
def test_check_catches_its_fault_and_spares_the_right_target(
    behaviour: str, operations: tuple[str, ...], fault: str, verify_tray: Any, promise: Any, tray: Any
) -> None:
    promised = promise(behaviour, *operations)
    assert verify_tray(tray(), promised, second=("canary-other-88",)).outcome(behaviour) == "pass"
    assert verify_tray(tray(fault), promised, second=("canary-other-88",)).outcome(behaviour) == "fail"


def test_every_check_has_a_mutant_that_it_must_catch() -> None:
    assert {*BEHAVIOURS, *KINDS} - {mutant.breaks for mutant in GALLERY} == set()


def test_every_behaviour_and_kind_stands_in_the_order_of_the_checks() -> None:
    requirements = load_requirements(load_contract())
    ordered = in_order(requirements)
    assert len(ordered) == sum(len(one.operations) for one in requirements)
    assert [one for one, _ in ordered[: len(BEHAVIOURS)] if check_of(one) is None and one.behaviour] == []


def test_a_behaviour_is_looked_at_once_before_any_is_looked_at_again() -> None:
    ordered = [one.behaviour for one, _ in in_order(load_requirements(load_contract())) if one.behaviour]
    first = ordered[: len(set(ordered))]
    assert len(first) == len(set(first))


def test_every_written_requirement_has_a_check() -> None:
    assert [one.id for one in read_requirements() if one.behaviour not in {None, *BEHAVIOURS}] == []


def test_permission_needs_a_second_identity(verify_tray: Any, promise: Any, tray: Any) -> None:
    ran = verify_tray(tray("leak"), promise("permission-visible", "getTray"))
    assert ran.outcome("permission-visible") == "not applicable"


def test_list_of_one_page_shows_nothing_about_links(verify_tray: Any, promise: Any, tray: Any) -> None:
    short = tray()
    short.trays = {1: short.trays[1]}
    names = ("page-links", "page-default-size", "page-order")
    ran = verify_tray(short, *(promise(name, "listTrays") for name in names), only=("listTrays",))
    assert {ran.outcome(name) for name in names} == {"inconclusive"}


def test_behaviour_that_no_check_knows_is_an_error(verify_tray: Any, promise: Any, tray: Any) -> None:
    assert verify_tray(tray(), promise("tea-is-hot", "getTray")).outcome("tea-is-hot") == "error"


@pytest.mark.parametrize("operation", ["getTray"])
def test_open_door_breaks_authentication(operation: str, verify_tray: Callable[..., Any], tray: Any) -> None:
    assert verify_tray(tray("open")).broken == {f"{operation}/authentication"}
