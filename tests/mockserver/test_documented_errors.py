"""Errors of operations without a style: in the status and shape that they document, with what went wrong in it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mockserver.exchange import Refusal
from mockserver.rendering import ErrorAnswer, Renderer
from spec.contract_reader import contract_from

TEXT = {"type": "string"}


def refused(reason: str, responses: dict[str, Any]) -> ErrorAnswer:
    """How an operation with these answers refuses."""
    operation = {"operationId": "x", "responses": {"200": {"description": ""}, **responses}}
    document = {"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": {"/x": {"get": operation}}}
    contract = contract_from(document)
    return Renderer(contract).render(Refusal(reason, "it is too small"), contract.operation("x"))


def told(schema: dict[str, Any], example: Any = None) -> Any:
    media: dict[str, Any] = {"schema": schema, **({"example": example} if example is not None else {})}
    answer = refused("invalid-request", {"400": {"description": "", "content": {"application/json": media}}})
    assert (answer.status, answer.media_type) == (400, "application/json")
    return json.loads(answer.body)


@pytest.mark.parametrize(
    ("reason", "documented", "status"),
    [
        ("invalid-request", ("400", "422"), 400),
        ("invalid-request", ("422",), 422),
        ("conflict", ("409",), 409),
        ("conflict", ("400", "422"), 422),
        ("not-found", ("400",), 404),
        ("gone", ("404",), 404),
        ("not-found", ("400", "404"), 404),
        ("missing-credentials", ("400",), 401),
        ("conflict", ("default",), 409),
        ("conflict", (), 409),
    ],
)
def test_the_best_status_that_is_documented_is_taken(reason: str, documented: tuple[str, ...], status: int) -> None:
    assert refused(reason, {one: {"description": ""} for one in documented}).status == status


@pytest.mark.parametrize(
    ("schema", "body"),
    [
        ({"type": "object", "properties": {"message": TEXT}}, {"message": "it is too small"}),
        (
            {"type": "object", "required": ["code"], "properties": {"code": {"type": "integer"}, "error": TEXT}},
            {"code": 400, "error": "it is too small"},
        ),
        (
            {"type": "object", "properties": {"title": TEXT, "detail": TEXT, "status": {"type": "integer"}}},
            {"title": "Bad Request", "detail": "it is too small", "status": 400},
        ),
        (
            {"type": "object", "properties": {"error": {"type": "object", "properties": {"message": TEXT}}}},
            {"error": {"message": "it is too small"}},
        ),
        (
            {"type": "object", "properties": {"detail": {"type": "array", "items": {"$ref": "#/x-one"}}}},
            {"detail": [{"loc": [], "msg": "it is too small"}]},
        ),
        (
            {"type": "object", "required": ["code"], "properties": {"code": {"type": "string", "enum": ["BAD"]}}},
            {"code": "BAD"},
        ),
        ({"type": "string"}, "text"),
    ],
    ids=["message", "code", "problem", "nested", "list", "fixed", "text"],
)
def test_what_went_wrong_stands_where_the_members_say(schema: dict[str, Any], body: Any) -> None:
    one = {"type": "object", "required": ["loc", "msg"], "properties": {"loc": {"type": "array"}, "msg": TEXT}}
    written = json.dumps(schema).replace('{"$ref": "#/x-one"}', json.dumps(one))
    assert told(json.loads(written)) == body


def test_the_rest_is_that_of_the_example() -> None:
    schema = {"type": "object", "properties": {"message": TEXT, "help": TEXT}}
    assert told(schema, {"message": "no", "help": "call us"}) == {"message": "it is too small", "help": "call us"}


@pytest.mark.parametrize("content", [{}, {"application/problem+json": {"schema": {}}}, {"text/html": {"schema": TEXT}}])
def test_what_is_not_documented_in_json_is_problem_details(content: dict[str, Any]) -> None:
    answer = refused("invalid-request", {"400": {"description": "", "content": content}})
    assert answer.media_type == "application/problem+json"
    assert json.loads(answer.body)["detail"] == "it is too small"


def test_a_shape_that_has_no_room_for_words_stays_as_it_was_made() -> None:
    schema = {"type": "object", "required": ["message"], "properties": {"message": {**TEXT, "maxLength": 3}}}
    assert told(schema) == {"message": "tex"}
