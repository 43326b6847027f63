"""Selection: which operations of a contract a run judges, and which requirements speak of them."""

from __future__ import annotations

import difflib
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace

from conformance.errors import SelectionError
from conformance.ledger import Line
from spec.contract import Contract, Operation
from spec.requirements import Requirement

_OPEN = frozenset({"fail", "error", "inconclusive"})
"""Verdicts that another run may change."""


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


@dataclass(frozen=True, slots=True)
class Shard:
    """One of several equal runs: number 1 to `count`."""

    number: int
    count: int

    def holds(self, key: str) -> bool:
        """Whether what a key stands for belongs to this shard, on every machine and every day."""
        digest = hashlib.sha256(key.encode()).digest()
        return int.from_bytes(digest[:8]) % self.count == self.number - 1

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"


def read_shard(text: str) -> Shard:
    """The shard that `3/8` means; raises SelectionError."""
    number, separator, count = text.partition("/")
    if not (separator and number.isdecimal() and count.isdecimal() and 1 <= int(number) <= int(count) <= 1000):
        raise SelectionError(f"{text!r} is no shard", hint="write --shard 3/8 for the third of eight")
    return Shard(int(number), int(count))


def select_shard(contract: Contract, operations: Sequence[str], shard: Shard | None) -> tuple[str, ...]:
    """The operations of a shard; empty when it has none.

    Operations on things that lie in one another stay together, so that no chain of requests is split.
    """
    if shard is None:
        return tuple(operations)
    return tuple(name for name in operations if shard.holds(_family(contract, contract.by_id[name])))


def _family(contract: Contract, operation: Operation) -> str:
    """The operation that stands for all on one outermost resource: the first by name."""
    if operation.resource is None:
        return operation.id
    root = _root(contract, operation.resource.name)
    return min(one.id for one in contract.operations if one.resource and _root(contract, one.resource.name) == root)


def _root(contract: Contract, resource: str) -> str:
    parent = contract.resources[resource].parent
    return _root(contract, parent) if parent else resource


def select_requirements(requirements: Sequence[Requirement], operations: Sequence[str]) -> tuple[Requirement, ...]:
    """The requirements that speak of a selected operation, each narrowed to the selected ones."""
    chosen = set(operations)
    narrowed = (replace(one, operations=tuple(op for op in one.operations if op in chosen)) for one in requirements)
    return tuple(requirement for requirement in narrowed if requirement.operations)


def not_passed(lines: Sequence[Line]) -> tuple[str, ...]:
    """OperationIds of what an earlier run did not see pass, from its ledger; of a failure only those that showed it."""
    found: dict[str, None] = {}
    for line in lines:
        if line["kind"] == "verdict" and line["verdict"] in _OPEN:
            shown = [failure["operation"] for failure in line["failures"]]
            found |= dict.fromkeys(shown or line["operations"])
    return tuple(found)
