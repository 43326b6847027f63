"""Client credentials at the token endpoint."""

from __future__ import annotations

import base64
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from mockserver.exchange import Reply
from mockserver.state.oauth import IssuedTokens, issue_token
from spec.fixtures import Client, Token

NOON = datetime(2026, 1, 15, 12, tzinfo=UTC)
ADA = Token("ada-token", "Ada", frozenset({"bear"}), {})
CLIENTS = {
    "desk": Client("desk", "s3 cret:%", ADA, lifetime=60, scopes=("read", "write")),
    "Ada": Client("Ada", None, ADA),
}
FORM = {"grant_type": "client_credentials", "client_id": "desk", "client_secret": "s3 cret:%"}


def ask(form: dict[str, Any], authorization: str | None = None, issued: IssuedTokens | None = None) -> Reply:
    return issue_token(form, authorization, CLIENTS, issued if issued is not None else IssuedTokens(), NOON)


def basic(text: str) -> str:
    return f"Basic {base64.b64encode(text.encode()).decode()}"


def test_a_client_gets_a_token_that_lives_as_long_as_it_says() -> None:
    issued = IssuedTokens()
    reply = ask(FORM, issued=issued)
    assert reply.status == 200
    assert reply.headers["Cache-Control"] == "no-store"
    assert {**reply.body, "access_token": ""} == {
        "access_token": "",
        "token_type": "Bearer",
        "expires_in": 60,
        "scope": "read write",
    }
    found = issued.find(reply.body["access_token"])
    assert found is not None
    assert (found.token, found.expires) == (ADA, NOON + timedelta(seconds=60))


def test_each_token_is_a_new_one_and_the_same_in_every_workspace() -> None:
    one, two = IssuedTokens(), IssuedTokens()
    values = [ask(FORM, issued=one).body["access_token"] for _ in range(3)]
    assert len(set(values)) == 3
    assert [ask(FORM, issued=two).body["access_token"] for _ in range(3)] == values
    assert ada_token_is_nowhere_in(values)


def ada_token_is_nowhere_in(values: list[str]) -> bool:
    return not any(ADA.value in value for value in values)


def test_a_reset_forgets_what_was_issued_and_counts_anew() -> None:
    issued = IssuedTokens()
    value = ask(FORM, issued=issued).body["access_token"]
    issued.reset()
    assert not issued
    assert issued.find(value) is None
    assert ask(FORM, issued=issued).body["access_token"] == value


def test_the_oldest_token_is_forgotten_where_there_are_too_many() -> None:
    issued = IssuedTokens(limit=3)
    values = [ask(FORM, issued=issued).body["access_token"] for _ in range(5)]
    assert [issued.find(value) is not None for value in values] == [False, False, True, True, True]


def test_a_client_may_name_itself_in_the_header() -> None:
    grant = {"grant_type": "client_credentials"}
    assert ask(grant, basic("desk:s3+cret%3A%25")).status == 200
    assert ask({**grant, "client_id": "desk"}, basic("desk:s3+cret%3A%25")).status == 200


def test_everybody_with_a_token_is_a_client_with_any_secret() -> None:
    assert ask({**FORM, "client_id": "Ada", "client_secret": "whatever"}).status == 200
    assert ask({**FORM, "client_id": "Ada", "client_secret": ""}).status == 401


def test_fewer_scopes_may_be_asked_for() -> None:
    assert ask({**FORM, "scope": "write"}).body["scope"] == "write"


@pytest.mark.parametrize(
    ("change", "status", "error"),
    [
        ({"grant_type": None}, 400, "invalid_request"),
        ({"grant_type": ""}, 400, "invalid_request"),
        ({"grant_type": ["client_credentials", "x"]}, 400, "invalid_request"),
        ({"grant_type": "password"}, 400, "unsupported_grant_type"),
        ({"grant_type": 'x"\\\n\ud800é'}, 400, "unsupported_grant_type"),
        ({"client_id": None}, 401, "invalid_client"),
        ({"client_secret": None}, 401, "invalid_client"),
        ({"client_id": "nobody"}, 401, "invalid_client"),
        ({"client_secret": "wrong"}, 401, "invalid_client"),
        ({"client_secret": "\ud800"}, 401, "invalid_client"),
        ({"client_secret": "é"}, 401, "invalid_client"),
        ({"scope": "read admin"}, 400, "invalid_scope"),
        ({"scope": ["read", "write"]}, 400, "invalid_request"),
    ],
)
def test_a_request_that_is_wrong_is_told_how(change: dict[str, Any], status: int, error: str) -> None:
    issued = IssuedTokens()
    reply = ask({name: value for name, value in (FORM | change).items() if value is not None}, issued=issued)
    assert (reply.status, reply.body["error"]) == (status, error)
    assert all(" " <= letter <= "~" and letter not in '"\\' for letter in reply.body["error_description"])
    assert reply.headers.get("WWW-Authenticate") == ('Basic realm="token endpoint"' if status == 401 else None)
    assert not issued


@pytest.mark.parametrize(
    "authorization", ["", "Basic", "Basic ?", "Basic " + "/" * 7, "Bearer x", basic("desk"), basic("desk:no"), "é"]
)
def test_a_header_that_names_no_client_is_invalid_client(authorization: str) -> None:
    reply = ask({"grant_type": "client_credentials"}, authorization)
    assert (reply.status, reply.body["error"]) == (401, "invalid_client")
    assert reply.headers["WWW-Authenticate"].startswith("Basic ")


def test_a_client_that_names_itself_twice_alike_is_known() -> None:
    assert ask(FORM, basic("desk:s3+cret%3A%25")).status == 200


@pytest.mark.parametrize("odd", [{"client_id": "other"}, {"client_secret": "other"}], ids=["id", "secret"])
def test_a_client_that_names_itself_twice_and_not_alike_is_refused(odd: dict[str, str]) -> None:
    grant = {"grant_type": "client_credentials", **odd}
    assert ask(grant, basic("desk:s3+cret%3A%25")).body["error"] == "invalid_request"
