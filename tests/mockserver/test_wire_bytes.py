"""What no client should send, over a raw socket: each gets a whole answer, and the next client gets the usual one."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from typing import Any

import pytest

from mockserver.app import create_app
from mockserver.server import running
from spec.contract import Contract
from spec.fixtures import Fixtures

MIB = 1024 * 1024
ADA = b"Host: mock.example\r\nAuthorization: Bearer lib-token\r\n"
FORM = b"Content-Type: application/x-www-form-urlencoded\r\n"
JSON = b"Content-Type: application/json\r\n"
BOOKS = b"POST /shelves/1/books HTTP/1.1\r\n" + ADA
FINE = b"GET /shelves HTTP/1.1\r\n" + ADA + b"\r\n"


@pytest.fixture(scope="module")
def port(shelf: Contract, library: Fixtures) -> Iterator[int]:
    with running(create_app(shelf, library)) as url:
        yield int(url.rpartition(":")[2])


@pytest.fixture(autouse=True)
def well_afterwards(port: int, caplog: pytest.LogCaptureFixture) -> Iterator[None]:
    """Whatever a test did: the log is empty, and the next client is served."""
    yield
    assert caplog.records == []
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(FINE)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200 OK\r\n")


class Answer:
    """One answer, read to its end; `more` is what came after it until the server closed."""

    def __init__(self, port: int, *pieces: bytes, waits: bool = False) -> None:
        received = b""
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            for piece in pieces:
                # A server that has answered already may have stopped to read.
                connection.sendall(piece)
            if not waits:
                connection.shutdown(socket.SHUT_WR)
            while chunk := connection.recv(65536):
                received += chunk
        head, _, self.body = received.partition(b"\r\n\r\n")
        status, *fields = head.split(b"\r\n")
        self.status = int(status.split(b" ")[1])
        self.fields = [(name.lower(), value.strip()) for name, _, value in (field.partition(b":") for field in fields)]
        self.headers = dict(self.fields)

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def sent_as(length: bytes, body: bytes = b"", media_type: bytes = JSON) -> bytes:
    return BOOKS + media_type + b"Content-Length: " + length + b"\r\n\r\n" + body


def book(port: int, body: bytes, media_type: bytes = JSON) -> Answer:
    return Answer(port, sent_as(b"%d" % len(body), body, media_type))


# Bodies: too large, too deep, not what they say.


def test_200_mib_are_refused_before_any_of_them_is_read(port: int) -> None:
    answer = Answer(port, sent_as(b"%d" % (200 * MIB)), waits=True)
    assert answer.status == 413
    assert answer.headers[b"connection"] == b"close"
    assert answer.json["too-large"]["code"] == 413


def test_200_mib_in_chunks_are_refused_after_the_first(port: int) -> None:
    chunks = [b"10000\r\n" + b"x" * 65536 + b"\r\n"] * 24
    answer = Answer(port, BOOKS + JSON + b"Transfer-Encoding: chunked\r\n\r\n", *chunks, waits=True)
    assert answer.status == 413
    assert answer.headers[b"connection"] == b"close"


@pytest.mark.parametrize(
    "body",
    [
        b"[" * 100_000,
        b"[" * 100_000 + b"]" * 100_000,
        b'{"title":' * 100_000,
        b'{"title": "x", "pages": ' + b"9" * 5000 + b"}",
        b'{"title": "\xff\xfe"}',
        b'{"title": "x", "pages": NaN}',
        b'{"title": "\\ud800"}',
        b'{"title": "x", "title": "y"}',
        b"",
        b"[]",
    ],
    ids=[
        "100,000 deep",
        "100,000 deep and closed",
        "100,000 objects",
        "5,000 digits",
        "not UTF-8",
        "NaN",
        "half a surrogate",
        "a key twice",
        "nothing",
        "a list",
    ],
)
def test_a_body_that_is_no_proper_json_is_a_400_in_the_style_of_the_contract(port: int, body: bytes) -> None:
    answer = book(port, body)
    assert answer.status == 400
    assert answer.headers[b"content-type"] == b"application/json"
    assert answer.json["badRequest"]["message"]


@pytest.mark.parametrize("media_type", [b"", b"Content-Type: text/plain\r\n", FORM, b"Content-Type: ?\r\n"])
def test_a_wrong_media_type_is_a_415(port: int, media_type: bytes) -> None:
    assert book(port, b'{"title": "x"}', media_type).status == (201 if not media_type else 415)


# Header fields: too many, too long, and values that would like to be some.


@pytest.mark.parametrize(
    "field",
    [b"X-Long: " + b"y" * 100_000 + b"\r\n", b"X: y\r\n" * 10_000, b"X-" + b"n" * 60_000 + b": 1\r\n"],
    ids=["100 KB", "10,000", "a name of 60 KB"],
)
@pytest.mark.parametrize("ending", [b"\r\n", b""], ids=["whole", "without end"])
def test_header_fields_beyond_the_limits_are_a_431(port: int, field: bytes, ending: bytes) -> None:
    if not ending:
        field = field * (1_000_000 // len(field))
        field = field[: field.rindex(b"\r\n") if b"\r\n" in field[:-2] else -2]
    asked = b"GET /shelves HTTP/1.1\r\n" + ADA + field + ending
    answer = Answer(port, *(asked[at : at + 30_000] for at in range(0, len(asked), 30_000)), waits=not ending)
    assert answer.status == 431


@pytest.mark.parametrize("ending", [b" HTTP/1.1\r\n" + ADA + b"\r\n", b""], ids=["whole", "without end"])
def test_a_url_of_100_kb_is_a_414(port: int, ending: bytes) -> None:
    asked = b"GET /shelves?room=" + b"x" * (100_000 if ending else 1_000_000) + ending
    answer = Answer(port, *(asked[at : at + 30_000] for at in range(0, len(asked), 30_000)), waits=not ending)
    assert answer.status == 414
    assert answer.json["status"] == 414


@pytest.mark.parametrize(
    "asked",
    [
        b"GET /shelves?room=%0D%0AX-Evil:%20yes%0D%0A%0D%0A&per_page=1 HTTP/1.1\r\n" + ADA + b"\r\n",
        b"GET /shelves HTTP/1.1\r\n" + ADA + b"X-Request-Id: a%0D%0AX-Evil: yes\r\n\r\n",
        b"GET /shelves/%0D%0AX-Evil:%20yes HTTP/1.1\r\n" + ADA + b"\r\n",
        b"OPTIONS /shelves HTTP/1.1\r\n" + ADA + b"Origin: x\r\nAccess-Control-Request-Method: PUT\r\n"
        b"Access-Control-Request-Headers: a%0D%0AX-Evil: yes\r\n\r\n",
        b"POST /shelves HTTP/1.1\r\n" + ADA + FORM + b"Content-Length: 44\r\n\r\n"
        b"shelf[name]=x%0D%0AX-Evil:%20yes%0D%0A%0D%0Aa",
    ],
    ids=["a link", "the id", "the path", "a preflight", "a location"],
)
def test_no_value_becomes_a_header_field(port: int, asked: bytes) -> None:
    answer = Answer(port, asked)
    assert answer.status in {200, 201, 204, 400}
    assert b"x-evil" not in answer.headers
    assert not answer.body.startswith(b"X-Evil")


@pytest.mark.parametrize("host", [b"a\rb", b"a\nX-Evil: yes", b"a b", b"a\tb", b"a/b", b"\xe9", b"a\x00"])
def test_a_host_that_would_break_a_link_is_a_400(port: int, host: bytes) -> None:
    asked = b"POST /shelves HTTP/1.1\r\nHost: " + host + b"\r\nAuthorization: lib-token\r\n" + FORM
    answer = Answer(port, asked + b"Content-Length: 13\r\n\r\nshelf[name]=x")
    assert answer.status == 400
    assert b"x-evil" not in answer.headers


# Requests that are none.


@pytest.mark.parametrize(
    "asked",
    [
        b"POST /shelves HTTP/1.1\r\n" + ADA + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"POST /shelves HTTP/1.1\r\n" + ADA + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n",
        b"POST /shelves HTTP/1.1\r\n" + ADA + b"Content-Length: 5\r\nContent-Length: 6\r\n\r\nabcde",
        b"POST /shelves HTTP/1.1\r\n" + ADA + b"Content-Length: 5, 5\r\n\r\nabcde",
        b"POST /shelves HTTP/1.1\r\n" + ADA + b"Transfer-Encoding: gzip\r\n\r\nabc",
        b"POST /shelves HTTP/1.1\r\n" + ADA + b"Transfer-Encoding: chunked\r\n\r\n-1\r\n",
        b"POST /shelves HTTP/1.1\r\n" + ADA + b"Transfer-Encoding: chunked\r\n\r\n5\r\nabcdefgh\r\n0\r\n\r\n",
        b"GET /shelves HTTP/1.1\r\nAuthorization: Bearer lib-token\r\n\r\n",
        b"GET /shelves HTTP/1.1\r\n" + ADA + b"Host : b\r\n\r\n",
        b"GET /shelves HTTP/1.1\r\n" + ADA + b"no colon\r\n\r\n",
        b"GET /shelves HTTP/1.1\r\n" + ADA + b"X: a\x01b\r\n\r\n",
        b"GET /shelves HTTP/1.1\nHost: a\n\n",
        b"GET /shelves\r\n\r\n",
        b"GET shelves HTTP/1.1\r\n" + ADA + b"\r\n",
        b"GET /\xe9 HTTP/1.1\r\n" + ADA + b"\r\n",
        b"GET http://a:99999999/ HTTP/1.1\r\n" + ADA + b"\r\n",
        b"CONNECT evil.example:443x HTTP/1.1\r\n" + ADA + b"\r\n",
        b"GET  HTTP/1.1\r\n\r\n",
        b"\x00\x01\x02\x03\xff\xfe\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
        b'{"title": "x"}\r\n\r\n',
        b"A" * 65 + b" / HTTP/1.1\r\n" + ADA + b"\r\n",
    ],
)
def test_what_is_no_request_is_a_400(port: int, asked: bytes) -> None:
    answer = Answer(port, asked)
    assert answer.status == 400
    assert answer.json
    assert answer.headers[b"content-length"] == b"%d" % len(answer.body)


def test_a_good_request_before_a_bad_one_is_answered_first(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(FINE + b"garbage\r\n\r\n")
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
    assert received.startswith(b"HTTP/1.1 200 OK\r\n")
    assert received.count(b"HTTP/1.1 400 Bad Request\r\n") == 1


@pytest.mark.parametrize("method", [b"TRACE", b"PROPFIND", b"FOO", b"get", b"QUERY", b"G-E_T!"])
def test_a_method_that_is_not_offered_is_a_405_that_tells_which_are(port: int, method: bytes) -> None:
    answer = Answer(port, method + b" /shelves HTTP/1.1\r\n" + ADA + b"\r\n")
    assert answer.status == 405
    assert answer.headers[b"allow"] == b"GET, HEAD, OPTIONS, POST"
    assert answer.json["status"] == 405


def test_an_unknown_method_leaves_the_connection_in_order(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        for asked, status in ((b"FOO" + FINE[3:], b"405"), (FINE, b"200"), (b"BAR" + FINE[3:], b"405")):
            connection.sendall(asked)
            assert connection.recv(65536).split(b" ")[1] == status


@pytest.mark.parametrize("path", [b"/shelves", b"/hours", b"/nope", b"/__mock/health"])
def test_head_is_get_without_a_body(port: int, path: bytes) -> None:
    get = Answer(port, b"GET " + path + b" HTTP/1.1\r\n" + ADA + b"Connection: close\r\n\r\n")
    head = Answer(port, b"HEAD " + path + b" HTTP/1.1\r\n" + ADA + b"Connection: close\r\n\r\n")
    assert head.body == b""
    ever_new = {b"date", b"x-request-id"}
    assert [each for each in head.fields if each[0] not in ever_new] == [
        each for each in get.fields if each[0] not in ever_new
    ]


@pytest.mark.parametrize("path", [b"/shelves", b"*"])
def test_options_tells_what_is_offered(port: int, path: bytes) -> None:
    answer = Answer(port, b"OPTIONS " + path + b" HTTP/1.1\r\n" + ADA + b"\r\n")
    assert (answer.status, answer.body) == (204, b"")
    assert {b"GET", b"HEAD", b"OPTIONS", b"POST"} <= set(answer.headers[b"allow"].split(b", "))
