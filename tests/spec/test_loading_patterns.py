"""Patterns that some engine matches in endless time are told apart from those that none does."""

from __future__ import annotations

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spec.patterns import judge_pattern


@pytest.mark.parametrize(
    "pattern",
    [
        "^(a+)+$",
        "(a*)*",
        r"^(\w+\s?)*$",
        "(a|b+)+x",
        "(?:[a-z]+)*",
        "(a+a+)+",
        "(.*,)*",
        "(a{1,20}){1,20}",
        "(a{2,})+",
        "((a+))+",
        "(?<name>(?:a+)b?)+",
        r"(\x41+\u{41}?)+",
        r"([^\]]+)+",
        "x(y(z+)*)w",
        "(a+?)*?",
    ],
)
def test_quantifiers_that_take_over_each_others_text_are_named(pattern: str) -> None:
    if pattern == "x(y(z+)*)w":
        assert "(z+)*" in (judge_pattern(pattern) or "")
    assert (judge_pattern(pattern) or "").startswith("nested quantifiers: ")


@pytest.mark.parametrize("pattern", ["(?=a)b", "(?!a)b", "(?<=a)b", r"(a)\1"])
def test_what_no_linear_engine_has_is_named(pattern: str) -> None:
    assert (judge_pattern(pattern) or "").startswith("needs backtracking: ")


@pytest.mark.parametrize("pattern", ["(", "[z-a]", "a{2,1}", "(a{1000}){1000}", "x" * 2001], ids=lambda text: text[:20])
def test_what_is_no_pattern_is_named(pattern: str) -> None:
    assert (judge_pattern(pattern) or "").startswith("not a regular expression")


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "^[a-z0-9]+(-[a-z0-9]+)*$",
        "^([a-z]+-)*[a-z]+$",
        r"^(\d+\.)+\d+$",
        r"^(\p{L}+-)*$",
        r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$",
        "^(a{2}){3}$",
        "^([01]?x)+$",
        "^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$",
        "^(?:[A-Za-z0-9+/]{4})*$",
        r"^[^@\s]+@[^@\s]+\.[^@\s]+$",
        r"^(\(\d+\))*$",
        r"^([\])]+,)*$",
        "^(a|b)*$",
        r"^(\bx+\b,)*$",
    ],
)
def test_harmless_patterns_are_left_alone(pattern: str) -> None:
    assert judge_pattern(pattern) is None


def test_the_linear_engine_does_not_mind_a_nested_quantifier() -> None:
    validator = jsonschema_rs.Draft202012Validator({"pattern": "^(a+)+$"}, pattern_options=jsonschema_rs.RegexOptions())
    assert not validator.is_valid("a" * 50_000 + "!")


@given(st.text(alphabet=r"ab01()[]{}*+?|\^$.,-:dwpLu", max_size=40) | st.text(max_size=20))
def test_any_text_is_judged(pattern: str) -> None:
    verdict = judge_pattern(pattern)
    assert verdict is None or verdict.startswith(("nested quantifiers", "needs backtracking", "not a regular"))


@pytest.mark.parametrize("pattern", ["(a?b)" * 390, "(" * 100 + "a" + ")" * 100, "(" + "a?" * 990 + "b)+"], ids=len)
def test_long_patterns_are_judged_at_once(pattern: str) -> None:
    assert judge_pattern(pattern) is None
