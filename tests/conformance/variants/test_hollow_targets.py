"""A target that is none is never conformant, whichever tiers are asked; one that never finishes is not waited for."""

from __future__ import annotations

import asyncio
import itertools
import json
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.ledger import Ledger
from conformance.run.plan import DEFAULT_TIERS, Limits, Plan
from conformance.run.runner import run
from conformance.target import Target, with_auth
from conformance.verdict.outcome import Conclusion
from mockproof.cli import main
from spec.contract import Contract
from spec.requirements import load_requirements

App = Callable[[Any, Any, Any], Awaitable[None]]
TOKEN = "canary-5f1d7c"
JSON, HTML = b"application/json", b"text/html; charset=utf-8"
AHEAD, PLAIN, FUZZ = ("preflight", "scenarios"), ("scenarios",), ("fuzz",)
LIMITS = Limits(deadline=0.4, reading=0.2, patience=0.2, cleaning=0.5)
TRAYS = Path(__file__).parent.with_name("tray.yaml")
SECONDS = 3
"""What the command is given; what comes after the last request may take three times as long on a busy machine."""


def always(status: int, body: bytes, media_type: bytes = JSON, *fields: tuple[bytes, bytes]) -> App:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await receive()
            headers = [(b"content-type", media_type), *fields]
            await send({"type": "http.response.start", "status": status, "headers": headers})
            await send({"type": "http.response.body", "body": body})

    return app


async def hanging(scope: Any, receive: Any, _send: Any) -> None:
    """Takes every request, and answers none."""
    if scope["type"] == "http":
        while (await receive())["type"] != "http.disconnect":
            continue


async def dripping(scope: Any, _receive: Any, send: Any) -> None:
    """Answers a byte at a time, without an end that anybody would wait for."""
    if scope["type"] != "http":
        return
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", JSON)]})
    for _ in range(200):
        await send({"type": "http.response.body", "body": b" ", "more_body": True})
        await asyncio.sleep(0.05)


async def dripping_head(scope: Any, _receive: Any, send: Any) -> None:
    """Says nothing for a long time, and then little."""
    if scope["type"] == "http":
        await asyncio.sleep(4)
        await send({"type": "http.response.start", "status": 200, "headers": []})


def late(app: App, seconds: float) -> App:
    """The right target, but slow."""

    async def slowed(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] == "http":
            await asyncio.sleep(seconds)
        await app(scope, receive, send)

    return slowed


def moving(app: App, after: int) -> App:
    """The right target, that sends every second request elsewhere after so many."""
    count = itertools.count(1)
    away = always(307, b"", JSON, (b"location", b"http://127.0.0.1:9/"))

    async def moved(scope: Any, receive: Any, send: Any) -> None:
        number = next(count) if scope["type"] == "http" else 0
        await (away if number > after and number % 2 else app)(scope, receive, send)

    return moved


def elsewhere(app: App) -> App:
    """The right target below another path than the one that is judged; a web page stands at its place."""
    page = always(404, b"<html>There is nothing here.</html>", HTML)

    async def mounted(scope: Any, receive: Any, send: Any) -> None:
        inside = scope["type"] != "http" or scope["path"].startswith("/api/")
        path = scope.get("path", "").removeprefix("/api")
        await (app if inside else page)({**scope, "path": path}, receive, send)

    return mounted


def judged(contract: Contract, url: str, tiers: tuple[str, ...]) -> tuple[Conclusion, Ledger]:
    target = with_auth(Target(url), (TOKEN,), (), {})
    ledger = Ledger(target.secrets)
    plan = Plan(
        contract=contract,
        model=contract,
        profile="given",
        target=target,
        operations=tuple(operation.id for operation in contract.operations),
        requirements=load_requirements(contract, "given"),
        seed=1,
        max_examples=2,
        max_time=30,
        phases=("coverage",),
        tiers=tiers,
        limits=LIMITS,
    )
    return run(plan, ledger, lambda _text: None), ledger


HOLLOW = {
    "404": always(404, b'{"error": "x"}'),
    "401": always(401, b'{"error": "x"}'),
    "empty-object": always(200, b"{}"),
    "empty-list": always(200, b"[]"),
    "null": always(200, b"null"),
    "nothing": always(204, b""),
    "web-page": always(200, b"<html>hello</html>", HTML),
    "web-page-as-json": always(200, b"<html>hello</html>"),
    "redirect-loop": always(302, b"", JSON, (b"location", b"/trays")),
    "not-implemented": always(501, b'{"error": "x"}'),
}


