"""Requirements: ids are stable, quotes are real, derived ones follow from the contract."""

from __future__ import annotations

from pathlib import Path

import pytest

from spec import packaged
from spec.contract_reader import load_contract
from spec.errors import SpecError
from spec.quoting import find_words
from spec.requirements import Obligation, load_requirements, read_requirements

FULL = load_contract()
VAULT = load_contract(Path(__file__).parents[1] / "contracts" / "vault.yaml")
DOCUMENTED = load_contract(packaged.contract_path("documented"))


def test_ids_are_unique() -> None:
    ids = [requirement.id for requirement in load_requirements(FULL)]
    assert len(ids) == len(set(ids))


def test_every_operation_has_derived_requirements() -> None:
    kinds = {(r.operations[0], r.kind) for r in load_requirements(FULL) if r.behaviour is None}
    for operation in FULL.operations:
        assert {(operation.id, "success"), (operation.id, "authentication"), (operation.id, "status")} <= kinds


def test_behaviours_follow_from_what_a_contract_declares() -> None:
    ids = {one.id for one in load_requirements(VAULT, "given")}
    assert {
        "listEvents/cursor-complete",
        "listCopies/sort-honoured",
        "createVault/idempotent-create",
        "getVault/not-modified",
        "deleteVault/precondition",
        "replaceVault/replace-whole",
        "downloadExport/content-range",
        "getExport/content-digest",
        "createCopy/lifecycle-start",
    } <= ids
    assert not {"listEvents/page-total", "getVault/parent-scope", "getVault/lifecycle-order"} & ids


def test_what_a_sentence_tells_is_not_derived_as_well() -> None:
    for contract, profile in ((FULL, "full"), (DOCUMENTED, "documented")):
        behaviours = [one for one in load_requirements(contract, profile) if one.behaviour is not None]
        told = [(one.behaviour, name) for one in behaviours for name in one.operations]
        assert len(told) == len(set(told))


def test_of_the_documented_form_nothing_is_derived_that_people_decided() -> None:
    behaviours = [one for one in load_requirements(DOCUMENTED, "documented") if one.behaviour is not None]
    assert [one.id for one in behaviours if not one.sources] == []


def test_what_was_inferred_or_is_only_good_custom_is_no_must() -> None:
    levels = {one.id: one.level for one in load_requirements(FULL)}
    for name in ("listInstanceBackups/page-order", "getBackup/lifecycle-order", "getBackup/answer-time"):
        assert levels[name] is Obligation.SHOULD
    assert levels["getBackup/read-by-id"] is Obligation.MUST


def test_a_written_requirement_is_about_the_path_that_its_author_meant() -> None:
    ids = {one.id for one in load_requirements(VAULT, "given")}
    assert "createExport" in VAULT.by_id
    assert "export-most-recent" not in ids


def test_the_documented_form_demands_no_status_code_and_no_guessed_header() -> None:
    kinds = {r.kind for r in load_requirements(DOCUMENTED, "documented") if r.behaviour is None}
    assert "status" not in kinds
    assert "headers" not in kinds


def test_written_requirements_name_operations_and_words_that_exist() -> None:
    for requirement in read_requirements():
        assert set(requirement.operations) <= set(FULL.by_id), requirement.id
        assert requirement.sources, requirement.id
        assert requirement.level in Obligation


def test_derived_requirements_quote_the_sources() -> None:
    found = {r.id: r for r in load_requirements(FULL)}
    quotes = found["getBackupInstance/authentication"].sources
    assert quotes
    assert quotes[0].file.startswith("backupify")


def test_words_that_are_not_in_the_source_are_refused_with_the_place(tmp_path: Path) -> None:
    path = tmp_path / "requirements.yaml"
    path.write_text(
        "- {id: x, level: MUST, text: t, capability: c, behaviour: b, operations: [],\n"
        "   sources: [{source: trove-page, text: we never said this}]}\n"
    )
    with pytest.raises(SpecError, match=r"requirements\.yaml:1: .*does not contain"):
        read_requirements(path)


def test_the_same_id_twice_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "requirements.yaml"
    entry = "- {id: x, level: MAY, text: t, capability: c, behaviour: b, operations: [], sources: []}\n"
    path.write_text(entry * 2)
    with pytest.raises(SpecError, match="written twice"):
        read_requirements(path)


def test_requirements_of_another_interface_are_left_out() -> None:
    from spec.contract_reader import contract_from

    other = contract_from({"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": {}})
    assert load_requirements(other) == ()


def test_words_are_found_across_lines_and_table_borders() -> None:
    assert find_words("|401 |You are not |\n|    |authorized.   |", "You are not authorized.") == (1, 2)
    assert find_words("nothing here", "something") is None
