"""An overlay tells what bodies look like; it cannot make a promise go away."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.declaring.accommodation import accommodate, read_accommodations
from conformance.errors import DeclarationError
from spec.contract import Contract
from spec.contract_reader import load_contract

VAULT = Path(__file__).resolve().parents[1] / "contracts" / "vault.yaml"
TRAY_ID = "$.components.schemas.Tray.properties.id"


def applied(contract: Contract, folder: Path, *actions: str) -> Contract:
    path = folder / "ours.yaml"
    path.write_text("overlay: 1.1.0\ninfo: {title: t, version: '1'}\nactions:\n" + "\n".join(actions))
    (changed,) = accommodate((contract,), read_accommodations(path))
    return changed


def action(target: str, update: str, description: str = "as we do it") -> str:
    return f'  - {{target: "{target}", description: {description}, update: {update}}}'


def test_overlay_changes_the_shape_of_a_body(tray_contract: Contract, tmp_path: Path) -> None:
    changed = applied(tray_contract, tmp_path, action(TRAY_ID, "{type: string}"))
    assert changed.schema_at("#/components/schemas/Tray")["properties"]["id"]["type"] == "string"
    assert tray_contract.schema_at("#/components/schemas/Tray")["properties"]["id"]["type"] == "integer"


def test_overlay_adds_a_status_that_a_create_answers_with(tray_contract: Contract, tmp_path: Path) -> None:
    changed = applied(tray_contract, tmp_path, action("$.paths['/trays'].post.responses", "{'202': {description: ok}}"))
    assert "202" in changed.operation("createTray").responses


@pytest.mark.parametrize(
    ("target", "update", "named"),
    [
        ("$.components.schemas.Trey", "{type: string}", "nothing matches"),
        (TRAY_ID, "{type: integer}", "changes nothing"),
        ("$[", "{a: 1}", "no JSONPath"),
        ("$.paths['/trays'].get", "{security: [{}]}", "the security of GET /trays"),
        ("$.paths['/trays'].get.responses", "{'500': {description: x}}", "server errors"),
        ("$.paths", "{'/more': {get: {operationId: more, responses: {}}}}", "the operation GET /more"),
        ("$.paths['/trays'].post['x-resource']", "{role: action}", "the role of POST"),
        ("$.components.securitySchemes.steward", "{scheme: basic}", "the security schemes"),
    ],
)
def test_overlay_that_fits_nothing_or_goes_too_far_is_refused(
    tray_contract: Contract, tmp_path: Path, target: str, update: str, named: str
) -> None:
    with pytest.raises(DeclarationError, match=named) as caught:
        applied(tray_contract, tmp_path, action(target, update))
    assert caught.value.line == 4


@pytest.mark.parametrize("text", ["a: 1", "overlay: 1.1.0\nactions:\n  - {target: '$', update: {}}"])
def test_overlay_without_a_reason_or_a_version_is_refused(tmp_path: Path, text: str) -> None:
    path = tmp_path / "ours.yaml"
    path.write_text(text)
    with pytest.raises(DeclarationError):
        read_accommodations(path)


def test_action_need_only_match_in_one_form_of_a_contract(tray_contract: Contract, tmp_path: Path) -> None:
    other = load_contract(VAULT)
    path = tmp_path / "ours.yaml"
    path.write_text("overlay: 1.1.0\nactions:\n" + action(TRAY_ID, "{type: string}"))
    _, untouched = accommodate((tray_contract, other), read_accommodations(path))
    assert untouched is other
