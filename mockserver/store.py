"""Where items live: collections of siblings, kept in order, shared until somebody writes.

A collection holds the items of one resource under one parent. Lists are read from *views*: sorted
ids of the items that meet a condition, built when first asked for and kept up to date by every write,
so that neither reading one item nor cutting a page looks at the others.

A `Store` starts from collections that many stores share. The first write to one of them copies that
collection's tables, not its items: items are frozen and are replaced whole.

Besides items, a store keeps the replies that a repeated request is to get again; they share its fate.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from mockserver.fields import Stretch, as_fields

Id = str | int
Key = tuple[Id, ...]
"""Ids of an item's ancestors and its own, outermost first."""

Table = tuple[str, Key]
"""A resource, and the key of the parent that its items are under."""

Condition = tuple[tuple[str, frozenset[Any]], ...]
"""Fields and the values they may have; an empty one holds for every item."""

Row = tuple[int, Any, int, Id]
"""What an item is ordered by: kind and value of a field, then kind and value of its id. Flat, for there are many."""

_MOST_VIEWS: Final = 32
"""Conditions come from clients, so views are bounded; the one that was built first goes first."""

_MOST_STRETCHES: Final = 8
"""Pages of one view that are kept as they were last read."""

MOST_ITEMS: Final = 100_000
"""How many items a workspace may have beyond those it began with."""

_MOST_REPLIES: Final = 1000


@dataclass(frozen=True, slots=True)
class Entry:
    """One stored item; never changed, only replaced.

    fields: what a reader is shown. content: its bytes, where it has some.
    entered: when it came into its present state; None means when the world began.
    hold: its state never changes on its own. outcome: where it goes if several states could follow.
    renewals: how often its links were renewed.
    """

    key: Key
    fields: Mapping[str, Any]
    content: bytes | None = field(default=None, repr=False)
    entered: datetime | None = None
    hold: bool = False
    outcome: str | None = None
    renewals: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "fields", as_fields(self.fields))


class Collection:
    """The items of one resource under one parent."""

    __slots__ = ("_entries", "_views")

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._entries: dict[Id, Entry] = {entry.key[-1]: entry for entry in entries}
        self._views: dict[tuple[str, Condition], Selection] = {}

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    def get(self, identifier: Id) -> Entry | None:
        """The item with that id among its siblings."""
        return self._entries.get(identifier)

    def select(self, order_by: str, condition: Condition = ()) -> Selection:
        """The items that meet a condition, ascending by a field, numbers before texts, ties by id."""
        name = (order_by, condition)
        view = self._views.get(name)
        if view is None:
            rows = sorted(_row(order_by, entry) for entry in self._entries.values() if meets(entry.fields, condition))
            while len(self._views) >= _MOST_VIEWS:
                del self._views[next(iter(self._views))]
            view = self._views[name] = Selection(rows, self._entries)
        return view

    def put(self, entry: Entry) -> bool:
        """Store an item, in place of the one that had its id; tell whether there was none."""
        former = self._entries.get(entry.key[-1])
        self._entries[entry.key[-1]] = entry
        for (order_by, condition), view in self._views.items():
            if former is not None:
                view.drop(_row(order_by, former))
            if not condition or meets(entry.fields, condition):
                view.add(_row(order_by, entry))
        return former is None

    def drop(self, identifier: Id) -> bool:
        """Forget an item; tell whether there was one."""
        former = self._entries.pop(identifier, None)
        if former is not None:
            for (order_by, _), view in self._views.items():
                view.drop(_row(order_by, former))
        return former is not None

    def copy(self) -> Collection:
        """A collection with the same items that can be changed alone."""
        other = Collection()
        other._entries = dict(self._entries)
        other._views = {name: view.copy(other._entries) for name, view in self._views.items()}
        return other


class Selection(Sequence[Entry]):
    """Items of a collection in order, looked up only when they are asked for; it follows what is written."""

    __slots__ = ("_entries", "_rows", "_stretches")

    def __init__(self, rows: list[Row], entries: Mapping[Id, Entry]) -> None:
        self._rows = rows
        self._entries = entries
        self._stretches: dict[tuple[int, int, bool], Stretch] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            return [self._entries[row[3]] for row in self._rows[index]]
        return self._entries[self._rows[index][3]]

    def place_of(self, order_by: str, entry: Entry) -> tuple[int, int]:
        """How many items stand before an item's place in the order, and how many before or at it."""
        row = _row(order_by, entry)
        return bisect_left(self._rows, row), bisect_right(self._rows, row)

    def stretch(self, start: int, stop: int, *, backwards: bool = False) -> Stretch:
        """The fields of the items between two places, kept until the next write: lists are read again and again."""
        place = (start, stop, backwards)
        found = self._stretches.get(place)
        if found is None:
            if len(self._stretches) >= _MOST_STRETCHES:
                self._stretches.clear()
            entries = self[start:stop]
            fields = [as_fields(entry.fields) for entry in (reversed(entries) if backwards else entries)]
            found = self._stretches[place] = Stretch(fields)
        return found

    def add(self, row: Row) -> None:
        """Take in an item; only the collection may say so."""
        self._stretches.clear()
        # What is new mostly belongs at the end.
        if not self._rows or self._rows[-1] < row:
            self._rows.append(row)
        else:
            insort(self._rows, row)

    def drop(self, row: Row) -> None:
        """Forget an item, if it is here; only the collection may say so."""
        place = bisect_left(self._rows, row)
        if place < len(self._rows) and self._rows[place] == row:
            self._stretches.clear()
            del self._rows[place]

    def copy(self, entries: Mapping[Id, Entry]) -> Selection:
        """The same order, for entries that can be changed alone."""
        return Selection(list(self._rows), entries)


