"""HTTP/1.1 on a connection: framing, order and keep-alive, whatever the application does."""

from __future__ import annotations

import asyncio
import http.client
import socket
import time
from collections.abc import Iterator
from typing import Any

import pytest

from mockserver.connection.limits import Limits
from mockserver.server import running

HUGE = 12_000_000
STATUSES = {"nothing": 204, "known": 304, "teapot": 499}
PARTS = {
    "stream": [b"one", b"", b"two"],
    "large": [b"x" * 200_000],
    "huge": [b"x" * HUGE],
    "parts": [b"x" * 100_000] * (HUGE // 100_000),
}
FIELDS = {
    "split": [(b"x-note", b"a\r\nx-more: b")],
    "short": [(b"content-length", b"99")],
    "bye": [(b"content-length", b"3"), (b"connection", b"close")],
    "stream": [],
    "open": [],
}


async def perform(scope: Any, receive: Any, send: Any) -> None:
    """An application with a path for each way to answer."""
    if scope["type"] == "lifespan":
        for _ in range(2):
            await send({"type": f"{(await receive())['type']}.complete"})
        return
    act = scope["path"].strip("/")
    parts = [await whole_body(receive)] if act == "echo" else PARTS.get(act, [act.encode()])
    if act == "slow":
        await asyncio.sleep(0.05)
    if act == "raise":
        raise ValueError("on purpose")
    fields = FIELDS.get(act, [(b"content-length", b"%d" % sum(len(part) for part in parts))])
    start = {"type": "http.response.start", "status": STATUSES.get(act, 200)}
    await send({**start, "headers": [*fields, (b"x-act", act.encode())]})
    if act == "half":
        raise ValueError("on purpose")
    for part in parts:
        if act == "stream":
            await asyncio.sleep(0)
        await send({"type": "http.response.body", "body": part, "more_body": True})
    await send({"type": "http.response.body"})
    if act == "after":
        await receive()


async def whole_body(receive: Any) -> bytes:
    body = b""
    while True:
        message = await receive()
        body += message["body"]
        if not message["more_body"]:
            return body


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with running(perform) as url:
        yield int(url.rpartition(":")[2])


@pytest.fixture
def client(port: int) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    yield connection
    connection.close()


def raw(port: int, data: bytes) -> bytes:
    """All that the server sends back until it closes."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(data)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
        return received


def ask(client: http.client.HTTPConnection, method: str, path: str, body: Any = None) -> tuple[int, bytes, Any]:
    client.request(method, path, body)
    answer = client.getresponse()
    return answer.status, answer.read(), answer.headers


def test_a_connection_serves_one_request_after_another(client: http.client.HTTPConnection) -> None:
    for act in ("fine", "stream", "large", "nothing", "known", "slow", "teapot", "echo", "open", "after", "fine"):
        status, body, headers = ask(client, "GET", f"/{act}")
        assert headers["x-act"] == act
        assert headers["connection"] is None
        assert status == STATUSES.get(act, 200)
        assert len(headers.get_all("date")) == 1
        assert len(body) == {"nothing": 0, "known": 0, "large": 200_000, "stream": 6, "echo": 0}.get(act, len(act))


@pytest.mark.parametrize("act", ["fine", "stream", "large", "slow", "nothing"])
def test_head_has_no_body_and_leaves_the_connection_in_order(client: http.client.HTTPConnection, act: str) -> None:
    assert ask(client, "HEAD", f"/{act}")[1] == b""
    assert ask(client, "GET", "/fine")[:2] == (200, b"fine")


@pytest.mark.parametrize("size", [0, 1, 70_000, 400_000])
@pytest.mark.parametrize("is_chunked", [False, True])
def test_a_body_arrives_as_it_was_sent(client: http.client.HTTPConnection, size: int, *, is_chunked: bool) -> None:
    body = bytes(number % 251 for number in range(size))
    pieces = iter([body[:100], body[100:]]) if is_chunked else body
    assert ask(client, "POST", "/echo", pieces)[:2] == (200, body)
    assert ask(client, "GET", "/fine")[:2] == (200, b"fine")


def test_pipelined_requests_are_answered_in_order(port: int) -> None:
    acts = ["slow", "fine", "echo", "large", "slow", "nothing", "stream", "last"]
    sent = b"".join(b"GET /%b HTTP/1.1\r\nHost: a\r\n\r\n" % act.encode() for act in acts[:-1])
    sent += b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\n\r\nbody"
    received = raw(port, sent + b"GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    seen = [line[7:].decode() for line in received.split(b"\r\n") if line.startswith(b"x-act: ")]
    assert seen == [*acts[:-1], "echo", "last"]
    assert received.endswith(b"last")


def test_a_long_pipeline_is_answered_whole(port: int) -> None:
    one = b"GET /fine HTTP/1.1\r\nHost: a\r\n\r\n"
    received = raw(port, one * 500 + b"GET /bye HTTP/1.1\r\nHost: a\r\n\r\n" + one)
    assert received.count(b"HTTP/1.1 200 OK\r\n") == 501
    assert received.endswith(b"bye")


def test_the_client_may_close(port: int) -> None:
    received = raw(port, b"GET /fine HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert b"\r\nconnection: close\r\n" in received
    assert received.endswith(b"fine")


def test_http_1_0_gets_no_chunks_and_an_end(port: int) -> None:
    received = raw(port, b"GET /stream HTTP/1.0\r\n\r\n")
    assert b"chunked" not in received
    assert received.endswith(b"\r\n\r\nonetwo")


def test_continue_is_said_when_the_body_is_wanted(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(b"POST /echo HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n")
        assert connection.recv(1000) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(b"body")
        assert connection.recv(1000).startswith(b"HTTP/1.1 200 OK\r\n")


def test_continue_is_not_said_when_the_answer_is_there_already(port: int) -> None:
    asked = b"POST /fine HTTP/1.1\r\nHost: a\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n"
    received = raw(port, asked)
    assert received.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"\r\nconnection: close\r\n" in received


def test_an_answer_before_the_end_of_the_body_reaches_a_client_that_goes_on_sending(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(b"POST /fine HTTP/1.1\r\nHost: a\r\nContent-Length: 50000000\r\n\r\n")
        for _ in range(40):
            connection.sendall(b"x" * 65536)
        received = connection.recv(65536)
    assert received.startswith(b"HTTP/1.1 200 OK\r\n")
    assert received.endswith(b"fine")


@pytest.mark.parametrize("act", ["raise", "split"])
def test_an_application_that_fails_before_it_answers_is_a_500(
    port: int, act: str, caplog: pytest.LogCaptureFixture
) -> None:
    received = raw(port, b"GET /%b HTTP/1.1\r\nHost: a\r\n\r\n" % act.encode())
    assert received.startswith(b"HTTP/1.1 500 Internal Server Error\r\n")
    assert b"x-more" not in received
    assert len(caplog.records) == 1


def test_an_application_that_fails_with_nothing_but_a_head_is_a_500(
    port: int, caplog: pytest.LogCaptureFixture
) -> None:
    assert raw(port, b"GET /half HTTP/1.1\r\nHost: a\r\n\r\n").startswith(b"HTTP/1.1 500 ")
    assert len(caplog.records) == 1


def test_an_answer_that_breaks_off_ends_its_connection(port: int, caplog: pytest.LogCaptureFixture) -> None:
    received = raw(port, b"GET /short HTTP/1.1\r\nHost: a\r\n\r\n")
    assert b"\r\ncontent-length: 99\r\n" in received
    assert received.endswith(b"\r\n\r\nshort")
    assert len(caplog.records) == 1


@pytest.mark.parametrize("upgrade", [b"h2c", b"TLS/1.0", b"nonsense"])
def test_an_upgrade_that_is_not_offered_is_ignored(port: int, upgrade: bytes) -> None:
    asked = b"GET /fine HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: %b\r\n\r\n" % upgrade
    received = raw(port, asked)
    assert received.startswith(b"HTTP/1.1 200 OK\r\n")
    assert received.endswith(b"fine")


def test_a_target_in_absolute_form_is_read(port: int) -> None:
    received = raw(port, b"GET http://mock.example/fine?a=b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert received.endswith(b"fine")


def test_a_trailer_is_not_taken_for_a_header(port: int) -> None:
    asked = b"POST /echo HTTP/1.1\r\nHost: a\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n"
    assert raw(port, asked + b"2\r\nab\r\n0\r\nX-Late: 1\r\n\r\n").endswith(b"ab")


def test_an_empty_header_field_is_no_part_of_the_next_one(port: int) -> None:
    received = raw(port, b"GET /fine HTTP/1.1\r\nHost: a\r\nX-Empty:\r\nConnection: close\r\n\r\n")
    assert received.endswith(b"fine")


def test_a_trailer_without_end_is_cut() -> None:
    with running(perform, limits=Limits(body=1000)) as url:
        port = int(url.rpartition(":")[2])
        asked = b"POST /echo HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\nX-Late: "
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(asked)
            for _ in range(10):
                connection.sendall(b"x" * 50_000)
            assert connection.recv(1000).startswith(b"HTTP/1.1 413 ")


def opened_narrow(url: str) -> socket.socket:
    """A connection that takes in little at a time."""
    connection = socket.socket()
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 262_144)
    connection.settimeout(10)
    connection.connect(("127.0.0.1", int(url.rpartition(":")[2])))
    return connection


@pytest.mark.parametrize("act", ["huge", "parts"])
def test_a_client_that_reads_slowly_gets_all_of_an_answer(act: str) -> None:
    with running(perform, limits=Limits(stall_seconds=1)) as url, opened_narrow(url) as connection:
        connection.sendall(b"GET /%b HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n" % act.encode())
        assert size_of_rest(connection, pause=0.03) > HUGE


@pytest.mark.parametrize("act", ["huge", "parts"])
def test_a_client_that_stops_to_read_is_cut(act: str) -> None:
    with running(perform, limits=Limits(stall_seconds=0.2)) as url, opened_narrow(url) as connection:
        connection.sendall(b"GET /%b HTTP/1.1\r\nHost: a\r\n\r\n" % act.encode())
        time.sleep(1.5)
        assert size_of_rest(connection) < HUGE


def size_of_rest(connection: socket.socket, pause: float = 0) -> int:
    size = 0
    while chunk := connection.recv(500_000, socket.MSG_WAITALL):
        size += len(chunk)
        time.sleep(pause)
    return size
