"""Items that have one parent, kept in order: the rows of a store.

Lists are read from *views*: sorted ids of the items that meet a condition, built when first asked for and kept up to
date by every write, so that neither reading one item nor cutting a page looks at the others.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right, insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from mockserver.state.fields import Stretch, as_fields

Id = str | int
Key = tuple[Id, ...]
"""Ids of an item's ancestors and its own, outermost first."""

Condition = tuple[tuple[str, frozenset[Any]], ...]
"""Fields and the values they may have; an empty one holds for every item."""

Row = tuple[int, Any, int, Id]
"""What an item is ordered by: kind and value of a field, then kind and value of its id. Flat, for there are many."""

_MOST_VIEWS: Final = 32
"""Conditions come from clients, so views are bounded; the one that was built first goes first."""

_MOST_STRETCHES: Final = 8
"""Pages of one view that are kept as they were last read."""


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
