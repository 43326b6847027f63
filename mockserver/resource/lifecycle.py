"""How an item changes on its own: a pure function of its lifecycle, its start and the time."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from spec.lifecycle import Lifecycle


@dataclass(frozen=True, slots=True)
class Step:
    """A state, and the moment at which it was entered."""

    state: str
    entered: datetime


def walk(lifecycle: Lifecycle, start: Step, now: datetime, outcome: str | None = None) -> tuple[Step, ...]:
    """The states passed from `start` up to `now`, oldest first; the last one is the present state.

    A state with a duration is left after it, for the first of its transitions, or for `outcome` where
    that is one of them. A state without a duration or without transitions is never left. Of a cycle
    that went round before, only the present round is told.
    """
    passed = [start]
    while following := _next(lifecycle, passed[-1], now, outcome):
        first = next((place for place, step in enumerate(passed) if step.state == following.state), None)
        if first is not None:
            return _present_round(passed[first:], following.entered - passed[first].entered, now) or tuple(passed)
        passed.append(following)
    return tuple(passed)


def success_state(lifecycle: Lifecycle) -> str | None:
    """The terminal state that is reached when every first transition is taken; None if there is no such end."""
    state, seen = lifecycle.initial, set[str]()
    while not lifecycle.is_terminal(state):
        if state in seen:
            return None
        seen.add(state)
        state = lifecycle.transitions[state][0]
    return state


def allows(lifecycle: Lifecycle, state: str, target: str) -> bool:
    """Whether an item may be moved from one state to another; staying is always allowed."""
    return state == target or target in lifecycle.transitions.get(state, ())


def _next(lifecycle: Lifecycle, step: Step, now: datetime, outcome: str | None) -> Step | None:
    targets, seconds = lifecycle.transitions.get(step.state, ()), lifecycle.durations.get(step.state)
    # Compared as numbers first: a state of a million years must not overflow a date.
    if not targets or seconds is None or (now - step.entered).total_seconds() < seconds:
        return None
    return Step(outcome if outcome in targets else targets[0], step.entered + timedelta(seconds=seconds))


def _present_round(cycle: list[Step], length: timedelta, now: datetime) -> tuple[Step, ...]:
    """The steps of a cycle's present round; none where a round takes no time, so that nobody goes round for ever."""
    if not length:
        return ()
    # Whole rounds are skipped: an item that was left alone for a year costs no more than a young one.
    gone = length * ((now - cycle[0].entered) // length)
    return tuple(Step(step.state, step.entered + gone) for step in cycle if step.entered + gone <= now)
