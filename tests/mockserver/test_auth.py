from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mockserver.auth import Gate
from mockserver.exchange import Refusal
from mockserver.state.oauth import IssuedTokens
from spec.contract_reader import contract_from
from spec.errors import ContractError
from spec.fixtures import Client, Token

SCHEMES = {
    "bear": {"type": "http", "scheme": "bearer"},
    "plain": {"type": "apiKey", "in": "header", "name": "Authorization"},
    "key": {"type": "apiKey", "in": "header", "name": "X-Key"},
}
NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
TOKENS = {
    "tok": Token("tok", "Ada", frozenset({"bear", "plain"}), {}),
    "key-1": Token("key-1", "Ben", frozenset({"key"}), {}),
    "old": Token("old", "Cy", frozenset({"bear", "plain"}), {}, expires=NOON),
    "look": Token("look", "Dee", frozenset({"bear", "key"}), {}, read_only=True),
}


def gate(*security: dict[str, list[str]], title: str = "Library", method: str = "get") -> Gate:
    operation: dict[str, Any] = {
        "operationId": "x",
        "security": list(security),
        "responses": {"200": {"description": ""}},
    }
    contract = contract_from(
        {
            "openapi": "3.0.3",
            "info": {"title": title, "version": "1"},
            "components": {"securitySchemes": SCHEMES},
            "paths": {"/x": {method: operation}},
        }
    )
    return Gate(contract, contract.operations[0], TOKENS)


