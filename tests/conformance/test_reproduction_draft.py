"""A draft brings along what a request needs, and keeps nothing that only the recorded run had."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conformance.ledger import Line
from conformance.reproduction.building import Reproducer, open_workbench, reproducers_of
from conformance.reproduction.draft import Draft
from conformance.reproduction.script import Leave, Secret, Send, Take, Undo, Variable
from conformance.reproduction.tape import read_tape
from spec.contract import Contract
from spec.contract_reader import load_contract

VAULT = Path(__file__).parents[1] / "contracts" / "vault.yaml"
TOKEN = {"authorization": "Bearer $FIRST", "accept": "*/*"}
JSON = {**TOKEN, "content-type": "application/json"}
NOBODYS = "ffffffff-ffff-4fff-bfff-ffffffffffff"
COPY = "0d42e7a2-670b-50bc-a7ec-77216d8a3dcd"


@pytest.fixture(scope="module")
def contract() -> Contract:
    return load_contract(VAULT)


def exchange(number: int, operation: str, method: str, target: str, status: int, body: Any, **more: Any) -> Line:
    answer = {"status": status, "headers": more.pop("fields", {}), "body": json.dumps(body), "bytes": 1, "seconds": 0.1}
    headers = more.pop("headers", JSON if "sent" in more else TOKEN)
    request = {"method": method, "target": target, "headers": headers, "body": more.pop("sent", "")}
    line = {"id": f"plain-{number}", "operation": operation, "request": request, "answer": answer, "trouble": None}
    return {"kind": "exchange", "number": number, "source": "scenario", "phase": "scenario", "negative": [],
            "checks": {}, "failures": [], **line, **more}  # fmt: skip


LISTED = exchange(1, "listVaults", "GET", "/v1/vaults", 200, [{"id": 7, "name": "Ledgers"}])
MADE = exchange(2, "createVault", "POST", "/v1/vaults", 201, {"id": 9}, sent='{"name": "mockproof-run-1"}')
OWN = exchange(3, "getVault", "GET", "/v1/vaults/9", 200, {"id": 9, "name": "x"})
FOREIGN = exchange(4, "getVault", "GET", "/v1/vaults/7", 200, {"id": 7})
COPIED = exchange(5, "createCopy", "POST", "/v1/vaults/9/copies", 201, {"id": COPY}, sent='{"label": "x"}')
COPY_READ = exchange(6, "getCopy", "GET", f"/v1/copies/{COPY}", 200, {"id": COPY})
LINES = [LISTED, MADE, OWN, FOREIGN, COPIED, COPY_READ]


def draft_of(contract: Contract, *more: Line) -> Draft:
    return Draft(read_tape(contract, [*LINES, *more]), contract, "mockproof-run-", "mockproof-", ("FIRST", "SECOND"))


def test_id_that_we_made_comes_from_making_it_again(contract: Contract) -> None:
    draft = draft_of(contract)
    draft.use(OWN)
    create, taken, undo, read = draft.steps
    assert isinstance(create, Send)
    assert (create.call.method, create.call.target) == ("POST", ("/v1/vaults",))
    assert isinstance(taken, Take)
    assert taken.expression == "made_id(got1, None, 'id')"
    assert isinstance(undo, Undo)
    assert isinstance(read, Send)
    assert read.call.target == ("/v1/vaults/", Variable(taken.name, is_quoted=True))


def test_parents_are_made_before_their_children(contract: Contract) -> None:
    draft = draft_of(contract)
    draft.use(COPY_READ)
    sent = [(step.call.method, step.call.target[0]) for step in draft.steps if isinstance(step, Send)]
    assert sent == [("POST", "/v1/vaults"), ("POST", "/v1/vaults/"), ("GET", "/v1/copies/")]


def test_what_was_made_is_deleted_by_the_id_that_it_got(contract: Contract) -> None:
    draft = draft_of(contract)
    draft.use(COPY_READ)
    undone = [step.call.target for step in draft.steps if isinstance(step, Undo)]
    assert [target[0] for target in undone] == ["/v1/vaults/", "/v1/copies/"]
    assert all(isinstance(target[1], Variable) for target in undone)


def test_what_no_operation_deletes_is_told(contract: Contract) -> None:
    export = exchange(7, "createExport", "POST", f"/v1/copies/{COPY}/exports", 202, {"id": "e-1"}, sent="{}")
    draft = draft_of(contract, export)
    draft.use(export)
    assert isinstance(draft.steps[-1], Leave)


def test_id_that_was_there_is_looked_up_in_a_list(contract: Contract) -> None:
    draft = draft_of(contract)
    draft.use(FOREIGN)
    expressions = [step.expression for step in draft.steps if isinstance(step, Take)]
    assert expressions == ["listed_id(got1, LIST, '7', 0)"]


def test_id_that_nobody_has_stays(contract: Contract) -> None:
    line = exchange(7, "getCopy", "GET", f"/v1/copies/{NOBODYS}", 404, {})
    draft = draft_of(contract, line)
    draft.use(line)
    assert [step.call.target for step in draft.steps if isinstance(step, Send)] == [(f"/v1/copies/{NOBODYS}",)]


def test_id_of_our_making_in_a_body_is_filled_in(contract: Contract) -> None:
    line = exchange(7, "createExport", "POST", "/v1/copies/x/exports", 202, {"id": "e-1"}, sent=f'{{"of": "{COPY}"}}')
    draft = draft_of(contract, line)
    body = draft.call(line).body
    assert (body[0], body[2]) == ('{"of": "', '"}')
    assert isinstance(body[1], Variable)


def test_another_identity_keeps_its_credential(contract: Contract) -> None:
    line = exchange(7, "getVault", "GET", "/v1/vaults/9", 200, {}, headers={"authorization": "Bearer $SECOND"})
    draft = draft_of(contract, line)
    draft.use(line)
    headers = [dict(step.call.headers) for step in draft.steps if isinstance(step, Send)]
    assert [found["authorization"] for found in headers] == [
        ("Bearer ", Secret("FIRST")),
        ("Bearer ", Secret("SECOND")),
    ]


def test_names_of_the_run_are_made_up_anew(contract: Contract) -> None:
    draft = draft_of(contract)
    assert draft.call(MADE).body == ('{"name": "', Variable("NAME"), '1"}')


def test_entity_tag_comes_from_a_fresh_answer(contract: Contract) -> None:
    tagged = exchange(7, "getVault", "GET", "/v1/vaults/9", 200, {}, fields={"etag": '"a"'})
    line = exchange(8, "getVault", "GET", "/v1/vaults/9", 304, {}, headers={**TOKEN, "if-none-match": '"a"'})
    draft = draft_of(contract, tagged, line)
    draft.use(line)
    assert 'header_of(got2, "etag")' in [step.expression for step in draft.steps if isinstance(step, Take)]


@pytest.mark.parametrize(
    ("target", "is_touched"), [("/v1/vaults/9", False), ("/v1/vaults/7", True), ("/v1/vaults/999999999", False)]
)
def test_only_what_was_there_before_needs_leave_to_be_changed(
    contract: Contract, target: str, is_touched: bool
) -> None:
    line = exchange(7, "updateVault", "PATCH", target, 200, {}, sent="{}")
    draft = draft_of(contract, line)
    draft.use(line)
    assert (draft.touches is not None) is is_touched


def built(contract: Contract, code: str, line: Line, **told: str) -> Reproducer:
    run = {"kind": "run", "number": 0, "target": "http://127.0.0.1:9", "variables": ["FIRST", "SECOND"]}
    failure = {
        "operation": line["operation"],
        "code": code,
        "expected": "x",
        "seen": "y",
        "exchange": line["id"],
        **told,
    }
    bench = open_workbench(contract, contract, [run, *LINES, line], "mockproof-run-", "mockproof-")
    verdict = {"id": f"{line['operation']}/{code}", "text": "It holds.", "failures": [failure]}
    return next(reproducers_of(bench, verdict))


def test_what_has_no_recipe_is_to_be_judged_by_eye(contract: Contract) -> None:
    found = built(contract, "never-heard-of", OWN)
    assert not found.is_judged
    assert "by_eye([" in found.pytest


def test_request_that_the_ledger_cut_is_to_be_judged_by_eye(contract: Contract) -> None:
    cut = exchange(7, "createVault", "POST", "/v1/vaults", 201, {"id": 11}, sent='{"name": "xx … 9000 bytes in all')
    assert not built(contract, "body", cut, expected="a body refused with 4xx").is_judged


def test_reproducer_of_a_shape_holds_only_what_leads_to_the_place_that_is_wrong(contract: Contract) -> None:
    line = exchange(7, "getVault", "GET", "/v1/vaults/9", 200, {"id": "nine"})
    found = built(contract, "plain-schema", line)
    assert found.is_judged
    assert found.script.constants["SHAPE"]
