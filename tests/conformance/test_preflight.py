"""A second of questions tells what an hour would not: wrong address, old token, web page."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from conformance.client import Client
from conformance.examiner import Examiner
from conformance.ledger import Ledger
from conformance.outcome import Conclusion
from conformance.preflight import Preflight, look_ahead
from conformance.target import Target, with_auth
from conformance.transport import plain_http
from spec.contract import Contract

TOKEN = "canary-5f1d7c"


def always(status: int, body: bytes = b'{"error": "x"}', *fields: tuple[bytes, bytes]) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await receive()
            given = dict(fields)
            headers = [(b"content-type", given.pop(b"content-type", b"application/json")), *given.items()]
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": body})

    return app


def looked(contract: Contract, url: str, *auth: str, now: datetime | None = None) -> Preflight:
    target = with_auth(Target(url), auth, (), {})
    with plain_http() as http:
        client = Client(contract, target, Ledger(target.secrets), http, Examiner(contract))
        return look_ahead(client, contract.operations, now)


def test_target_that_works_is_ready(tray_contract: Contract, serve: Callable[[Any], str], tray: Any) -> None:
    found = looked(tray_contract, serve(tray()), TOKEN)
    assert (found.obstacle, found.is_ready, found.notes) == (None, True, ())
    assert [(probe.identity, probe.word) for probe in found.probes] == [("first", "answers"), ("nobody", "refused")]


@pytest.mark.parametrize(
    ("app", "advice"),
    [
        (always(404), "base path may be wrong"),
        (always(401), "The credential for scheme 'steward' does not work"),
        (always(200, b"<html>", (b"content-type", b"text/html")), "a web page"),
        (always(302, b"", (b"location", b"http://elsewhere.example")), "http://elsewhere.example"),
        (always(429, b"{}", (b"retry-after", b"0")), "The target has no time"),
    ],
    ids=["404", "401", "html", "redirect", "429"],
)
def test_hollow_target_is_told_apart_with_a_next_step(
    tray_contract: Contract, serve: Callable[[Any], str], app: Any, advice: str
) -> None:
    obstacle = looked(tray_contract, serve(app), TOKEN).obstacle
    assert obstacle is not None
    assert advice in obstacle


def test_run_ends_at_once_where_nothing_works(verify_tray: Any) -> None:
    ran = verify_tray(always(404), phases=("coverage",))
    assert ran.conclusion is Conclusion.INCONCLUSIVE
    assert len(list(ran.ledger.of("exchange"))) < 5
    assert "base path" in ran.reason("getTray/success")


def test_server_error_is_a_violation_and_no_obstacle(tray_contract: Contract, serve: Callable[[Any], str]) -> None:
    assert looked(tray_contract, serve(always(500)), TOKEN).obstacle is None


def test_missing_credential_is_asked_for(tray_contract: Contract, serve: Callable[[Any], str], tray: Any) -> None:
    obstacle = looked(tray_contract, serve(tray())).obstacle
    assert obstacle is not None
    assert "No credential was sent" in obstacle


def test_open_door_is_noted(tray_contract: Contract, serve: Callable[[Any], str]) -> None:
    found = looked(tray_contract, serve(always(200, b"[]")), TOKEN)
    assert any("without credentials" in note for note in found.notes)


def test_clock_that_is_an_hour_off_is_noted(tray_contract: Contract, serve: Callable[[Any], str], tray: Any) -> None:
    url = serve(tray())
    late = datetime.now(UTC).replace(year=2020)
    assert any("ahead of ours" in note for note in looked(tray_contract, url, TOKEN, now=late).notes)
    assert looked(tray_contract, url, TOKEN).notes == ()
