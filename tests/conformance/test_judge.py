from __future__ import annotations

from typing import Any

import pytest

from conformance.exchange.address import path_values
from conformance.exchange.exchange import Answer, Request
from conformance.verdict.judge import Judge
from conformance.verdict.second_opinion import second_opinion
from spec.contract_reader import contract_from

FORM = "application/x-www-form-urlencoded"


def judge_of(*parameters: dict[str, Any], body: dict[str, Any] | None = None, path: str = "/things") -> Judge:
    operation: dict[str, Any] = {
        "operationId": "act",
        "parameters": list(parameters),
        "responses": {"200": {"description": "x"}},
    }
    if body is not None:
        operation["requestBody"] = body
    document = {"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": {path: {"post": operation}}}
    return Judge(contract_from(document))


def offences(judge: Judge, target: str = "/things", content: bytes = b"", **headers: str) -> list[str]:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    operation = judge.contract.operations[0]
    return [
        f"{one.place} {one.name}".strip() for one in judge.offences(operation, Request("POST", target, sent, content))
    ]


def query(schema: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"name": "q", "in": "query", "schema": schema, **more}


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({"type": "string"}, "null"),
        ({"type": "string"}, "12"),
        ({"type": "integer"}, "12"),
        ({"type": "integer"}, "12.0"),
        ({"type": "boolean"}, "1"),
        ({"type": "boolean"}, "True"),
        ({"type": "integer", "nullable": True}, "null"),
        ({"type": "array", "items": {"type": "integer"}}, "1,2"),
        ({}, "anything"),
    ],
)
def test_text_that_some_reading_makes_valid_is_no_offence(schema: dict[str, Any], text: str) -> None:
    assert offences(judge_of(query(schema)), f"/things?q={text}") == []


@pytest.mark.parametrize(
    ("schema", "text"),
    [
        ({"type": "integer"}, "x"),
        ({"type": "integer", "minimum": 3}, "2"),
        ({"type": "boolean"}, "maybe"),
        ({"type": "string", "pattern": "^[a-z]+$"}, "A1"),
        ({"type": "string", "enum": ["a"]}, "b"),
        ({"type": "string", "minLength": 1}, ""),
    ],
)
def test_text_that_no_reading_saves_is_an_offence(schema: dict[str, Any], text: str) -> None:
    assert offences(judge_of(query(schema)), f"/things?q={text}") == ["query q"]


def test_missing_required_parameter_is_an_offence() -> None:
    assert offences(judge_of(query({}, required=True))) == ["query q"]


def test_undeclared_parameter_is_no_offence() -> None:
    assert offences(judge_of(query({"type": "integer"})), "/things?other=x") == []


def test_path_text_is_judged_as_sent() -> None:
    parameter = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "pattern": "^[a-z ]+$"}}
    judge = judge_of(parameter, path="/things/{id}")
    assert offences(judge, "/things/a%20b") == []
    assert offences(judge, "/things/A") == ["path id"]
    assert offences(judge, "/base/things/A") == ["path id"]
    assert offences(judge, "/things/A/more") == []


def test_header_names_match_in_any_case() -> None:
    judge = judge_of({"name": "X-Depth", "in": "header", "schema": {"type": "integer"}})
    assert offences(judge, x_depth="x") == ["header X-Depth"]
    assert offences(judge, x_depth="4") == []


BODY = {
    "required": True,
    "content": {
        FORM: {
            "schema": {
                "type": "object",
                "required": ["n"],
                "properties": {"n": {"type": "integer"}, "f": {"type": "boolean"}},
            }
        }
    },
}


@pytest.mark.parametrize(
    ("content", "media_type", "found"),
    [
        (b"n=1&f=true", FORM, []),
        (b"n=1&unknown=2", f"{FORM}; charset=utf-8", []),
        (b"n=x", FORM, ["body"]),
        (b"f=true", FORM, ["body"]),
        (b"", FORM, ["body"]),
        (b"\xff=1&n=1", FORM, []),
        (b"n=1", "text/plain", ["body"]),
    ],
)
def test_form_is_judged_by_the_readings_of_its_fields(content: bytes, media_type: str, found: list[str]) -> None:
    assert offences(judge_of(body=BODY), content=content, content_type=media_type) == found


@pytest.mark.parametrize(
    ("content", "found"), [(b'{"n": 1}', []), (b'{"n": "1"}', ["body"]), (b"{", ["body"]), (b"[" * 100_000, ["body"])]
)
def test_json_is_judged_as_it_is(content: bytes, found: list[str]) -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer"}}}
    judge = judge_of(body={"content": {"application/json": {"schema": schema}}})
    assert offences(judge, content=content, content_type="application/json") == found


def test_body_that_demands_nothing_may_be_left_out() -> None:
    judge = judge_of(body={"required": True, "content": {FORM: {"schema": {"type": "object"}}}})
    assert offences(judge) == []


def test_pattern_that_we_cannot_run_is_held_against_nobody() -> None:
    assert offences(judge_of(query({"type": "string", "pattern": "("})), "/things?q=x") == []


