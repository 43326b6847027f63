from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.errors import REASONS, MockError, reason_for, shorten, title_of
from mockserver.exchange import Refusal, Violation
from mockserver.judgement.schema import SchemaCompiler
from mockserver.rendering import ErrorAnswer, Renderer
from spec.contract import Contract
from spec.schema import Direction


def answer_for(contract: Contract, operation: str | None, refusal: Refusal) -> ErrorAnswer:
    return Renderer(contract).render(refusal, contract.operation(operation) if operation else None)


def test_every_reason_has_an_error_status() -> None:
    assert all(400 <= status < 600 for status in REASONS.values())


@pytest.mark.parametrize("reason", sorted(REASONS))
@pytest.mark.parametrize("operation", ["listShelves", "getBook", "getHours"])
def test_every_error_fits_the_schema_that_the_operation_declares(shelf: Contract, operation: str, reason: str) -> None:
    answer = answer_for(shelf, operation, Refusal(reason, "why", violations=(Violation("body", "/a", "type", "no"),)))
    response = shelf.operation(operation).response_for(answer.status)
    assert response is not None
    schema = response.media_types[answer.media_type].schema
    assert schema is not None
    compiled = SchemaCompiler(shelf.document, Direction.RESPONSE).compile(schema, operation)
    assert compiled.violations(json.loads(answer.body), "body") == ()


def test_a_style_fills_its_template(shelf: Contract) -> None:
    answer = answer_for(shelf, "listShelves", Refusal("not-found", "no shelf 9"))
    assert (answer.status, answer.media_type) == (404, "application/json")
    assert json.loads(answer.body) == {"error": "Not Found", "status": 404, "detail": "no shelf 9"}


def test_a_placeholder_works_in_a_key_and_keeps_its_type_alone(shelf: Contract) -> None:
    violation = Violation("body", "/title", "required", "is required")
    answer = answer_for(shelf, "createBook", Refusal("invalid-request", "no title", violations=(violation,)))
    assert json.loads(answer.body) == {
        "badRequest": {
            "code": 400,
            "message": "no title",
            "violations": [
                {"in": "body", "pointer": "/title", "keyword": "required", "message": "is required", "got": ""}
            ],
        }
    }


def test_a_case_may_change_the_status_and_the_title(shelf: Contract) -> None:
    assert answer_for(shelf, "createBook", Refusal("unprocessable", "no")).status == 400
    body = json.loads(answer_for(shelf, "listShelves", Refusal("invalid-request", "no")).body)
    assert body["error"] == "please check your request"


@pytest.mark.parametrize("operation", [None, "getHours"])
def test_without_a_style_problem_details_are_answered(shelf: Contract, operation: str | None) -> None:
    answer = answer_for(shelf, operation, Refusal("unknown-route", "nothing here"))
    assert answer.media_type == "application/problem+json"
    assert json.loads(answer.body) == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "nothing here",
        "code": "unknown-route",
    }


def test_violations_travel_in_a_header_too(shelf: Contract) -> None:
    violation = Violation("query", "page", "type", "expected integer", "zwölf")
    header = answer_for(shelf, "listShelves", Refusal("invalid-request", "x", violations=(violation,))).headers
    assert header["X-Mock-Violations"].isascii()
    assert json.loads(header["X-Mock-Violations"])[0]["got"] == "zwölf"


def test_the_header_holds_as_many_violations_as_fit(shelf: Contract) -> None:
    violations = tuple(Violation("body", f"/{at}", "type", "expected integer", "x" * 500) for at in range(50))
    header = answer_for(shelf, "listShelves", Refusal("invalid-request", "x", violations=violations)).headers
    assert len(header["X-Mock-Violations"]) <= 2048
    assert 0 < len(json.loads(header["X-Mock-Violations"])) < 50


@given(st.text(), st.text(), st.text())
def test_nothing_a_client_sends_breaks_a_header_or_the_body(shelf: Contract, detail: str, got: str, allow: str) -> None:
    refusal = Refusal(
        "invalid-request", detail, violations=(Violation("body", got, "type", detail, got),), headers={"Allow": allow}
    )
    answer = answer_for(shelf, "listShelves", refusal)
    assert all(value.isascii() and "\r" not in value and "\n" not in value for value in answer.headers.values())
    assert json.loads(answer.body)["status"] == 400


def test_half_a_surrogate_pair_does_not_stop_an_answer(shelf: Contract) -> None:
    body = answer_for(shelf, "listShelves", Refusal("malformed", "saw \ud800")).body
    assert json.loads(body)["detail"] == "saw \\ud800"


@pytest.mark.parametrize("value", ["x" * 10**6, ["y" * 10**6], {"a": list(range(10**5))}])
def test_what_is_echoed_is_short(value: Any) -> None:
    assert len(shorten(value)) == 200


@pytest.mark.parametrize(
    ("status", "reason"), [(404, "not-found"), (400, "malformed"), (418, "invalid-request"), (599, "internal")]
)
def test_a_status_from_elsewhere_finds_a_reason(status: int, reason: str) -> None:
    assert reason_for(status) == reason


def test_an_unregistered_status_still_has_a_title() -> None:
    assert (title_of(404), title_of(599)) == ("Not Found", "Error")


def test_an_error_for_people_ends_with_what_to_do() -> None:
    assert str(MockError("no port", hint="take another")) == "no port\n  take another"
    assert str(MockError("no port")) == "no port"
