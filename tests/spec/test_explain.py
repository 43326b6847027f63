"""`explain` tells a person where a leaf comes from."""

from __future__ import annotations

import pytest

from spec.errors import ContractError
from spec.explain import entries_at, explain, load_provenance

SUMMARY = "#/paths/~1v1~1backup_instances/get/summary"


def test_a_leaf_is_told_with_level_and_verbatim_words() -> None:
    text = explain(load_provenance(), SUMMARY, {SUMMARY: "…"})
    assert "level     stated" in text
    assert "backupify.swagger.yaml:" in text
    assert "| summary: Retrieves a list of backup_instances" in text


def test_a_decision_is_told_with_its_place_and_reason() -> None:
    text = explain(load_provenance(), "/paths/~1v1~1backup_instances/get/operationId", {})
    assert "decision  name-list-backup-instances (overlays/20-names.yaml:" in text
    assert "because   " in text
    assert "says otherwise" in text


def test_a_part_is_told_leaf_by_leaf_up_to_a_bound() -> None:
    text = explain(load_provenance(), "#/paths", {})
    assert "more leaves below #/paths" in text


def test_nothing_there_suggests_what_is_near() -> None:
    with pytest.raises(ContractError, match="near it: #/paths/~1v1~1backup_instances/get/summary"):
        entries_at(load_provenance(), "#/paths/~1v1~1backup_instances/get/sumary")
