"""One user's world: items, clock and sequences, apart from everybody else's.

A `World` is what fixtures look like once they are indexed; it is made once and never changes. Any
number of workspaces start from it, and none of them sees what another one writes.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from mockserver.clock import SystemClock
from mockserver.store import Collection, Entry, Id, Key, Store

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from mockserver.clock import Clock
    from spec.contract import Contract
    from spec.fixtures import Fixtures
    from spec.resource import Shape

from spec.resource import read_shapes

_NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, "tag:mockproof,2026:items")
"""Makes the ids of created items the same on every machine."""


class World:
    """Fixtures, indexed by resource and parent; shared by workspaces, which only read it."""

    def __init__(self, contract: Contract, fixtures: Fixtures) -> None:
        self.shapes: Mapping[str, Shape] = read_shapes(contract)
        siblings: dict[tuple[str, Key], list[Entry]] = defaultdict(list)
        self._highest: dict[str, int] = {}
        for resource, items in fixtures.items.items():
            for item in items:
                entry = Entry(item.key, item.fields, item.content, hold=item.hold, outcome=item.outcome)
                siblings[resource, item.key[:-1]].append(entry)
                if isinstance(item.key[-1], int):
                    self._highest[resource] = max(item.key[-1], self._highest.get(resource, 0))
        self.collections: Mapping[tuple[str, Key], Collection] = {
            name: Collection(entries) for name, entries in siblings.items()
        }

    def highest(self, resource: str) -> int:
        """The largest integer id that any item of the resource has; 0 if there is none."""
        return self._highest.get(resource, 0)


class Workspace:
    """The state that one user of the mock works on.

    clock: where "now" comes from, the wall clock by default. world: an indexed world to share with
    other workspaces; without one the fixtures are indexed anew.
    """

    def __init__(
        self, contract: Contract, fixtures: Fixtures, clock: Clock | None = None, *, world: World | None = None
    ) -> None:
        self.clock: Clock = clock if clock is not None else SystemClock()
        self._contract = contract
        self._fixtures = fixtures
        self._world = world if world is not None else World(contract, fixtures)
        self.store = Store(self._world.collections)
        self._sequences: dict[str, int] = {}
        self.began: datetime = self.clock.now()

    @property
    def shapes(self) -> Mapping[str, Shape]:
        """The shape of every resource, by name."""
        return self._world.shapes

    def fork(self, clock: Clock | None = None) -> Workspace:
        """A fresh workspace over the same fixtures; it sees nothing that was written here."""
        return Workspace(self._contract, self._fixtures, clock or self.clock, world=self._world)

    def reset(self) -> None:
        """Back to the fixtures: every write, and every id given out, is forgotten; the clock runs on."""
        self.store.reset()
        self._sequences.clear()
        self.began = self.clock.now()

    def next_id(self, resource: str) -> Id:
        """An id that no item of the resource has or had: the next whole number, or a UUID."""
        number = self._sequences.get(resource, self._world.highest(resource)) + 1
        self._sequences[resource] = number
        if self._world.shapes[resource].has_integer_ids:
            return number
        return str(uuid.uuid5(_NAMESPACE, f"{resource}/{number}"))

    def note_id(self, resource: str, identifier: Id) -> None:
        """Let the sequence continue after an id that somebody chose."""
        if isinstance(identifier, int):
            self._sequences[resource] = max(identifier, self._sequences.get(resource, self._world.highest(resource)))