class Baseline(dict[Table, Collection]):
    """What stores start from and share; never written once it is made.

    replies: for requests that are repeated. added: how many items there are beyond those of the world.
    """

    def __init__(
        self, collections: Mapping[Table, Collection], *, replies: Mapping[Any, Any] | None = None, added: int = 0
    ) -> None:
        super().__init__(collections)
        self.replies: Mapping[Any, Any] = replies or {}
        self.added = added
        self._keys: dict[str, Mapping[Id, Key]] = {}

    def keys_of(self, resource: str) -> Mapping[Id, Key]:
        """Id to key of all items of a resource, whatever their parents; worked out when first asked for."""
        found = self._keys.get(resource)
        if found is None:
            tables = (collection for (name, _), collection in self.items() if name == resource)
            found = self._keys[resource] = {entry.key[-1]: entry.key for items in tables for entry in items}
        return found


class Store:
    """The items of one workspace; reads what it never wrote from the shared collections.

    most: how many items may be added.
    """

    def __init__(self, shared: Mapping[Table, Collection], *, most: int = MOST_ITEMS) -> None:
        self._shared = shared if isinstance(shared, Baseline) else Baseline(shared)
        self._own: dict[Table, Collection] = {}
        self._keys: dict[str, dict[Id, Key | None]] = {}
        self._replies: dict[Any, Any] = dict(self._shared.replies)
        self._added = self._shared.added
        self._most = most

    @property
    def has_room(self) -> bool:
        """Whether one more item may be added."""
        return self._added < self._most

    def collection(self, resource: str, parent: Key = ()) -> Collection:
        """The items of a resource under a parent, to read from; empty where there are none."""
        own = self._own.get((resource, parent))
        # Emptied is not the same as never written: an empty collection of our own still hides the shared one.
        if own is not None:
            return own
        shared = self._shared.get((resource, parent))
        return shared if shared is not None else Collection()

    def get(self, resource: str, key: Key) -> Entry | None:
        """The item with that key, or None."""
        table = (resource, key[:-1])
        found = self._own.get(table)
        if found is None and (found := self._shared.get(table)) is None:
            return None
        return found.get(key[-1])

    def find(self, resource: str, identifier: Id) -> Entry | None:
        """The item with that id, whatever its parents, or None; for resources whose ids are unique throughout."""
        written = self._keys.get(resource)
        if written is None:
            written = self._keys[resource] = self._written_keys(resource)
        key = written[identifier] if identifier in written else self._shared.keys_of(resource).get(identifier)
        return self.get(resource, key) if key is not None else None

    def put(self, resource: str, entry: Entry) -> None:
        """Store an item, in place of the one that had its key."""
        self._added += self._writable(resource, entry.key[:-1]).put(entry)
        if resource in self._keys:
            self._keys[resource][entry.key[-1]] = entry.key

    def drop(self, resource: str, key: Key) -> None:
        """Forget an item; nothing happens if there is none."""
        self._added -= self._writable(resource, key[:-1]).drop(key[-1])
        if resource in self._keys:
            self._keys[resource][key[-1]] = None

    def clear(self, resource: str, parent: Key) -> None:
        """Forget every item of a resource under one parent."""
        former = self.collection(resource, parent)
        if len(former) == 0:
            return
        self._added -= len(former)
        if resource in self._keys:
            self._keys[resource] |= dict.fromkeys(entry.key[-1] for entry in former)
        self._own[resource, parent] = Collection()

    def reply_to(self, request: Any) -> Any:
        """What was kept for a request, or None."""
        return self._replies.get(request)

    def keep_reply(self, request: Any, reply: Any) -> None:
        """Keep a reply for the time that its request is repeated; of too many, the oldest go."""
        self._replies[request] = reply
        while len(self._replies) > _MOST_REPLIES:
            del self._replies[next(iter(self._replies))]

    def freeze(self) -> Mapping[Table, Collection]:
        """All that is kept, as it is now, for other stores to start from; this one copies before it writes on."""
        self._shared = Baseline({**self._shared, **self._own}, replies=dict(self._replies), added=self._added)
        self._own = {}
        self._keys = {}
        return self._shared

    def _written_keys(self, resource: str) -> dict[Id, Key | None]:
        """Keys of the items in the tables that were written; None for those that are gone."""
        own = [(parent, items) for (name, parent), items in self._own.items() if name == resource]
        former = (entry for parent, _ in own for entry in self._shared.get((resource, parent), ()))
        gone: dict[Id, Key | None] = dict.fromkeys(entry.key[-1] for entry in former)
        return gone | {entry.key[-1]: entry.key for _, items in own for entry in items}

    def _writable(self, resource: str, parent: Key) -> Collection:
        name = (resource, parent)
        if name not in self._own:
            self._own[name] = self._shared[name].copy() if name in self._shared else Collection()
        return self._own[name]


def meets(fields: Mapping[str, Any], condition: Condition) -> bool:
    """Whether an item's fields have allowed values."""
    return all(_holds(fields.get(name), allowed) for name, allowed in condition)


def order_of(value: Any) -> tuple[int, Any]:
    """Sort key of a field's value: nothing, then numbers by size, then texts, then whatever else by its text."""
    if value is None:
        return (0, 0)
    if isinstance(value, str):
        return (2, value)
    return (1, value) if isinstance(value, int | float) else (3, repr(value))


def _row(order_by: str, entry: Entry) -> Row:
    identifier = entry.key[-1]
    return (*order_of(entry.fields.get(order_by)), 2 if isinstance(identifier, str) else 1, identifier)


def _holds(value: Any, allowed: frozenset[Any]) -> bool:
    # A list or an object is never one of the allowed plain values, and could not even be looked up.
    return type(value) is not list and not isinstance(value, dict) and value in allowed
