"""The passive model: remarks on what contradicts what was seen, and keeps silent about what may well be right."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from conformance.exchange.exchange import Answer, Exchange, Request
from conformance.model import Model, promises_in
from spec.contract_reader import load_contract
from spec.requirements import load_requirements

VAULT = load_contract(Path(__file__).parents[1] / "contracts" / "vault.yaml")
PROMISES = promises_in(load_requirements(VAULT, "given"))
COPY = {
    "id": "c1", "vault_id": 1, "name": "one", "kind": "full", "status": "queued", "locked": False, "note": None,
    "labels": {}, "size": None, "created_at": "2026-02-01T12:00:00Z", "started_at": None, "finished_at": None,
    "updated_at": "2026-02-01T12:00:00Z",
}  # fmt: skip
VAULTS = [{"id": number, "name": f"v{number}", "region": "north", "owner": "n"} for number in range(1, 8)]

Ask = Callable[..., list[str]]


@pytest.fixture
def ask() -> Ask:
    """Shows the model one exchange; gives the behaviours that it remarks on."""
    model, numbers = Model(VAULT, PROMISES), count(1)

    def see(
        operation: str,
        target: str,
        shown: Any = None,
        *,
        status: int = 200,
        sent: Any = None,
        headers: Mapping[str, str] | None = None,
        who: str = "first",
        fields: Mapping[str, str] | None = None,
    ) -> list[str]:
        method = VAULT.by_id[operation].method.upper()
        body = json.dumps(sent).encode() if sent is not None else b""
        given = {"authorization": f"Bearer {who}", "content-type": "application/json", **(fields or {})}
        answer = Answer(status, dict(headers or {}), shown if isinstance(shown, bytes) else json.dumps(shown).encode())
        exchange = Exchange(f"x{next(numbers)}", operation, Request(method, target, given, body), answer)
        return [remark.behaviour for remark in model.see(exchange)]

    return see


def test_an_item_is_read_by_its_own_id(ask: Ask) -> None:
    assert ask("getVault", "/v1/vaults/1", VAULTS[0]) == []
    assert ask("getVault", "/v1/vaults/1", VAULTS[1]) == ["read-by-id"]


def test_what_was_created_is_read_with_what_was_sent(ask: Ask) -> None:
    ask("createVault", "/v1/vaults", VAULTS[0], status=201, sent={"name": "v1", "region": "north"})
    assert ask("getVault", "/v1/vaults/1", {**VAULTS[0], "name": "v"}) == ["create-read-back"]


def test_what_only_the_target_writes_is_not_held_against_it(ask: Ask) -> None:
    """In the contract of the copies, `id`, `vault_id` and the times are read-only."""
    sent = {"name": "one", "kind": "full", "id": "mine", "vault_id": 9}
    assert ask("createCopy", "/v1/vaults/1/copies", COPY, status=201, sent=sent) == []
    assert ask("getCopy", "/v1/copies/c1", COPY) == []


def test_what_another_item_s_change_did_to_it_is_not_held_against_its_create(ask: Ask) -> None:
    ask("createVault", "/v1/vaults", VAULTS[0], status=201, sent={"name": "v1", "region": "north"})
    ask("updateVault", "/v1/vaults/2", {**VAULTS[1], "name": "w"}, sent={"name": "w"})
    assert ask("getVault", "/v1/vaults/1", {**VAULTS[0], "name": "w"}) == ["update-alone"]


def test_a_change_before_the_create_explains_nothing(ask: Ask) -> None:
    ask("updateVault", "/v1/vaults/2", {**VAULTS[1], "name": "w"}, sent={"name": "w"})
    ask("createVault", "/v1/vaults", VAULTS[0], status=201, sent={"name": "v1", "region": "north"})
    assert ask("getVault", "/v1/vaults/1", {**VAULTS[0], "name": "w"}) == ["create-read-back"]


def test_an_answer_that_is_given_again_for_its_key_does_not_bring_back_what_is_gone(ask: Ask) -> None:
    key = {"idempotency-key": "k1"}
    for _ in range(2):
        assert ask("createCopy", "/v1/vaults/1/copies", COPY, status=201, sent={"name": "one"}, fields=key) == []
        ask("deleteCopy", "/v1/copies/c1", b"", status=204)
        assert ask("getCopy", "/v1/copies/c1", {}, status=404) == []
    ask("createCopy", "/v1/vaults/1/copies", COPY, status=201, sent={"name": "one"}, fields=key)
    assert ask("getCopy", "/v1/copies/c1", {}, status=404) == []


def test_what_was_created_is_there(ask: Ask) -> None:
    ask("createVault", "/v1/vaults", VAULTS[0], status=201, sent={"name": "v1", "region": "north"})
    assert ask("getVault", "/v1/vaults/1", {}, status=404, who="second") == []
    assert ask("getVault", "/v1/vaults/1", {}, status=404) == ["create-read-back"]


def test_a_repeated_create_may_be_answered_with_what_is_there(ask: Ask) -> None:
    sent = {"name": "v1", "region": "north"}
    assert ask("createVault", "/v1/vaults", VAULTS[0], status=201, sent=sent) == []
    assert ask("createVault", "/v1/vaults", VAULTS[0], status=200, sent={**sent, "name": "v2"}) == []
    assert ask("getVault", "/v1/vaults/1", VAULTS[0]) == []


def test_a_repeat_with_its_key_has_the_id_of_the_first(ask: Ask) -> None:
    sent, key = {"name": "v1", "region": "north"}, {"idempotency-key": "k"}
    ask("createVault", "/v1/vaults", VAULTS[0], status=201, sent=sent, fields=key)
    assert ask("createVault", "/v1/vaults", VAULTS[0], status=201, sent=sent, fields=key) == []


def test_an_id_may_be_used_again_after_a_deletion(ask: Ask) -> None:
    sent = {"name": "v1", "region": "north"}
    ask("createVault", "/v1/vaults", VAULTS[0], status=201, sent=sent)
    ask("deleteVault", "/v1/vaults/1", b"", status=204)
    assert ask("createVault", "/v1/vaults", VAULTS[0], status=201, sent=sent) == []
    assert ask("getVault", "/v1/vaults/1", VAULTS[0]) == []


def test_what_was_deleted_is_neither_read_nor_listed(ask: Ask) -> None:
    ask("deleteVault", "/v1/vaults/2", b"", status=204)
    assert ask("getVault", "/v1/vaults/2", VAULTS[1]) == ["delete-gone"]
    assert ask("listVaults", "/v1/vaults", VAULTS[:3]) == ["delete-gone"]


def test_a_change_lasts_and_is_answered(ask: Ask) -> None:
    assert ask("updateVault", "/v1/vaults/1", VAULTS[0], sent={"name": "new"}) == ["update-echo"]
    assert ask("getVault", "/v1/vaults/1", VAULTS[0]) == ["update-persists"]


def test_states_follow_each_other(ask: Ask) -> None:
    for state in ("queued", "completed", "completed"):
        assert ask("getCopy", "/v1/copies/c1", {**COPY, "status": state}) == []
    assert ask("getCopy", "/v1/copies/c1", {**COPY, "status": "failed"}) == ["lifecycle-end"]


def test_no_state_comes_back(ask: Ask) -> None:
    ask("listCopies", "/v1/vaults/1/copies", [{**COPY, "status": "running"}])
    assert ask("getCopy", "/v1/copies/c1", {**COPY, "status": "queued"}) == ["lifecycle-order"]


def test_words_for_states_that_the_contract_does_not_have_say_nothing(ask: Ask) -> None:
    ask("getCopy", "/v1/copies/c1", {**COPY, "status": "COMPLETED"})
    assert ask("getCopy", "/v1/copies/c1", {**COPY, "status": "queued"}) == []


def test_a_new_item_is_not_at_its_end(ask: Ask) -> None:
    sent = {"name": "one", "kind": "full"}
    done = {**COPY, "status": "completed"}
    assert ask("createCopy", "/v1/vaults/1/copies", done, status=201, sent=sent) == ["lifecycle-start"]


def test_nothing_ended_before_it_was_made(ask: Ask) -> None:
    early = {**COPY, "status": "completed", "finished_at": "2020-01-01T00:00:00Z"}
    assert ask("getCopy", "/v1/copies/c1", early) == ["moments-in-order"]


def test_a_page_is_no_larger_than_asked_for_and_in_order(ask: Ask) -> None:
    assert ask("listVaults", "/v1/vaults?limit=2", VAULTS[:3]) == ["limit-respected"]
    assert ask("listVaults", "/v1/vaults", VAULTS[::-1]) == ["page-order"]


def test_an_order_that_was_asked_for_is_not_the_declared_one(ask: Ask) -> None:
    rows = [{**COPY, "id": name, "created_at": moment} for name, moment in (("b", "2026-02"), ("a", "2026-01"))]
    assert ask("listCopies", "/v1/vaults/1/copies?sort=-created_at", rows) == []
    assert ask("listCopies", "/v1/vaults/1/copies", rows) == ["page-order"]


def turn_pages(ask: Ask, *pages: tuple[Any, Mapping[str, str]]) -> list[str]:
    """Two pages in turn, several times; gives what is remarked on at last."""
    for _ in range(2):
        for number, (shown, headers) in enumerate(pages, 1):
            remarks = ask("listVaults", f"/v1/vaults?limit=3&page={number}", shown, headers=headers)
    return remarks


def test_pages_do_not_overlap(ask: Ask) -> None:
    assert turn_pages(ask, (VAULTS[:3], {}), (VAULTS[2:5], {})) == ["page-links"]


def test_pages_that_contradict_each_other_once_may_be_somebody_elses_doing(ask: Ask) -> None:
    ask("listVaults", "/v1/vaults?limit=3", VAULTS[:3])
    assert ask("listVaults", "/v1/vaults?limit=3&page=2", VAULTS[2:5]) == []


def test_pages_of_a_list_that_somebody_else_writes_to_may_overlap(ask: Ask) -> None:
    ask("listVaults", "/v1/vaults?limit=3", VAULTS[:2])
    assert turn_pages(ask, (VAULTS[:3], {}), (VAULTS[2:5], {})) == []


def test_somebody_else_may_use_the_id_of_what_was_deleted(ask: Ask) -> None:
    sent = {"name": "one", "kind": "full"}
    ask("createCopy", "/v1/vaults/1/copies", COPY, status=201, sent=sent)
    ask("deleteCopy", "/v1/copies/c1", b"", status=204)
    assert ask("getCopy", "/v1/copies/c1", {**COPY, "created_at": "2026-02-01T13:00:00Z"}) == []


def test_pages_between_which_something_was_made_may_overlap(ask: Ask) -> None:
    ask("listVaults", "/v1/vaults?limit=3", VAULTS[:3])
    ask("createVault", "/v1/vaults", VAULTS[6], status=201, sent={"name": "v7", "region": "north"})
    assert ask("listVaults", "/v1/vaults?limit=3&page=2", VAULTS[2:5]) == []


def test_totals_of_two_pages_agree(ask: Ask) -> None:
    pages = (VAULTS[:3], {"x-total-count": "7"}), (VAULTS[3:6], {"x-total-count": "3"})
    assert turn_pages(ask, *pages) == ["page-total"]


def test_a_total_counts_the_items_of_its_page(ask: Ask) -> None:
    assert ask("listVaults", "/v1/vaults?limit=3", VAULTS[:3], headers={"x-total-count": "2"}) == ["page-total"]


def test_a_filter_leaves_out_what_does_not_match(ask: Ask) -> None:
    assert ask("listVaults", "/v1/vaults?region=south", VAULTS[:1]) == ["filter-honoured"]
    assert ask("listVaults", "/v1/vaults?region=north", VAULTS[:1]) == []


def test_a_list_below_a_parent_holds_its_own(ask: Ask) -> None:
    assert ask("listCopies", "/v1/vaults/2/copies", [COPY]) == ["scope-of-list"]


def test_a_tag_changes_with_its_item_and_only_then(ask: Ask) -> None:
    assert ask("getVault", "/v1/vaults/1", VAULTS[0], headers={"etag": '"1"'}) == []
    assert ask("getVault", "/v1/vaults/1", VAULTS[0], headers={"etag": '"2"'}) == ["entity-tag"]
    assert ask("getVault", "/v1/vaults/1", {**VAULTS[0], "name": "x"}, headers={"etag": '"2"'}) == ["entity-tag"]


def test_bytes_are_as_many_as_told(ask: Ask) -> None:
    export = {"id": "e1", "copy_id": "c1", "status": "completed", "size": 4, "sha256": None}
    ask("getExport", "/v1/exports/e1", export)
    assert ask("downloadExport", "/v1/exports/e1/content", b"four") == []
    assert ask("downloadExport", "/v1/exports/e1/content", b"three") == ["content-bytes"]


def test_a_refusal_says_which_credentials_are_wanted(ask: Ask) -> None:
    assert ask("getVault", "/v1/vaults/1", {}, status=401) == ["challenge"]
    assert ask("getVault", "/v1/vaults/1", {}, status=401, headers={"www-authenticate": "Bearer"}) == []


def test_one_promise_is_remarked_on_a_few_times_only(ask: Ask) -> None:
    seen = [ask("getVault", "/v1/vaults/1", VAULTS[1]) for _ in range(9)]
    assert sum(map(len, seen)) == 5


def test_what_nobody_promised_is_not_remarked_on() -> None:
    exchange = Exchange(
        "x", "getVault", Request("GET", "/v1/vaults/1"), Answer(200, {}, json.dumps(VAULTS[1]).encode())
    )
    assert list(Model(VAULT, {}).see(exchange)) == []
