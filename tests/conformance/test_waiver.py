"""What a vendor says beforehand, held against the verdicts."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from conformance.declaring.waiver import Deviation, WaiverState, apply_capabilities, waive
from conformance.verdict.outcome import Conclusion, conclude
from conformance.verdict.verdict import Outcome, Verdict
from spec.contract import Contract
from spec.requirements import Obligation, Requirement

TODAY = date(2026, 6, 1)
KNOWN = Deviation("getTray/schema", "Ann", "old gateway", date(2026, 12, 31))


def verdict(outcome: Outcome, name: str = "getTray/schema", capability: str = "core", *operations: str) -> Verdict:
    requirement = Requirement(
        name, Obligation.MUST, "It is so.", capability, operations or ("getTray",), "behaviour", name, ()
    )
    return Verdict(requirement, outcome, 1, "status 500")


def test_known_failure_is_waived_until_it_expires() -> None:
    (found,), states = waive([verdict(Outcome.FAIL)], [KNOWN], TODAY)
    assert found.outcome is Outcome.WAIVED
    assert "Ann: old gateway" in found.reason
    assert [state for _, state in states] == [WaiverState.APPLIED]


def test_expired_waiver_leaves_the_failure_and_is_told() -> None:
    (found,), states = waive([verdict(Outcome.FAIL)], [replace(KNOWN, expires=date(2026, 5, 31))], TODAY)
    assert found.outcome is Outcome.FAIL
    assert "expired on 2026-05-31" in found.reason
    assert [state for _, state in states] == [WaiverState.EXPIRED]


def test_waiver_holds_on_its_last_day() -> None:
    (found,), _ = waive([verdict(Outcome.FAIL)], [replace(KNOWN, expires=TODAY)], TODAY)
    assert found.outcome is Outcome.WAIVED


def test_waiver_that_no_longer_fails_is_told() -> None:
    (found,), states = waive([verdict(Outcome.PASS)], [KNOWN], TODAY)
    assert (found.outcome, "no longer needed" in found.reason) == (Outcome.PASS, True)
    assert [state for _, state in states] == [WaiverState.UNNEEDED]


@pytest.mark.parametrize(
    ("verdicts", "state"),
    [([], WaiverState.UNKNOWN), ([verdict(Outcome.INCONCLUSIVE)], WaiverState.UNDECIDED)],
    ids=["no such requirement", "nobody can say"],
)
def test_waiver_about_nothing_is_told(verdicts: list[Verdict], state: WaiverState) -> None:
    assert [found for _, found in waive(verdicts, [KNOWN], TODAY)[1]] == [state]


def test_waived_must_is_no_plain_conformance_and_no_violation() -> None:
    waived = [verdict(Outcome.WAIVED), verdict(Outcome.PASS, "other")]
    assert conclude(waived, incomplete=False) is Conclusion.WAIVED
    assert conclude([*waived, verdict(Outcome.INCONCLUSIVE, "third")], incomplete=False) is Conclusion.INCONCLUSIVE


def line(operation: str, status: int) -> dict[str, Any]:
    return {"kind": "exchange", "operation": operation, "answer": {"status": status}, "negative": []}


def under(contract: Contract, one: Verdict, capabilities: dict[str, bool] | None, *lines: dict[str, Any]) -> Verdict:
    (found,) = apply_capabilities([one], capabilities, contract, lines)
    return found


@pytest.mark.parametrize("capabilities", [{"paging": False}, {}], ids=["declared false", "not declared"])
def test_undeclared_capability_is_not_applicable(tray_contract: Contract, capabilities: dict[str, bool]) -> None:
    found = under(tray_contract, verdict(Outcome.FAIL, "p", "paging"), capabilities)
    assert (found.outcome, found.failures) == (Outcome.NOT_APPLICABLE, ())


def test_capability_named_like_a_resource_takes_its_operations_along(tray_contract: Contract) -> None:
    lists = verdict(Outcome.INCONCLUSIVE, "listCups/success", "core", "listCups")
    assert under(tray_contract, lists, {"cups": False}).outcome is Outcome.NOT_APPLICABLE
    assert under(tray_contract, lists, {"cups": True}).outcome is Outcome.INCONCLUSIVE


def test_declared_and_missing_is_a_failure(tray_contract: Contract) -> None:
    lists = verdict(Outcome.INCONCLUSIVE, "listTrays/success", "core", "listTrays")
    found = under(tray_contract, lists, {"trays": True}, line("listTrays", 404), line("listTrays", 401))
    assert (found.outcome, "declared" in found.reason) == (Outcome.FAIL, True)


def test_not_found_below_an_id_does_not_say_that_an_operation_is_missing(tray_contract: Contract) -> None:
    lists = verdict(Outcome.INCONCLUSIVE, "listCups/success", "core", "listCups")
    assert under(tray_contract, lists, {"cups": True}, line("listCups", 404)).outcome is Outcome.INCONCLUSIVE
    assert under(tray_contract, lists, {"cups": True}, line("listCups", 501)).outcome is Outcome.FAIL


def test_without_a_declaration_missing_stays_inconclusive(tray_contract: Contract) -> None:
    lists = verdict(Outcome.INCONCLUSIVE, "listTrays/success", "core", "listTrays")
    assert under(tray_contract, lists, None, line("listTrays", 404)).outcome is Outcome.INCONCLUSIVE
