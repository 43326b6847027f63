"""What the model remembers of a target: things, their states and tags, and pages of lists.

Only what the target itself said is remembered. Whatever a write may have changed is forgotten, so that nobody is
blamed for what may well be right.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

Key = tuple[str, ...]
"""Resource and ids: of the whole chain, or of the thing alone where its id is its own everywhere."""


@dataclass(slots=True)
class Thing:
    """One thing as it was last seen: fields, with what wrote them; its state; tag and bytes of its representation.

    sent: fields of a change or create that were not read back yet, by the operation that sent them.
    """

    fields: Mapping[str, Any] = field(default_factory=dict)
    state: str | None = None
    tag: str | None = None
    body: bytes = b""
    sent: Mapping[str, Any] = field(default_factory=dict)
    sender: str = ""


@dataclass(slots=True)
class Shown:
    """Pages of one list under one query: page number or cursor to the ids it showed, and the total that it told."""

    version: int
    pages: dict[str, tuple[str, ...]] = field(default_factory=dict)
    total: int | None = None


@dataclass(slots=True)
class Memory:
    """Everything that was seen. version: counts the writes, after which lists may be other ones."""

    things: dict[Key, Thing] = field(default_factory=dict)
    created: dict[Key, str] = field(default_factory=dict)
    deleted: dict[Key, str] = field(default_factory=dict)
    shown: dict[tuple[Any, ...], Shown] = field(default_factory=dict)
    version: int = 0

    def thing(self, key: Key) -> Thing:
        """What is known of a thing; new and blank for one that was never seen."""
        return self.things.setdefault(key, Thing())

    def forget(self, resources: frozenset[str]) -> None:
        """Forget all things of some resources."""
        for table in (self.things, self.created):
            for key in [key for key in table if key[0] in resources]:
                del table[key]

    def touch(self, key: Key) -> None:
        """Something was done to a thing: what was seen of it holds no longer, but for the state it had reached."""
        known = self.things.get(key)
        self.things[key] = Thing(state=known.state if known is not None else None)
