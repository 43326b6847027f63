from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from typing import Any

import pytest

from mockserver.app import create_app
from mockserver.connection.limits import Limits
from mockserver.judgement.strictness import Strictness
from mockserver.state.clock import Clock
from spec.contract import Contract
from spec.contract_reader import contract_from
from spec.errors import ContractError
from spec.fixtures import Fixtures, bare_fixtures

ADA = {"authorization": "Bearer lib-token"}
JSON = ADA | {"content-type": "application/json"}
FORM = ADA | {"content-type": "application/x-www-form-urlencoded"}


@pytest.fixture
def app(shelf: Contract, library: Fixtures) -> Any:
    return create_app(shelf, library, clock=Clock(datetime(2026, 3, 1, 9, tzinfo=UTC), rate=0))


def served(paths: dict[str, Any], **more: Any) -> Any:
    """The app of a small contract without a world."""
    document = {"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": paths, **more}
    contract = contract_from(document)
    return create_app(contract, bare_fixtures(contract))


def test_a_request_goes_all_the_way(app: Any, ask: Any) -> None:
    answer = ask(app, "GET", "/shelves/1", headers=ADA)
    assert (answer.status, answer.headers["content-type"]) == (200, "application/json")
    assert (answer.json["id"], answer.json["name"]) == (1, "Maps")


def test_what_is_created_is_read_back(app: Any, ask: Any) -> None:
    created = ask(app, "POST", "/shelves/1/books", headers=JSON, body=b'{"title": "New", "pages": 5}')
    assert created.status == 201
    read = ask(app, "GET", f"/shelves/1/books/{created.json['book']['id']}", headers=ADA)
    assert read.json == created.json


@pytest.mark.parametrize("name", ["shelf[name]", "shelf%5Bname%5D", "shelf%5bname%5d"])
def test_a_bracketed_form_creates(app: Any, ask: Any, name: str) -> None:
    created = ask(app, "POST", "/shelves", headers=FORM, body=f"{name}=A+B".encode())
    assert (created.status, created.json["name"]) == (201, "A B")


def test_a_file_is_taken(app: Any, ask: Any) -> None:
    body = (
        b'--B\r\nContent-Disposition: form-data; name="picture"; filename="a.png"\r\n'
        b"Content-Type: image/png\r\n\r\n\xff\xd8\r\n--B--\r\n"
    )
    headers = ADA | {"content-type": "multipart/form-data; boundary=B"}
    assert ask(app, "POST", "/shelves/1/books/b-1/cover", headers=headers, body=body).status == 200


def test_bytes_are_sent_as_bytes(app: Any, ask: Any) -> None:
    answer = ask(app, "GET", "/shelves/1/books/b-1/cover", headers={"x-cover-key": "cover-token"})
    assert (answer.status, answer.body[:4]) == (200, b"\x89PNG")


def test_a_slash_inside_an_id_is_reached_encoded(app: Any, ask: Any) -> None:
    assert ask(app, "GET", "/shelves/1/books/b%2F4", headers=ADA).json["book"]["id"] == "b/4"


def test_deleting_answers_without_a_body(app: Any, ask: Any) -> None:
    answer = ask(app, "DELETE", "/shelves/3", headers=ADA)
    assert (answer.status, answer.body) == (204, b"")
    assert not {"content-type", "content-length"} & set(answer.headers)


def test_head_answers_as_get_does(app: Any, ask: Any) -> None:
    get, head = ask(app, "GET", "/shelves/1", headers=ADA), ask(app, "HEAD", "/shelves/1", headers=ADA)
    assert (head.status, head.headers["content-length"], head.body) == (200, get.headers["content-length"], b"")


