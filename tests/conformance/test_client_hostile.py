"""Targets that misbehave on the wire: the client comes back in time, with the trouble named."""

from __future__ import annotations

import contextlib
import gzip
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest

from conformance.errors import BudgetError, ThrottledError
from conformance.exchange.client import Client
from conformance.exchange.exchange import Exchange
from conformance.exchange.transport import Stopwatch, plain_http
from conformance.ledger import Ledger
from conformance.manners.etiquette import Etiquette
from conformance.manners.pacing import Pace
from conformance.target import Target, with_auth
from conformance.verdict.examiner import Examiner
from spec.contract import Contract

Answer = Callable[[socket.socket, int], None]
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"


class Wire:
    """A socket that answers each request by a function of its own, and counts them."""

    def __init__(self, answer: Answer) -> None:
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.requests = 0
        self.closing = threading.Event()
        threading.Thread(target=self._serve, daemon=True).start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, contextlib.suppress(OSError):
                while b"\r\n\r\n" not in connection.recv(65536):
                    pass
                self.requests += 1
                self._answer(connection, self.requests)

    def close(self) -> None:
        self.closing.set()
        self._listener.close()


@pytest.fixture
def wire() -> Iterator[Callable[[Answer], Wire]]:
    opened: list[Wire] = []

    def opening(answer: Answer) -> Wire:
        opened.append(Wire(answer))
        return opened[-1]

    yield opening
    for one in opened:
        one.close()


@contextlib.contextmanager
def client(contract: Contract, url: str, **more: Any) -> Iterator[Client]:
    target = with_auth(Target(url), ("canary",), (), {})
    watch = Stopwatch(0.4)
    with plain_http(0.3, watch) as http:
        yield Client(contract, target, Ledger(target.secrets), http, Examiner(contract), watch=watch, **more)


def ask(contract: Contract, url: str, **more: Any) -> Exchange:
    with client(contract, url, **more) as asking:
        return asking.send(contract.operation("listTrays"))


def said(text: bytes) -> Answer:
    return lambda connection, _: connection.sendall(text)


def dripped(before: bytes, drop: bytes) -> Answer:
    def answer(connection: socket.socket, _: int) -> None:
        connection.sendall(before)
        for _ in range(200):
            connection.sendall(drop)
            time.sleep(0.02)

    return answer


def plain(status: str, *fields: str, body: bytes = b"[]") -> bytes:
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", f"Content-Length: {len(body)}", *fields]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode() + body


@pytest.mark.parametrize(
    ("answer", "named"),
    [
        (lambda _connection, _: time.sleep(1), "no answer in time"),
        (dripped(HEAD + b"Content-Length: 5000\r\n\r\n", b"x"), "slow body"),
        (dripped(HEAD + b"X-Slow: ", b"y"), "no answer in time"),
        (said(HEAD + b"Content-Length: 500\r\n\r\n12345678"), "got 8 of 500 bytes"),
        (said(b"\x00\x1b[31mwhat?\r\n\r\n"), "broke off"),
        (said(b""), "broke off"),
        (said(plain("200 OK", "Content-Encoding: gzip", body=gzip.compress(b"\0" * 9_000_000))), "response too large"),
        (said(plain("200 OK", "Content-Encoding: gzip", body=b"no gzip at all")), "does not decode"),
    ],
    ids=["silent", "drips its body", "drips its header", "cut", "not HTTP", "hangs up", "bomb", "lies about encoding"],
)
def test_trouble_on_the_wire_is_named_in_time(
    tray_contract: Contract, wire: Callable[[Answer], Wire], answer: Answer, named: str
) -> None:
    exchange = ask(tray_contract, wire(answer).url)
    assert exchange.answer is None
    assert named in (exchange.trouble or "")


def test_redirect_is_not_followed_and_the_other_host_hears_nothing(
    tray_contract: Contract, wire: Callable[[Answer], Wire]
) -> None:
    other = wire(said(plain("200 OK")))
    first = wire(said(plain("302 Found", f"Location: {other.url}/trays")))
    exchange = ask(tray_contract, first.url)
    assert exchange.answer is not None
    assert (exchange.answer.status, first.requests, other.requests) == (302, 1, 0)


def test_redirect_to_itself_is_one_request(tray_contract: Contract, wire: Callable[[Answer], Wire]) -> None:
    loop = wire(said(plain("302 Found", "Location: /trays")))
    ask(tray_contract, loop.url)
    assert loop.requests == 1


