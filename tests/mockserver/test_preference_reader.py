from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.exchange import Refusal
from mockserver.prefer.preference import NO_PREFERENCE, Preference
from mockserver.prefer.reader import LONGEST_DELAY, read_preference

MUTANTS = frozenset({"late-page", "lost-link"})


def read(prefer: str) -> Preference:
    return read_preference({"prefer": prefer}, b"", MUTANTS)[0]


def refused(prefer: str) -> Refusal:
    with pytest.raises(Refusal) as caught:
        read(prefer)
    assert caught.value.reason == "malformed"
    return caught.value


def test_a_request_without_wishes_costs_nothing_and_is_left_alone() -> None:
    query = b"page=1&x__y=2"
    assert read_preference({"accept": "*/*"}, query) == (NO_PREFERENCE, query)


@pytest.mark.parametrize(
    "prefer",
    [
        "code=404, example=few, dynamic=true, seed=7, delay=250, mutant=lost-link",
        "code=404; example=few; dynamic=true; seed=7; delay=250; mutant=lost-link",
        'CODE = 404 ,Example="few";dynamic,SEED="7";;, delay=250, wait=10, respond-async, mutant="lost-link"',
    ],
)
def test_every_wish_is_read_however_it_is_written(prefer: str) -> None:
    read_so = read(prefer)
    assert read_so == Preference(404, "few", True, 7, 0.25, ("lost-link",), read_so.applied)
    assert read_so.forces
    assert read_so.applied == (
        "code=404", "example=few", "dynamic=true", "seed=7", "delay=250", "mutant=lost-link",
    )  # fmt: skip


def test_a_quoted_value_may_hold_separators_and_is_told_in_quotes() -> None:
    read_so = read(r'example="few, or \"many\"; all"')
    assert read_so.example == 'few, or "many"; all'
    assert read_so.applied == (r'example="few, or \"many\"; all"',)


def test_the_first_instance_counts() -> None:
    assert read("code=404, code=500").code == 404


def test_mutants_add_up() -> None:
    assert read('mutant="late-page lost-link", mutant=late-page').mutants == ("late-page", "lost-link")


@pytest.mark.parametrize(
    "prefer", ["", ",;,", "respond-async, wait=100", "=", "=404", "co de=404", '"code=404"', "ß=1"]
)
def test_what_is_not_ours_is_ignored(prefer: str) -> None:
    assert read(prefer) == NO_PREFERENCE


def test_delay_and_seed_alone_force_nothing() -> None:
    assert not read("delay=5, seed=1, dynamic=false").forces


def test_a_delay_is_cut_and_told_so() -> None:
    cut = read("delay=999999999")
    assert (cut.delay, cut.applied) == (LONGEST_DELAY / 1000, (f"delay={LONGEST_DELAY}",))


@pytest.mark.parametrize(
    ("prefer", "told"),
    [
        ("code=abc", "from 200 to 599"),
        ("code=100", "from 200 to 599"),
        ("code", "from 200 to 599"),
        ("example", "name of an example"),
        ("dynamic=maybe", "true or false"),
        ("seed=-1", "whole number"),
        ("seed=9007199254740992", "whole number"),
        ("delay=1.5", "milliseconds"),
        ("delay=٣", "milliseconds"),
        ("mutant=odd", "late-page, lost-link"),
        ("mutant", "late-page, lost-link"),
    ],
)
def test_a_value_that_cannot_be_honoured_is_refused_with_the_valid_ones(prefer: str, told: str) -> None:
    refusal = refused(prefer)
    assert told in refusal.detail
    (violation,) = refusal.violations
    assert (violation.place, violation.pointer, violation.keyword) == ("header", "Prefer", "preference")


def test_headers_of_our_own_say_the_same() -> None:
    headers = {
        "x-mock-code": "404", "x-mock-example": "few", "x-mock-dynamic": "true", "x-mock-seed": "7",
        "x-mock-delay": "250", "x-mock-mutant": "late-page, lost-link",
    }  # fmt: skip
    found, _ = read_preference(headers, b"", MUTANTS)
    assert found == Preference(404, "few", True, 7, 0.25, ("late-page", "lost-link"), found.applied)


def test_query_fields_of_our_own_say_the_same_and_go_no_further() -> None:
    query = b"a=1&__code=404&__example=f%C3%BC&__dynamic&b=%20&__seed=7&__delay=250&__mutant=late-page&__odd=1"
    found, rest = read_preference({}, query, MUTANTS)
    assert found == Preference(404, "fü", True, 7, 0.25, ("late-page",), found.applied)
    assert rest == b"a=1&b=%20&__odd=1"


def test_the_field_that_is_wrong_is_named() -> None:
    with pytest.raises(Refusal) as caught:
        read_preference({}, b"__code=4")
    assert [(one.place, one.pointer) for one in caught.value.violations] == [("query", "__code")]
    with pytest.raises(Refusal, match="X-Mock-Code"):
        read_preference({"x-mock-code": "4"}, b"")


def test_prefer_counts_before_its_aliases() -> None:
    found, rest = read_preference({"prefer": "code=404", "x-mock-code": "409"}, b"__code=422")
    assert (found.code, rest) == (404, b"")


@given(st.text(st.characters(codec="latin-1"), max_size=200), st.binary(max_size=60))
def test_no_field_is_too_odd(prefer: str, query: bytes) -> None:
    try:
        found, _ = read_preference({"prefer": prefer}, query, MUTANTS)
    except Refusal as refusal:
        assert refusal.reason == "malformed"  # noqa: PT017  (both ends are right)
    else:
        assert found == NO_PREFERENCE or found.applied