def refused(door: Gate, headers: dict[str, str], **given: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        door.admit(headers, **given)
    return caught.value


@pytest.mark.parametrize("value", ["Bearer tok", "bearer tok", "BEARER   tok", "tok", "  tok  "])
@pytest.mark.parametrize("scheme", ["bear", "plain"])
def test_the_authorization_header_takes_the_token_with_or_without_bearer(scheme: str, value: str) -> None:
    identity = gate({scheme: []}).admit({"authorization": value})
    assert identity is not None
    assert identity.name == "Ada"


def test_a_key_header_takes_the_bare_token_only() -> None:
    door = gate({"key": []})
    identity = door.admit({"x-key": "key-1"})
    assert identity is not None
    assert identity.name == "Ben"
    assert refused(door, {"x-key": "Bearer key-1"}).reason == "invalid-credentials"


@pytest.mark.parametrize("headers", [{}, {"authorization": ""}, {"authorization": "  "}, {"x-key": "key-1"}])
def test_no_credential_is_missing_credentials(headers: dict[str, str]) -> None:
    assert refused(gate({"bear": []}), headers).reason == "missing-credentials"


@pytest.mark.parametrize(
    "value", ["nope", "Bearer nope", "Bearer", "Basic tok", "Bearer tok, Bearer tok", "Bearer tok x"]
)
def test_a_credential_nobody_knows_is_invalid(value: str) -> None:
    assert refused(gate({"bear": []}), {"authorization": value}).reason == "invalid-credentials"


def test_a_token_counts_only_for_the_schemes_it_is_listed_for() -> None:
    assert refused(gate({"bear": []}), {"authorization": "Bearer key-1"}).reason == "invalid-credentials"


def test_any_one_alternative_is_enough() -> None:
    identity = gate({"bear": []}, {"key": []}).admit({"x-key": "key-1"})
    assert identity is not None
    assert identity.name == "Ben"


def test_all_schemes_of_an_alternative_must_hold() -> None:
    door = gate({"bear": [], "key": []})
    assert door.admit({"authorization": "Bearer tok", "x-key": "key-1"}) is not None
    assert refused(door, {"authorization": "Bearer tok"}).reason == "missing-credentials"
    assert refused(door, {"authorization": "Bearer tok", "x-key": "no"}).reason == "invalid-credentials"


def test_an_operation_without_security_is_open() -> None:
    assert gate().admit({"authorization": "whatever"}) is None


@pytest.mark.parametrize("order", [[{}, {"bear": []}], [{"bear": []}, {}]])
def test_an_optional_credential_is_honoured_and_a_wrong_one_refused(order: list[dict[str, list[str]]]) -> None:
    door = gate(*order)
    assert door.admit({}) is None
    identity = door.admit({"authorization": "Bearer tok"})
    assert identity is not None
    assert refused(door, {"authorization": "Bearer no"}).reason == "invalid-credentials"


def test_a_refusal_carries_a_challenge_for_each_scheme() -> None:
    headers = refused(gate({"bear": []}, {"key": []}), {}).headers
    assert headers["WWW-Authenticate"] == 'Bearer realm="Library", ApiKey realm="Library", header="X-Key"'


def test_a_wrong_bearer_token_is_told_as_such() -> None:
    headers = refused(gate({"bear": []}), {"authorization": "Bearer no"}).headers
    assert headers["WWW-Authenticate"] == 'Bearer realm="Library", error="invalid_token"'


def test_a_title_cannot_break_the_challenge() -> None:
    headers = refused(gate({"bear": []}, title='A "quoted"\r\nlibrary\\'), {}).headers
    assert headers["WWW-Authenticate"] == 'Bearer realm="A quotedlibrary"'


def test_a_scheme_that_is_not_defined_stops_the_start() -> None:
    with pytest.raises(ContractError, match="'ghost' is not defined"):
        gate({"ghost": []})


def test_a_token_is_good_until_the_moment_when_it_expires() -> None:
    door = gate({"bear": []})
    headers = {"authorization": "Bearer old"}
    identity = door.admit(headers, now=lambda: NOON - timedelta(seconds=1))
    assert identity is not None
    assert identity.name == "Cy"
    refusal = refused(door, headers, now=lambda: NOON)
    assert (refusal.reason, refusal.detail) == ("invalid-credentials", "the token has expired")
    assert refusal.headers["WWW-Authenticate"] == (
        'Bearer realm="Library", error="invalid_token", error_description="the token has expired"'
    )


def test_without_a_clock_the_machine_tells_the_time() -> None:
    assert refused(gate({"bear": []}), {"authorization": "old"}).detail == "the token has expired"


def test_the_clock_is_asked_only_for_a_token_that_can_expire() -> None:
    def never() -> datetime:
        raise AssertionError

    assert gate({"bear": []}).admit({"authorization": "Bearer tok"}, now=never) is not None


def test_an_expired_token_does_not_spoil_another_alternative() -> None:
    door = gate({"bear": []}, {"key": []})
    identity = door.admit({"authorization": "Bearer old", "x-key": "key-1"}, now=lambda: NOON)
    assert identity is not None
    assert identity.name == "Ben"


@pytest.mark.parametrize("method", ["get", "head", "options"])
def test_a_token_that_only_reads_may_read(method: str) -> None:
    assert gate({"bear": []}, method=method).admit({"authorization": "Bearer look"}) is not None


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_a_token_that_only_reads_may_not_write(method: str) -> None:
    refusal = refused(gate({"bear": []}, method=method), {"authorization": "Bearer look"})
    assert refusal.reason == "forbidden"
    assert refusal.headers["WWW-Authenticate"] == 'Bearer realm="Library", error="insufficient_scope"'


def test_one_token_that_only_reads_is_enough_to_forbid() -> None:
    door = gate({"bear": [], "key": []}, method="post")
    assert refused(door, {"authorization": "Bearer tok", "x-key": "look"}).reason == "forbidden"


def test_an_issued_token_has_the_rights_of_the_one_it_stands_for() -> None:
    issued = IssuedTokens()
    value = issued.issue(Client("ada", "s", TOKENS["tok"], lifetime=60), NOON).value
    door, headers = gate({"bear": []}, method="post"), {"authorization": f"Bearer {value}"}
    identity = door.admit(headers, issued, lambda: NOON)
    assert identity is not None
    assert identity.name == "Ada"
    assert refused(door, headers).reason == "invalid-credentials"
    assert refused(door, headers, issued=IssuedTokens()).reason == "invalid-credentials"
    late = refused(door, headers, issued=issued, now=lambda: NOON + timedelta(seconds=60))
    assert late.detail == "the token has expired"
    assert refused(gate({"key": []}), {"x-key": value}, issued=issued).reason == "invalid-credentials"


def test_an_issued_token_of_one_that_only_reads_only_reads() -> None:
    issued = IssuedTokens()
    value = issued.issue(Client("dee", "s", TOKENS["look"]), NOON).value
    door, headers = gate({"bear": []}, method="post"), {"authorization": value}
    assert refused(door, headers, issued=issued, now=lambda: NOON).reason == "forbidden"