def busy_then_well(times: int, status: str, *fields: str) -> Answer:
    return lambda connection, count: connection.sendall(plain(status, *fields) if count <= times else plain("200 OK"))


def test_retry_after_is_waited_for(tray_contract: Contract, wire: Callable[[Answer], Wire]) -> None:
    slept: list[float] = []
    busy = wire(busy_then_well(2, "429 Too Many Requests", "Retry-After: 7"))
    exchange = ask(tray_contract, busy.url, pace=Pace(sleep=slept.append))
    assert exchange.answer is not None
    assert (exchange.answer.status, slept) == (200, [7.0, 7.0])


def test_patience_has_an_end(tray_contract: Contract, wire: Callable[[Answer], Wire]) -> None:
    slept: list[float] = []
    busy = wire(busy_then_well(99, "503 Service Unavailable", "Retry-After: 20"))
    with pytest.raises(ThrottledError, match="20 s"):
        ask(tray_contract, busy.url, pace=Pace(sleep=slept.append))
    assert slept == [20.0]


def test_get_that_succeeds_when_repeated_is_flaky_and_no_violation(
    tray_contract: Contract, wire: Callable[[Answer], Wire]
) -> None:
    shaky = wire(busy_then_well(2, "503 Service Unavailable"))
    with client(tray_contract, shaky.url) as asking:
        exchange = asking.send(tray_contract.operation("listTrays"))
        lines = list(asking.ledger.of("flaky"))
        shown = [line["answer"]["status"] for line in asking.ledger.of("exchange")]
    assert exchange.answer is not None
    assert (exchange.answer.status, shown, [line["times"] for line in lines]) == (200, [200], [2])


def test_get_that_keeps_failing_is_what_it_is(tray_contract: Contract, wire: Callable[[Answer], Wire]) -> None:
    down = wire(said(plain("503 Service Unavailable")))
    exchange = ask(tray_contract, down.url)
    assert exchange.answer is not None
    assert (exchange.answer.status, down.requests) == (503, 3)


def test_create_that_ended_in_503_is_not_repeated(tray_contract: Contract, wire: Callable[[Answer], Wire]) -> None:
    down = wire(said(plain("503 Service Unavailable")))
    with client(tray_contract, down.url) as asking:
        asking.send(tray_contract.operation("createTray"), body={"tray[label]": "x"})
    assert down.requests == 1


def test_rate_limit_spaces_requests(tray_contract: Contract, wire: Callable[[Answer], Wire]) -> None:
    slept: list[float] = []
    well = wire(said(plain("200 OK")))
    with client(tray_contract, well.url, pace=Pace(rate=2, clock=lambda: 100.0, sleep=slept.append)) as asking:
        for _ in range(3):
            asking.send(tray_contract.operation("listTrays"))
    assert slept == [0.5, 1.0]


def test_created_thing_may_take_a_while_to_be_seen(tray_contract: Contract, wire: Callable[[Answer], Wire]) -> None:
    def late(connection: socket.socket, count: int) -> None:
        made = plain("201 Created", body=b'{"id": 9, "label": "x"}')
        connection.sendall(made if count == 1 else plain("404 Not Found") if count < 4 else plain("200 OK"))

    target = wire(late)
    now = iter(range(100))
    pace = Pace(clock=lambda: float(next(now)), sleep=lambda _: None)
    with client(tray_contract, target.url, pace=pace, settle=50, etiquette=Etiquette(tray_contract)) as asking:
        asking.send(tray_contract.operation("createTray"), body={"tray[label]": "x"})
        visible = [line["seconds"] for line in asking.ledger.of("visible")]
        shown = [line["answer"]["status"] for line in asking.ledger.of("exchange")]
    assert (target.requests, len(visible), shown) == (4, 1, [201])


def test_lists_are_asked_for_once_they_can_show_what_was_done(
    tray_contract: Contract, wire: Callable[[Answer], Wire]
) -> None:
    target = wire(said(plain("200 OK")))
    slept: list[float] = []
    pace = Pace(clock=lambda: 100.0 + sum(slept), sleep=slept.append)
    with client(tray_contract, target.url, pace=pace, settle=5, etiquette=Etiquette(tray_contract)) as asking:
        asking.send(tray_contract.operation("listTrays"))
        before = [*slept]
        asking.send(tray_contract.operation("createTray"), body={"tray[label]": "x"})
        done = 100.0 + sum(slept)
        asking.send(tray_contract.operation("listTrays"))
        asking.follow(tray_contract.operation("listTrays"), "/trays?page=2")
        assert pace.clock() - done == 5.0
    assert (sum(before), target.requests >= 4) == (0.0, True)


