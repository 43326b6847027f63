"""What is inferred of a plain OpenAPI document, and why."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import Any

import pytest

from spec.contract_reader import contract_from, load_contract
from spec.inference import explain_operations, infer_behaviours

CONTRACTS = Path(__file__).parent.parent / "contracts"


def plain(node: Any) -> Any:
    """A document without anything that is ours."""
    if isinstance(node, dict):
        return {key: plain(value) for key, value in node.items() if not str(key).startswith("x-")}
    return [plain(value) for value in node] if isinstance(node, list) else node


@pytest.fixture
def bare() -> Any:
    return plain(load_contract(CONTRACTS / "vault.yaml").document)


@pytest.mark.parametrize("name", ["vault", "shelf"])
def test_what_is_inferred_is_what_the_document_would_have_declared(name: str) -> None:
    declared = load_contract(CONTRACTS / f"{name}.yaml")
    inferred = contract_from(plain(declared.document))
    for operation in inferred.operations:
        if operation.resource is None:
            continue
        told = declared.operation(operation.id)
        assert told.resource is not None
        assert operation.resource.path == told.resource.path
        assert operation.resource.envelope == told.resource.envelope
        assert {operation.resource.role, told.resource.role} <= {told.resource.role, "replace"}
        if operation.page and told.page:
            assert (operation.page.style, operation.page.size_parameter) == (told.page.style, told.page.size_parameter)
    shared = set(inferred.resources) & set(declared.resources)
    assert shared == set(inferred.resources)
    for resource in shared:
        assert inferred.resources[resource].id == declared.resources[resource].id
        assert inferred.resources[resource].parent == declared.resources[resource].parent
        assert inferred.resources[resource].flat == declared.resources[resource].flat


def test_a_document_with_resources_is_taken_at_its_word(bare: Any) -> None:
    assert contract_from(bare | {"x-resources": {}}).inferred == {}
    assert all(operation.resource is None for operation in contract_from(bare | {"x-resources": {}}).operations)
    assert load_contract(CONTRACTS / "vault.yaml").inferred == {}


def test_every_guess_has_reasons(bare: Any) -> None:
    guess = infer_behaviours(bare)
    assert set(guess.members) == set(guess.reasons)
    assert all(guess.reasons.values())


def test_nothing_is_inferred_where_nothing_can_be_made(bare: Any) -> None:
    for item in bare["paths"].values():
        item.pop("post", None)
    assert infer_behaviours(bare).resources == {}


def test_an_answer_that_an_item_does_not_fit_keeps_its_example(bare: Any) -> None:
    receipt = {"type": "object", "required": ["receipt"], "properties": {"receipt": {"type": "string"}}}
    answer = bare["paths"]["/v1/vaults/{vaultId}"]["put"]["responses"]
    answer["200"] = {"description": "A receipt.", "content": {"application/json": {"schema": receipt}}}
    contract = contract_from(bare)
    assert contract.operation("replaceVault").resource is None
    assert contract.operation("updateVault").resource is not None


def test_a_list_that_needs_more_than_items_keeps_its_example(bare: Any) -> None:
    answer = bare["paths"]["/v1/vaults"]["get"]["responses"]["200"]["content"]["application/json"]
    items = {"type": "array", "items": {"$ref": "#/components/schemas/Vault"}}
    answer["schema"] = {"type": "object", "required": ["data", "mood"], "properties": {"data": items, "mood": {}}}
    assert contract_from(bare).operation("listVaults").resource is None
    answer["schema"]["required"] = ["data"]
    use = contract_from(bare).operation("listVaults").resource
    assert use is not None
    assert use.envelope == "data"


@pytest.mark.parametrize(
    ("parameter", "fields", "identifier"),
    [
        ("petId", {"id": "integer"}, "id"),
        ("pet_id", {"id": "string", "name": "string"}, "id"),
        ("petName", {"name": "string", "age": "integer"}, "name"),
        ("petId", {"petId": "string", "id": "integer"}, "petId"),
        ("id", {"uuid": "string"}, "uuid"),
        ("pet", {"slug": "string"}, "slug"),
    ],
)
def test_the_id_is_the_field_that_the_path_parameter_means(
    parameter: str, fields: dict[str, str], identifier: str
) -> None:
    guess = infer_behaviours(pets(parameter, fields))
    assert {name: raw["id"] for name, raw in guess.resources.items()} == {"pet": identifier}


def test_without_a_field_that_could_be_an_id_nothing_is_inferred() -> None:
    assert infer_behaviours(pets("petId", {"colour": "string"})).resources == {}


def pets(parameter: str, fields: dict[str, str]) -> dict[str, Any]:
    item = {"type": "object", "properties": {name: {"type": kind} for name, kind in fields.items()}}
    answer = {"200": {"description": "It.", "content": {"application/json": {"schema": item}}}}
    return {
        "paths": {
            "/pets": {"post": {"operationId": "create", "responses": answer}},
            f"/pets/{{{parameter}}}": {"get": {"operationId": "read", "responses": answer}},
        }
    }


@pytest.mark.parametrize(
    ("parameters", "style"),
    [
        (["page", "per_page"], "page-number"),
        (["pageNumber", "pageSize"], "page-number"),
        (["cursor", "limit"], "cursor"),
        (["pageToken", "maxResults"], "cursor"),
        (["marker", "limit"], "marker"),
        (["limit"], "limit"),
        (["colour"], None),
    ],
)
def test_the_page_is_told_by_the_names_of_parameters(parameters: list[str], style: str | None) -> None:
    document = pets("petId", {"id": "integer"})
    item = {"type": "object", "properties": {"id": {"type": "integer"}}}
    listed = {"application/json": {"schema": {"type": "array", "items": item}}}
    document["paths"]["/pets"]["get"] = {
        "operationId": "list",
        "parameters": [{"name": name, "in": "query", "schema": {"type": "integer"}} for name in parameters],
        "responses": {"200": {"description": "Them.", "content": listed}},
    }
    assert infer_behaviours(document).members["/pets", "get"]["x-page"]["style"] == style


def test_a_slash_at_the_end_of_every_path_says_nothing(bare: Any) -> None:
    slashed = {**bare, "paths": {f"{path}/": item for path, item in bare["paths"].items()}}
    told, usual = infer_behaviours(slashed), infer_behaviours(bare)
    assert {(path.rstrip("/"), method): one["x-resource"] for (path, method), one in told.members.items()} == {
        place: one["x-resource"] for place, one in usual.members.items()
    }
    assert all(path.endswith("/") for path, _ in (*told.members, *told.reasons))


def test_a_deletion_may_answer_with_anything(bare: Any) -> None:
    answers = {"200": {"description": "", "content": {"application/json": {"schema": {}}}}}
    place = next(place for place in infer_behaviours(bare).members if place[1] == "delete")
    bare["paths"][place[0]]["delete"]["responses"] = answers
    assert infer_behaviours(bare).members[place]["x-resource"]["role"] == "delete"


def test_a_broken_document_is_no_reason_to_fail_here(bare: Any) -> None:
    for odd in (None, [], "text", {"$ref": "#/nowhere"}, {"content": {"application/json": {"schema": None}}}):
        document = copy.deepcopy(bare)
        document["paths"]["/v1/vaults/{vaultId}"]["get"]["responses"]["200"] = odd
        assert "copy" in infer_behaviours(document).resources
    assert infer_behaviours({"paths": []}).resources == {}


def test_a_schema_that_leads_round_is_no_reason_to_fail_here(bare: Any) -> None:
    bare["components"]["schemas"]["Vault"] = {"$ref": "#/components/schemas/Vault"}
    assert "vault" not in {raw for raw, told in infer_behaviours(bare).resources.items() if not told.get("assumed")}


def test_every_operation_is_explained(bare: Any) -> None:
    found = {each.operation_id: each for each in explain_operations(contract_from(bare))}
    read, sample, listed = found["getCopy"], found["downloadExport"], found["listVaults"]
    assert (read.resource, read.role, read.security) == ("copy", "read", "tenant")
    assert "because POST /v1/vaults/{vaultId}/copies makes what /v1/copies/{copyId} names" in read.why[0]
    assert (sample.resource, sample.why) == (
        None,
        ("nothing tells of a resource, so that it answers its example",),
    )
    assert (listed.page, listed.why[-1]) == ("page-number", "it is cut into pages by page and limit")


def test_what_is_declared_is_explained_as_declared() -> None:
    found = {each.operation_id: each for each in explain_operations(load_contract(CONTRACTS / "vault.yaml"))}
    assert found["getCopy"].why == ("declared by x-resource",)
    assert found["getCopy"].lifecycle == "queued → running → completed → failed"
    assert (found["listEvents"].page, found["listEvents"].errors) == ("cursor", "problem")
