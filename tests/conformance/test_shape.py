from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.exchange.exchange import Answer, Exchange, Request
from conformance.exchange.link import links_in, parse_links
from conformance.exchange.sample import sample_value
from conformance.exchange.shape import id_of, is_ascending, item_in, items_in, same_value
from spec.contract import Contract
from spec.contract_reader import contract_from


@pytest.mark.parametrize(
    ("body", "items"),
    [
        ([{"id": 1}], [{"id": 1}]),
        ({"cups": [{"id": 1}]}, [{"id": 1}]),
        ({"cups": [{"id": 1}], "links": [{"rel": "next"}]}, [{"id": 1}]),
        ([], []),
        ({"a": [], "b": []}, None),
        ({"a": 1}, None),
        ([1, 2], None),
        ("text", None),
        (None, None),
    ],
)
def test_items_are_the_body_or_its_only_list(body: Any, items: Any) -> None:
    assert items_in(body) == items


def test_named_envelope_decides_between_lists() -> None:
    assert items_in({"a": [{"id": 1}], "b": [{"id": 2}]}, "b") == [{"id": 2}]


@pytest.mark.parametrize(
    ("body", "item"),
    [
        ({"id": 1}, {"id": 1}),
        ({"cup": {"id": 1}}, {"id": 1}),
        ([], None),
        (None, None),
        ({"id": 1, "of": {}}, {"id": 1, "of": {}}),
    ],
)
def test_item_is_the_body_or_its_only_object(body: Any, item: Any) -> None:
    assert item_in(body) == item


@pytest.mark.parametrize(
    ("item", "found"),
    [
        ({"id": 3}, "3"),
        ({"guid": "g"}, "g"),
        ({"id": True}, None),
        ({"x": 1}, None),
        ({"id": "\ud800"}, None),
        ({"id": "x\ufffd"}, None),
        ({"id": "\ud800", "name": "n"}, "n"),
        ({"id": "x" * 1001}, None),
        ({"id": 10**1001}, None),
        ({"id": ""}, None),
        ({"id": ".."}, None),
        ({"id": "..a"}, "..a"),
    ],
    ids=lambda value: str(value)[:20].encode("ascii", "replace").decode(),
)
def test_id_is_text_that_can_stand_in_a_path(item: dict[str, Any], found: str | None) -> None:
    assert id_of(item) == found


@given(st.lists(st.integers(min_value=0)))
def test_sorted_numbers_ascend_as_numbers(numbers: list[int]) -> None:
    assert is_ascending([str(number) for number in sorted(numbers)])


@given(st.lists(st.text()))
def test_sorted_texts_ascend_as_texts(texts: list[str]) -> None:
    assert is_ascending(sorted(texts))


def test_descending_ids_do_not_ascend() -> None:
    assert not is_ascending(["2", "1"])


@pytest.mark.parametrize(
    ("sent", "kept", "same"), [("1", 1, True), ("true", True, True), ("0", True, False), ("a", None, False)]
)
def test_form_text_equals_the_value_it_stands_for(sent: str, kept: Any, same: bool) -> None:
    assert same_value(sent, kept) is same


@pytest.mark.parametrize(
    "value",
    [
        '</p?page=2>; rel="next"',
        '</x>; rel=last, </p?page=2>;title="a, b" ; REL=next',
        '<  >;rel=x, </p?page=2>; rel="start next"',
        r'</p?page=2>; title="a, <b>; \"c\""; rel=next, </x>; rel="last"',
    ],
)
def test_next_link_is_found_however_it_is_written(value: str) -> None:
    assert parse_links(value).get("next") == "/p?page=2"


def test_previous_counts_as_prev() -> None:
    assert parse_links('</p>; rel="previous"') == {"prev": "/p"}


def test_links_are_read_from_any_field_that_holds_them() -> None:
    answer = Answer(200, {"x-pages": '</p>; rel="next"', "date": "now"}, b"[]")
    assert links_in(Exchange("1", "list", Request("GET", "/"), answer), None) == {"next": "/p"}


@pytest.mark.parametrize(
    ("told", "target"),
    [("?page=2", "/a/b?page=2"), ("c?page=2", "/a/c?page=2"), ("http://h/x", "http://h/x"), ("/x", "/x")],
)
def test_relative_link_begins_where_it_was_found(told: str, target: str) -> None:
    answer = Answer(200, {"link": f'<{told}>; rel="next"'}, b"[]")
    assert links_in(Exchange("1", "list", Request("GET", "/a/b?page=1"), answer), None) == {"next": target}


@pytest.fixture(scope="module")
def bare() -> Contract:
    return contract_from({"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": {}})


@pytest.mark.parametrize(
    ("schema", "sample"),
    [
        ({"type": "string", "example": "e"}, "e"),
        ({"enum": ["a", "b"]}, "a"),
        ({"type": "integer", "minimum": 5, "exclusiveMinimum": True}, 6),
        ({"type": "string", "maxLength": 3}, "sam"),
        ({"type": "array", "minItems": 2, "items": {"type": "boolean"}}, [False, False]),
        ({"type": "object", "required": ["n"], "properties": {"n": {"type": "number"}, "m": {}}}, {"n": 1}),
        (
            {"allOf": [{"type": "object", "required": ["a"]}, {"type": "object", "required": ["b"]}]},
            {"a": "sample", "b": "sample"},
        ),
    ],
)
def test_sample_is_the_smallest_value(bare: Contract, schema: dict[str, Any], sample: Any) -> None:
    assert sample_value(bare, schema) == sample
