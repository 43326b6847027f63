from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.exchange.exchange import Answer, Exchange, Request
from conformance.exchange.link import links_in, parse_links
from conformance.exchange.sample import chosen_id, other_value, sample_body, sample_value
from conformance.exchange.shape import id_of, is_ascending, item_in, items_in, same_value
from spec.contract import Contract, Operation
from spec.contract_reader import contract_from
from spec.schema import compile_schema


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


def taking(schema: dict[str, Any]) -> tuple[Contract, Operation]:
    """A contract with one operation that takes such a body."""
    body = {"required": True, "content": {"application/json": {"schema": schema}}}
    operation = {"operationId": "x", "requestBody": body, "responses": {"200": {"description": ""}}}
    document = {"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": {"/x": {"post": operation}}}
    contract = contract_from(document)
    return contract, contract.operation("x")


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "object", "required": ["a"], "properties": {"a": {"type": "string", "pattern": "^[A-Z]{2}-[0-9]+$"}}},
        {"type": "object", "required": ["a"], "properties": {"a": {"type": "number", "multipleOf": 0.3, "minimum": 1}}},
        {"type": "object", "required": ["a"], "properties": {"a": {"type": "array", "items": {}, "minItems": 7}}},
        {
            "allOf": [
                {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer", "minimum": 3}}},
                {"type": "object", "required": ["b"], "properties": {"b": {"type": "string", "minLength": 9}}},
            ]
        },
        {"type": "object", "minProperties": 2, "additionalProperties": {"type": "integer"}},
    ],
    ids=["pattern", "steps", "many items", "parts", "names of its own"],
)
def test_a_body_that_is_made_fits_its_schema_and_is_the_same_each_time(schema: dict[str, Any]) -> None:
    contract, operation = taking(schema)
    body = sample_body(contract, operation)
    assert compile_schema(schema, contract.document).is_valid(body), body
    assert sample_body(contract, operation) == body


def test_what_only_the_target_writes_is_not_sent() -> None:
    fields = {"id": {"type": "integer", "readOnly": True}, "name": {"type": "string"}}
    contract, operation = taking({"type": "object", "required": ["id", "name"], "properties": fields})
    assert sample_body(contract, operation) == {"name": "sample"}


@pytest.mark.parametrize(
    ("schema", "shown"),
    [
        ({"type": "string", "enum": ["a", "b"]}, "a"),
        ({"type": "boolean"}, True),
        ({"type": "integer", "maximum": 9}, 9),
        ({"type": "number", "multipleOf": 0.5}, 1.5),
        ({"type": "string", "maxLength": 3}, "abc"),
        ({"type": "string", "format": "date"}, "2024-02-29"),
        ({"type": "string", "pattern": "^[a-z]{3}$"}, "abc"),
    ],
)
def test_another_value_is_valid_and_another(bare: Contract, schema: dict[str, Any], shown: Any) -> None:
    other = other_value(bare, schema, shown)
    assert other is not None
    assert other != shown
    assert compile_schema(schema, {}).is_valid(other)


def test_a_field_that_takes_one_value_has_no_other(bare: Contract) -> None:
    assert other_value(bare, {"type": "string", "enum": ["a"]}, "a") is None


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "integer", "minimum": 5, "maximum": 900_000},
        {"type": "string", "maxLength": 12},
        {"type": "string", "format": "uuid"},
        {"type": "string", "pattern": "^k-[0-9]{9}$"},
    ],
)
def test_a_chosen_id_is_valid_and_like_no_other(bare: Contract, schema: dict[str, Any]) -> None:
    chosen = [chosen_id(bare, schema, f"mockproof-{number}") for number in range(20)]
    assert len(set(chosen)) == len(chosen)
    assert all(map(compile_schema(schema, {}).is_valid, chosen))
