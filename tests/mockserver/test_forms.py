from __future__ import annotations

from typing import Any

import pytest

from mockserver.forms.folding import parse_pairs, split_name, unwrap


@pytest.mark.parametrize(
    ("name", "parts"),
    [
        ("a", ("a",)),
        ("a[b]", ("a", "b")),
        ("a[b][c]", ("a", "b", "c")),
        ("a[]", ("a", "")),
        ("a[b", ("a[b",)),
        ("[b]", ("[b]",)),
        ("a[b]c", ("a[b]c",)),
        ("a[b[c]]", ("a[b[c]]",)),
    ],
)
def test_a_name_is_split_at_its_brackets(name: str, parts: tuple[str, ...]) -> None:
    assert split_name(name) == parts


@pytest.mark.parametrize(
    ("fields", "unwrapped"),
    [
        ({}, {}),
        ({"a": 1}, {"a": 1}),
        ({"t[a]": 1, "t[b]": 2}, {"a": 1, "b": 2}),
        ({"t[a]": 1, "plain": 2}, {"a": 1, "plain": 2}),
        ({"t[a][b]": 1, "t[a][c]": 2}, {"a": {"b": 1, "c": 2}}),
        ({"t[a][]": "x"}, {"a": ["x"]}),
        ({"t[a][]": ["x", "y"]}, {"a": ["x", "y"]}),
    ],
)
def test_a_common_wrapper_is_taken_off(fields: dict[str, Any], unwrapped: dict[str, Any]) -> None:
    assert unwrap(fields) == unwrapped


@pytest.mark.parametrize(
    "fields",
    [
        {"t[a]": 1, "u[b]": 2},
        {"t[a]": 1, "a": 2},
        {"t[a]": 1, "t[a][b]": 2},
        {"t[a][b]": 2, "t[a]": 1},
        {"t" + "[a]" * 9: 1},
    ],
)
def test_fields_that_do_not_fit_together_are_left_alone(fields: dict[str, Any]) -> None:
    assert unwrap(fields) == fields


def test_pairs_keep_their_order_and_their_raw_values() -> None:
    assert parse_pairs(b"b=1&a=%20&&c&a=2=3", "body") == [("b", "1"), ("a", "%20"), ("c", ""), ("a", "2=3")]
