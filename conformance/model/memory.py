"""What the model remembers of a target: things, their states and tags, and pages of lists.

Only what the target itself said is remembered. Whatever a write may have changed is forgotten, so that nobody is
blamed for what may well be right.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.exchange.shape import Item, created_at

_SURE = 3
"""How often two pages must have contradicted each other."""

Key = tuple[str, ...]
"""Resource and ids: of the whole chain, or of the thing alone where its id is its own everywhere."""


@dataclass(slots=True)
class Thing:
    """One thing as it was last seen: fields, with what wrote them; its state; tag and bytes of its representation.

    is_told: whether tag and bytes are those of an answer to a write, which may show the thing in another form.
    sent: fields of a change or create that were not read back yet, by the operation that sent them.
    others: fields that changes of other things have sent since, each with the operation that sent it last.
    """

    fields: Mapping[str, Any] = field(default_factory=dict)
    state: str | None = None
    tag: str | None = None
    body: bytes = b""
    is_told: bool = False
    sent: Mapping[str, Any] = field(default_factory=dict)
    sender: str = ""
    others: Mapping[str, tuple[Any, str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """A page of a list: the ids that it showed, and the total that it told."""

    ids: tuple[str, ...]
    total: int | None


@dataclass(slots=True)
class Shown:
    """Pages of one list under one query, by number."""

    version: int
    pages: dict[str, Page] = field(default_factory=dict)
    _doubts: dict[tuple[str, frozenset[str]], tuple[str, int]] = field(default_factory=dict)

    def is_sure(self, behaviour: str, number: str, other: str) -> bool:
        """Whether two pages contradict each other once more, and by now often enough; each is to be asked in turn."""
        key = (behaviour, frozenset((number, other)))
        last, times = self._doubts.get(key, ("", 0))
        times += last != number
        self._doubts[key] = (number, times)
        return times >= _SURE


@dataclass(slots=True)
class Memory:
    """Everything that was seen.

    made: when each thing was made, as the answer to its create told. moving: lists that somebody else writes to.
    version: counts the writes, after which lists may be other ones.
    """

    things: dict[Key, Thing] = field(default_factory=dict)
    created: dict[Key, str] = field(default_factory=dict)
    made: dict[Key, Any] = field(default_factory=dict)
    deleted: dict[Key, str] = field(default_factory=dict)
    shown: dict[tuple[Any, ...], Shown] = field(default_factory=dict)
    moving: set[tuple[Any, ...]] = field(default_factory=set)
    version: int = 0

    def shown_at(self, key: tuple[Any, ...]) -> Shown:
        """Pages of a list under a query that still hold."""
        if key not in self.shown or self.shown[key].version != self.version:
            self.shown[key] = Shown(self.version)
        return self.shown[key]

    def is_back(self, key: Key, item: Item) -> bool:
        """Whether something that was deleted is shown; somebody else may have made another thing of that id since."""
        made, shown = self.made.get(key), created_at(item)
        if made is not None and shown is not None and made != shown:
            self.deleted.pop(key, None)
        return key in self.deleted

    def thing(self, key: Key) -> Thing:
        """What is known of a thing; new and blank for one that was never seen."""
        return self.things.setdefault(key, Thing())

    def forget(self, resources: frozenset[str]) -> None:
        """Forget all things of some resources."""
        for table in (self.things, self.created):
            for key in [key for key in table if key[0] in resources]:
                del table[key]

    def note_change(self, key: Key, sent: Mapping[str, Any], operation: str) -> None:
        """One thing was changed: what others of its resource show from now on may be the doing of that."""
        told = {name: (value, operation) for name, value in sent.items()}
        for other, thing in self.things.items():
            if other[0] == key[0] and other != key and thing.sent:
                thing.others = {**thing.others, **told}

    def touch(self, key: Key) -> None:
        """Something was done to a thing: what was seen of it holds no longer, but for the state it had reached."""
        known = self.things.get(key)
        self.things[key] = Thing(state=known.state if known is not None else None)
