"""Waivers and capabilities: what a vendor says beforehand, held against the verdicts. Pure.

A known deviation turns a failure into *waived*, until the day on which it expires. One that is no longer needed, or
that is about nothing, is told: a list of excuses must not outlive its reasons.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from conformance.ledger import Line
from conformance.verdict.verdict import Outcome, Verdict
from spec.contract import Contract
from spec.requirements import Requirement

CORE = "core"
"""The capability that every target has."""


@dataclass(frozen=True, slots=True)
class Deviation:
    """A failure that a vendor knows of: whose it is, why, and until which day it is excused."""

    requirement: str
    owner: str
    reason: str
    expires: date


class WaiverState(StrEnum):
    """What became of a deviation in a run."""

    APPLIED = "applied"
    EXPIRED = "expired"
    UNNEEDED = "no longer needed"
    UNDECIDED = "not seen"
    UNKNOWN = "about no requirement of this run"


def waive(
    verdicts: Sequence[Verdict], deviations: Sequence[Deviation], today: date
) -> tuple[tuple[Verdict, ...], tuple[tuple[Deviation, WaiverState], ...]]:
    """The verdicts with known deviations waived, and what became of each deviation."""
    found = {deviation.requirement: deviation for deviation in deviations}
    by_id = {verdict.requirement.id: verdict for verdict in verdicts}
    states = tuple((one, _state(by_id.get(one.requirement), one, today)) for one in deviations)
    changed = {one.requirement: state for one, state in states}
    return tuple(
        _waived(verdict, found[verdict.requirement.id], changed[verdict.requirement.id])
        if verdict.requirement.id in changed
        else verdict
        for verdict in verdicts
    ), states


def _state(verdict: Verdict | None, deviation: Deviation, today: date) -> WaiverState:
    if verdict is None:
        return WaiverState.UNKNOWN
    if verdict.outcome is Outcome.FAIL:
        return WaiverState.EXPIRED if deviation.expires < today else WaiverState.APPLIED
    return WaiverState.UNNEEDED if verdict.outcome is Outcome.PASS else WaiverState.UNDECIDED


def _waived(verdict: Verdict, deviation: Deviation, state: WaiverState) -> Verdict:
    told = f"{deviation.owner}: {deviation.reason}"
    if state is WaiverState.APPLIED:
        reason = f"waived until {deviation.expires} by {told}; {verdict.reason}"
        return replace(verdict, outcome=Outcome.WAIVED, reason=reason)
    if state is WaiverState.EXPIRED:
        return replace(verdict, reason=f"{verdict.reason} (the waiver expired on {deviation.expires}, {told})")
    if state is WaiverState.UNNEEDED:
        return replace(verdict, reason=f"{verdict.reason}; the waiver is no longer needed ({told})")
    return verdict


def apply_capabilities(
    verdicts: Sequence[Verdict],
    capabilities: Mapping[str, bool] | None,
    contract: Contract,
    lines: Sequence[Line],
) -> tuple[Verdict, ...]:
    """The verdicts under the declared capabilities: undeclared is not applicable, declared and missing is a failure.

    None declares everything, without the promise that what is missing is a failure.
    """
    if capabilities is None:
        return tuple(verdicts)
    off = undeclared_operations(contract, capabilities)
    missing = missing_operations(contract, lines)
    return tuple(_under(verdict, capabilities, off, missing, contract) for verdict in verdicts)


def _under(
    verdict: Verdict,
    capabilities: Mapping[str, bool],
    off: Mapping[str, str],
    missing: Mapping[str, str],
    contract: Contract,
) -> Verdict:
    requirement = verdict.requirement
    name = undeclared(requirement, capabilities, off)
    if name is not None:
        reason = f"the declaration does not have the capability {name!r}"
        return replace(verdict, outcome=Outcome.NOT_APPLICABLE, reason=reason, failures=())
    if verdict.outcome is not Outcome.INCONCLUSIVE:
        return verdict
    promised = _promised(requirement, capabilities, contract)
    gaps = [missing[operation] for operation in requirement.operations if operation in missing]
    if promised is None or len(gaps) < len(requirement.operations):
        return verdict
    return replace(verdict, outcome=Outcome.FAIL, reason=f"the capability {promised!r} is declared, yet {gaps[0]}")


def undeclared(requirement: Requirement, capabilities: Mapping[str, bool] | None, off: Mapping[str, str]) -> str | None:
    """The capability without which a requirement does not concern the target, or None."""
    if capabilities is None:
        return None
    if requirement.capability != CORE and not capabilities.get(requirement.capability, False):
        return requirement.capability
    if requirement.operations and all(operation in off for operation in requirement.operations):
        return off[requirement.operations[0]]
    return None


def undeclared_operations(contract: Contract, capabilities: Mapping[str, bool] | None) -> dict[str, str]:
    """Operations that the target says it does not have, with the capability: those on a resource of its name."""
    if capabilities is None:
        return {}
    found = {}
    for operation in contract.operations:
        name = capability_of(operation.resource.name if operation.resource else "", capabilities)
        if name is not None and not capabilities[name]:
            found[operation.id] = name
    return found


def capability_of(resource: str, capabilities: Mapping[str, bool]) -> str | None:
    """The capability that is named like a resource, in the singular or the plural."""
    last = resource.rpartition("_")[2]
    names = (resource, f"{resource}s", last, f"{last}s", f"{last[:-1]}ies")
    return next((name for name in names if name and name in capabilities), None)


def _promised(requirement: Requirement, capabilities: Mapping[str, bool], contract: Contract) -> str | None:
    if requirement.capability != CORE:
        return requirement.capability if capabilities.get(requirement.capability) else None
    names = [
        capability_of(operation.resource.name, capabilities)
        for name in requirement.operations
        if (operation := contract.by_id.get(name)) is not None and operation.resource is not None
    ]
    return next((name for name in names if name is not None and capabilities[name]), None)


def missing_operations(contract: Contract, lines: Sequence[Line]) -> dict[str, str]:
    """Operations that every answer says are not there, and how; a 404 says so only where no id can be to blame."""
    statuses: dict[str, list[int]] = {}
    for line in lines:
        if line["kind"] == "exchange" and line["answer"] and not line["negative"]:
            statuses.setdefault(line["operation"], []).append(line["answer"]["status"])
    found = {}
    for name, seen in statuses.items():
        operation = contract.by_id.get(name)
        if operation is None:
            continue
        absent = {405, 501} | (set() if "{" in operation.path else {404})
        # A request without credentials is refused before anybody looks whether the operation is there.
        told = [status for status in seen if status not in (401, 403)]
        if told and all(status in absent for status in told):
            found[name] = f"{operation.method.upper()} {operation.path} is answered with {told[0]}"
    return found
