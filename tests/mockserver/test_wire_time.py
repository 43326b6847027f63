"""Slow senders, crowds and connections that end on purpose, over real sockets and with small limits."""

from __future__ import annotations

import asyncio
import json
import socket
import struct
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from mockserver.app import create_app
from mockserver.connection.limits import Limits
from mockserver.connection.protocol import EXTENSION
from mockserver.server import running
from spec.contract import Contract
from spec.fixtures import Fixtures

SHORT = Limits(head_seconds=0.3, body_seconds=0.3, connections=340)
HALF_BODY = (
    b"POST /shelves HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer lib-token\r\n"
    b"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 13\r\n\r\nshelf["
)
WHOLE = b"GET /shelves HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer lib-token\r\n\r\n"


@pytest.fixture(scope="module")
def port(shelf: Contract, library: Fixtures) -> Iterator[int]:
    with running(create_app(shelf, library), limits=SHORT) as url:
        yield int(url.rpartition(":")[2])


@pytest.fixture
def connect(port: int) -> Iterator[Any]:
    with ExitStack() as stack:
        yield lambda: stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10))


def rest_of(connection: socket.socket) -> bytes:
    """Whatever comes until the server ends its side."""
    received = b""
    while chunk := connection.recv(65536):
        received += chunk
    return received


def one_answer(connection: socket.socket) -> bytes:
    """The status line, and all of an answer with a Content-Length."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += connection.recv(65536) or pytest.fail(f"the connection ended after {received!r}")
    head, _, body = received.partition(b"\r\n\r\n")
    length = next(line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:"))
    while len(body) < int(length.partition(b":")[2]):
        body += connection.recv(65536)
    return head.split(b"\r\n")[0]


def test_a_body_that_never_ends_is_answered_408(connect: Any) -> None:
    connection = connect()
    connection.sendall(HALF_BODY)
    head, _, body = rest_of(connection).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408 Request Timeout\r\n")
    assert b"content-type: application/problem+json" in head
    assert b"connection: close" in head
    assert json.loads(body)["status"] == 408


def test_a_body_that_drips_is_cut_as_well(connect: Any) -> None:
    connection = connect()
    connection.sendall(HALF_BODY)
    began = time.monotonic()
    connection.settimeout(0.05)
    received = b""
    while not received:
        assert time.monotonic() - began < 8
        connection.send(b"x"[: int(time.monotonic() - began < 0.25)])
        try:
            received = connection.recv(65536)
        except TimeoutError:
            continue
    assert received.startswith(b"HTTP/1.1 408 ")


@pytest.mark.parametrize("sent", [b"", b"GET /shel", b"GET /shelves HTTP/1.1\r\nHost: a\r\nX-Slow: "])
def test_a_head_that_never_ends_is_closed_without_a_word(connect: Any, sent: bytes) -> None:
    connection = connect()
    connection.sendall(sent)
    assert rest_of(connection) == b""


def test_three_hundred_half_bodies_stop_nobody_else_and_are_cut(connect: Any) -> None:
    slow = [connect() for _ in range(300)]
    for connection in slow:
        connection.sendall(HALF_BODY)
    other = connect()
    for _ in range(20):
        other.sendall(WHOLE)
        assert one_answer(other) == b"HTTP/1.1 200 OK"
    assert [rest_of(connection)[:12] for connection in slow] == [b"HTTP/1.1 408"] * 300
    other.sendall(WHOLE)
    assert one_answer(other) == b"HTTP/1.1 200 OK"


def test_a_slow_but_complete_request_is_answered(connect: Any) -> None:
    connection = connect()
    for piece in (WHOLE[:5], WHOLE[5:30], WHOLE[30:]):
        connection.sendall(piece)
        time.sleep(0.02)
    assert one_answer(connection) == b"HTTP/1.1 200 OK"


def test_connections_beyond_the_limit_are_told_to_come_back(shelf: Contract, library: Fixtures) -> None:
    with running(create_app(shelf, library), limits=Limits(connections=2)) as url, ExitStack() as stack:
        port = int(url.rpartition(":")[2])
        first, second, third = (
            stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=10)) for _ in range(3)
        )
        answer = rest_of(third)
        assert answer.startswith(b"HTTP/1.1 503 Service Unavailable\r\n")
        assert b"\r\nretry-after: 1\r\n" in answer
        assert json.loads(answer.partition(b"\r\n\r\n")[2])["status"] == 503
        first.sendall(WHOLE)
        assert one_answer(first) == b"HTTP/1.1 200 OK"
        second.close()
        third.close()
        for _ in range(100):
            with socket.create_connection(("127.0.0.1", port), timeout=10) as fourth:
                fourth.sendall(WHOLE)
                if one_answer(fourth) == b"HTTP/1.1 200 OK":
                    break
            time.sleep(0.02)
        else:
            pytest.fail("the place of a connection that ended was not given to another")


async def break_off(scope: Any, receive: Any, send: Any) -> None:
    """An application that ends its connection as the path says, before or in the middle of its answer."""
    if scope["type"] == "lifespan":
        for _ in range(2):
            await send({"type": f"{(await receive())['type']}.complete"})
        return
    connection = scope["extensions"][EXTENSION]
    _, way, moment = scope["path"].split("/")
    if moment == "middle":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"10")]})
        await send({"type": "http.response.body", "body": b"half", "more_body": True})
        await asyncio.sleep(0.05)
    elif moment == "head":
        await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"10")]})
    getattr(connection, way)()
    # What is sent now goes nowhere, and is no mistake.
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": b"late"})


@pytest.fixture(scope="module")
def broken_port() -> Iterator[int]:
    with running(break_off) as url:
        yield int(url.rpartition(":")[2])


@pytest.mark.parametrize("moment", ["start", "middle"])
def test_a_reset_is_seen_as_a_reset(broken_port: int, moment: str) -> None:
    with socket.create_connection(("127.0.0.1", broken_port), timeout=10) as connection:
        connection.sendall(b"GET /reset/%b HTTP/1.1\r\nHost: a\r\n\r\n" % moment.encode())
        with pytest.raises(ConnectionResetError):
            rest_of(connection)


@pytest.mark.parametrize(("moment", "seen"), [("start", b""), ("head", b"\r\n\r\n"), ("middle", b"\r\n\r\nhalf")])
def test_a_close_leaves_the_answer_as_it_is(broken_port: int, moment: str, seen: bytes) -> None:
    with socket.create_connection(("127.0.0.1", broken_port), timeout=10) as connection:
        connection.sendall(b"GET /close/%b HTTP/1.1\r\nHost: a\r\n\r\n" % moment.encode())
        received = rest_of(connection)
    assert received[received.find(b"\r\n\r\n") :] == seen if seen else received == b""


def test_a_client_that_resets_is_no_trouble(port: int, caplog: pytest.LogCaptureFixture) -> None:
    for sent in (b"", WHOLE, HALF_BODY, WHOLE[:20]):
        connection = socket.create_connection(("127.0.0.1", port), timeout=10)
        connection.sendall(sent)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()
    with socket.create_connection(("127.0.0.1", port), timeout=10) as after:
        after.sendall(WHOLE)
        assert one_answer(after) == b"HTTP/1.1 200 OK"
    assert caplog.records == []
