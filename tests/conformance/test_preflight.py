"""A second of questions tells what an hour would not: wrong address, old token, web page."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest

from conformance.exchange.client import Client
from conformance.exchange.transport import plain_http
from conformance.ledger import Ledger
from conformance.run.preflight import Preflight, look_ahead
from conformance.target import Target, with_auth
from conformance.verdict.examiner import Examiner
from conformance.verdict.outcome import Conclusion
from spec.contract import Contract, Operation
from spec.contract_reader import load_contract
from spec.packaged import contract_path

TOKEN = "canary-5f1d7c"
OTHER = "canary-other-88"


def always(status: int, body: bytes = b'{"error": "x"}', *fields: tuple[bytes, bytes]) -> Any:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await receive()
            given = dict(fields)
            headers = [(b"content-type", given.pop(b"content-type", b"application/json")), *given.items()]
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": body})

    return app


def by_token(statuses: dict[str, int], other: int) -> Any:
    """Answers by the credential that came."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            given = dict(scope["headers"]).get(b"authorization", b"").decode()
            await always(statuses.get(given.removeprefix("Bearer "), other), b"[]")(scope, receive, send)

    return app


def looked(contract: Contract, url: str, *auth: str, now: datetime | None = None) -> Preflight:
    return asked(contract, with_auth(Target(url), auth, (), {}), contract.operations, now)


def asked(
    contract: Contract, target: Target, operations: Sequence[Operation], now: datetime | None = None
) -> Preflight:
    with plain_http() as http:
        client = Client(contract, target, Ledger(target.secrets), http, Examiner(contract))
        return look_ahead(client, operations, now)


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


def test_address_with_an_example_that_is_not_there_is_no_proof_of_a_right_base_path(
    serve: Callable[[Any], str],
) -> None:
    contract = load_contract(contract_path("full"))
    found = looked(contract, serve(always(404)), TOKEN)
    assert {probe.word for probe in found.probes} == {"not found", "not found there"}
    assert found.obstacle is not None
    assert "base path may be wrong" in found.obstacle
    assert found.notes == ()


def test_only_examples_that_are_not_there_are_no_obstacle_but_a_note(serve: Callable[[Any], str]) -> None:
    contract = load_contract(contract_path("full"))
    below = tuple(op for op in contract.operations if "{" in op.path)
    found = asked(contract, with_auth(Target(serve(always(404))), (TOKEN,), (), {}), below)
    assert found.obstacle is None
    assert any("declare some under [ids]" in note for note in found.notes)


def test_declared_id_that_is_not_there_is_an_obstacle(tray_contract: Contract, serve: Callable[[Any], str]) -> None:
    below = tuple(op for op in tray_contract.operations if op.id == "getTray")
    target = with_auth(Target(serve(always(404)), ids={"tray": ("7",)}), (TOKEN,), (), {})
    assert asked(tray_contract, target, below).obstacle is not None


def test_other_tenant_who_is_kept_away_is_as_it_should_be(tray_contract: Contract, serve: Callable[[Any], str]) -> None:
    target = with_auth(Target(serve(by_token({TOKEN: 200, OTHER: 403}, 401))), (TOKEN,), (OTHER,), {})
    found = asked(tray_contract, target, tray_contract.operations)
    assert found.notes == ()
    assert [probe.word for probe in found.probes if probe.identity == "second"] == ["not theirs"]


def test_other_tenant_who_is_treated_like_nobody_is_noted(tray_contract: Contract, serve: Callable[[Any], str]) -> None:
    target = with_auth(Target(serve(by_token({TOKEN: 200}, 403))), (TOKEN,), (OTHER,), {})
    assert any("the second identity" in note for note in asked(tray_contract, target, tray_contract.operations).notes)


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
    assert any("years ahead of ours" in note for note in looked(tray_contract, url, TOKEN, now=late).notes)
    assert looked(tray_contract, url, TOKEN).notes == ()
