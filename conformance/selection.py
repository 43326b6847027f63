"""Selection: which operations of a contract a run judges, and which requirements speak of them."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import replace

from conformance.errors import SelectionError
from spec.contract import Contract
from spec.requirements import Requirement


def select_operations(contract: Contract, only: Sequence[str], skip: Sequence[str]) -> tuple[str, ...]:
    """OperationIds in the order of the contract; raises SelectionError for an unknown one, or when none is left."""
    for name in (*only, *skip):
        if name not in contract.by_id:
            near = difflib.get_close_matches(name, contract.by_id, n=3) or sorted(contract.by_id)
            raise SelectionError(f"the contract has no operation {name!r}", hint=f"did you mean {', '.join(near)}?")
    chosen = tuple(op.id for op in contract.operations if (not only or op.id in only) and op.id not in skip)
    if not chosen:
        raise SelectionError("no operation is left to judge", hint="name fewer operations with --skip")
    return chosen


def select_requirements(requirements: Sequence[Requirement], operations: Sequence[str]) -> tuple[Requirement, ...]:
    """The requirements that speak of a selected operation, each narrowed to the selected ones."""
    chosen = set(operations)
    narrowed = (replace(one, operations=tuple(op for op in one.operations if op in chosen)) for one in requirements)
    return tuple(requirement for requirement in narrowed if requirement.operations)
