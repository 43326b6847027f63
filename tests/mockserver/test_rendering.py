from __future__ import annotations

import json

import pytest

from mockserver.errors import REASONS
from mockserver.exchange import Refusal, Violation
from mockserver.rendering import Renderer
from spec.contract import Contract
from spec.contract_reader import contract_from

VIOLATION = Violation("body", "/a", "type", "expected integer", "x")
SHOWN = {"in": "body", "pointer": "/a", "keyword": "type", "message": "expected integer", "got": "x"}


def styled(body: object, **cases: dict[str, object]) -> Contract:
    operation = {"operationId": "x", "x-errors": "odd", "responses": {"200": {"description": ""}}}
    return contract_from(
        {
            "openapi": "3.0.3",
            "info": {"title": "t", "version": "1"},
            "x-error-styles": {"odd": {"media_type": "application/json", "body": body, "cases": cases}},
            "paths": {"/x": {"get": operation}},
        }
    )


def rendered(contract: Contract, refusal: Refusal) -> object:
    return json.loads(Renderer(contract).render(refusal, contract.operation("x")).body)


@pytest.mark.parametrize(
    ("template", "body"),
    [
        ("{detail}", "why"),
        (["{status}", "{violations}", 7, None], [400, [SHOWN], 7, None]),
        ({"{detail}": {"{code}-{status}": "{title}!"}}, {"why": {"odd-400": "Bad!"}}),
        ({"a": "{detail} ({status})", "b": "{detail}"}, {"a": "why (400)", "b": "why"}),
        ({"a": "plain", "b": {"c": True}}, {"a": "plain", "b": {"c": True}}),
    ],
)
def test_a_template_is_filled_wherever_its_placeholders_stand(template: object, body: object) -> None:
    contract = styled(template, malformed={"code": "odd", "title": "Bad"})
    assert rendered(contract, Refusal("malformed", "why", violations=(VIOLATION,))) == body


def test_the_list_of_violations_may_stand_in_a_text() -> None:
    told = rendered(styled({"a": "see {violations}"}), Refusal("malformed", "why", violations=(VIOLATION,)))
    assert told == {"a": f"see [{json.dumps(SHOWN, separators=(',', ':'))}]"}


def test_a_refusal_cannot_fill_a_placeholder_by_what_it_says() -> None:
    contract = styled({"a": "{detail}", "b": "{title}: {detail}"})
    assert rendered(contract, Refusal("malformed", "{status} {detail}")) == {
        "a": "{status} {detail}",
        "b": "Bad Request: {status} {detail}",
    }


def test_problem_details_tell_violations_where_there_are_any(shelf: Contract) -> None:
    renderer, hours = Renderer(shelf), shelf.operation("getHours")
    with_one = json.loads(renderer.render(Refusal("malformed", "why", violations=(VIOLATION,)), hours).body)
    assert with_one["violations"] == [SHOWN]
    assert "violations" not in json.loads(renderer.render(Refusal("malformed", "why"), hours).body)


def test_a_header_field_and_the_body_tell_the_same(shelf: Contract) -> None:
    violation = Violation("query", "pagé", "type", 'a "quote"', "\x7f\n")
    answer = Renderer(shelf).render(Refusal("malformed", "", violations=(violation,)), shelf.operation("createBook"))
    header = answer.headers["X-Mock-Violations"]
    assert header.isascii()
    assert header.isprintable()
    (fault,) = json.loads(answer.body).values()
    assert fault["violations"] == json.loads(header)


@pytest.mark.parametrize("status", sorted({*REASONS.values(), 402, 418, 451, 502, 599}))
def test_a_status_is_told_in_the_style_of_the_operation(shelf: Contract, status: int) -> None:
    renderer = Renderer(shelf)
    desk = renderer.render_status(status, shelf.operation("listShelves"))
    assert (desk.status, json.loads(desk.body)["status"]) == (status, status)
    problem = renderer.render_status(status, shelf.operation("getHours"))
    assert (problem.media_type, json.loads(problem.body)["status"]) == ("application/problem+json", status)
