"""Foreseeing: what a run will leave at a target that can neither be told from the vendor's own things nor deleted."""

from __future__ import annotations

from conformance.fuzzing.launch import Progress
from conformance.ledger import Ledger
from conformance.manners.manners import Deed, Extent, deed_of, naming_field
from conformance.plan import Plan
from spec.contract import Contract, Operation, Role

_BY_CHECKS = 8
_BY_FUZZER = 0.5
"""Things that one create makes in a run, as runs against the mock have shown: by all checks together, and by each
request that the fuzzer may make of it. Some make twice as many, some none."""


def tell_leftovers(plan: Plan, ledger: Ledger, progress: Progress) -> None:
    """Say before the run, once, what it will leave behind without a name."""
    told = foreseen_leftovers(plan)
    if told is not None and not any(line["text"] == told for line in ledger.of("note")):
        ledger.add("note", text=told)
        progress(f"note: {told}")


def foreseen_leftovers(plan: Plan) -> str | None:
    """A sentence with a rough number, and how to make it smaller; None where nothing of the kind will stay.

    A target of which everything may be deleted is a test system, whose owner does not ask.
    """
    manners = plan.manners
    if manners.may_create is Extent.NOTHING or manners.may_delete is Extent.ANYTHING:
        return None
    selected = [plan.model.by_id.get(name, plan.contract.by_id[name]) for name in plan.operations]
    stuck = [op.id for op in selected if deed_of(op) is Deed.CREATE and _stays_unnamed(plan.model, op)]
    checked = _BY_CHECKS if "scenarios" in plan.tiers else 0
    fuzzed = _BY_FUZZER * plan.max_examples if plan.fuzz_phases else 0
    number = len(stuck) * (checked + fuzzed)
    if not number:
        return None
    rough = f"some {round(number, -1):.0f}" if number >= 10 else "a few"
    more = ", and more the longer it soaks" if "soak" in plan.tiers else ""
    return (
        f"{rough} things will stay at the target{more}, with no name of ours and no operation that deletes them: what "
        f"{', '.join(stuck)} make{'s' if len(stuck) == 1 else ''}. A smaller --max-examples leaves fewer, "
        "may_create = false under [manners] none"
    )


def can_be_deleted(contract: Contract, operation: Operation) -> bool:
    """Whether the contract has an operation that deletes what another one creates."""
    return operation.resource is not None and bool(contract.uses_of(operation.resource.name, Role.DELETE))


def _stays_unnamed(contract: Contract, operation: Operation) -> bool:
    return not can_be_deleted(contract, operation) and naming_field(contract, operation) is None
