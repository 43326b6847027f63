"""Creates that may be repeated, and how many there may be."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mockserver.exchange import Refusal
from mockserver.state.collection import Collection, Entry
from mockserver.state.idempotency import Idempotent
from mockserver.state.store import Store

BODY = {"name": "n", "kind": "full", "labels": {"a": "1", "b": "2"}}
KEY = {"idempotency-key": "k-1"}


def count(keep: Any, **where: Any) -> int:
    return int(keep.ask("listCopies", 3, **where).headers["X-Total-Count"])


def test_the_same_key_and_body_have_the_same_answer_and_make_one_item(keep: Any) -> None:
    first = keep.ask("createCopy", 3, body=BODY, fields=KEY)
    keep.clock.advance(100)
    again = keep.ask("createCopy", 3, body=dict(reversed(BODY.items())), fields=KEY)
    assert (again, count(keep)) == (first, 1)


def test_another_key_makes_another_item_and_so_does_none(keep: Any) -> None:
    for fields in (KEY, {"idempotency-key": "k-2"}, {}, {}):
        keep.ask("createCopy", 3, body=BODY, fields=fields)
    assert count(keep) == 4


@pytest.mark.parametrize(("parent", "body"), [(3, BODY | {"name": "other"}), (1, BODY)], ids=["body", "path"])
def test_the_same_key_for_another_request_is_refused(keep: Any, parent: int, body: Any) -> None:
    keep.ask("createCopy", 3, body=BODY, fields=KEY)
    with pytest.raises(Refusal) as caught:
        keep.ask("createCopy", parent, body=body, fields=KEY)
    assert caught.value.reason == "conflict"
    assert count(keep) == 1


@pytest.mark.parametrize(
    ("declared", "reason"),
    [("409", "conflict"), ("422", "unprocessable"), ("4XX", "unprocessable"), ("404", "conflict")],
)
def test_a_key_of_another_request_is_refused_with_what_the_contract_declares(
    keep: Any, declared: str, reason: str
) -> None:
    operation = keep.contract.operation("createCopy")
    lean = replace(operation, responses={"201": operation.responses["201"], declared: operation.responses["4XX"]})
    keep.handlers = Idempotent(lean, "Idempotency-Key", keep.handlers.answer)
    keep.ask("createCopy", 3, body=BODY, fields=KEY)
    with pytest.raises(Refusal) as caught:
        keep.ask("createCopy", 3, body=BODY | {"name": "other"}, fields=KEY)
    assert caught.value.reason == reason


def test_a_key_of_one_client_or_operation_means_nothing_to_another(keep: Any) -> None:
    copy = keep.ask("createCopy", 3, body=BODY, fields=KEY).body["id"]
    assert keep.ask("createExport", copy, body={"format": "table"}, fields=KEY).status == 202
    assert keep.ask("createCopy", 2, body=BODY, identity="South", fields=KEY).body["vault_id"] == 2


def test_what_was_refused_can_be_tried_again_under_its_key(keep: Any) -> None:
    with pytest.raises(Refusal):
        keep.ask("createCopy", 999, body=BODY, fields=KEY)
    assert keep.ask("createCopy", 3, body=BODY, fields=KEY).status == 201


def test_a_key_that_nobody_could_keep_is_a_violation(keep: Any) -> None:
    with pytest.raises(Refusal) as caught:
        keep.ask("createCopy", 3, body=BODY, fields={"idempotency-key": "k" * 256})
    assert caught.value.violations[0].place == "header"


def test_keys_belong_to_their_workspace_and_go_with_its_reset(keep: Any) -> None:
    other = keep.open()
    keep.ask("createCopy", 3, body=BODY, fields=KEY)
    assert count(keep, workspace=other) == 0
    keep.ask("createCopy", 3, body=BODY | {"name": "mine"}, fields=KEY, workspace=other)
    keep.workspace.reset()
    keep.ask("createCopy", 3, body=BODY | {"name": "anew"}, fields=KEY)
    assert count(keep) == 1


def test_a_snapshot_keeps_keys(keep: Any) -> None:
    first = keep.ask("createCopy", 3, body=BODY, fields=KEY)
    keep.workspace.take_snapshot("after")
    keep.workspace.reset_items()
    keep.workspace.restore("after")
    assert keep.ask("createCopy", 3, body=BODY, fields=KEY) == first


def test_of_too_many_keys_the_oldest_go() -> None:
    store = Store({})
    for number in range(1200):
        store.keep_reply(number, "reply")
    assert (store.reply_to(0), store.reply_to(1199)) == (None, "reply")


def test_a_full_workspace_takes_no_more_items_until_some_go(keep: Any) -> None:
    keep.workspace.store = Store(keep.world.collections, most=2)
    made = [keep.ask("createCopy", 3, body=BODY).body["id"] for _ in range(2)]
    with pytest.raises(Refusal) as caught:
        keep.ask("createCopy", 3, body=BODY)
    assert caught.value.reason == "quota-exceeded"
    keep.ask("deleteCopy", made[0])
    assert keep.ask("createCopy", 3, body=BODY).status == 201


def test_replacing_items_uses_up_no_room() -> None:
    store = Store({("thing", ()): Collection([Entry((1,), {"id": 1})])}, most=1)
    for _ in range(5):
        store.put("thing", Entry((1,), {"id": 1}))
    store.put("thing", Entry((2,), {"id": 2}))
    assert not store.has_room
    store.clear("thing", ())
    assert store.has_room


def test_room_is_counted_on_from_what_was_frozen() -> None:
    store = Store({}, most=2)
    store.put("thing", Entry((1,), {"id": 1}))
    later = Store(store.freeze(), most=2)
    later.put("thing", Entry((2,), {"id": 2}))
    assert store.has_room
    assert not later.has_room
