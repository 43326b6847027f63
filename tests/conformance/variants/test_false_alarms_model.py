"""What the model of a target once took for a broken promise."""

from __future__ import annotations

import json
from functools import cache

import pytest

from conformance.exchange.exchange import Answer, Exchange, Request
from conformance.model import Model, promises_in
from spec.contract import Contract
from spec.contract_reader import load_contract
from spec.requirements import load_requirements

FORM = {"content-type": "application/x-www-form-urlencoded"}
JSON = {"content-type": "application/json"}
EXPORT = {
    "id": 6, "backup_instance_id": 1, "backup_run_id": 25, "status": "queued", "content_types": None,
    "export_datetime": None, "export_formats": None, "force_full": False, "send_confirmation": False,
    "exported_data_url": None, "expires_at": None, "created_at": "2026-01-15T12:00:00Z",
}  # fmt: skip


@cache
def contract() -> Contract:
    return load_contract()


def remarks_after_creating_with(body: bytes) -> list[str]:
    model = Model(contract(), promises_in(load_requirements(contract(), "full")))
    answer = Answer(200, JSON, json.dumps(EXPORT).encode())
    path = "/v1/backup_instances/1/exports"
    made = Exchange("1", "createExport", Request("POST", path, FORM, body), answer)
    read = Exchange("2", "getExport", Request("GET", f"{path}/6"), answer)
    return [remark.behaviour for exchange in (made, read) for remark in model.see(exchange)]


@pytest.mark.parametrize(
    ("body", "is_remarked_on"),
    [
        (b"export_run%5Bbackup_run_id%5D=", False),
        (b"export_run%5Bexport_formats%5D=", False),
        (b"export_run%5Bbackup_run_id%5D=25", False),
        (b"export_run%5Bbackup_run_id%5D=24", True),
    ],
    ids=["blank-reference", "blank-text", "as-sent", "another"],
)
def test_a_field_left_blank_promises_nothing_of_what_is_stored(body: bytes, is_remarked_on: bool) -> None:
    assert ("create-read-back" in remarks_after_creating_with(body)) is is_remarked_on