@pytest.mark.parametrize(
    "answer",
    [dripped(HEAD + b"X-Slow: ", b"y"), dripped(b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 20)],
    ids=["drips its header", "always about to answer"],
)
def test_every_request_has_a_clock_whoever_sends_it(wire: Callable[[Answer], Wire], answer: Answer) -> None:
    began = time.monotonic()
    with plain_http(5.0, Stopwatch(0.4)) as http, pytest.raises(httpx.TimeoutException):
        http.get(wire(answer).url)
    assert time.monotonic() - began < 3.0


def closing_when_asked_again(connection: socket.socket, count: int) -> None:
    """Says nothing of closing, and yet has no answer to a second request on the same connection."""
    answer = plain("200 OK").replace(b"Connection: close\r\n", b"")
    connection.sendall(answer)
    if count == 1:
        connection.recv(65536)


def test_get_is_repeated_once_where_an_idle_connection_was_closed(
    tray_contract: Contract, wire: Callable[[Answer], Wire]
) -> None:
    rude = wire(closing_when_asked_again)
    with client(tray_contract, rude.url) as asking:
        answers = [asking.send(tray_contract.operation("listTrays")).answer for _ in range(2)]
    assert [answer and answer.status for answer in answers] == [200, 200]
    assert rude.requests == 2


def test_create_is_not_repeated_where_an_idle_connection_was_closed(
    tray_contract: Contract, wire: Callable[[Answer], Wire]
) -> None:
    rude = wire(closing_when_asked_again)
    with client(tray_contract, rude.url) as asking:
        asking.send(tray_contract.operation("listTrays"))
        lost = asking.send(tray_contract.operation("createTray"), body={"tray[label]": "x"})
        connections = rude.requests
        later = [asking.send(tray_contract.operation("createTray"), body={"tray[label]": "x"}) for _ in range(2)]
    assert ("broke off" in (lost.trouble or ""), connections) == (True, 1)
    assert [one.answer and one.answer.status for one in later] == [200, 200]


@pytest.mark.parametrize("heard", [b"", b"HTTP/1.1 2"], ids=["nothing", "a few bytes"])
def test_get_is_not_repeated_for_any_other_reason(
    tray_contract: Contract, wire: Callable[[Answer], Wire], heard: bytes
) -> None:
    gone = wire(said(heard))
    assert ask(tray_contract, gone.url).answer is None
    assert gone.requests == 1


def test_what_has_no_time_left_is_cut_off_and_nothing_is_asked_after_it(
    tray_contract: Contract, wire: Callable[[Answer], Wire]
) -> None:
    silent = wire(lambda _connection, _: time.sleep(1))
    watch = Stopwatch(30.0, until=time.monotonic() + 0.3)
    target = with_auth(Target(silent.url), ("canary",), (), {})
    with plain_http(30.0, watch) as http:
        asking = Client(tray_contract, target, Ledger(), http, Examiner(tray_contract), watch=watch)
        for _ in range(2):
            with pytest.raises(BudgetError, match="time was over"):
                asking.send(tray_contract.operation("listTrays"))
    assert (silent.requests, list(asking.ledger.lines)) == (1, [])


def test_no_wait_is_begun_that_does_not_end_in_time() -> None:
    slept: list[float] = []
    watch = Stopwatch(until=110.0, clock=lambda: 100.0, sleep=slept.append)
    watch.rest(9.0)
    with pytest.raises(BudgetError, match="11 s to wait"):
        watch.rest(11.0)
    assert slept == [9.0]


def test_link_that_is_no_url_and_tag_of_any_letters_are_taken_as_they_come(
    tray_contract: Contract, wire: Callable[[Answer], Wire]
) -> None:
    well = wire(said(plain("200 OK")))
    with client(tray_contract, well.url) as asking:
        operation = tray_contract.operation("listTrays")
        assert "no URL" in (asking.follow(operation, "http://[x").trouble or "")
        assert asking.send(operation, extra={"if-none-match": '"é\u20ac"'}).answer is not None
