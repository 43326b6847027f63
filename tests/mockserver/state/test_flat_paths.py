"""Items found by their own id, without their parents in the path."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.exchange import Refusal
from mockserver.state.collection import Collection, Entry
from mockserver.state.store import Store

FIRST = "00000001-0000-4000-8000-000000000001"
SOUTHERN = "00000065-0000-4000-8000-000000000065"
EXPORT = "00000e01-0000-4000-8000-000000000e01"
UNKNOWN = "0000ffff-0000-4000-8000-00000000ffff"


def reason(desk: Any, *args: Any, **kwargs: Any) -> str:
    with pytest.raises(Refusal) as caught:
        desk.ask(*args, **kwargs)
    return caught.value.reason


def created(keep: Any) -> str:
    made: str = keep.ask("createCopy", 1, body={"name": "n", "kind": "full"}).body["id"]
    return made


def test_an_item_is_found_without_its_parent(keep: Any) -> None:
    assert keep.ask("getCopy", FIRST).body["vault_id"] == 1
    assert keep.ask("getExport", EXPORT).body["copy_id"] == FIRST


def test_a_new_item_is_found_at_its_location(keep: Any) -> None:
    reply = keep.ask("createCopy", 1, body={"name": "n", "kind": "full"})
    assert reply.headers["Location"] == f"http://mock.example/v1/copies/{reply.body['id']}"
    assert keep.ask("getCopy", reply.body["id"]).body == reply.body


def test_an_unknown_id_is_not_found(keep: Any) -> None:
    assert reason(keep, "getCopy", UNKNOWN) == "not-found"
    assert reason(keep, "createExport", UNKNOWN, body={"format": "table"}) == "not-found"


@pytest.mark.parametrize("operation", ["getCopy", "updateCopy", "deleteCopy", "createExport"])
def test_what_lies_below_somebody_elses_parent_is_invisible(keep: Any, operation: str) -> None:
    body = {"format": "table"} if operation == "createExport" else {"name": "mine now"}
    assert reason(keep, operation, SOUTHERN, body=body) == "not-found"
    assert keep.ask("getCopy", SOUTHERN, identity="South").body["name"] == "letter-101"


def test_what_lies_two_levels_below_somebody_elses_parent_is_invisible(keep: Any) -> None:
    assert reason(keep, "getExport", EXPORT, identity="South") == "not-found"
    assert reason(keep, "downloadExport", EXPORT, identity="South") == "not-found"
    assert keep.ask("downloadExport", EXPORT, identity="Auditor").status == 200


def test_a_deleted_item_is_not_found_by_its_id(keep: Any) -> None:
    made = created(keep)
    keep.ask("deleteCopy", made)
    assert reason(keep, "getCopy", made) == "not-found"
    assert reason(keep, "deleteCopy", made) == "not-found"


def test_a_deleted_parent_takes_all_below_it_and_nothing_else(keep: Any) -> None:
    made = created(keep)
    export = keep.ask("createExport", made, body={"format": "table"}).body["id"]
    keep.ask("deleteVault", 1)
    for operation, identifier in (("getCopy", FIRST), ("getCopy", made), ("getExport", export), ("getExport", EXPORT)):
        assert reason(keep, operation, identifier) == "not-found"
    assert keep.ask("getVault", 3).status == 200
    assert keep.ask("getCopy", SOUTHERN, identity="South").status == 200


def test_a_deleted_item_leaves_its_siblings_alone(keep: Any) -> None:
    before = {copy["id"] for copy in keep.ask("listCopies", 1, query={"limit": 100}).body}
    keep.ask("deleteCopy", FIRST)
    after = {copy["id"] for copy in keep.ask("listCopies", 1, query={"limit": 100}).body}
    assert before - after == {FIRST}


def test_workspaces_find_only_their_own(keep: Any) -> None:
    other = keep.open()
    made = created(keep)
    assert reason(keep, "getCopy", made, workspace=other) == "not-found"
    keep.ask("deleteCopy", FIRST, workspace=other)
    assert keep.ask("getCopy", FIRST).status == 200


def test_a_snapshot_brings_ids_back(keep: Any) -> None:
    made = created(keep)
    keep.workspace.take_snapshot("before")
    keep.ask("deleteCopy", made)
    later = created(keep)
    keep.workspace.restore("before")
    assert keep.ask("getCopy", made).status == 200
    assert reason(keep, "getCopy", later) == "not-found"


def test_a_new_vault_belongs_to_the_tenant_who_asked(keep: Any) -> None:
    made = keep.ask("createVault", body={"name": "Fresh", "region": "east"}, identity="South").body
    assert made["owner"] == "south"
    assert keep.ask("getVault", made["id"], identity="South").body == made
    assert reason(keep, "getVault", made["id"]) == "not-found"


def thing(parent: str, number: int) -> Entry:
    return Entry((parent, number), {"id": number})


def test_a_store_finds_by_id_what_it_shares_and_what_it_wrote() -> None:
    store = Store({("thing", ("p",)): Collection([thing("p", 1), thing("p", 2)])})
    store.drop("thing", ("p", 1))
    store.put("thing", thing("q", 3))
    assert [store.find("thing", number) for number in (1, 2, 3)] == [None, thing("p", 2), thing("q", 3)]


def test_an_id_may_move_to_another_parent() -> None:
    store = Store({("thing", ("p",)): Collection([thing("p", 1)])})
    assert store.find("thing", 1) == thing("p", 1)
    store.drop("thing", ("p", 1))
    store.put("thing", thing("q", 1))
    assert store.find("thing", 1) == thing("q", 1)
    assert Store(store.freeze()).find("thing", 1) == thing("q", 1)


def test_what_was_cleared_is_not_found_by_id() -> None:
    store = Store({("thing", ("p",)): Collection([thing("p", 1)])})
    assert store.find("thing", 1) is not None
    store.clear("thing", ("p",))
    assert store.find("thing", 1) is None
