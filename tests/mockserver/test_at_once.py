"""An answer given at once is the answer that ASGI gives, byte for byte."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.app import create_app
from mockserver.connection.arrival import Arrival
from mockserver.sending import Parcel
from mockserver.state.clock import Clock
from spec.contract import Contract
from spec.fixtures import Fixtures

ADA = ("authorization", "Bearer lib-token")
FORM = ("content-type", "application/x-www-form-urlencoded")
ID = ("x-request-id", "r")

REQUESTS = {
    "a list": ("GET", "/shelves?page=1", [], b""),
    "a head": ("HEAD", "/shelves", [], b""),
    "an item": ("GET", "/shelves/1", [], b""),
    "nothing there": ("GET", "/shelves/999", [], b""),
    "no route": ("GET", "/nowhere", [], b""),
    "no such method": ("PUT", "/shelves", [], b""),
    "a bad form": ("POST", "/shelves", [FORM], b"shelf[room]=1"),
    "a form of no kind": ("POST", "/shelves", [("content-type", "no kind")], b"x"),
    "a long url": ("GET", "/shelves?" + "x" * 9000, [], b""),
    "an odd host": ("GET", "/shelves", [("host", "a b")], b""),
    "a preflight": ("OPTIONS", "/shelves", [("origin", "http://x"), ("access-control-request-method", "GET")], b""),
    "a preference": ("GET", "/shelves", [("prefer", "code=404")], b""),
    "a preference in the query": ("GET", "/shelves?__code=404", [], b""),
    "the mock's own": ("GET", "/__mock/health", [], b""),
    "a workspace in the path": ("GET", "/__mock/w/mine/shelves", [], b""),
    "no name of a workspace": ("GET", "/shelves", [("x-mock-workspace", "?")], b""),
}


@pytest.fixture
def app(shelf: Contract, library: Fixtures) -> Any:
    return create_app(shelf, library, clock=Clock(library.now, 0.0))


def arrival_of(method: str, url: str, fields: list[tuple[str, str]], body: bytes) -> Arrival:
    path, _, query = url.partition("?")
    raw = [(name.encode(), value.encode()) for name, value in fields]
    raw += [(b"content-length", b"%d" % len(body))] if body else []
    return Arrival(method, path, query.encode(), tuple(raw))


@pytest.mark.parametrize("name", REQUESTS)
def test_at_once_and_by_asgi_is_the_same(app: Any, ask: Any, name: str) -> None:
    method, url, more, body = REQUESTS[name]
    host = [] if any(field == "host" for field, _ in more) else [("host", "mock.example")]
    fields = [*host, ADA, ID, *more]
    told = ask(app, method, url, headers=fields, body=body)
    parcel = app.answer_at_once(arrival_of(method, url, fields, body), body)
    assert isinstance(parcel, Parcel)
    head = [line.partition(": ")[::2] for line in parcel.lines.decode("ascii").split("\r\n")[:-1]]
    assert (parcel.status, dict(head), parcel.body) == (told.status, told.headers, told.body)


@pytest.mark.parametrize("field", [("prefer", "delay=1"), ("x-mock-delay", "1")])
def test_an_answer_that_takes_time_is_given_later(app: Any, field: tuple[str, str]) -> None:
    given = app.answer_at_once(arrival_of("GET", "/shelves", [("host", "a"), ADA, field], b""), b"")
    assert not isinstance(given, Parcel)


def test_every_answer_is_noted_once(app: Any) -> None:
    for _ in range(3):
        app.answer_at_once(arrival_of("GET", "/shelves", [("host", "a"), ADA], b""), b"")
    assert [entry.status for entry in app.mock.registry.default.journal] == [200, 200, 200]
