"""The vocabulary of behaviours: what is read, what is refused, what lint says."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from spec.contract import Contract
from spec.contract_reader import contract_from, load_contract
from spec.errors import ContractError, FixtureError
from spec.fixtures import load_fixtures
from spec.lint import lint
from spec.resource import Meaning, read_shapes

CONTRACTS = Path(__file__).parent.parent / "contracts"
COPIES = "/v1/vaults/{vaultId}/copies"
Change = Callable[[Any], object]


@pytest.fixture(scope="module")
def vault() -> Contract:
    return load_contract(CONTRACTS / "vault.yaml")


@pytest.fixture
def document(vault: Contract) -> Any:
    return copy.deepcopy(dict(vault.document))


@pytest.mark.parametrize(
    ("operation", "path"),
    [
        ("listVaults", ()),
        ("getVault", (("vaultId", "vault"),)),
        ("createCopy", (("vaultId", "vault"),)),
        ("getCopy", (("copyId", "copy"),)),
        ("createExport", (("copyId", "copy"),)),
        ("getExport", (("exportId", "export"),)),
    ],
)
def test_a_path_may_begin_with_a_flat_resource(vault: Contract, operation: str, path: Any) -> None:
    use = vault.operation(operation).resource
    assert use is not None
    assert use.path == path


def test_behaviours_are_read(vault: Contract) -> None:
    assert vault.operation("createCopy").idempotency == "Idempotency-Key"
    assert vault.operation("listCopies").filters == {"label": "name"}
    page = vault.operation("listEvents").page
    assert page is not None
    assert (page.style, page.cursor_parameter, page.cursor_member) == ("cursor", "cursor", "next_cursor")


@pytest.mark.parametrize(
    ("operation", "has_tag"),
    [("getCopy", True), ("updateCopy", True), ("deleteCopy", True), ("getExport", False), ("listCopies", False)],
)
def test_entity_tags_are_told_by_header_fields(vault: Contract, operation: str, has_tag: bool) -> None:
    assert vault.operation(operation).has_entity_tag is has_tag


def test_entity_tags_can_be_declared_either_way(document: Any) -> None:
    document["paths"]["/v1/exports/{exportId}"]["get"]["x-entity-tag"] = True
    document["paths"]["/v1/copies/{copyId}"]["get"]["x-entity-tag"] = False
    contract = contract_from(document)
    assert contract.operation("getExport").has_entity_tag
    assert not contract.operation("getCopy").has_entity_tag


def test_a_path_can_be_declared(document: Any) -> None:
    read = document["paths"]["/v1/copies/{copyId}"]["get"]["x-resource"]
    read["path"] = {"copyId": "copy"}
    use = contract_from(document).operation("getCopy").resource
    assert use is not None
    assert use.path == (("copyId", "copy"),)
    read["path"] = {"copyId": "vault", "other": "copy"}
    with pytest.raises(ContractError, match="path has to give each of copyId one of vault, copy, in that order"):
        contract_from(document)


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda d: d["x-resources"]["copy"].update(flatt=True), r"'flatt' is not understood \(at #/x-resources/copy"),
        (lambda d: d["paths"][COPIES]["get"]["x-page"].update(cursr={}), "'cursr' is not understood"),
        (lambda d: d["paths"][COPIES]["get"]["x-page"]["order"].update(by="x"), "'by' is not understood"),
        (lambda d: d["paths"][COPIES]["get"]["x-resource"].update(kind="x"), "'kind' is not understood"),
        (lambda d: d["paths"][COPIES]["get"]["x-resource"].update(role="browse"), "'browse' is no role"),
        (lambda d: d["paths"][COPIES]["get"]["x-filter"].update(colour="name"), "'colour' is not understood"),
        (lambda d: d["paths"][COPIES]["post"]["x-idempotency"].update(key="x"), "'key' is not understood"),
        (lambda d: d["paths"][COPIES]["post"].update({"x-idempotency": "K"}), "expected a mapping"),
        (lambda d: d["components"]["schemas"]["Copy"]["x-lifecycle"].update(end="x"), "'end' is not understood"),
    ],
)
def test_what_is_not_in_the_vocabulary_is_refused(document: Any, change: Change, told: str) -> None:
    change(document)
    with pytest.raises(ContractError, match=told) as caught:
        contract_from(document, name="mine.yaml")
    assert caught.value.file == "mine.yaml"


def test_the_vault_contract_is_clean(vault: Contract) -> None:
    assert lint(vault) == ()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda d: d["paths"][COPIES]["get"]["x-filter"].update(label="colour"), "filters by 'colour'"),
        (lambda d: d["x-resources"]["vault"].update(flat=True), "is flat, but has no parent"),
        (lambda d: d["paths"][COPIES]["get"]["x-page"]["order"].update(parameter="by"), "the parameter 'by'"),
        (
            lambda d: d["paths"]["/v1/vaults/{vaultId}/events"]["get"]["x-page"]["cursor"].update(parameter="at"),
            "the parameter 'at'",
        ),
        (lambda d: d["paths"][COPIES]["post"]["x-idempotency"].update(header="X-Key"), "the header field 'X-Key'"),
    ],
)
def test_behaviours_name_what_is_there(document: Any, change: Change, told: str) -> None:
    change(document)
    found = [problem.message for problem in lint(contract_from(document)) if problem.rule == "behaviour-names"]
    assert len(found) == 1
    assert told in found[0]


def test_a_shape_knows_whether_items_have_bytes_and_digests(vault: Contract) -> None:
    shapes = read_shapes(vault)
    assert [name for name, shape in shapes.items() if shape.has_content] == ["export"]
    assert shapes["export"].fields_meaning(Meaning.DIGEST) == ("sha256",)


def test_ids_of_a_flat_resource_are_unique_across_parents(vault: Contract, tmp_path: Path) -> None:
    moment = "'2026-01-01T08:00:00Z'"
    made = f"created_at: {moment}, updated_at: {moment}"
    lines = ["items:", "  - resource: vault", "    items:"]
    lines += [f"      - {{id: {number}, owner: o, name: n, region: east, {made}}}" for number in (1, 2)]
    for number in (1, 2):
        lines += ["  - resource: copy", f"    under: {{vault: {number}}}", "    items:"]
        lines += [f"      - {{id: 00000001-0000-4000-8000-000000000001, name: n, kind: full, status: queued, {made}}}"]
    (tmp_path / "world.yaml").write_text("\n".join(lines))
    with pytest.raises(FixtureError, match="and its ids are unique"):
        load_fixtures(vault, tmp_path)
