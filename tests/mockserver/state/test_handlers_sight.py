"""What somebody may not see, and how that is answered."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.exchange import Identity, Refusal


def reason(desk: Any, *args: Any, **kwargs: Any) -> str:
    with pytest.raises(Refusal) as caught:
        desk.ask(*args, **kwargs)
    return caught.value.reason


def test_a_list_holds_only_what_somebody_sees(counter: Any) -> None:
    reply = counter.ask("listShelves", identity="Ben")
    assert [shelf["id"] for shelf in reply.body] == [1, 3]
    assert reply.headers["X-Total-Count"] == "2"


def test_somebody_elses_item_looks_exactly_like_a_missing_one(counter: Any) -> None:
    with pytest.raises(Refusal) as hidden:
        counter.ask("getShelf", 2, identity="Ben")
    with pytest.raises(Refusal) as missing:
        counter.ask("getShelf", 99, identity="Ben")
    assert hidden.value.reason == missing.value.reason == "not-found"
    assert hidden.value.detail.replace("2", "99") == missing.value.detail


@pytest.mark.parametrize("operation", ["listJobs", "getActiveJob", "createJob", "createProof"])
def test_what_is_under_a_hidden_parent_is_hidden(desk: Any, operation: str) -> None:
    assert reason(desk, operation, "c2", identity="Ann") == "not-found"


def test_somebody_else_may_see_what_is_hidden_from_one(desk: Any) -> None:
    assert [job["id"] for job in desk.ask("listJobs", "c2", identity="Foreman").body] == [4]


@pytest.mark.parametrize("operation", ["getJob", "updateJob", "deleteJob"])
def test_hidden_items_can_neither_be_read_nor_changed(desk: Any, operation: str) -> None:
    assert reason(desk, operation, "c2", 4, body={}, identity="Ann") == "not-found"
    assert desk.ask("getJob", "c2", 4, identity="Foreman").body["id"] == 4


def test_a_resource_may_be_forbidden_instead(counter: Any) -> None:
    finnish = Identity("Fia", {"book": {"language": frozenset({"fi"})}})
    assert reason(counter, "getBook", 1, "b-1", identity=finnish) == "forbidden"


def test_nobody_creates_what_they_could_not_see(counter: Any) -> None:
    assert reason(counter, "createShelf", body={"name": "Mine", "room": "B2"}, identity="Ben") == "forbidden"
    assert reason(counter, "createShelf", body={"name": "Mine"}, identity="Ben") == "forbidden"
    assert counter.ask("createShelf", body={"name": "Mine", "room": "A1"}, identity="Ben").status == 201
    assert counter.ask("listShelves").headers["X-Total-Count"] == "4"
