from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.answer import AnswerCheck
from mockserver.exchange import Address, Answer, Refusal, Reply
from mockserver.prefer.forcing import Forcer
from mockserver.prefer.preference import Preference
from mockserver.rendering import Renderer
from spec.contract import Contract, Operation
from spec.contract_reader import contract_from, load_contract

FOLDER = Path(__file__).parent.parent / "contracts"
CONTRACTS = {"packaged": load_contract()} | {path.stem: load_contract(path) for path in sorted(FOLDER.glob("*.yaml"))}
OPERATIONS = [(file, operation.id) for file, contract in CONTRACTS.items() for operation in contract.operations]


def codes_of(operation: Operation) -> Iterator[int]:
    """Codes that the operation declares, and one more of each range."""
    for status in operation.responses:
        yield from (418, 500) if status == "default" else (int(status.replace("XX", "00")), int(status[0]) * 100)


def force(contract: Contract, operation: str, preference: Preference, seed: int = 1, **more: Any) -> Answer:
    forcer = Forcer(contract, contract.operation(operation), Renderer(contract))
    return forcer.answer(preference, seed, **more)


def assert_fits(contract: Contract, operation: str, answer: Answer) -> None:
    body: Any = answer.body
    if answer.media_type is None:
        body = None
    elif answer.media_type.endswith("json"):
        body = json.loads(answer.body)
    reply = Reply(answer.status, body, answer.media_type or "", dict(answer.headers))
    AnswerCheck(contract, contract.operation(operation)).seal(reply)


def one(responses: dict[str, Any], **more: Any) -> Contract:
    operation = {"operationId": "x", "responses": responses, **more}
    document = {"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": {"/x": {"get": operation}}}
    return contract_from(document)


