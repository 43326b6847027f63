"""What an overlay says of foreign things and of pages is a form; that there is a rule is a promise."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from conformance.declaring.accommodation import accommodate, read_accommodations
from conformance.errors import DeclarationError
from spec.contract import Contract
from spec.contract_reader import load_contract
from spec.requirements import load_requirements

LIST = "$.paths['/v1/backup_instances'].get['x-page']"


def applied(folder: Path, target: str, change: str) -> Contract:
    path = folder / "ours.yaml"
    path.write_text(f'overlay: 1.1.0\nactions:\n  - {{target: "{target}", description: so it is, {change}}}\n')
    (changed,) = accommodate((load_contract(),), read_accommodations(path))
    return changed


def promised(contract: Contract) -> set[Any]:
    return {one.behaviour for one in load_requirements(contract, "full") if "getBackup" in one.operations}


def test_foreign_things_may_be_forbidden_and_are_still_refused(tmp_path: Path) -> None:
    changed = applied(tmp_path, "$['x-resources'].backup_instance", "update: {foreign: forbidden}")
    assert {"foreign-hidden", "permission-visible"} <= promised(load_contract())
    assert "foreign-hidden" not in promised(changed)
    assert "permission-visible" in promised(changed)


@pytest.mark.parametrize(
    ("target", "change", "named"),
    [
        ("$['x-resources'].backup_instance.foreign", "remove: true", "the resources"),
        ("$['x-resources'].backup", "update: {parent: endpoint}", "the resources"),
        (LIST, "remove: true", "promises of its pages"),
        (f"{LIST}.links", "remove: true", "promises of its pages"),
    ],
)
def test_an_overlay_cannot_take_a_promise_away(tmp_path: Path, target: str, change: str, named: str) -> None:
    with pytest.raises(DeclarationError, match=named):
        applied(tmp_path, target, change)
