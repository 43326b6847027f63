"""One user's world: items, clock, sequences and misbehaviour, apart from everybody else's.

A `World` is what fixtures look like once they are indexed; it is made once and never changes. Any
number of workspaces start from it, and none of them sees what another one writes.
"""

from __future__ import annotations

import uuid
from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from mockserver.errors import WorkspaceError
from mockserver.journal.journal import Journal
from mockserver.journal.masking import mask_for
from mockserver.state.carrying import Carrier, Misfit
from mockserver.state.clock import Clock
from mockserver.state.collection import Collection, Entry, Id, Key
from mockserver.state.oauth import IssuedTokens
from mockserver.state.store import Baseline, Store, Table
from mockserver.trouble.fault import Faults
from spec.resource import read_shapes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import datetime

    from spec.contract import Contract
    from spec.fixtures import Fixtures
    from spec.resource import Shape

_NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, "tag:mockproof,2026:items")
_NEAR: Final = 1 << 20
"""How far ahead of a sequence an id may be chosen for it to go on from there; after the largest there is none."""
"""Makes the ids of created items the same on every machine."""


class World:
    """Fixtures, indexed by resource and parent; shared by workspaces, which only read it.

    contract: what the items are items of. start: the moment that the fixtures tell of. mask: what no journal holds.
    """

    def __init__(self, contract: Contract, fixtures: Fixtures) -> None:
        self.contract = contract
        self.mask = mask_for(contract)
        self.start: datetime = fixtures.now
        self.shapes: Mapping[str, Shape] = read_shapes(contract)
        siblings: dict[Table, list[Entry]] = defaultdict(list)
        self._highest: dict[str, int] = {}
        for resource, items in fixtures.items.items():
            for item in items:
                entry = Entry(item.key, item.fields, item.content, hold=item.hold, outcome=item.outcome)
                siblings[resource, item.key[:-1]].append(entry)
                if isinstance(item.key[-1], int):
                    self._highest[resource] = max(item.key[-1], self._highest.get(resource, 0))
        self.collections: Mapping[Table, Collection] = Baseline(
            {name: Collection(entries) for name, entries in siblings.items()}
        )

    def highest(self, resource: str) -> int:
        """The largest integer id that any item of the resource has; 0 if there is none."""
        return self._highest.get(resource, 0)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A workspace as it was at one moment; never changes."""

    items: Mapping[Table, Collection]
    sequences: Mapping[str, int]
    now: datetime
    began: datetime


@dataclass(frozen=True, slots=True)
class Difference:
    """One item that is not what it was: `before` is None for one that came, `after` for one that went."""

    resource: str
    key: Key
    before: Entry | None
    after: Entry | None

    @property
    def change(self) -> str:
        """What became of it, in a word: added, removed or changed."""
        if self.before is None:
            return "added"
        return "removed" if self.after is None else "changed"


class Workspace:
    """The state that one user of the mock works on.

    clock: where "now" comes from; by default one that starts at the fixtures' own time and runs on.
    mutants: ids of the misbehaviours that are switched on here.
    """

    def __init__(
        self, world: World, clock: Clock | None = None, *, name: str = "default", mutants: frozenset[str] = frozenset()
    ) -> None:
        self.name = name
        self.world = world
        self.clock = clock if clock is not None else Clock(world.start)
        self.mutants = self._first_mutants = mutants
        self.store = Store(world.collections)
        self.journal = Journal(self.clock.now, world.mask)
        self.faults = Faults(name)
        self.issued = IssuedTokens()
        self.snapshots: dict[str, Snapshot] = {}
        self._sequences: dict[str, int] = {}
        self._seeds = 0
        self.began: datetime = self.clock.now()

    @property
    def shapes(self) -> Mapping[str, Shape]:
        """The shape of every resource, by name."""
        return self.world.shapes

    def reset_items(self) -> None:
        """Back to the fixtures: every write, and every id given out, is forgotten; jobs of the fixtures start anew."""
        self.store = Store(self.world.collections)
        self._sequences.clear()
        self._seeds = 0
        self.issued.reset()
        self.began = self.clock.now()

    def reset_mutants(self) -> None:
        """Back to the misbehaviours that the mock was started with."""
        self.mutants = self._first_mutants

    def reset(self) -> None:
        """Back to how the workspace began, its clock included."""
        self.clock.restart()
        self.reset_mutants()
        self.faults.clear()
        self.journal.clear()
        self.snapshots.clear()
        self.reset_items()

    def take_snapshot(self, name: str) -> Snapshot:
        """Keep the present state under a name, in place of what had it."""
        taken = Snapshot(self.store.freeze(), dict(self._sequences), self.clock.now(), self.began)
        self.snapshots[name] = taken
        return taken

    def restore(self, name: str) -> None:
        """Bring back items and time of a snapshot; raises WorkspaceError if there is none of that name."""
        snapshot = self._snapshot(name)
        self.store = Store(snapshot.items)
        self._sequences = dict(snapshot.sequences)
        self.began = snapshot.began
        # Jobs that were on their way then have the same way before them again.
        self.clock.rewind(snapshot.now)

    def differences(self, name: str | None = None) -> Iterator[Difference]:
        """The items that are not what they were in a snapshot, or in the fixtures; raises WorkspaceError."""
        before = self._snapshot(name).items if name is not None else self.world.collections
        return _all_differences(before, self.store.freeze())

    def adopt(self, world: World) -> tuple[Misfit, ...]:
        """Go on in another world, snapshots included, with all that still fits; gives what does not."""
        carrier = Carrier(world)
        store, misfits = carrier.carry(self.differences(), self.name)
        for name, snapshot in list(self.snapshots.items()):
            kept, lost = carrier.carry(_all_differences(self.world.collections, snapshot.items), f"{self.name}, {name}")
            self.snapshots[name] = replace(snapshot, items=kept.freeze())
            misfits += lost
        self.world, self.store = world, store
        return misfits

    def next_id(self, resource: str) -> Id:
        """An id that no item of the resource has or had: the next whole number, or a UUID."""
        number = self._sequences.get(resource, self.world.highest(resource)) + 1
        self._sequences[resource] = number
        if self.world.shapes[resource].has_integer_ids:
            return number
        return str(uuid.uuid5(_NAMESPACE, f"{resource}/{number}"))

    def next_seed(self) -> int:
        """A seed for made-up data: another one each time, and the same ones after a reset."""
        self._seeds += 1
        return self._seeds

    def note_id(self, resource: str, identifier: Id) -> None:
        """Let the sequence continue after an id that somebody chose, unless it would never have come to it."""
        known = self._sequences.get(resource, self.world.highest(resource))
        if isinstance(identifier, int) and known < identifier <= known + _NEAR:
            self._sequences[resource] = identifier

    def _snapshot(self, name: str) -> Snapshot:
        found = self.snapshots.get(name)
        if found is None:
            known = ", ".join(sorted(self.snapshots)) or "none"
            raise WorkspaceError(f"there is no snapshot {name!r}", hint=f"known: {known}")
        return found


def _all_differences(before: Mapping[Table, Collection], after: Mapping[Table, Collection]) -> Iterator[Difference]:
    for table in sorted({*before, *after}, key=repr):
        former, present = before.get(table), after.get(table)
        if former is not present:
            yield from _compare(table[0], former or Collection(), present or Collection())


def _compare(resource: str, before: Collection, after: Collection) -> Iterator[Difference]:
    for former in before:
        present: Any = after.get(former.key[-1])
        if present is not former:
            yield Difference(resource, former.key, former, present)
    for present in after:
        if before.get(present.key[-1]) is None:
            yield Difference(resource, present.key, None, present)
