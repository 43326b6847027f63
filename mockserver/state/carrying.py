"""State carried over to another contract or other fixtures: what still fits stays, what does not is told."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mockserver.errors import shorten
from mockserver.state.store import Store
from spec.schema import compile_schema

if TYPE_CHECKING:
    from mockserver.state.collection import Entry, Key
    from mockserver.state.workspace import Difference, World
    from spec.resource import Shape


@dataclass(frozen=True, slots=True)
class Misfit:
    """An item that was written once and has no place in the world any more, and why."""

    workspace: str
    resource: str
    key: Key
    reason: str

    def __str__(self) -> str:
        named = "/".join(str(part) for part in self.key)
        return f"{self.resource} {named} in workspace {self.workspace}: {self.reason}"


class Carrier:
    """Carries what was written over to one new world."""

    def __init__(self, world: World) -> None:
        self._world = world
        contract = world.contract
        self._validators: dict[str, Any] = {
            name: compile_schema(contract.schema_at(shape.resource.schema), contract.document)
            for name, shape in world.shapes.items()
            if shape.resource.schema
        }

    def carry(self, differences: Iterable[Difference], workspace: str) -> tuple[Store, tuple[Misfit, ...]]:
        """The new world's items with the differences of an old one, and those that do not fit.

        What somebody wrote wins over new fixtures.
        """
        store, misfits = Store(self._world.collections), list[Misfit]()
        # Parents come before what lies under them.
        for found in sorted(differences, key=lambda difference: len(difference.key)):
            if found.after is None:
                if store.get(found.resource, found.key) is not None:
                    store.drop(found.resource, found.key)
                continue
            reason = self._misfit(store, found.resource, found.after)
            if reason is None:
                store.put(found.resource, found.after)
            else:
                misfits.append(Misfit(workspace, found.resource, found.key, reason))
        return store, tuple(misfits)

    def _misfit(self, store: Store, resource: str, entry: Entry) -> str | None:
        shape = self._world.shapes.get(resource)
        if shape is None:
            return "the contract has no such resource any more"
        if len(shape.chain) != len(entry.key):
            return f"it lies under {' and '.join(shape.chain[:-1]) or 'nothing'} now"
        if len(shape.chain) > 1 and not self._has_parent(store, shape, entry):
            return f"there is no {shape.chain[-2]} {entry.key[-2]!r} for it to be under any more"
        validator = self._validators.get(resource)
        if validator is None or validator.is_valid(dict(entry.fields)):
            return None
        error = next(iter(validator.iter_errors(dict(entry.fields))))
        where = "".join(f"/{part}" for part in error.instance_path)
        return shorten(f"{where or 'it'}: {error.message}")

    def _has_parent(self, store: Store, shape: Shape, entry: Entry) -> bool:
        parent = shape.chain[-2]
        return self._world.shapes[parent].resource.assumed or store.get(parent, entry.key[:-1]) is not None
