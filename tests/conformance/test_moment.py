from __future__ import annotations

import pytest

from conformance.exchange.moment import is_later, is_same, moment_of

NOON = "2026-01-15T12:00:00Z"


@pytest.mark.parametrize(
    "text",
    [
        "2026-01-15T12:00:00.000Z",
        "2026-01-15T12:00:00+00:00",
        "2026-01-15T17:30:00+05:30",
        "2026-01-15t12:00:00z",
        "2026-01-15 12:00:00Z",
        "2026-01-15T12:00:00.000000000Z",
    ],
)
def test_a_moment_has_many_spellings(text: str) -> None:
    assert is_same(NOON, text)
    assert not is_later(NOON, text)
    assert not is_later(text, NOON)


@pytest.mark.parametrize("text", ["2026-01-15T12:00:00.001Z", "2026-01-15T12:00:00-01:00", "2026-01-15T12:00:00", None])
def test_another_moment_is_another_value(text: object) -> None:
    assert not is_same(NOON, text)


@pytest.mark.parametrize(
    "text", ["2026-01-15", "2026-02-30T12:00:00Z", "2026-01-15T23:59:60Z", "2026-01-15T12:00:00", "noon", 12, None]
)
def test_what_tells_no_moment_is_compared_as_it_is(text: object) -> None:
    assert moment_of(text) is None
    assert is_same(text, text)


def test_later_is_a_matter_of_time_and_not_of_letters() -> None:
    assert is_later("2026-01-15T12:00:00.5Z", NOON)
    assert is_later("2026-01-15T12:00:00-01:00", "2026-01-15T12:30:00Z")
    assert not is_later(NOON, "2026-01-15T12:00:00.5Z")