def content(schema: dict[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    return {"description": "", "content": {"application/json": {**({"schema": schema} if schema else {}), **more}}}


@pytest.mark.parametrize(("file", "operation"), OPERATIONS)
@pytest.mark.parametrize("dynamic", [False, True], ids=["plain", "dynamic"])
def test_every_declared_code_of_every_operation_can_be_forced(file: str, operation: str, dynamic: bool) -> None:
    contract = CONTRACTS[file]
    for code in set(codes_of(contract.operation(operation))):
        if contract.operation(operation).response_for(code) is None:
            continue
        answer = force(contract, operation, Preference(code=code, dynamic=dynamic))
        assert answer.status == code
        assert_fits(contract, operation, answer)


@given(st.sampled_from(OPERATIONS), st.integers(0, 2**53 - 1))
def test_what_is_made_up_fits_the_contract_and_comes_back_with_its_seed(place: tuple[str, str], seed: int) -> None:
    file, operation = place
    answer = force(CONTRACTS[file], operation, Preference(dynamic=True, seed=seed), seed=1)
    assert_fits(CONTRACTS[file], operation, answer)
    assert answer == force(CONTRACTS[file], operation, Preference(dynamic=True, seed=seed), seed=2)


def test_without_a_seed_the_workspace_has_one(shelf: Contract) -> None:
    wanted = Preference(dynamic=True)
    assert force(shelf, "listShelves", wanted, 1).body == force(shelf, "listShelves", wanted, 1).body
    assert force(shelf, "listShelves", wanted, 1).body != force(shelf, "listShelves", wanted, 2).body


def test_what_is_not_dynamic_does_not_change(shelf: Contract) -> None:
    wanted = Preference(code=200)
    assert force(shelf, "listShelves", wanted, 1) == force(shelf, "listShelves", wanted, 2)


def test_a_code_that_is_not_declared_lists_the_declared_ones() -> None:
    contract = one({"200": content(), "4XX": content()})
    with pytest.raises(Refusal, match="x declares 200, 4XX") as caught:
        force(contract, "x", Preference(code=500))
    assert caught.value.reason == "malformed"
    assert caught.value.violations[0].got == "500"


def test_a_range_and_a_default_are_declarations() -> None:
    contract = one({"4XX": content(example={"is": "range"}), "default": content(example={"is": "default"})})
    assert json.loads(force(contract, "x", Preference(code=451)).body) == {"is": "range"}
    assert json.loads(force(contract, "x", Preference(code=599)).body) == {"is": "default"}


# Examples.

EXAMPLES = {"few": {"value": [1]}, "many": {"value": [1, 2, 3]}}
NAMED = {"200": content(examples=EXAMPLES), "404": content(examples={"gone": {"value": {"gone": True}}})}


def test_a_named_example_is_answered() -> None:
    answer = force(one(NAMED), "x", Preference(example="many"))
    assert (answer.status, json.loads(answer.body), answer.why) == (200, [1, 2, 3], "forced")


def test_the_name_of_an_example_tells_its_status() -> None:
    assert force(one(NAMED), "x", Preference(example="gone")).status == 404


@pytest.mark.parametrize(
    ("preference", "told"),
    [
        (Preference(example="odd"), "x has the examples: few (200), many (200), gone (404)"),
        (Preference(example="few", code=404), "x has the examples: gone (404)"),
    ],
)
def test_an_unknown_example_lists_the_known_ones(preference: Preference, told: str) -> None:
    with pytest.raises(Refusal) as caught:
        force(one(NAMED), "x", preference)
    assert caught.value.reason == "malformed"
    assert told in caught.value.detail


def test_without_a_name_the_first_example_is_answered_and_dynamic_passes_it_over() -> None:
    schema = {"type": "array", "items": {"type": "integer"}, "minItems": 2, "maxItems": 2}
    contract = one({"200": content(schema, examples={"pair": {"value": [1, 1]}})})
    assert json.loads(force(contract, "x", Preference(code=200)).body) == [1, 1]
    made = force(contract, "x", Preference(code=200, dynamic=True))
    assert (made.why, len(json.loads(made.body))) == ("generated", 2)


def test_an_example_that_breaks_its_schema_is_passed_over_unless_it_was_named() -> None:
    contract = one({"200": content({"type": "integer"}, example="no")})
    assert isinstance(json.loads(force(contract, "x", Preference(code=200)).body), int)
    with pytest.raises(Refusal) as caught:
        force(contract, "x", Preference(example="example"))
    assert caught.value.reason == "internal"


# Errors.


@pytest.mark.parametrize("code", [400, 404, 409, 418, 422, 503])
def test_an_error_in_the_style_of_the_operation_speaks_of_its_own_status(shelf: Contract, code: int) -> None:
    answer = force(shelf, "listShelves", Preference(code=code))
    assert (answer.status, json.loads(answer.body)["status"]) == (code, code)
    ledger = json.loads(force(shelf, "getBook", Preference(code=code, dynamic=True)).body)
    assert [fault["code"] for fault in ledger.values()] == [code]


def test_a_shared_example_is_fitted_to_the_status() -> None:
    schema = {"type": "object", "required": ["status", "title", "kind"], "properties": {"kind": {"type": "string"}}}
    shared = content(schema, example={"status": 404, "title": "Not Found", "kind": "k"})
    contract = one({"401": shared, "404": copy.deepcopy(shared)})
    assert json.loads(force(contract, "x", Preference(code=401)).body) == {
        "status": 401,
        "title": "Unauthorized",
        "kind": "k",
    }


def test_a_forced_401_has_a_challenge_and_a_405_the_methods(shelf: Contract) -> None:
    assert dict(force(shelf, "getShelf", Preference(code=401)).headers)["WWW-Authenticate"].startswith("Bearer ")
    allowed = dict(force(shelf, "getShelf", Preference(code=405)).headers)["Allow"]
    assert allowed == "DELETE, GET, HEAD, OPTIONS, PUT"
    assert dict(force(shelf, "getShelf", Preference(code=429)).headers)["Retry-After"].isdecimal()


# Bodies that are not JSON, and header fields.


def test_a_status_without_a_body_has_none(shelf: Contract) -> None:
    answer = force(shelf, "deleteShelf", Preference(code=204))
    assert (answer.body, answer.media_type) == (b"", None)


@pytest.mark.parametrize(
    ("declared", "sent"),
    [
        ("*/*", "application/octet-stream"),
        ("text/*", "text/plain"),
        ("image/*", "image/png"),
        ("video/*", "video/plain"),
        ("text/csv", "text/csv"),
        ("application/zip", "application/zip"),
    ],
)
def test_a_range_becomes_a_media_type_that_can_be_sent(declared: str, sent: str) -> None:
    contract = one({"200": {"description": "", "content": {declared: {"schema": {"type": "string"}}}}})
    answer = force(contract, "x", Preference(code=200))
    assert (answer.media_type, bool(answer.body)) == (sent, True)


def test_header_fields_say_what_is_true(shelf: Contract) -> None:
    address = Address("http://mock.example", "/v9/shelves")
    listed = force(shelf, "listShelves", Preference(dynamic=True), address=address)
    headers = dict(listed.headers)
    assert headers["X-Total-Count"] == str(len(json.loads(listed.body)))
    assert headers["Link"] == '<http://mock.example/v9/shelves>; rel="self"'
    created = force(shelf, "createShelf", Preference(code=201), address=address)
    identifier = json.loads(created.body)["id"]
    assert dict(created.headers)["Location"] == f"http://mock.example/v9/shelves/{identifier}"


def test_a_required_header_field_is_made_and_an_optional_one_left_out() -> None:
    headers = {
        "X-When": {"required": True, "schema": {"type": "string", "format": "date-time"}},
        "X-Left": {"required": True, "schema": {"type": "integer", "minimum": 5, "maximum": 6}},
        "X-Flag": {"required": True, "schema": {"type": "boolean"}},
        "X-Told": {"example": "as told", "schema": {"type": "string"}},
        "X-Other": {"schema": {"type": "string"}},
        "ETag": {"schema": {"type": "string"}},
    }
    contract = one({"200": {**content({"type": "integer"}), "headers": headers}})
    answer = force(contract, "x", Preference(dynamic=True))
    assert_fits(contract, "x", answer)
    assert set(dict(answer.headers)) == {"X-When", "X-Left", "X-Flag", "X-Told", "ETag"}


def test_what_cannot_be_made_up_is_told() -> None:
    impossible = {"type": "integer", "minimum": 5, "maximum": 4}
    with pytest.raises(Refusal, match="give the contract an example") as caught:
        force(one({"200": content(impossible)}), "x", Preference(code=200))
    assert caught.value.reason == "not-implemented"


def test_a_header_field_that_cannot_be_made_up_is_told() -> None:
    headers = {"X-Odd": {"required": True, "schema": {"type": "integer", "minimum": 5, "maximum": 4}}}
    with pytest.raises(Refusal, match="give the contract an example") as caught:
        force(one({"200": {**content({"type": "integer"}), "headers": headers}}), "x", Preference(code=200))
    assert caught.value.reason == "not-implemented"


def test_dynamic_needs_a_success() -> None:
    with pytest.raises(Refusal, match="ask for a code"):
        force(one({"404": content()}), "x", Preference(dynamic=True))
