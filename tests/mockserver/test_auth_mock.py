"""Credentials as a client of the mock meets them: refused in the style of the contract, with a challenge."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

import pytest

from mockserver.app import create_app
from spec.contract import Contract
from spec.fixtures import Fixtures, Token

EVERYWHERE = frozenset({"librarian", "reader", "coverKey"})
TOKENS = {
    "old-token": Token("old-token", "Dan", EVERYWHERE, {}, expires=datetime(2026, 1, 1, tzinfo=UTC)),
    "look-token": Token("look-token", "Eve", EVERYWHERE, {}, read_only=True),
    "room-token": Token("room-token", "Fay", EVERYWHERE, {"shelf": {"room": frozenset({"A1"})}}),
    "here-token": Token("here-token", "Gil", EVERYWHERE, {"book": {"status": frozenset({"available"})}}),
}


@pytest.fixture(scope="module")
def app(shelf: Contract, library: Fixtures) -> Any:
    return create_app(shelf, replace(library, tokens=MappingProxyType({**library.tokens, **TOKENS})))


@pytest.mark.parametrize("value", ["Bearer old-token", "old-token"])
def test_an_expired_token_is_told_so(app: Any, ask: Any, value: str) -> None:
    answer = ask(app, "GET", "/shelves", headers={"authorization": value})
    assert (answer.status, answer.json["error"]) == (401, "Unauthorized")
    assert answer.headers["www-authenticate"].startswith("Bearer realm=")
    assert 'error="invalid_token", error_description="the token has expired"' in answer.headers["www-authenticate"]


@pytest.mark.parametrize(("url", "told"), [("/shelves", "Forbidden"), ("/shelves/1/books", "forbidden")])
def test_a_token_that_only_reads_reads_and_is_forbidden_to_write(app: Any, ask: Any, url: str, told: str) -> None:
    headers = {"authorization": "Bearer look-token", "content-type": "application/json"}
    assert ask(app, "GET", url, headers=headers).status == 200
    answer = ask(app, "POST", url, headers=headers, body=b'{"title": "x"}')
    assert answer.status == 403
    assert told in answer.json.get("error", answer.json)
    assert 'error="insufficient_scope"' in answer.headers["www-authenticate"]


def test_the_right_to_write_is_judged_before_what_is_written(app: Any, ask: Any) -> None:
    headers = {"authorization": "Bearer look-token", "content-type": "application/json"}
    assert ask(app, "POST", "/shelves/1/books", headers=headers, body=b"{").status == 403


@pytest.mark.parametrize(
    ("token", "url", "status"),
    [
        ("room-token", "/shelves/1", 200),
        ("room-token", "/shelves/2", 404),
        ("here-token", "/shelves/1/books/b-1", 200),
        ("here-token", "/shelves/1/books/b-2", 403),
        ("here-token", "/shelves/1/books/none", 404),
    ],
)
def test_things_of_others_are_invisible_or_forbidden_as_the_contract_says(
    app: Any, ask: Any, token: str, url: str, status: int
) -> None:
    assert ask(app, "GET", url, headers={"authorization": token}).status == status


def test_no_credential_is_a_401_that_says_which_is_wanted(app: Any, ask: Any) -> None:
    answer = ask(app, "GET", "/shelves")
    assert answer.status == 401
    assert answer.headers["www-authenticate"].startswith('Bearer realm="Shelf"')
