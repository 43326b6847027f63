"""State for a plain OpenAPI document, which says nothing of resources."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.app import create_app
from mockserver.exchange import Refusal
from spec.contract import Contract
from spec.contract_reader import contract_from
from spec.fixtures import bare_fixtures


def plain(node: Any) -> Any:
    """A document without anything that is ours."""
    if isinstance(node, dict):
        return {key: plain(value) for key, value in node.items() if not str(key).startswith("x-")}
    return [plain(value) for value in node] if isinstance(node, list) else node


@pytest.fixture
def stall(make_desk: Any, vault: Contract) -> Any:
    """The vaults without a word about resources, and without a world."""
    contract = contract_from(plain(vault.document))
    return make_desk(contract, bare_fixtures(contract))


def test_what_is_created_is_read_listed_changed_and_deleted(stall: Any) -> None:
    made = stall.ask("createVault", body={"name": "n", "region": "north"}).body
    assert stall.ask("getVault", made["id"]).body == made
    assert stall.ask("listVaults").body == [made]
    assert stall.ask("updateVault", made["id"], body={"name": "m"}).body["name"] == "m"
    stall.ask("deleteVault", made["id"])
    assert stall.ask("listVaults").body == []
    with pytest.raises(Refusal):
        stall.ask("getVault", made["id"])


def test_items_below_others_have_flat_paths_where_the_document_has_them(stall: Any) -> None:
    vault = stall.ask("createVault", body={"name": "n", "region": "north"}).body["id"]
    copy = stall.ask("createCopy", vault, body={"name": "c", "kind": "full"}).body
    assert copy["vault_id"] == vault
    assert stall.ask("getCopy", copy["id"]).body == copy
    with pytest.raises(Refusal):
        stall.ask("createCopy", 999, body={"name": "c", "kind": "full"})


def test_pages_are_cut_as_the_parameters_say(stall: Any) -> None:
    for number in range(5):
        stall.ask("createVault", body={"name": f"n{number}", "region": "north"})
    reply = stall.ask("listVaults", query={"page": 2, "limit": 2})
    assert [item["name"] for item in reply.body] == ["n2", "n3"]
    assert reply.headers["X-Total-Count"] == "5"
    assert 'rel="next"' in reply.headers["Link"]


ITEM = {
    "type": "object",
    "required": ["guid"],
    "properties": {"guid": {"type": "string", "format": "uuid"}, "title": {"type": "string"}},
}
ANSWER = {"description": "It.", "content": {"application/json": {"schema": ITEM}}}
NAMED = {"in": "path", "required": True, "schema": {"type": "string"}}


def notes(item: dict[str, Any] = ITEM) -> Contract:
    """Notes of owners of whom nothing else is known, listed in an envelope with a total."""
    answer = {"description": "It.", "content": {"application/json": {"schema": item}}}
    page = {
        "type": "object",
        "required": ["notes", "total"],
        "properties": {"notes": {"type": "array", "items": item}, "total": {"type": "integer"}},
    }
    listed = {"description": "Them.", "content": {"application/json": {"schema": page}}}
    body = {"content": {"application/json": {"schema": {"properties": {"title": {"type": "string"}}}}}}
    owner, note = NAMED | {"name": "ownerId"}, NAMED | {"name": "noteId"}
    return contract_from(
        {
            "openapi": "3.0.3",
            "info": {"title": "t", "version": "1"},
            "paths": {
                "/owners/{ownerId}/notes": {
                    "parameters": [owner],
                    "get": {"operationId": "list", "responses": {"200": listed}},
                    "post": {"operationId": "create", "requestBody": body, "responses": {"201": answer}},
                },
                "/owners/{ownerId}/notes/{noteId}": {
                    "parameters": [owner, note],
                    "get": {"operationId": "read", "responses": {"200": answer}},
                },
            },
        }
    )


def test_a_parent_of_whom_nothing_is_known_is_taken_to_exist(make_desk: Any) -> None:
    contract = notes()
    desk = make_desk(contract, bare_fixtures(contract))
    made = desk.ask("create", "ann", body={"title": "t"}).body
    assert desk.ask("list", "ann").body == {"notes": [made], "total": 1}
    assert desk.ask("list", "ben").body == {"notes": [], "total": 0}
    assert desk.ask("read", "ann", made["guid"]).body == made
    with pytest.raises(Refusal):
        desk.ask("read", "ben", made["guid"])


def test_an_item_that_cannot_be_made_up_does_not_keep_the_rest_from_being_served() -> None:
    odd = ITEM | {
        "required": ["guid", "code"],
        "properties": ITEM["properties"] | {"code": {"type": "string", "not": {"type": "string"}}},
    }
    contract = notes(odd)
    assert contract.inferred
    assert create_app(contract, bare_fixtures(contract)) is not None
