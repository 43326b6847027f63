"""The fuzzer's process: what it takes down with it, and what it does not."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from typing import Any

import pytest

from conformance.fuzzing.job import Job, job_from
from conformance.fuzzing.launch import prepared, run_fuzz
from conformance.ledger import Ledger
from spec.contract_reader import contract_from


def job(url: str, document: dict[str, Any], **more: Any) -> Job:
    operations = tuple(op.id for op in contract_from(document).operations)
    given: dict[str, Any] = {
        "contract": document, "url": url, "operations": operations, "auth": {}, "secrets": {"T": "canary"},
        "checks": {}, "seed": 1, "max_examples": 2, "seconds": 60, "phases": ("coverage",),
    }  # fmt: skip
    return Job(**{**given, **more})


def contract(*names: str) -> dict[str, Any]:
    answer = {"200": {"description": "x", "content": {"application/json": {"schema": {"type": "object"}}}}}
    paths = {f"/{name}": {"get": {"operationId": name, "responses": answer}} for name in names}
    return {"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": paths}


def pathological(bodies: dict[str, bytes], drip: str | None = None) -> Any:
    """Answers 200 with a body of each path; one path never ends."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            return
        await receive()
        name = scope["path"].strip("/")
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"application/json")]})
        while name == drip:
            await send({"type": "http.response.body", "body": b" ", "more_body": True})
            await asyncio.sleep(0.1)
        await send({"type": "http.response.body", "body": bodies.get(name, b"{}")})

    return app


def test_job_survives_the_way_to_the_child() -> None:
    given = job("http://x", contract("a"))
    assert job_from(given.to_json()) == given


def closed(ledger: Ledger) -> set[str]:
    return {line["operation"] for line in ledger.of("closing") if line["operation"] != "*"}


def test_body_that_drips_for_ever_costs_its_operation_and_no_other(serve: Any) -> None:
    ledger = Ledger()
    url = serve(pathological({}, drip="b"))
    run_fuzz(job(url, contract("a", "b", "c"), slowest=1.5, seconds=40), ledger, lambda _text: None)
    assert {line["operation"] for line in ledger.of("trouble")} == {"b"}
    assert closed(ledger) >= {"a", "c"}


def test_answer_of_endless_depth_costs_its_operation_and_no_other(serve: Any) -> None:
    ledger = Ledger()
    deep = b"[" * 5000 + b"]" * 5000
    run_fuzz(job(serve(pathological({"b": deep})), contract("a", "b", "c")), ledger, lambda _text: None)
    judged = {
        line["operation"]
        for line in ledger.of("exchange")
        if line["checks"].get("response_schema_conformance") == "success"
    }
    assert judged >= {"a", "c"}
    failed = {line["operation"] for line in ledger.of("exchange") if line["failures"]}
    troubled = {line["operation"] for line in ledger.of("trouble")}
    assert "b" in failed | troubled


def test_child_that_cannot_start_is_trouble_not_silence() -> None:
    ledger = Ledger()
    run_fuzz(job("http://127.0.0.1:9", contract("a"), checks={"no_such": {"x": 1}}), ledger, lambda _text: None)
    assert [line["trouble"] for line in ledger.of("trouble")] == ["crash"]


_CONSTANTS = """
from conformance.fuzzing.child import prepare_process
from hypothesis.internal.conjecture import providers
prepare_process()
print(len(providers._get_local_constants()))
"""


def test_fuzzer_takes_nothing_from_the_source_of_the_kit() -> None:
    done = subprocess.run([sys.executable, "-c", _CONSTANTS], capture_output=True, text=True, check=True)
    assert int(done.stdout) == 0


@pytest.mark.parametrize(("kind", "example"), [("integer", 7), ("string", "7")])
def test_contract_is_given_ids_that_exist(kind: str, example: Any) -> None:
    document = contract("a")
    document["paths"]["/a/{id}"] = {
        "parameters": [{"$ref": "#/components/parameters/Id"}],
        "get": {"operationId": "b", "responses": {"200": {"description": "x"}}},
    }
    parameter = {
        "name": "id",
        "in": "path",
        "required": True,
        "schema": {"type": kind},
        "examples": {"x": {"value": "9"}},
    }
    document["components"] = {"parameters": {"Id": parameter}}
    result = prepared(document, {"b": {"id": "7"}})
    (given,) = result["paths"]["/a/{id}"]["get"]["parameters"]
    assert (given["example"], "examples" in given) == (example, False)
    assert "parameters" in document["paths"]["/a/{id}"], "the contract itself is left as it was"


def test_no_server_of_the_contract_is_ever_asked() -> None:
    document = {**contract("a"), "servers": [{"url": "http://vendor.example"}]}
    document["paths"]["/a"]["servers"] = document["paths"]["/a"]["get"]["servers"] = [{"url": "http://vendor.example"}]
    assert "vendor.example" not in str(prepared(document, {}))
