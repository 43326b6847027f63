"""What only the target can know is not held against it: entity tags and cursors that a generator made up."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.exchange.exchange import Request
from conformance.verdict.judge import Judge
from conformance.verdict.second_opinion import second_opinion
from spec.contract_reader import load_contract

VAULT = load_contract(Path(__file__).parent.parent / "contracts" / "vault.yaml")
COPY = "/v1/copies/00000001-0000-4000-8000-000000000001"


@pytest.mark.parametrize(
    ("operation", "request_", "dismissed"),
    [
        ("deleteCopy", Request("DELETE", COPY, {"if-match": "x"}), True),
        ("deleteCopy", Request("DELETE", COPY), False),
        ("getExport", Request("GET", "/v1/exports/00000e01-0000-4000-8000-000000000e01", {"if-match": "x"}), False),
        ("listEvents", Request("GET", "/v1/vaults/1/events?cursor=x"), True),
        ("listEvents", Request("GET", "/v1/vaults/1/events?limit=3"), False),
    ],
)
def test_a_refusal_of_what_was_never_given_is_no_finding(operation: str, request_: Request, dismissed: bool) -> None:
    opinion = second_opinion(Judge(VAULT), VAULT.operation(operation), request_, "ST202")
    assert bool(opinion["dismissed"]) is dismissed
