"""JSON that somebody else wrote is read whole or not at all, and what is read can be written down again."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.exchange.decoding import DEEPEST, LARGEST_TEXT, UnreadableError, read_json

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-(10**30), 10**30) | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
)


@given(VALUES)
def test_ordinary_value_is_read_as_it_is(value: Any) -> None:
    assert read_json(json.dumps(value)) == value
    assert read_json(json.dumps(value, ensure_ascii=False).encode()) == value


def nested(depth: int, opening: str = "[", closing: str = "]", inner: str = "") -> str:
    return opening * depth + inner + closing * depth


@pytest.mark.parametrize(
    "text",
    [
        nested(DEEPEST + 2),
        nested(50_000),
        nested(50_000, '{"a":', "}", "1"),
        nested(400, '[{"a":', "}]", "1"),
        nested(50_000, closing=""),
        '"' + "x" * LARGEST_TEXT + '"',
        b'{"id": "\xed\xa0\x80"}',
        b"\xff\xfe\xfd",
        '{"id": ' + "9" * 6000 + "}",
        "",
        "<html>",
    ],
    ids=[
        *("deep", "deeper", "deep object", "deep mixture", "open", "large", "surrogate as bytes", "no text", "number"),
        *("empty", "web page"),
    ],
)
def test_what_cannot_be_read_safely_is_refused(text: str | bytes) -> None:
    with pytest.raises(UnreadableError):
        read_json(text)


def test_as_deep_as_anything_real_is_read() -> None:
    assert read_json(nested(DEEPEST)) is not None


@pytest.mark.parametrize("text", [r'{"\ud800": ["\uDFFFx"]}', r'{"a": "\ud83d", "b": "\ud83d\ude00"}'])
def test_half_characters_are_replaced_and_whole_ones_kept(text: str) -> None:
    value = read_json(text)
    told = json.dumps(value, ensure_ascii=False).encode().decode()
    assert "\ufffd" in told
    assert ("\U0001f600" in told) == (r"\ude00" in text)
