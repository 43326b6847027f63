"""A merge patch whose sum with what is there may be too much can be refused; any other one cannot."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conformance.exchange.exchange import Request
from conformance.verdict.judge import Judge
from conformance.verdict.second_opinion import second_opinion
from spec.contract_reader import load_contract

VAULT = load_contract(Path(__file__).parent.parent / "contracts" / "vault.yaml")
MERGE, PLAIN = "application/merge-patch+json", "application/json"


@pytest.mark.parametrize(
    ("media_type", "body", "dismissed"),
    [
        (MERGE, {"labels": {"row": "2"}}, True),
        (MERGE, {"labels": {}}, False),
        (MERGE, {"name": "x"}, False),
        (PLAIN, {"labels": {"row": "2"}}, False),
    ],
    ids=["adds a label", "adds nothing", "changes another field", "replaces the labels"],
)
def test_only_a_patch_that_adds_to_what_is_bounded_may_be_refused(
    media_type: str, body: dict[str, Any], dismissed: bool
) -> None:
    content = {"content-type": media_type}
    request = Request("PATCH", "/v1/copies/00000001-0000-4000-8000-000000000001", content, json.dumps(body).encode())
    opinion = second_opinion(Judge(VAULT), VAULT.operation("updateCopy"), request, "ST202")
    assert bool(opinion["dismissed"]) is dismissed