# The fuzzer alone takes seconds to start, so it meets only one target that refuses and one that takes everything.
ASKED = [*((name, tiers) for name in HOLLOW for tiers in (AHEAD, PLAIN)), ("404", FUZZ), ("empty-object", FUZZ)]


@pytest.mark.parametrize(("name", "tiers"), ASKED, ids=[f"{name}-{'-'.join(tiers)}" for name, tiers in ASKED])
def test_hollow_target_never_conforms(
    tray_contract: Contract, serve: Callable[[App], str], name: str, tiers: tuple[str, ...]
) -> None:
    conclusion, _ = judged(tray_contract, serve(HOLLOW[name]), tiers)
    assert conclusion in (Conclusion.VIOLATIONS, Conclusion.INCONCLUSIVE)


def test_right_target_below_another_path_is_inconclusive_and_told(
    tray_contract: Contract, serve: Callable[[App], str], tray: Any
) -> None:
    url = serve(elsewhere(tray()))
    conclusion, ledger = judged(tray_contract, url, DEFAULT_TIERS)
    assert conclusion is Conclusion.INCONCLUSIVE
    assert any("web page" in str(line["reason"]) for line in ledger.of("trouble"))
    assert judged(tray_contract, f"{url}/api", ("preflight",))[0] is Conclusion.READY


@pytest.mark.parametrize("app", [hanging, dripping], ids=["hanging", "dripping"])
@pytest.mark.parametrize("tiers", [DEFAULT_TIERS, PLAIN], ids=["all", "scenarios"])
def test_target_that_never_finishes_is_not_waited_for(
    tray_contract: Contract, serve: Callable[[App], str], app: App, tiers: tuple[str, ...]
) -> None:
    conclusion, ledger = judged(tray_contract, serve(app), tiers)
    assert conclusion in (Conclusion.INCONCLUSIVE, Conclusion.INCOMPLETE)
    asked = [line for line in ledger.of("exchange") if line["request"]["method"] != "HEAD"]  # which has no body to drip
    assert all(line["answer"] is None for line in asked)
    assert len(list(ledger.of("end"))) == 1


@pytest.mark.parametrize("name", ["hanging", "dripping", "slow to begin", "slow"])
def test_max_time_is_kept_by_the_command_whatever_the_target_does(
    name: str, serve: Callable[[App], str], tray: Any, tmp_path: Path
) -> None:
    apps = {"hanging": hanging, "dripping": dripping, "slow to begin": dripping_head, "slow": late(tray(), 0.7)}
    began = time.monotonic()
    options = ("--contract", str(TRAYS), "--auth", TOKEN, "--max-time", str(SECONDS), "--report-dir", str(tmp_path))
    code = main(["verify", serve(apps[name]), *options])
    assert code == 4
    assert time.monotonic() - began < SECONDS * 4
    report = json.loads((tmp_path / "report.json").read_text())
    assert (report["conclusion"], {one["trouble"] for one in report["troubles"]}) == ("incomplete", {"budget"})


@pytest.mark.parametrize(
    "body", [b"[" * 50_000 + b"]" * 50_000, b'[{"id": "\\ud800"}]'], ids=["deep", "half a character"]
)
def test_json_that_nobody_can_use_does_no_harm(
    tray_contract: Contract, serve: Callable[[App], str], body: bytes
) -> None:
    conclusion, ledger = judged(tray_contract, serve(always(200, body)), AHEAD)
    assert conclusion in (Conclusion.VIOLATIONS, Conclusion.INCONCLUSIVE)
    assert [line["reason"] for line in ledger.of("trouble") if line["trouble"] == "crash"] == []


@pytest.mark.parametrize("after", [10, 30, 60, 90])
def test_redirect_in_the_midst_is_held_against_nobody(
    tray_contract: Contract, serve: Callable[[App], str], tray: Any, after: int
) -> None:
    _, ledger = judged(tray_contract, serve(moving(tray(), after)), PLAIN)
    broken = {line["id"] for line in ledger.of("verdict") if line["verdict"] == "fail"}
    assert {name for name in broken if not name.endswith("/status")} == set()
