"""Clocks: real, scaled and frozen; they move forward only."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta, timezone

import pytest

from mockserver.errors import ClockError
from mockserver.state.clock import FASTEST, Clock

START = datetime(2026, 1, 15, 12, tzinfo=UTC)


class Ticker:
    """Seconds that pass when the test says so."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def ticker() -> Ticker:
    return Ticker()


@pytest.mark.parametrize(("rate", "mode", "seconds"), [(0, "frozen", 0), (1, "real", 10), (60, "scaled", 600)])
def test_a_clock_runs_at_its_rate(ticker: Ticker, rate: float, mode: str, seconds: float) -> None:
    clock = Clock(START, rate, source=ticker)
    ticker.seconds += 10
    assert (clock.mode, clock.rate) == (mode, rate)
    assert clock.now() == START + timedelta(seconds=seconds)


def test_a_new_rate_counts_from_now_on(ticker: Ticker) -> None:
    clock = Clock(START, source=ticker)
    ticker.seconds += 10
    clock.run(0)
    ticker.seconds += 10
    clock.run(2)
    ticker.seconds += 10
    assert clock.now() == START + timedelta(seconds=30)


@pytest.mark.parametrize("rate", [0, 1, 7])
def test_any_clock_can_be_advanced_and_set(ticker: Ticker, rate: float) -> None:
    clock = Clock(START, rate, source=ticker)
    clock.advance(1.5)
    assert clock.now() == START + timedelta(seconds=1.5)
    clock.set(START.astimezone(timezone(timedelta(hours=5))) + timedelta(days=3))
    assert clock.now() == START + timedelta(days=3)
    assert clock.now().utcoffset() == timedelta()


@pytest.mark.parametrize(
    "do",
    [
        lambda clock: clock.advance(-1),
        lambda clock: clock.advance(float("nan")),
        lambda clock: clock.advance(1e30),
        lambda clock: clock.set(START - timedelta(seconds=1)),
        lambda clock: clock.set(datetime(2027, 1, 1)),  # noqa: DTZ001 - this is the mistake
        lambda clock: clock.run(-1),
        lambda clock: clock.run(FASTEST * 2),
        lambda clock: clock.run(float("nan")),
    ],
    ids=["backwards", "by nothing known", "beyond time", "into the past", "without zone", "reverse", "too fast", "odd"],
)
def test_what_no_clock_does_is_refused_and_changes_nothing(ticker: Ticker, do: Callable[[Clock], None]) -> None:
    clock = Clock(START, source=ticker)
    with pytest.raises(ClockError) as caught:
        do(clock)
    assert caught.value.hint
    ticker.seconds += 1
    assert clock.now() == START + timedelta(seconds=1)


def test_a_clock_wants_a_time_zone() -> None:
    with pytest.raises(ClockError, match="time zone"):
        Clock(datetime(2026, 1, 15))  # noqa: DTZ001 - this is the mistake


def test_a_clock_can_begin_anew(ticker: Ticker) -> None:
    clock = Clock(START, 3, source=ticker)
    clock.run(0)
    clock.advance(60)
    assert clock.fresh().now() == START
    clock.restart()
    ticker.seconds += 1
    assert (clock.now(), clock.rate) == (START + timedelta(seconds=3), 3)


def test_only_a_rewind_goes_back(ticker: Ticker) -> None:
    clock = Clock(START, source=ticker)
    ticker.seconds += 9
    clock.rewind(START + timedelta(seconds=4))
    assert clock.now() == START + timedelta(seconds=4)
