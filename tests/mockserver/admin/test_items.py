from __future__ import annotations

from typing import Any

import pytest

from spec.contract import Contract
from spec.fixtures import Fixtures


def test_items_are_counted(tell: Any, library: Fixtures) -> None:
    assert tell("GET", "/state").json == {name: len(items) for name, items in library.items.items()}


def test_items_are_listed_with_their_keys(tell: Any) -> None:
    assert [item["key"] for item in tell("GET", "/state/book").json] == [
        "1/b-1",
        "1/b-2",
        "1/b-3",
        "1/b%2F4",
        "2/n-1",
    ]
    assert [item["key"] for item in tell("GET", "/state/book?parent=2").json] == ["2/n-1"]
    assert len(tell("GET", "/state/book?limit=2").json) == 2


def test_an_item_is_read_by_its_key(tell: Any) -> None:
    item = tell("GET", "/state/book/1%2Fb-1").json
    assert (item["fields"]["title"], item["key"]) == ("Atlas", "1/b-1")
    assert item["content_size"] > 0


def test_a_slash_within_an_id_is_encoded_twice(tell: Any) -> None:
    assert tell("GET", "/state/book/1%2Fb%252F4").json["fields"]["title"] == "A slash in its id"


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/state/pen", 404),
        ("/state/pen/1", 404),
        ("/state/shelf/9", 404),
        ("/state/shelf/x", 400),
        ("/state/shelf/1%2F2", 400),
        ("/state/book/1", 400),
        ("/state/book/1%2F", 400),
        ("/state/book/9%2Fb-1", 404),
        ("/state/book?parent=9", 404),
        ("/state/book?parent=x", 400),
        ("/state/shelf?parent=1", 400),
    ],
)
def test_what_is_not_there_is_told_as_such(tell: Any, path: str, status: int) -> None:
    assert tell("GET", path).status == status


def test_a_new_item_is_stored_whole(tell: Any, stand: Any) -> None:
    told = tell("PUT", "/state/shelf/40", {"fields": {"name": "Plays"}})
    assert (told.status, told.json["fields"]) == (200, {"id": 40, "name": "Plays"})
    assert stand.registry.default.next_id("shelf") == 41


def test_an_item_in_a_workspace_is_nobody_else_s(tell: Any) -> None:
    tell("PUT", "/state/shelf/1?workspace=mine", {"fields": {"name": "Mine"}})
    assert tell("GET", "/state/shelf/1?workspace=mine").json["fields"]["name"] == "Mine"
    assert tell("GET", "/state/shelf/1").json["fields"]["name"] == "Maps"


@pytest.mark.parametrize(
    ("path", "body", "status"),
    [
        ("/state/shelf/1", {"fields": {"name": ""}}, 422),
        ("/state/shelf/1", {"fields": {}}, 422),
        ("/state/shelf/1", {"fields": {"name": "a", "id": 2}}, 422),
        ("/state/shelf/1", {"fields": {"name": "a"}, "outcome": "lost"}, 422),
        ("/state/shelf/1", {"fields": {"name": "a"}, "extra": 1}, 400),
        ("/state/shelf/1", {"name": "a"}, 400),
        ("/state/shelf/x", {"fields": {"name": "a"}}, 400),
        ("/state/book/9%2Fa", {"fields": {"title": "a", "status": "lent"}}, 404),
        ("/state/book/1%2Fa", {"fields": {"title": "a", "status": "burnt"}}, 422),
    ],
)
def test_what_does_not_fit_is_not_stored(tell: Any, path: str, body: Any, status: int) -> None:
    told = tell("PUT", path, body)
    assert (told.status, tell("GET", "/diff").json) == (status, [])


def test_a_bad_field_is_told_by_its_pointer(tell: Any) -> None:
    told = tell("PUT", "/state/shelf/1", {"fields": {"name": "", "capacity": 0}})
    assert {one["pointer"] for one in told.json["violations"]} == {"/fields/name", "/fields/capacity"}


def test_an_item_can_be_held_in_its_state(tell: Any, shelf: Contract) -> None:
    lifecycle = shelf.resources["book"].lifecycle
    assert lifecycle is not None
    fields = {"title": "Soon", "status": lifecycle.initial}
    for name, hold in (("held", True), ("free", False)):
        assert tell("PUT", f"/state/book/1%2F{name}", {"fields": fields, "hold": hold}).status == 200
    tell("POST", "/clock/advance", {"seconds": 10_000_000})
    states = [tell("GET", f"/state/book/1%2F{name}").json["fields"]["status"] for name in ("held", "free")]
    assert states[0] == lifecycle.initial
    assert states[1] != lifecycle.initial


def test_an_item_that_goes_takes_with_it_what_is_under_it(tell: Any) -> None:
    assert tell("DELETE", "/state/shelf/1").status == 204
    assert tell("GET", "/state").json == {"shelf": 2, "book": 1}
    assert tell("DELETE", "/state/shelf/1").status == 404
