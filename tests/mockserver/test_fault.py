from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.trouble.fault import LONGEST, Effect, FaultError, FaultRule, Faults, Latency
from mockserver.trouble.reader import read_fault, write_fault

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
KNOWN = ("listShelves", "getShelf", "listBooks")


def struck(faults: Faults, count: int, operation: str | None = "getShelf", now: datetime = NOON) -> list[bool]:
    return [faults.strike(operation, now) is not None for _ in range(count)]


def faults_of(*rules: FaultRule, seed: str = "default") -> Faults:
    faults = Faults(seed)
    for rule in rules:
        faults.add(rule, NOON)
    return faults


def test_without_rules_nothing_happens() -> None:
    assert not Faults()
    assert Faults().strike("getShelf", NOON) is None


@pytest.mark.parametrize(
    ("operations", "asked", "verdict"),
    [
        ((), "getShelf", True),
        ((), None, True),
        (("getShelf",), "getShelf", True),
        (("getShelf",), "getShelfs", False),
        (("list*", "x"), "listBooks", True),
        (("*",), None, False),
    ],
)
def test_a_rule_speaks_of_some_operations(operations: tuple[str, ...], asked: str | None, verdict: bool) -> None:
    assert struck(faults_of(FaultRule(Effect.RESET, operations)), 1, asked) == [verdict]


def test_a_window_lets_some_through_first_and_then_strikes_some() -> None:
    faults = faults_of(FaultRule(Effect.EMPTY, after=2, first=3))
    assert struck(faults, 7) == [False, False, True, True, True, False, False]
    assert faults.rules[0].is_over(NOON)


def test_a_rule_ends_by_the_clock_of_the_workspace() -> None:
    faults = faults_of(FaultRule(Effect.EMPTY, seconds=10))
    assert struck(faults, 1, now=NOON + timedelta(seconds=9.9)) == [True]
    assert struck(faults, 1, now=NOON + timedelta(seconds=10)) == [False]


def test_requests_to_other_operations_do_not_use_up_a_window() -> None:
    faults = faults_of(FaultRule(Effect.EMPTY, ("listBooks",), first=1))
    assert struck(faults, 5, "getShelf") == [False] * 5
    assert struck(faults, 2, "listBooks") == [True, False]


@given(rate=st.floats(0.05, 0.95))
def test_a_rate_strikes_about_that_share(rate: float) -> None:
    hits = sum(struck(faults_of(FaultRule(Effect.EMPTY, rate=rate)), 2000))
    assert abs(hits / 2000 - rate) < 0.06


def test_rates_of_zero_and_one_are_never_and_always() -> None:
    assert struck(faults_of(FaultRule(Effect.EMPTY, rate=0.0)), 50) == [False] * 50
    assert struck(faults_of(FaultRule(Effect.EMPTY, rate=1.0)), 50) == [True] * 50


def test_the_same_requests_meet_the_same_trouble() -> None:
    rule = FaultRule(Effect.EMPTY, rate=0.5)
    assert struck(faults_of(rule), 100) == struck(faults_of(rule), 100)


def test_workspaces_and_rules_draw_apart() -> None:
    rule = FaultRule(Effect.EMPTY, rate=0.5)
    assert struck(faults_of(rule, seed="a"), 100) != struck(faults_of(rule, seed="b"), 100)


def test_a_seed_of_its_own_makes_a_rule_the_same_in_every_workspace() -> None:
    rule = FaultRule(Effect.EMPTY, rate=0.5, seed=7)
    assert struck(faults_of(rule, seed="a"), 100) == struck(faults_of(rule, seed="b"), 100)


def test_clearing_makes_draws_begin_anew() -> None:
    faults = faults_of(FaultRule(Effect.EMPTY, rate=0.5))
    before = struck(faults, 50)
    faults.clear()
    faults.add(FaultRule(Effect.EMPTY, rate=0.5), NOON)
    assert struck(faults, 50) == before


def test_delays_add_up_and_go_with_an_error() -> None:
    faults = faults_of(
        FaultRule(Effect.LATENCY, latency=Latency(0.2, 0.2)),
        FaultRule(Effect.LATENCY, latency=Latency(0.3, 0.3)),
        FaultRule(Effect.STATUS, status=429, retry_after=3),
    )
    strike = faults.strike("getShelf", NOON)
    assert strike is not None
    assert (strike.latency, strike.instead, strike.status, strike.retry_after) == (0.5, Effect.STATUS, 429, 3)
    assert strike.rules == ("fault-1", "fault-2", "fault-3")


def test_of_two_that_stand_for_the_answer_the_first_decides() -> None:
    strike = faults_of(FaultRule(Effect.RESET), FaultRule(Effect.STATUS)).strike("getShelf", NOON)
    assert strike is not None
    assert strike.instead is Effect.RESET


