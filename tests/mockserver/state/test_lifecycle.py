"""Lifecycles as a pure function of time, and the clocks that tell it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.resource.lifecycle import Step, allows, success_state, walk
from spec.lifecycle import Lifecycle

START = datetime(2026, 1, 15, 12, tzinfo=UTC)


def lifecycle(transitions: dict[str, tuple[str, ...]], durations: dict[str, float], initial: str) -> Lifecycle:
    states = tuple(dict.fromkeys([initial, *transitions, *(to for row in transitions.values() for to in row)]))
    return Lifecycle("status", initial, states, MappingProxyType(transitions), (), MappingProxyType(durations))


JOB = lifecycle({"queued": ("running",), "running": ("completed", "failed")}, {"queued": 5, "running": 30}, "queued")
RING = lifecycle({"red": ("green",), "green": ("amber",), "amber": ("red",)}, {"red": 3, "green": 2, "amber": 1}, "red")


@st.composite
def lifecycles(draw: st.DrawFn, *, instant: bool = True) -> Lifecycle:
    names = [f"s{number}" for number in range(draw(st.integers(1, 6)))]
    rows = st.lists(st.sampled_from(names), max_size=3, unique=True).map(tuple)
    transitions = {name: draw(rows) for name in names}
    timed = draw(st.lists(st.sampled_from(names), unique=True))
    seconds = st.one_of(*([st.just(0.0)] if instant else []), st.floats(0.5, 1e4), st.just(1e18))
    return lifecycle(transitions, {name: draw(seconds) for name in timed}, names[0])


@given(lifecycles(), st.integers(0, 10**9), st.sampled_from([None, "s0", "s1", "elsewhere"]))
def test_an_item_never_leaves_its_table(table: Lifecycle, seconds: int, outcome: str | None) -> None:
    steps = walk(table, Step(table.initial, START), START + timedelta(seconds=seconds), outcome)
    assert steps
    for before, after in pairwise(steps):
        assert after.state in table.transitions[before.state]
        assert before.entered <= after.entered
    assert steps[0].entered >= START
    assert steps[-1].entered <= START + timedelta(seconds=seconds)
    assert {step.state for step in steps} <= set(table.states)


# A round that takes no time has no present place, so that looking at it means something else each time.
@given(lifecycles(instant=False), st.integers(0, 10**6), st.integers(0, 10**6))
def test_looking_in_between_changes_nothing(table: Lifecycle, first: int, then: int) -> None:
    middle = walk(table, Step(table.initial, START), START + timedelta(seconds=first))[-1]
    end = START + timedelta(seconds=first + then)
    assert walk(table, middle, end)[-1] == walk(table, Step(table.initial, START), end)[-1]


@given(lifecycles(), st.integers(0, 10**9))
def test_a_terminal_state_is_for_ever(table: Lifecycle, seconds: int) -> None:
    for state in table.states:
        if table.is_terminal(state):
            steps = walk(table, Step(state, START), START + timedelta(seconds=seconds))
            assert steps == (Step(state, START),)


@pytest.mark.parametrize(
    ("seconds", "state", "entered"),
    [
        (0, "queued", 0),
        (4.9, "queued", 0),
        (5, "running", 5),
        (34, "running", 5),
        (35, "completed", 35),
        (9**9, "completed", 35),
    ],
)
def test_a_job_takes_its_time(seconds: float, state: str, entered: float) -> None:
    last = walk(JOB, Step("queued", START), START + timedelta(seconds=seconds))[-1]
    assert last == Step(state, START + timedelta(seconds=entered))


def test_an_outcome_decides_where_several_states_may_follow() -> None:
    steps = walk(JOB, Step("queued", START), START + timedelta(hours=1), "failed")
    assert [step.state for step in steps] == ["queued", "running", "failed"]


def test_a_ring_goes_round_in_the_right_beat_for_a_century() -> None:
    century = timedelta(days=36500)
    beats = [walk(RING, Step("red", START), START + century + timedelta(seconds=n))[-1].state for n in range(6)]
    assert beats == ["red", "red", "red", "green", "green", "amber"]


def test_a_ring_without_durations_stands_still() -> None:
    still = lifecycle({"a": ("b",), "b": ("a",)}, {"a": 0, "b": 0}, "a")
    assert walk(still, Step("a", START), START + timedelta(hours=1))[-1].state in ("a", "b")


@pytest.mark.parametrize(("table", "state"), [(JOB, "completed"), (RING, None)], ids=["job", "ring"])
def test_success_is_where_the_first_transitions_lead(table: Lifecycle, state: str | None) -> None:
    assert success_state(table) == state


def test_only_listed_moves_are_allowed() -> None:
    assert allows(JOB, "running", "failed")
    assert allows(JOB, "failed", "failed")
    assert not allows(JOB, "failed", "running")
