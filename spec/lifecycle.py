"""Lifecycles: the states of a thing, and how it moves between them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Lifecycle:
    """How a resource changes on its own (source: `x-lifecycle` on its schema).

    field: name of the status field. transitions: state to the states it may move to.
    durations: state to seconds spent in it before the first listed transition happens.
    """

    field: str
    initial: str
    states: tuple[str, ...]
    transitions: Mapping[str, tuple[str, ...]]
    active: tuple[str, ...]
    durations: Mapping[str, float]

    def is_terminal(self, state: str) -> bool:
        """Whether nothing follows this state."""
        return not self.transitions.get(state)

    def can_become(self, before: str, after: str) -> bool:
        """Whether an item in one state may be seen in another one later; states between may have been missed."""
        reached, rest = {before}, [before]
        while rest:
            for state in self.transitions.get(rest.pop(), ()):
                if state not in reached:
                    reached.add(state)
                    rest.append(state)
        return after in reached

    @property
    def usual_end(self) -> str:
        """Where things come to when nothing goes wrong: the first listed transition, followed from the start."""
        state, seen = self.initial, set[str]()
        while self.transitions.get(state) and state not in seen:
            seen.add(state)
            state = self.transitions[state][0]
        return state