def test_a_delay_is_cut_at_the_longest() -> None:
    strike = faults_of(FaultRule(Effect.LATENCY, latency=Latency(median=50, sigma=9))).strike("getShelf", NOON)
    assert strike is not None
    assert strike.latency <= LONGEST


def test_an_even_delay_stays_within_its_bounds_and_varies() -> None:
    faults = faults_of(FaultRule(Effect.LATENCY, latency=Latency(0.1, 0.4)))
    drawn = [strike.latency for _ in range(500) if (strike := faults.strike("getShelf", NOON))]
    assert 0.1 <= min(drawn) < 0.13
    assert 0.37 < max(drawn) <= 0.4
    assert any(one != other for one, other in pairwise(drawn))


def test_a_long_tail_has_its_median() -> None:
    faults = faults_of(FaultRule(Effect.LATENCY, latency=Latency(median=0.1, sigma=0.5)))
    drawn = [strike.latency for _ in range(2000) if (strike := faults.strike("getShelf", NOON))]
    assert 0.09 < median(drawn) < 0.11
    assert max(drawn) > 0.3


def test_a_rule_is_ended_by_its_id() -> None:
    faults = faults_of(FaultRule(Effect.RESET), FaultRule(Effect.EMPTY))
    faults.remove("fault-1")
    assert [active.id for active in faults.rules] == ["fault-2"]
    with pytest.raises(FaultError, match="no fault 'fault-1'"):
        faults.remove("fault-1")


def test_the_number_of_rules_is_bounded() -> None:
    faults = Faults(most=1)
    faults.add(FaultRule(Effect.RESET), NOON)
    with pytest.raises(FaultError, match="1 rules already"):
        faults.add(FaultRule(Effect.RESET), NOON)


@pytest.mark.parametrize(
    "raw",
    [
        {"effect": "latency", "ms": 200.0},
        {"effect": "latency", "from_ms": 50.0, "to_ms": 400.0, "operations": ["list*"]},
        {"effect": "latency", "median_ms": 90.0, "sigma": 0.4, "seed": 7},
        {"effect": "drip", "bytes": 3, "every_ms": 20.0},
        {"effect": "truncate", "keep_bytes": 10},
        {"effect": "truncate", "keep_share": 0.25},
        {"effect": "garbage", "rate": 0.5},
        {"effect": "status", "status": 503, "retry_after": 2, "after": 3, "first": 4},
        {"effect": "reset", "seconds": 60.0},
        {"effect": "empty"},
    ],
    ids=str,
)
def test_a_rule_is_written_as_it_was_read(raw: dict[str, Any]) -> None:
    assert write_fault(read_fault(raw, KNOWN)) == raw


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        ([], "a fault is an object"),
        ({}, "effect: expected one of latency"),
        ({"effect": "lag"}, "saw lag"),
        ({"effect": ["latency"]}, "effect: expected"),
        ({"effect": "reset", "ms": 1}, "a reset fault has no member 'ms'"),
        ({"effect": "latency"}, "expected ms, or from_ms and to_ms"),
        ({"effect": "latency", "ms": 1, "to_ms": 2}, "saw ms, to_ms"),
        ({"effect": "latency", "ms": -1}, "ms: expected a number from 0 to 60000; saw -1"),
        ({"effect": "latency", "ms": True}, "saw True"),
        ({"effect": "latency", "ms": float("nan")}, "saw nan"),
        ({"effect": "latency", "from_ms": 9, "to_ms": 8}, "to_ms: expected a number from 9"),
        ({"effect": "latency", "median_ms": 0, "sigma": 1}, "median_ms: expected"),
        ({"effect": "drip", "bytes": 0}, "bytes: expected a whole number from 1"),
        ({"effect": "truncate", "keep_bytes": 1, "keep_share": 0.5}, "saw both"),
        ({"effect": "status"}, "status: expected 400 to 599; saw nothing"),
        ({"effect": "status", "status": 200}, "status: expected a whole number from 400 to 599; saw 200"),
        ({"effect": "empty", "rate": 2}, "rate: expected a number from 0 to 1; saw 2"),
        ({"effect": "empty", "first": 0}, "first: expected a whole number from 1"),
        ({"effect": "empty", "first": None}, "first: expected a whole number from 1"),
        ({"effect": "empty", "operations": "getShelf"}, "operations: expected a list"),
        ({"effect": "empty", "operations": ["shelf*"]}, "'shelf\\*' fits no operation"),
    ],
    ids=str,
)
def test_a_bad_rule_is_refused_with_what_was_expected(raw: Any, told: str) -> None:
    with pytest.raises(FaultError, match=told):
        read_fault(raw, KNOWN)