@pytest.mark.parametrize(
    ("path", "values"),
    [
        ("/a/1/b/2", [("x", "1"), ("y", "2")]),
        ("/a/1/c/2", []),
        ("/a/1", []),
        ("/base/a/%2F/b/2", [("x", "/"), ("y", "2")]),
    ],
)
def test_path_values_come_from_the_template(path: str, values: list[tuple[str, str]]) -> None:
    assert path_values("/a/{x}/b/{y}", path) == values


PART = b'--b\r\nContent-Disposition: form-data; name="x"\r\n\r\n1\r\n'
MULTIPART = PART + PART.lower() + b"--b--"


@pytest.mark.parametrize(
    ("code", "content", "media_type", "dismissed"),
    [
        ("ST201", b"n=1", FORM, True),
        ("ST201", b"n=x", FORM, False),
        ("ST202", b"n=1", FORM, False),
        ("ST202", b"n=x", FORM, True),
        ("ST202", b"n=1&z=1&z=2", FORM, True),
        ("ST202", MULTIPART, "multipart/form-data; boundary=b", True),
        ("ST101", b"n=1", FORM, False),
    ],
)
def test_finding_counts_only_when_the_judge_agrees(code: str, content: bytes, media_type: str, dismissed: bool) -> None:
    judge = judge_of(body=BODY)
    request = Request("POST", "/things", {"content-type": media_type}, content)
    assert bool(second_opinion(judge, judge.contract.operations[0], request, code)["dismissed"]) is dismissed


@pytest.mark.parametrize(
    ("code", "content"),
    [("ST201", b"n=x"), ("ST202", b"n=1"), ("ST203", b"n=x"), ("ST302", b""), ("ST401", b"n=1"), ("ST204", b"")],
)
def test_answer_that_leads_elsewhere_neither_takes_nor_refuses(code: str, content: bytes) -> None:
    judge = judge_of(body=BODY)
    operation, request = judge.contract.operations[0], Request("POST", "/things", {"content-type": FORM}, content)

    def dismissed(status: int) -> bool:
        return "elsewhere" in (second_opinion(judge, operation, request, code, Answer(status))["dismissed"] or "")

    assert {status for status in (200, 204, 301, 302, 304, 307, 308, 400) if dismissed(status)} == {301, 302, 307, 308}


@pytest.mark.parametrize("code", ["ST108", "ST109", "ST110"])
@pytest.mark.parametrize(
    ("body", "dismissed"), [(b"[" * 50_000 + b"]" * 50_000, True), (b"9" * 6000, True), (b"[", False), (b"[]", False)]
)
def test_shape_that_nobody_can_read_is_held_against_nobody(code: str, body: bytes, dismissed: bool) -> None:
    judge = judge_of()
    opinion = second_opinion(
        judge, judge.contract.operations[0], Request("POST", "/things"), code, Answer(200, {}, body)
    )
    assert bool(opinion["dismissed"]) is dismissed


@pytest.mark.parametrize(
    ("path", "dismissed"), [("/things/{id}", False), ("/things/latest", True), ("/things/{id}/cover", True)]
)
def test_only_the_created_item_itself_must_be_there(path: str, dismissed: bool) -> None:
    judge = judge_of(path=path)
    opinion = second_opinion(judge, judge.contract.operations[0], Request("POST", path), "ST302")
    assert bool(opinion["dismissed"]) is dismissed


@pytest.mark.parametrize(("path", "dismissed"), [("/things/7", False), ("/things/", True), ("/things/..", True)])
def test_what_no_path_can_name_need_not_be_there(path: str, *, dismissed: bool) -> None:
    judge = judge_of(path="/things/{id}")
    opinion = second_opinion(judge, judge.contract.operations[0], Request("POST", path), "ST302")
    assert bool(opinion["dismissed"]) is dismissed


def test_an_id_in_a_path_need_not_exist_where_the_contract_has_no_404() -> None:
    judge = judge_of(path="/things/{id}", body=BODY)
    request = Request("POST", "/things/7", {"content-type": FORM}, b"n=1")
    opinion = second_opinion(judge, judge.contract.operations[0], request, "ST202", Answer(400))
    assert "need not exist" in opinion["dismissed"]


def test_a_status_that_http_implies_is_dismissed() -> None:
    judge = judge_of(body=BODY)
    request = Request("POST", "/things", {"content-type": "text/plain"}, b"n=1")
    operation = judge.contract.operations[0]
    assert second_opinion(judge, operation, request, "ST103", Answer(415))["dismissed"]
    assert second_opinion(judge, operation, request, "ST103", Answer(302))["dismissed"] is None


@pytest.mark.parametrize(
    ("query", "doubtful"),
    [("box[a]=1", False), ("box[a]=1&box[b]=2", False), ("box[a]=1&box[a]=2", True), ("box[a][b]=1", True)],
)
def test_deep_objects_with_lists_in_them_have_no_agreed_form(query: str, *, doubtful: bool) -> None:
    box = {"name": "box", "in": "query", "style": "deepObject", "schema": {"type": "object"}}
    judge = judge_of(box)
    opinion = second_opinion(judge, judge.contract.operations[0], Request("POST", f"/things?{query}"), "ST202")
    assert bool(opinion["dismissed"]) is doubtful
