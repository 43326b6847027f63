"""An item as it is at a given moment: its state, and the fields that follow from how it got there.

Nothing runs in the background. An item is stored as it was last written, and whoever reads it works out
what has become of it since; so time only passes where somebody looks, and any clock will do.
"""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mockserver.errors import shorten
from mockserver.exchange import Refusal
from mockserver.resource.lifecycle import Step, allows, success_state, walk
from mockserver.resource.moment import write_moment
from mockserver.resource.signing import LIFETIME, sign_link
from spec.resource import Meaning

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from mockserver.state.collection import Entry
    from spec.lifecycle import Lifecycle
    from spec.resource import Shape

_SMALLEST, _SPREAD = 1_000_000, 50_000_000
_CONTENT = 4096


class Progress:
    """How the items of one resource change on their own."""

    def __init__(self, shape: Shape) -> None:
        self._shape = shape
        self._lifecycle = shape.resource.lifecycle
        self._success = success_state(self._lifecycle) if self._lifecycle else None

    @property
    def success(self) -> str | None:
        """The state of an item that came to a good end, where the lifecycle has one."""
        return self._success

    @property
    def is_still(self) -> bool:
        """Whether nothing here changes on its own."""
        return self._lifecycle is None

    @property
    def volatile(self) -> frozenset[str]:
        """Fields that change without anybody writing them."""
        if self._lifecycle is None:
            return frozenset()
        ends = (Meaning.STARTED, Meaning.ENDED, Meaning.EXPIRES, Meaning.SIZE, Meaning.DIGEST)
        named = (name for meaning in ends for name in self._shape.fields_meaning(meaning))
        return frozenset({self._lifecycle.field, *named, *self._shape.renewable})

    def state_of(self, entry: Entry) -> str | None:
        """The state that an entry says it is in."""
        return str(entry.fields.get(self._lifecycle.field)) if self._lifecycle else None

    def at(self, entry: Entry, now: datetime, began: datetime) -> Entry:
        """The entry as it is now; the entry itself where nothing has changed.

        began: when the world began, for items that were there from the start.
        """
        lifecycle = self._lifecycle
        if lifecycle is None or entry.hold:
            return entry
        state = entry.fields.get(lifecycle.field)
        if not isinstance(state, str) or state not in lifecycle.durations or lifecycle.is_terminal(state):
            return entry
        steps = walk(lifecycle, Step(state, entry.entered or began), now, entry.outcome)
        if len(steps) == 1 and steps[0].state == state:
            return entry
        if any(step.state == self._success for step in steps[1:]):
            entry = self._completed(entry)
        fields = dict(entry.fields)
        for step in steps[1:]:
            fields |= {name: value for name, value in self._marks(lifecycle, entry, step) if fields.get(name) is None}
        fields[lifecycle.field] = steps[-1].state
        return replace(entry, fields=fields, entered=steps[-1].entered)

    def moved(self, former: Entry, fields: dict[str, Any], now: datetime) -> Entry:
        """The entry with new fields; where its state is another one, it enters that state now.

        Raises Refusal(conflict) for a state that cannot follow the former one.
        """
        lifecycle = self._lifecycle
        before = self.state_of(former)
        if lifecycle is None or before is None or fields.get(lifecycle.field) == before:
            return replace(former, fields=fields)
        after = fields.get(lifecycle.field)
        if not isinstance(after, str) or not allows(lifecycle, before, after):
            raise Refusal("conflict", f"what is {before} cannot become {shorten(str(after), 60)!r}")
        if after == self._success:
            former = self._completed(former)
        marks = self._marks(lifecycle, former, Step(after, now))
        fields |= {name: value for name, value in marks if fields.get(name) is None}
        return replace(former, fields=fields, entered=now, hold=False)

    def _marks(self, lifecycle: Lifecycle, entry: Entry, step: Step) -> Iterator[tuple[str, Any]]:
        """What an item gets when it enters a state, unless it has it already."""
        yield from self._moments(Meaning.STARTED, step.entered)
        if lifecycle.is_terminal(step.state):
            yield from self._moments(Meaning.ENDED, step.entered)
        if step.state == self._success:
            yield from self.renewed(entry, step.entered)
            for name in self._shape.fields_meaning(Meaning.SIZE):
                if self._shape.properties[name].get("nullable"):
                    yield name, _size_of(entry) if entry.content is None else len(entry.content)
            for name in self._shape.fields_meaning(Meaning.DIGEST) if entry.content is not None else ():
                yield name, hashlib.sha256(entry.content or b"").hexdigest()

    def _completed(self, entry: Entry) -> Entry:
        """The entry with bytes to hand out, where its resource has such and nobody gave it any."""
        if not self._shape.has_content or entry.content is not None:
            return entry
        return replace(entry, content=_content_of(entry))

    def renew(self, entry: Entry, now: datetime) -> Entry:
        """The entry with fresh links, good from now on."""
        renewed = replace(entry, renewals=entry.renewals + 1)
        fields = {**entry.fields, **dict(self.renewed(renewed, now)), **dict(self._moments(Meaning.UPDATED, now))}
        return replace(renewed, fields=fields)

    def renewed(self, entry: Entry, issued: datetime) -> Iterator[tuple[str, Any]]:
        """Fresh values for the fields that an operation renews, and when they run out."""
        for name in self._shape.renewable:
            yield name, sign_link(self._shape.name, entry.key, issued, entry.renewals)
        if self._shape.renewable:
            yield from self._moments(Meaning.EXPIRES, issued + LIFETIME)

    def _moments(self, meaning: Meaning, moment: datetime) -> Iterator[tuple[str, Any]]:
        for name in self._shape.fields_meaning(meaning):
            yield name, write_moment(self._shape.properties[name], moment)


def _content_of(entry: Entry) -> bytes:
    """Bytes that are the same every time and of every kind, so that whoever takes them for text finds out."""
    return hashlib.shake_256(repr(entry.key).encode()).digest(_CONTENT)


def _size_of(entry: Entry) -> int:
    """A size that looks measured and is the same every time: the contract does not say what is in there."""
    digest = hashlib.sha256(repr(entry.key).encode()).digest()
    return _SMALLEST + int.from_bytes(digest[:4]) % _SPREAD
