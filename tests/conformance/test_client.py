"""The kit's own client comes back from whatever a target does, and gives nothing away."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator

import httpx
import pytest

from conformance.exchange.client import NOBODY, STRANGER, Client
from conformance.exchange.exchange import Exchange
from conformance.exchange.limit import LARGEST_ANSWER
from conformance.ledger import Ledger
from conformance.target import Target, with_auth
from conformance.verdict.examiner import Examiner
from spec.contract import Contract

TOKEN = "canary-77"
MEBIBYTE = 1024 * 1024


class Dripping(httpx.SyncByteStream):
    """A body of many small pieces."""

    def __iter__(self) -> Iterator[bytes]:
        yield from (b"x" for _ in range(10))


def client(contract: Contract, answer: Callable[[httpx.Request], httpx.Response], deadline: float = 30) -> Client:
    target = with_auth(Target("http://target.example/base"), (TOKEN,), (), {})
    http = httpx.Client(transport=httpx.MockTransport(answer), follow_redirects=False)
    return Client(contract, target, Ledger(target.secrets), http, Examiner(contract), deadline)


def ask(contract: Contract, answer: httpx.Response, deadline: float = 30) -> Exchange:
    return client(contract, lambda _: answer, deadline).send(contract.operation("listTrays"))


def test_an_answer_that_inflates_without_end_is_cut_off(tray_contract: Contract) -> None:
    bomb = gzip.compress(b"\0" * (LARGEST_ANSWER + MEBIBYTE))
    assert len(bomb) < MEBIBYTE
    exchange = ask(
        tray_contract, httpx.Response(200, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(bomb))
    )
    assert exchange.answer is None
    assert "more than" in exchange.trouble


def test_a_body_that_drips_past_the_deadline_is_cut_off(tray_contract: Contract) -> None:
    exchange = ask(tray_contract, httpx.Response(200, stream=Dripping()), deadline=-1)
    assert exchange.answer is None
    assert exchange.trouble.startswith("slow body")


def test_an_encoding_that_lies_is_trouble_and_no_crash(tray_contract: Contract) -> None:
    lie = httpx.Response(200, headers={"content-encoding": "gzip"}, stream=httpx.ByteStream(b"not gzip at all"))
    exchange = ask(tray_contract, lie)
    assert exchange.answer is None
    assert "broke off" in exchange.trouble


def test_a_redirect_is_an_answer_and_is_not_followed(tray_contract: Contract) -> None:
    asked: list[httpx.URL] = []

    def redirect(request: httpx.Request) -> httpx.Response:
        asked.append(request.url)
        return httpx.Response(302, headers={"location": "http://elsewhere.example/"})

    exchange = client(tray_contract, redirect).send(tray_contract.operation("listTrays"))
    assert exchange.answer is not None
    assert exchange.answer.status == 302
    assert [url.host for url in asked] == ["target.example"]


def test_a_link_to_another_host_is_asked_of_the_target(tray_contract: Contract) -> None:
    asked: list[httpx.Request] = []

    def note(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(200, json=[])

    client(tray_contract, note).follow(tray_contract.operation("listTrays"), "http://evil.example/base/trays?page=2")
    assert str(asked[0].url) == "http://target.example/base/trays?page=2"


@pytest.mark.parametrize("identity", [NOBODY, STRANGER])
def test_other_identities_never_send_the_credential(tray_contract: Contract, identity: str) -> None:
    asked: list[httpx.Request] = []

    def note(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        return httpx.Response(401, json={})

    client(tray_contract, note).send(tray_contract.operation("listTrays"), identity=identity)
    assert TOKEN not in str(asked[0].headers.raw)


def test_the_credential_is_in_no_line_of_the_ledger(tray_contract: Contract) -> None:
    echo = client(tray_contract, lambda request: httpx.Response(200, json=[request.headers["authorization"]]))
    exchange = echo.send(tray_contract.operation("listTrays"))
    assert exchange.answer is not None
    assert TOKEN.encode() in exchange.answer.body
    assert TOKEN not in str(list(echo.ledger.lines))
