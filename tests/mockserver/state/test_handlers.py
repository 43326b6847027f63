"""Creating, reading, updating and deleting, over two small contracts."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.exchange import Refusal

ASKED = "2026-01-15T12:00:00Z"


def refusal(desk: Any, *args: Any, **kwargs: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        desk.ask(*args, **kwargs)
    return caught.value


def test_what_is_created_is_read_back_and_listed(desk: Any) -> None:
    made = desk.ask("createJob", "c1", body={"note": "thick paper"}).body
    assert desk.ask("getJob", "c1", str(made["id"])).body == made
    assert made in desk.ask("listJobs", "c1").body


def test_a_created_item_has_every_field_a_server_makes_in_the_order_of_the_schema(desk: Any) -> None:
    made = desk.ask("createJob", "c1").body
    assert list(made.items()) == [
        ("id", 11),
        ("customer_id", "c1"),
        ("status", "queued"),
        ("copies", 1),
        ("glossy", False),
        ("note", None),
        ("created_at", 1768478400),
        ("started_at", None),
        ("finished_at", None),
        ("size", None),
        ("operator", None),
    ]


def test_integer_ids_continue_after_the_largest_of_all_parents(desk: Any) -> None:
    assert [desk.ask("createJob", "c2").body["id"], desk.ask("createJob", "c1").body["id"]] == [11, 12]


def test_an_id_is_not_given_out_again_after_its_item_was_deleted(desk: Any) -> None:
    made = desk.ask("createJob", "c1").body["id"]
    desk.ask("deleteJob", "c1", made)
    assert desk.ask("createJob", "c1").body["id"] == made + 1


def test_text_ids_are_the_same_uuids_in_every_world(counter: Any) -> None:
    elsewhere = counter.open()
    here = counter.ask("createBook", 1, body={"title": "A"}).body["book"]
    there = counter.ask("createBook", 1, body={"title": "A"}, workspace=elsewhere).body["book"]
    assert here == there
    assert len(here["id"]) == 36


@pytest.mark.parametrize(
    ("sent", "stored"),
    [("true", True), ("1", True), ("false", False), ("0", False)],
)
def test_flags_of_a_form_are_stored_as_booleans(desk: Any, sent: str, stored: bool) -> None:
    made = desk.ask("createJob", "c1", body={"glossy": sent, "copies": "12"}).body
    assert (made["glossy"], made["copies"]) == (stored, 12)


def test_bracketed_names_are_understood_even_if_nobody_unwrapped_them(desk: Any) -> None:
    assert desk.ask("createJob", "c1", body={"job[copies]": "2", "other": "x"}).body["copies"] == 2


def test_fields_that_the_operation_does_not_speak_of_are_not_stored(desk: Any) -> None:
    made = desk.ask("createJob", "c1", body={"size": 7, "created_at": 1, "customer_id": "c2", "id": 5}).body
    assert (made["id"], made["customer_id"], made["size"], made["created_at"]) == (11, "c1", None, 1768478400)


def test_what_would_break_the_schema_is_not_stored(desk: Any) -> None:
    refused = refusal(desk, "createJob", "c1", body={"copies": "0"})
    assert refused.reason == "unprocessable"
    assert [(v.place, v.pointer) for v in refused.violations] == [("body", "/copies")]
    assert len(desk.ask("listJobs", "c1").body) == 4


def test_an_update_keeps_what_it_does_not_name(counter: Any) -> None:
    counter.clock.advance(60)
    before = counter.ask("getShelf", 1).body
    after = counter.ask("updateShelf", 1, body={"capacity": "30"}).body
    assert after == {**before, "capacity": 30, "updated_at": "2026-03-01T09:01:00Z"}
    assert counter.ask("getShelf", 1).body == after


def test_a_replacement_forgets_what_it_does_not_name(counter: Any) -> None:
    after = counter.ask("replaceBook", 1, "b-1", body={"title": "New"}).body["book"]
    assert (after["id"], after["status"], after["title"], after["pages"]) == ("b-1", "available", "New", None)
    assert "price" not in after


def test_read_only_fields_are_the_servers(counter: Any) -> None:
    made = counter.ask("createBook", 1, body={"title": "A", "status": "lent", "read_at": "https://evil.example"}).body
    assert made["book"]["status"] == "ordered"
    assert made["book"]["read_at"].startswith("https://download.example/")


def test_a_read_only_field_stays_though_a_body_speaks_of_it(desk: Any) -> None:
    after = desk.ask("updateJob", "c1", 1, body={"operator": "me", "note": "mine"}).body
    assert (after["operator"], after["note"]) == (None, "mine")


def test_a_deleted_item_is_gone_with_all_below_it(counter: Any) -> None:
    reply = counter.ask("deleteShelf", 1)
    assert (reply.status, reply.body) == (204, None)
    assert refusal(counter, "getShelf", 1).reason == "not-found"
    assert refusal(counter, "getBook", 1, "b-1").reason == "not-found"
    assert len(counter.workspace.store.collection("book", (1,))) == 0


def test_a_client_may_choose_an_id_that_the_contract_lets_it_name(desk: Any) -> None:
    reply = desk.ask("createSheet", "c1", "1", body={"name": "inner/1"})
    assert (reply.status, reply.body["sheet"]["name"], reply.body["sheet"]["job_id"]) == (201, "inner/1", 1)
    assert reply.headers["Location"] == "http://mock.example/customers/c1/jobs/1/sheets/inner%2F1"


@pytest.mark.parametrize(("name", "reason"), [("front", "conflict"), ("cover", "unprocessable")])
def test_a_chosen_id_must_be_free(desk: Any, name: str, reason: str) -> None:
    assert refusal(desk, "createSheet", "c1", "1", body={"name": name}).reason == reason


@pytest.mark.parametrize(
    "path",
    [("c9", 1), ("c1", 99), ("c1", "abc"), ("c1", "01"), ("c1", "-1"), ("c1", "1.0"), ("c1", "٣"), ("c1", "9" * 5000)],
)
def test_unknown_ids_are_not_found(desk: Any, path: tuple[Any, ...]) -> None:
    refused = refusal(desk, "getJob", *path)
    assert refused.reason == "not-found"
    assert len(refused.detail) < 120


def test_an_item_is_not_found_under_another_parent(desk: Any) -> None:
    assert refusal(desk, "getJob", "c2", 1).reason == "not-found"


def test_a_list_under_an_unknown_parent_is_not_found(desk: Any) -> None:
    assert refusal(desk, "listJobs", "c9").reason == "not-found"
    assert refusal(desk, "listSheets", "c1", 99).reason == "not-found"


def test_an_operation_without_a_resource_answers_its_example(counter: Any) -> None:
    assert counter.ask("getHours").body == {"opens": "09:00", "closes": "18:00"}


def test_bytes_are_answered_in_their_own_media_type(desk: Any) -> None:
    reply = desk.ask("getScan", "c1", 1, "back")
    assert (reply.body, reply.media_type) == (b"A scanned sheet.\n", "text/plain")


def test_an_item_without_bytes_has_no_content(desk: Any) -> None:
    assert refusal(desk, "getScan", "c1", 1, "front").reason == "not-found"


def test_bytes_that_nobody_named_are_plain_bytes(counter: Any) -> None:
    reply = counter.ask("getCover", 1, "b-1")
    assert reply.media_type == "application/octet-stream"
    assert reply.body.startswith(b"\x89PNG")


def test_a_media_type_that_would_break_out_of_its_header_is_not_used(desk: Any) -> None:
    assert desk.ask("getScan", "c1", 1, "side").media_type == "application/octet-stream"


def test_two_runs_of_the_same_requests_answer_the_same(desk: Any) -> None:
    def run(workspace: Any) -> list[Any]:
        made = desk.ask("createJob", "c1", body={"note": "x"}, workspace=workspace).body
        proof = desk.ask("createProof", "c1", workspace=workspace).body
        return [made, proof, desk.ask("listJobs", "c1", workspace=workspace)]

    assert run(desk.workspace) == run(desk.open())


def test_stored_items_cannot_be_changed_through_an_answer(desk: Any) -> None:
    for item in (desk.ask("getJob", "c1", 1).body, desk.ask("listJobs", "c1").body[0]):
        with pytest.raises(TypeError, match="never change"):
            item["copies"] = 99
    assert desk.ask("getJob", "c1", 1).body["copies"] == 3