def test_every_error_takes_the_one_way_out(app: Any, ask: Any) -> None:
    """Each layer refuses once, and each refusal has the shape that the operation declares."""
    refusals = [
        (ask(app, "GET", "/shelves", headers={}), 401),
        (ask(app, "GET", "/shelves", headers={"authorization": "no"}), 401),
        (ask(app, "GET", "/shelves?page=x", headers=ADA), 400),
        (ask(app, "GET", "/shelves/99", headers=ADA), 404),
        (ask(app, "DELETE", "/shelves", headers=ADA), 405),
        (ask(app, "GET", "/shelves/1/nothing", headers=ADA), 404),
        (ask(app, "POST", "/shelves", headers=ADA | {"content-type": "text/plain"}, body=b"x"), 415),
        (ask(app, "POST", "/shelves", headers=FORM, body=b"x" * 2_000_000), 413),
    ]
    for answer, status in refusals:
        assert (answer.status, answer.json["status"], set(answer.json)) == (
            status,
            status,
            {"error", "status", "detail"},
        )
        assert answer.headers["content-type"] == "application/json"
        assert "x-request-id" in answer.headers


def test_an_unknown_route_and_an_unknown_thing_are_told_apart(app: Any, ask: Any) -> None:
    route, thing = ask(app, "GET", "/shelves/1/nope", headers=ADA), ask(app, "GET", "/shelves/99", headers=ADA)
    assert route.status == thing.status == 404
    assert "no operation has the path" in route.json["detail"]
    assert "no operation" not in thing.json["detail"]


def test_a_route_like_no_other_is_answered_with_problem_details(app: Any, ask: Any) -> None:
    answer = ask(app, "GET", "/nope")
    assert (answer.status, answer.headers["content-type"]) == (404, "application/problem+json")


def test_routing_comes_before_credentials_and_credentials_before_validation(app: Any, ask: Any) -> None:
    assert ask(app, "GET", "/nope").status == 404
    assert ask(app, "PATCH", "/shelves").status == 405
    assert ask(app, "GET", "/shelves?page=x").status == 401


def test_a_missing_credential_is_challenged(app: Any, ask: Any) -> None:
    assert ask(app, "GET", "/shelves").headers["www-authenticate"] == 'Bearer realm="Shelf"'


def test_a_token_of_another_scheme_does_not_open(app: Any, ask: Any) -> None:
    assert ask(app, "GET", "/shelves", headers={"authorization": "Bearer read-token"}).status == 401
    assert ask(app, "GET", "/shelves/1/books", headers={"authorization": "Bearer read-token"}).status == 200


def test_all_violations_arrive_in_one_answer(app: Any, ask: Any) -> None:
    answer = ask(app, "GET", "/shelves?page=0&per_page=x", headers=ADA)
    told = json.loads(answer.headers["x-mock-violations"])
    assert [(violation["pointer"], violation["keyword"]) for violation in told] == [
        ("page", "minimum"),
        ("per_page", "type"),
    ]


def test_a_huge_wrong_value_gets_a_small_answer(app: Any, ask: Any) -> None:
    body = json.dumps({"title": 1, "language": "x" * 900_000, "y" * 90_000: 1}).encode()
    answer = ask(app, "POST", "/shelves/1/books", headers=JSON, body=body)
    assert answer.status == 400
    assert len(answer.body) + sum(map(len, answer.headers.values())) < 6000


def test_unknown_parameters_are_refused_only_when_strict(shelf: Contract, library: Fixtures, ask: Any) -> None:
    lenient, strict = create_app(shelf, library), create_app(shelf, library, strictness=Strictness.STRICT)
    assert ask(lenient, "GET", "/shelves?colour=red", headers=ADA).status == 200
    assert ask(strict, "GET", "/shelves?colour=red", headers=ADA).status == 400


def test_limits_may_be_set(shelf: Contract, library: Fixtures, ask: Any) -> None:
    app = create_app(shelf, library, limits=Limits(body=10))
    assert ask(app, "POST", "/shelves", headers=FORM, body=b"shelf[name]=x").status == 413


def test_two_mocks_do_not_know_each_other(shelf: Contract, library: Fixtures, ask: Any) -> None:
    one, two = create_app(shelf, library), create_app(shelf, library)
    assert ask(one, "DELETE", "/shelves/1", headers=ADA).status == 204
    assert ask(one, "GET", "/shelves/1", headers=ADA).status == 404
    assert ask(two, "GET", "/shelves/1", headers=ADA).status == 200


