"""How long a run still takes is told from what it has done."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.ledger import Ledger
from conformance.run.outlook import Outlook, Place
from conformance.run.plan import Plan
from conformance.target import Target
from spec.contract import Contract
from spec.requirements import load_requirements


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def plan_of(contract: Contract, **changed: Any) -> Plan:
    requirements = load_requirements(contract, "given")
    said = {"seed": 1, "max_examples": 10, "max_time": 300, **changed}
    names = tuple(operation.id for operation in contract.operations)
    return Plan(contract, contract, "given", Target("http://x"), names, requirements, **said)


def check(ledger: Ledger, number: int) -> None:
    for _ in range(number):
        ledger.add("exchange", source="scenario", phase="scenario", answer={"seconds": 0.5})
        ledger.add("closing", operation="getTray", phase="scenario", status="done")


def fuzz(ledger: Ledger, operation: str, phase: str, requests: int) -> None:
    for _ in range(requests):
        ledger.add("exchange", source="fuzz", phase=phase, answer=None)
    ledger.add("closing", operation=operation, phase=phase, status="success")


def test_checks_that_are_left_take_as_long_as_those_that_are_done(tray_contract: Contract, clock: Clock) -> None:
    ledger = Ledger()
    outlook = Outlook(plan_of(tray_contract, tiers=("preflight", "scenarios")), ledger, clock)
    assert outlook.seconds_left() is None
    ledger.add("preflight")
    place = outlook.place("checking")
    assert place is not None
    clock.now = 20.0
    check(ledger, 10)
    assert outlook.place("checking") == Place(11, place.of)
    assert outlook.seconds_left() == pytest.approx(2.0 * (place.of - 10))


def test_fuzzer_is_told_by_phase_and_operation_and_gets_nearer_to_its_end(
    tray_contract: Contract, clock: Clock
) -> None:
    ledger = Ledger()
    plan = plan_of(tray_contract, tiers=("fuzz",), phases=("fuzzing",))
    outlook = Outlook(plan, ledger, clock)
    ledger.add("budget")
    told = []
    for number, name in enumerate(plan.operations):
        assert outlook.place("fuzzing") == Place(number + 1, len(plan.operations), "fuzzing")
        fuzz(ledger, name, "fuzzing", 10)
        outlook.place("fuzzing")
        clock.now += 5.0
        told.append(outlook.seconds_left())
    assert told[-1] is None
    assert told[:-1] == sorted((one for one in told if one is not None), reverse=True)
    assert told[-2] == pytest.approx(5.0, rel=0.3)


def test_slow_target_is_expected_to_be_slow_for_the_fuzzer_too(tray_contract: Contract, clock: Clock) -> None:
    ledger = Ledger()
    plan = plan_of(tray_contract, phases=("fuzzing",))
    outlook = Outlook(plan, ledger, clock)
    check(ledger, 400)
    left = outlook.seconds_left()
    assert left == pytest.approx(0.5 * 10 * len(plan.operations), rel=0.2)


def test_chains_are_counted_by_themselves(tray_contract: Contract, clock: Clock) -> None:
    ledger = Ledger()
    outlook = Outlook(plan_of(tray_contract, tiers=("fuzz",), phases=("stateful",)), ledger, clock)
    fuzz(ledger, "*", "stateful", 4)
    assert outlook.place("fuzzing") == Place(2, 5, "stateful")
    ledger.add("closing", operation="*", phase="stateful", status="success", whole=True)
    assert outlook.place("fuzzing") is None


def test_operation_that_the_fuzzer_lost_is_not_waited_for(tray_contract: Contract, clock: Clock) -> None:
    ledger = Ledger()
    plan = plan_of(tray_contract, tiers=("fuzz",), phases=("examples",))
    ledger.add("trouble", operation=plan.operations[0], reason="gone", trouble="crash")
    assert Outlook(plan, ledger, clock).place("fuzzing") == Place(1, len(plan.operations) - 1, "examples")


def test_what_was_done_before_a_run_was_cut_off_says_nothing_of_its_pace(tray_contract: Contract, clock: Clock) -> None:
    ledger = Ledger()
    check(ledger, 10)
    outlook = Outlook(plan_of(tray_contract, tiers=("scenarios",)), ledger, clock)
    assert outlook.seconds_left() is None
    place = outlook.place("checking")
    assert place is not None
    assert place.done == 11


def test_no_run_is_told_to_take_longer_than_it_may_and_a_soak_takes_all(tray_contract: Contract, clock: Clock) -> None:
    ledger = Ledger()
    outlook = Outlook(plan_of(tray_contract, tiers=("scenarios",)), ledger, clock)
    ledger.add("preflight")
    outlook.place("checking")
    clock.now = 250.0
    check(ledger, 10)
    assert outlook.seconds_left() == 50.0
    assert Outlook(plan_of(tray_contract, tiers=("soak",)), Ledger(), clock).seconds_left() == 300.0
