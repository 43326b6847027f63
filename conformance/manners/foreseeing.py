"""Foreseeing: what a run will leave at a target that can neither be told from the vendor's own things nor deleted."""

from __future__ import annotations

from conformance.manners.manners import Deed, Extent, can_be_deleted, deed_of, naming_field
from conformance.run.outlook import number_of_checks
from conformance.run.plan import Plan

_BY_CHECK = 0.25
"""Things that a check makes, all checks and creates together, as runs against the mock have shown."""
_BY_FUZZER = 0.5
"""Things that the fuzzer makes for each request that it may make of a create; some creates make twice as many."""


def foreseen_leftovers(plan: Plan) -> str | None:
    """A sentence with a rough number, and how to make it smaller; None where nothing of the kind will stay.

    A target of which everything may be deleted is a test system, whose owner does not ask.
    """
    manners = plan.manners
    if manners.may_create is Extent.NOTHING or manners.may_delete is Extent.ANYTHING:
        return None
    selected = [plan.model.by_id.get(name, plan.contract.by_id[name]) for name in plan.operations]
    creates = [op for op in selected if deed_of(op) is Deed.CREATE]
    stuck = [op.id for op in creates if not can_be_deleted(plan.model, op) and naming_field(plan.model, op) is None]
    if not stuck:
        return None
    checked = _BY_CHECK * number_of_checks(plan) * len(stuck) / len(creates) if "scenarios" in plan.tiers else 0
    fuzzed = _BY_FUZZER * plan.max_examples * len(stuck) if plan.fuzz_phases else 0
    number = checked + fuzzed
    if not number:
        return None
    rough = f"some {round(number, -1):.0f}" if number >= 10 else "a few"
    more = ", and more the longer it soaks" if "soak" in plan.tiers else ""
    return (
        f"{rough} things will stay at the target{more}, with no name of ours and no operation that deletes them: what "
        f"{', '.join(stuck)} make{'s' if len(stuck) == 1 else ''}. A smaller --max-examples leaves fewer, "
        "may_create = false under [manners] none"
    )
