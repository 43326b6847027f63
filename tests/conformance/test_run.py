"""Whole runs, fuzzer included: the right target conforms, the empty ones never do, one fault is one violation."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from conformance.fuzzing.job import PHASES
from conformance.reporting.junit import junit_text
from conformance.reporting.report import report_document
from conformance.reporting.text import summary_text
from conformance.verdict.outcome import Conclusion

App = Callable[..., Awaitable[None]]


def always(status: int, body: bytes, media_type: str = "application/json") -> App:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await receive()
            headers = [(b"content-type", media_type.encode())]
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": body})

    return app


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_right_target_conforms(seed: int, verify_tray: Any, tray: Any) -> None:
    ran = verify_tray(tray(), phases=PHASES, seed=seed)
    assert ran.broken == set()
    assert ran.conclusion is Conclusion.CONFORMANT


@pytest.mark.parametrize(
    "app",
    [
        always(404, b'{"error": "x"}'),
        always(401, b'{"error": "x"}'),
        always(200, b"<html>hello</html>", "text/html"),
        always(200, b"[]"),
        always(200, b"{}"),
        always(204, b""),
        always(503, b'{"error": "x"}'),
        always(302, b""),
    ],
    ids=["404", "401", "html", "empty-list", "empty-object", "204", "503", "302"],
)
def test_hollow_target_never_conforms(app: App, verify_tray: Any) -> None:
    ran = verify_tray(app, phases=("coverage",))
    assert ran.conclusion in (Conclusion.VIOLATIONS, Conclusion.INCONCLUSIVE)


def test_refusal_of_everything_is_inconclusive_not_broken(verify_tray: Any) -> None:
    ran = verify_tray(always(401, b'{"error": "x"}'), phases=("examples", "coverage"), only=("listTrays", "getTray"))
    assert ran.conclusion is Conclusion.INCONCLUSIVE
    assert ran.outcome("listTrays/success") == "inconclusive"


def test_empty_lists_leave_items_unreached(verify_tray: Any, tray: Any) -> None:
    empty = tray()
    empty.trays = {}
    ran = verify_tray(empty, phases=("coverage",), only=("listTrays", "getTray"))
    assert ran.conclusion is Conclusion.INCONCLUSIVE
    assert ran.outcome("getTray/success") == "inconclusive"


@pytest.mark.parametrize(
    ("fault", "broken"),
    [
        ("shape", "getTray/schema"),
        ("crash", "getTray/no-server-error"),
        ("lax", "createTray/body"),
        ("open", "getTray/authentication"),
    ],
)
def test_one_fault_is_a_violation_of_its_requirement(fault: str, broken: str, verify_tray: Any, tray: Any) -> None:
    ran = verify_tray(tray(fault), phases=("examples", "coverage"), only=("listTrays", "getTray", "createTray"))
    assert ran.conclusion is Conclusion.VIOLATIONS
    assert broken in ran.broken


def test_no_byte_of_any_output_holds_a_secret(verify_tray: Any, tray: Any) -> None:
    ran = verify_tray(tray("crash"), phases=("coverage",), only=("getTray",))
    document = report_document(ran.ledger.lines)
    outputs = (json.dumps(ran.ledger.lines), json.dumps(document), junit_text(document), summary_text(document))
    assert [output for output in outputs if "canary" in output] == []
    assert "'\"$MOCKPROOF_AUTH_ALL\"'" in summary_text(document)


def test_same_seed_sends_the_same_requests(verify_tray: Any, tray: Any) -> None:
    def sent(seed: int) -> list[Any]:
        ran = verify_tray(tray(), phases=("coverage", "fuzzing"), only=("listTrays",), seed=seed)
        lines = [line for line in ran.ledger.of("exchange") if line["source"] == "fuzz"]
        return [(line["request"]["method"], line["request"]["target"]) for line in lines]

    assert sent(7) == sent(7)


def test_missing_credential_is_named(verify_tray: Any, tray: Any) -> None:
    ran = verify_tray(tray(), phases=(), auth=())
    assert ran.conclusion is Conclusion.INCONCLUSIVE
    assert "--auth steward=env:" in ran.reason("getTray/success")


def test_nobody_there_is_inconclusive(verify_tray: Any) -> None:
    ran = verify_tray("http://127.0.0.1:9", phases=PHASES)
    assert ran.conclusion is Conclusion.INCONCLUSIVE
    assert "nobody listens" in ran.reason("getTray/success")


@pytest.mark.parametrize("stage", ["preflight", "looking", "checking", "cleaning"])
def test_fault_of_ours_leaves_the_run_incomplete_and_tidied(stage: str, verify_tray: Any, tray: Any) -> None:
    told: list[str] = []

    def failing(text: str) -> None:
        told.append(text)
        if text.startswith(stage) and told[-2:-1] != [text]:
            raise KeyError("canary-5f1d7c")

    app = tray()
    ran = verify_tray(app, phases=(), progress=failing)
    trouble = next(line for line in ran.ledger.of("trouble") if line["trouble"] == "crash")
    assert (ran.conclusion, ran.broken) == (Conclusion.INCOMPLETE, set())
    assert "bug" in trouble["reason"]
    assert "in failing" in trouble["traceback"]
    assert "canary" not in json.dumps(ran.ledger.lines)
    assert len(list(ran.ledger.of("end"))) == 1
    assert any(text.startswith("cleaning") for text in told) == (len(app.trays) > 7)
    document = report_document(ran.ledger.lines)
    assert "mockproof itself failed" in summary_text(document)


def test_time_that_runs_out_leaves_the_run_incomplete(verify_tray: Any, tray: Any) -> None:
    ran = verify_tray(tray(), phases=PHASES, max_time=1)
    assert ran.conclusion is Conclusion.INCOMPLETE
