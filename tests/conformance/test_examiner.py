from __future__ import annotations

from typing import Any

import pytest

from conformance.exchange.exchange import Answer, Request
from conformance.verdict.examiner import HEADERS, MEDIA_TYPE, METHOD, SCHEMA, STATUS, Examiner, needs_no_word
from spec.contract_reader import contract_from

JSON = {"content-type": "application/json; charset=utf-8"}


@pytest.fixture(scope="module")
def examiner() -> Examiner:
    schema = {"type": "object", "required": ["n"], "properties": {"n": {"type": "integer"}}}
    answers: dict[str, Any] = {
        "200": {
            "description": "x",
            "headers": {
                "X-Total": {"required": True, "schema": {}},
                "X-Maybe": {"schema": {"type": "integer", "minimum": 1}},
            },
            "content": {"application/json": {"schema": schema}, "image/*": {}},
        },
        "204": {"description": "x"},
    }
    paths = {"/a": {"get": {"operationId": "a", "responses": answers}}}
    document = {"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": paths}
    return Examiner(contract_from(document))


def wrong(examiner: Examiner, status: int, body: bytes = b"", **headers: str) -> set[str]:
    found = examiner.examine(
        "a", Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, body)
    )
    return {code for code, message in found.items() if message}


def test_right_answer_is_found_right_in_all_that_was_looked_at(examiner: Examiner) -> None:
    found = examiner.examine("a", Answer(200, {**JSON, "x-total": "1"}, b'{"n": 1}'))
    assert found == {STATUS: None, MEDIA_TYPE: None, SCHEMA: None, HEADERS: None}


@pytest.mark.parametrize(
    ("body", "content_type", "codes"),
    [
        (b'{"n": "1"}', "application/json", {SCHEMA}),
        (b"{", "application/json", {SCHEMA}),
        (b"null", "application/json", {SCHEMA}),
        (b"[" * 50_000, "application/json", set()),
        (b'{"n": ' + b"9" * 6000 + b"}", "application/json", set()),
        (b"<p>", "text/html", {MEDIA_TYPE}),
        (b"{}", "", {MEDIA_TYPE}),
        (b"\x89", "image/png", set()),
    ],
)
def test_wrong_content_is_found(examiner: Examiner, body: bytes, content_type: str, codes: set[str]) -> None:
    assert wrong(examiner, 200, body, content_type=content_type, x_total="1") == codes


def test_missing_header_field_is_found(examiner: Examiner) -> None:
    assert wrong(examiner, 200, b'{"n": 1}', content_type="application/json") == {HEADERS}


def test_undocumented_status_is_found(examiner: Examiner) -> None:
    assert wrong(examiner, 201) == {STATUS}


def test_what_the_contract_is_silent_about_is_not_looked_at(examiner: Examiner) -> None:
    assert examiner.examine("a", Answer(204)) == {STATUS: None}
    assert examiner.examine("a", Answer(503)) == {}
    assert examiner.examine("unknown", Answer(200)) == {}


@pytest.mark.parametrize("body", [b'\xef\xbb\xbf{"n": 1}', '{"n": 1}'.encode("utf-16")], ids=["mark", "utf-16"])
def test_json_is_utf_8_without_a_byte_order_mark(examiner: Examiner, body: bytes) -> None:
    assert wrong(examiner, 200, body, content_type="application/json", x_total="1") == {SCHEMA}


def test_an_answer_without_a_body_lacks_the_shape_and_not_the_media_type(examiner: Examiner) -> None:
    assert wrong(examiner, 200, x_total="1") == {SCHEMA}


@pytest.mark.parametrize(("text", "codes"), [("3", set()), ("0", {HEADERS}), ("many", {HEADERS})])
def test_a_header_field_fits_its_schema(examiner: Examiner, text: str, codes: set[str]) -> None:
    headers = {"content_type": "application/json", "x_total": "1", "x_maybe": text}
    assert wrong(examiner, 200, b'{"n": 1}', **headers) == codes


@pytest.mark.parametrize(
    ("status", "request_"),
    [
        (206, Request("GET", "/a", {"range": "bytes=0-1"})),
        (304, Request("GET", "/a", {"if-none-match": '"1"'})),
        (200, Request("HEAD", "/a")),
        (405, Request("PATCH", "/a")),
    ],
)
def test_what_http_answers_by_itself_needs_no_word_in_the_contract(
    examiner: Examiner, status: int, request_: Request
) -> None:
    assert examiner.examine("a", Answer(status), request_) == {}
    assert examiner.examine("a", Answer(status), Request("GET", "/a")) != {}


def refusing(security: list[dict[str, list[str]]], *statuses: str) -> Examiner:
    """An examiner of an operation that takes JSON, and documents these statuses beside its success."""
    responses = {status: {"description": ""} for status in ("200", *statuses)}
    body = {"content": {"application/json": {"schema": {}}}}
    operation = {"operationId": "a", "requestBody": body, "responses": responses, "security": security}
    schemes = {"key": {"type": "apiKey", "in": "header", "name": "Key"}}
    document = {"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": {"/a": {"post": operation}}}
    return Examiner(contract_from({**document, "components": {"securitySchemes": schemes}}))


@pytest.mark.parametrize(
    ("documented", "sent", "status", "is_silent"),
    [
        (("400",), "text/plain", 415, True),
        (("400",), "application/json", 415, False),
        (("400",), "application/json", 401, True),
        (("400",), "application/json", 403, True),
        (("400",), "application/json", 409, False),
        ((), "application/json", 400, True),
        ((), "application/json", 201, False),
        (("4XX",), "application/json", 409, False),
    ],
)
def test_a_refusal_that_a_contract_implies_needs_no_word_in_it(
    documented: tuple[str, ...], sent: str, status: int, *, is_silent: bool
) -> None:
    request = Request("POST", "/a", {"content-type": sent})
    examiner = refusing([{"key": []}], *documented)
    assert needs_no_word(examiner.contract.operations[0], request, Answer(status)) is is_silent
    assert (examiner.examine("a", Answer(status), request) == {}) is is_silent


@pytest.mark.parametrize(("path", "is_silent"), [("/a/{id}", True), ("/a", False)])
def test_who_takes_ids_refuses_those_of_nothing(path: str, *, is_silent: bool) -> None:
    parameter = {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}}
    responses = {status: {"description": ""} for status in ("200", "400")}
    operation = {"operationId": "a", "parameters": [parameter] if "{" in path else [], "responses": responses}
    document = {"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": {path: {"get": operation}}}
    declared = contract_from(document).operation("a")
    assert needs_no_word(declared, Request("GET", "/a/7"), Answer(404)) is is_silent


def test_who_takes_no_credentials_documents_401_like_any_other_status() -> None:
    examiner = refusing([], "400")
    assert STATUS in examiner.examine("a", Answer(401), Request("POST", "/a"))


@pytest.mark.parametrize(("method", "is_refusal"), [("TRACE", True), ("GET", False)])
def test_501_is_a_refusal_of_a_method_that_the_operation_does_not_have(
    examiner: Examiner, method: str, is_refusal: bool
) -> None:
    assert (METHOD in examiner.examine("a", Answer(501), Request(method, "/a"))) is is_refusal
