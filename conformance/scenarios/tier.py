"""Scenarios as part of a run: every check that was not carried out yet, and what it saw, into the ledger."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from dataclasses import asdict

from conformance.declaring.waiver import undeclared, undeclared_operations
from conformance.fuzzing.launch import Progress
from conformance.ledger import Ledger
from conformance.run.plan import Plan
from conformance.run.resume import finished_checks
from conformance.scenarios.catalogue import Check, check_of, in_order
from conformance.scenarios.scene import Scene
from conformance.scenarios.silence import carry_out
from conformance.verdict.sighting import Sighting, unable
from spec.requirements import Requirement


def observe(plan: Plan, scene: Scene, ledger: Ledger, progress: Progress, until: float) -> None:
    """Carry out the checks in the order in which a fault is found soonest.

    until: monotonic second after which none is begun; that is a trouble.
    """
    for requirement, name, check in _open_checks(plan, ledger):
        progress(f"checking {requirement.id}")
        if time.monotonic() > until:
            ledger.add("trouble", operation=name, reason="the time was over before every check", trouble="budget")
            return
        operation = plan.model.by_id.get(name, plan.contract.by_id[name])
        write_sightings(ledger, requirement, name, carry_out(scene, operation, check))
        ledger.add("closing", operation=name, phase="scenario", requirement=requirement.id, status="done", reason=None)


def write_sightings(ledger: Ledger, requirement: Requirement, operation: str, sightings: Iterable[Sighting]) -> None:
    """Write down what one check saw on one operation."""
    check = requirement.behaviour or requirement.kind
    for sighting in sightings:
        fields = {"requirement": requirement.id, "operation": operation, "check": check, **asdict(sighting)}
        ledger.add("observation", source="check", **fields)


def _open_checks(plan: Plan, ledger: Ledger) -> Iterator[tuple[Requirement, str, Check]]:
    """Requirement, operation and check of all that is still to be done."""
    done = finished_checks(ledger.lines)
    off = undeclared_operations(plan.model, plan.capabilities)
    for requirement, name in in_order(plan.requirements):
        if (requirement.id, name) in done or name in off:
            continue
        if undeclared(requirement, plan.capabilities, off) is not None:
            continue
        check = check_of(requirement)
        if check is not None:
            yield requirement, name, check
        elif requirement.behaviour:
            write_sightings(ledger, requirement, name, [unable(f"the kit has no check for {requirement.behaviour!r}")])
