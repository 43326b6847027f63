"""A view of an operation, from which it can be told what it promises."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from spec.contract import Contract, Operation, ResourceUse, Role
from spec.field import body_properties
from spec.resource import Shape


@dataclass(frozen=True, slots=True)
class View:
    """An operation, and what is known of its resource."""

    contract: Contract
    operation: Operation
    shapes: Mapping[str, Shape]

    @property
    def use(self) -> ResourceUse:
        """What the operation does with its resource."""
        found = self.operation.resource
        assert found is not None  # views are made of operations with a resource only  # noqa: S101
        return found

    @property
    def shape(self) -> Shape:
        """The fields of its resource."""
        return self.shapes[self.use.name]

    def does(self, *roles: Role) -> bool:
        """Whether it does this to the fields of an item."""
        return self.use.role in roles and self.use.part is None

    @property
    def reads_one(self) -> bool:
        """Whether it reads the fields of the one item that its path names."""
        return self.does(Role.READ) and not self.use.states and names_item(self.use)

    def has(self, role: Role) -> bool:
        """Whether an operation does this to the items of the same resource."""
        return any(use.part is None and not use.states for use in self._uses(role))

    @property
    def reads(self) -> bool:
        """Whether an item of the resource can be read by its id."""
        return any(names_item(use) for use in self._uses(Role.READ) if use.part is None and not use.states)

    def _uses(self, role: Role, name: str | None = None) -> Iterator[ResourceUse]:
        return (one.resource for one in self.contract.uses_of(name or self.use.name, role) if one.resource)

    @property
    def can_be_told_apart(self) -> bool:
        """Whether items name their parent, or there are lists of several parents to compare."""
        parent = self.shape.resource.parent
        return bool(self.shape.inherited) or any(True for _ in self._uses(Role.LIST, parent))

    def sends(self, test: Callable[[Mapping[str, Any]], bool]) -> bool:
        """Whether a field of the body passes a test."""
        return any(test(schema) for schema in body_properties(self.contract, self.operation).values())

    def declares(self, status: str) -> bool:
        """Whether it documents a status code, by itself or by its range."""
        return bool({status, f"{status[0]}XX"} & set(self.operation.responses))

    @property
    def is_first_of_path(self) -> bool:
        """Whether no operation before it has the same path."""
        return next(one for one in self.contract.operations if one.path == self.operation.path) is self.operation

    @property
    def is_secured(self) -> bool:
        """Whether nobody may use it without credentials."""
        return bool(self.operation.security) and () not in self.operation.security

    @property
    def is_owned(self) -> bool:
        """Whether the contract says how somebody else's items are answered."""
        chain = self.shapes[self.use.name].chain
        declared = self.contract.document.get("x-resources", {})
        return self.is_secured and any("foreign" in declared.get(name, {}) for name in chain)

    @property
    def hides_foreign(self) -> bool:
        """Whether the contract says that somebody else's item looks as if it did not exist."""
        declared = self.contract.document.get("x-resources", {})
        owner = next((name for name in self.shape.chain if "foreign" in declared.get(name, {})), None)
        return owner is not None and declared[owner]["foreign"] == "not-found" and self.is_secured


def names_item(use: ResourceUse) -> bool:
    """Whether a path ends with the id of the thing itself."""
    return bool(use.path) and use.path[-1][1] == use.name
