"""Findings that once were false alarms: bytes that spell JSON, days that no calendar has, chains that lead nowhere."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.exchange.exchange import Answer, Request
from conformance.fuzzing.job import Job
from conformance.fuzzing.launch import run_fuzz
from conformance.ledger import Ledger
from conformance.verdict.examiner import SCHEMA, Examiner
from conformance.verdict.judge import Judge
from conformance.verdict.second_opinion import second_opinion
from spec.contract import Contract
from spec.contract_reader import contract_from

BYTES = {"type": "string", "format": "binary"}
DAY = {"type": "string", "pattern": "^[0-9]{4}-[0-9]{2}-[0-9]{2}$"}
FORM = "application/x-www-form-urlencoded"


def contract(schema: dict[str, Any], media_type: str = "*/*") -> Contract:
    answers = {"200": {"description": "x", "content": {media_type: {"schema": schema}}}}
    form = {"type": "object", "properties": {"day": DAY}}
    operation = {
        "operationId": "act",
        "parameters": [{"name": "since", "in": "query", "schema": DAY}],
        "requestBody": {"content": {FORM: {"schema": form}}},
        "responses": answers,
    }
    document = {"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": {"/a": {"post": operation}}}
    document["components"] = {"schemas": {"Bytes": BYTES}}
    return contract_from(document)


def opinion(code: str, request: Request, judged: Contract, answer: Answer | None = None) -> Any:
    return second_opinion(Judge(judged), judged.operation("act"), request, code, answer)["dismissed"]


JSON = Answer(200, {"content-type": "application/json"}, b'{"n": 1}')
POST = Request("POST", "/a")


@pytest.mark.parametrize(
    ("schema", "is_held_against_it"),
    [(BYTES, False), ({"$ref": "#/components/schemas/Bytes"}, False), ({"type": "string"}, True)],
    ids=["bytes", "bytes-by-reference", "text"],
)
def test_bytes_that_spell_json_have_no_shape(schema: dict[str, Any], is_held_against_it: bool) -> None:
    judged = contract(schema)
    assert bool(Examiner(judged).examine("act", JSON).get(SCHEMA)) is is_held_against_it
    assert (opinion("ST108", POST, judged, JSON) is None) is is_held_against_it


def test_reference_that_leads_nowhere_is_held_against_nobody() -> None:
    judged = contract({"$ref": "#/components/schemas/Missing"})
    assert Examiner(judged).examine("act", JSON).get(SCHEMA) is None
    assert opinion("ST108", POST, judged, JSON) is None


@pytest.mark.parametrize(
    ("request_", "may_be_refused"),
    [
        (Request("POST", "/a", {"content-type": FORM}, b"day=2024-02-30"), True),
        (Request("POST", "/a", {"content-type": FORM}, b"day=0000-01-01"), True),
        (Request("POST", "/a?since=2023-02-29"), True),
        (Request("POST", "/a", {"content-type": FORM}, b"day=2024-02-29"), False),
        (Request("POST", "/a?since=2024-02-29"), False),
    ],
    ids=["30-february", "year-nought", "no-leap-year", "leap-year", "leap-year-in-query"],
)
def test_a_day_that_no_calendar_has_may_be_refused(request_: Request, may_be_refused: bool) -> None:
    assert bool(opinion("ST202", request_, contract(BYTES))) is may_be_refused


def test_selection_without_chains_has_its_chains_closed(serve: Any, tray: Any, tray_contract: Contract) -> None:
    job = Job(
        contract=tray_contract.document, url=serve(tray()), operations=("listTrays",), auth={}, secrets={}, checks={},
        seed=1, max_examples=1, seconds=60, phases=("stateful",),
    )  # fmt: skip
    ledger = Ledger()
    run_fuzz(job, ledger, lambda _text: None)
    assert list(ledger.of("trouble")) == []
    assert [line["status"] for line in ledger.of("closing")] == ["skip"]