def test_the_contract_is_not_changed_by_being_served(shelf: Contract, library: Fixtures) -> None:
    before = json.dumps(shelf.document)
    create_app(shelf, library)
    assert json.dumps(shelf.document) == before


def test_a_recursive_contract_is_served_and_shown(app: Any, ask: Any) -> None:
    chapter: dict[str, Any] = {"title": "leaf"}
    for _ in range(20):
        chapter = {"title": "node", "chapters": [chapter]}
    body = json.dumps({"title": "Deep", "chapters": [chapter]}).encode()
    created = ask(app, "POST", "/shelves/1/books", headers=JSON, body=body)
    assert (created.status, created.json["book"]["chapters"]) == (201, [chapter])
    assert ask(app, "GET", "/openapi.json").status == 200


def test_braces_in_a_contract_are_no_template(ask: Any) -> None:
    responses = {"200": {"description": "{{ x }} {% if %}", "content": {"application/json": {"example": "{{ 1 }}"}}}}
    app = served({"/x": {"get": {"operationId": "x", "responses": responses}}})
    assert ask(app, "GET", "/x").json == "{{ 1 }}"
    assert "{% if %}" in ask(app, "GET", "/openapi.json").body.decode()


def test_a_reference_inside_an_example_is_only_text(ask: Any) -> None:
    content = {"application/json": {"example": {"$ref": "#/nowhere"}}}
    responses = {"200": {"description": "", "content": content}}
    app = served({"/x": {"get": {"operationId": "x", "responses": responses}}})
    assert ask(app, "GET", "/x").json == {"$ref": "#/nowhere"}


def test_the_path_of_the_first_server_stands_before_every_path(ask: Any) -> None:
    responses = {"200": {"description": "", "content": {"application/json": {"example": 1}}}}
    app = served(
        {"/x": {"get": {"operationId": "x", "responses": responses}}},
        servers=[{"url": "https://a.example/{v}/", "variables": {"v": {"default": "v3"}}}],
    )
    assert ask(app, "GET", "/v3/x").status == 200
    assert ask(app, "GET", "/x").status == 404


def test_names_that_python_would_not_take_are_fine_in_a_path(ask: Any) -> None:
    parameters = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in ("a.b", "c-d")
    ]
    responses = {"200": {"description": "", "content": {"application/json": {"example": 1}}}}
    operation = {"operationId": "import.x/y", "parameters": parameters, "responses": responses}
    assert ask(served({"/x/{a.b}/{c-d}": {"get": operation}}), "GET", "/x/1/2").status == 200


def test_a_reply_that_breaks_the_contract_is_ours_to_mend(ask: Any, caplog: pytest.LogCaptureFixture) -> None:
    content = {
        "application/json": {
            "schema": {"type": "object", "properties": {"n": {"type": "integer"}}},
            "example": {"n": "x"},
        }
    }
    app = served(
        {"/x": {"get": {"operationId": "readX", "responses": {"200": {"description": "", "content": content}}}}}
    )
    with caplog.at_level(logging.ERROR, logger="mockserver"):
        answer = ask(app, "GET", "/x")
    assert answer.status == 500
    assert answer.json["code"] == "internal"
    assert all(part in answer.json["detail"] for part in ("readX", "#/paths/~1x/get", "/n"))
    assert "readX" in caplog.text


@pytest.mark.parametrize(
    "operation",
    [
        {"parameters": [{"name": "p", "in": "query", "schema": {"type": "integer", "default": "x"}}]},
        {"parameters": [{"name": "p", "in": "query", "schema": {"type": "string", "pattern": "(("}}]},
        {"security": [{"ghost": []}]},
    ],
)
def test_a_contract_that_cannot_be_served_is_refused_at_the_start(operation: dict[str, Any]) -> None:
    whole = {"operationId": "x", "responses": {"200": {"description": ""}}, **operation}
    with pytest.raises(ContractError):
        served({"/x": {"get": whole}})
