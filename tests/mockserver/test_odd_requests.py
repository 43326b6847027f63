"""A corpus of odd and hostile requests: each gets the answer that the table says, and none gets a 500."""

# A table is read across, and its rows are as long as they are.
# ruff: noqa: E501, ISC004

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest

from mockserver.app import create_app
from mockserver.server import running
from spec.contract import Contract
from spec.fixtures import Fixtures

ADA = {"authorization": "Bearer lib-token"}
JSON = "application/json"
FORM = "application/x-www-form-urlencoded"
BOOKS = "/shelves/1/books"
COVER = "/shelves/1/books/b-1/cover"


@dataclass(frozen=True)
class Odd:
    status: int
    method: str
    url: str
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=lambda: dict(ADA))

    def __str__(self) -> str:
        text = f"{self.status} {self.method} {self.url} {self.body[:24]!r} {list(self.headers.items())[-1:]}"
        return text[:150].encode("ascii", "backslashreplace").decode()


def paths() -> Iterator[Odd]:
    not_integers = [
        ".", "..", "+", "-", "%20", "+1", "-0x1", "1.0", "1e3", "01", "0x1", "1_0", "%D9%A3", "nan", "inf", "null", "true",
        "1%00", "%00", "1%0A", "1%0D%0AX-A:b", "%E2%82%AC", "1%2F2", "9" * 5000, "'%20OR%201=1", "%253Cscript%253E", "[]",
        "{}", "{shelf_id}", "1;a=b", "1,2", "*", "~", "$", "%zz", "%", "%C3%A9", "1%20", "()", "@",
    ]  # fmt: skip
    yield from (Odd(400, "GET", f"/shelves/{text}") for text in not_integers)
    yield from (Odd(400, "GET", f"/shelves/{text}") for text in ("%FF", "%C3%28", "%ED%A0%80", "%80abc"))
    yield from (Odd(400, "GET", f"/shelves/{number}") for number in ("0", "-1", "-0"))
    yield from (Odd(404, "GET", f"/shelves/{number}") for number in ("99", "2147483648", "9" * 19, "9" * 200))
    yield from (
        Odd(404, "GET", f"{BOOKS}/{text}")
        for text in (
            "x",
            "%00",
            "%0A",
            "..",
            "%2e%2e",
            "a%2Fb",
            "%2F",
            "b-1%20",
            "LENT",
            "%F0%9F%98%80",
            "b-1;x",
            "null",
        )
    )
    yield from (Odd(400, "GET", f"{BOOKS}/{text}") for text in ("x" * 41, "%FF", "%E2%82%AC" * 41))
    yield from (
        Odd(404, "GET", url)
        for url in (
            "/", "//", "/shelves/", "//shelves", "/shelves//", "/shelves//books", "/shelves/1/", f"{BOOKS}/", "/SHELVES",
            "/shelves/1/books/b-1/cover/", "/nope", "/nope/%00", "/__mock", "/openapi", "/openapi.yml",
            "/shelves/1/books/b-1/x/y/z", "/." * 50, "/shelves%2F1", "/favicon.ico", "/ui/%2e%2e/%2e%2e/etc/passwd",
            "/swagger.json", "/docs", "/shelves/1/../1", "/x" * 400,
        )
    )  # fmt: skip
    yield Odd(200, "GET", "/shelve%73")
    yield Odd(200, "GET", "/shelves/%31")
    yield Odd(414, "GET", "/" + "x" * 9000)
    yield Odd(414, "GET", "/shelves?room=" + "x" * 9000)


def methods() -> Iterator[Odd]:
    yield from (
        Odd(405, method, "/shelves")
        for method in ("PUT", "PATCH", "DELETE", "TRACE", "CONNECT", "FOO", "get", "PROPFIND", "G-E_T", "A" * 30)
    )
    yield from (Odd(405, method, "/hours") for method in ("POST", "DELETE", "PUT", "QUERY"))
    yield from (Odd(405, method, f"{BOOKS}/lent") for method in ("PUT", "DELETE", "PATCH"))
    yield from (Odd(404, method, "/nope") for method in ("POST", "TRACE", "FOO", "OPTIONS", "HEAD"))
    yield from (Odd(204, "OPTIONS", url) for url in ("/shelves", "/shelves/1", "*", "/hours", BOOKS, "/openapi.json"))
    yield Odd(400, "OPTIONS", "/shelves/%FF")
    yield from (Odd(200, "HEAD", url) for url in ("/shelves", "/shelves/1", "/hours", "/__mock/health", BOOKS))
    yield from (Odd(404, "POST", url, headers=ADA) for url in ("/__mock/health", "/openapi.json"))


def queries() -> Iterator[Odd]:
    wrong = [
        "page=", "page=x", "page=0", "page=-1", "page=1.5", "page=1e3", "page=+1", "page=01", "page=1_0", "page=%D9%A3",
        "page=null", "page=true", "page=" + "9" * 5000, "page=1&page=2", "page=%00", "page=1%0A", "page=[1]", "page={}",
        "page=0x10", "page=Infinity", "per_page=0", "per_page=101", "per_page=-5", "per_page=ten", "since=x", "since=",
        "since=2026-01-01", "since=2026-13-01T00:00:00Z", "since=2026-01-01T25:00:00Z", "since=2026-01-01%2000:00:00",
        "since=1767225600", "since=2026-01-01T00:00:00", "full=True", "full=yes", "full=1", "full=TRUE", "full=0",
        "load=nan", "load=inf", "load=1e999", "load=2", "load=-0.1", "load=1_0", "load=.", "load=+", "load=-", "load=",
        "load=.5", "load=5.", "mark=some", "mark=1.5", "mark=", "mark=null", "floors=a", "floors=1,,2", "floors=1,1",
        "floors=1,2,", "floors=1&floors=2", "floors=1%2C2", "floors=" + ",".join(["1"] * 900), "box[width]=x",
        "box[width]=1.5", "box[width]=", "room=1&room=2&room=3&room=4&room=5&room=6",
    ]  # fmt: skip
    yield from (Odd(400, "GET", f"/shelves?{query}") for query in wrong)
    malformed = ["page=%FF", "room=%C3%28", "%FF=1", "x=%80", "&".join(["a=1"] * 1200)]
    yield from (Odd(400, "GET", f"/shelves?{query}") for query in malformed)
    right = [
        "", "&", "&&&", "=", "=1", "x", "x=", "?", "??page=1", "unknown=1", "unknown[a][b]=1", "box[a][b]=1",
        "box[b][c][d]=1", "box[]=1", "box[=1", "box]=1", "box=1", "page=1&x=1&x=2", "page=2", "mark=5", "mark=all",
        "full=", "full=null", "full=true", "load=1e-1", "load=0", "load=1", "since=2026-01-01T00:00:00%2B02:00",
        "since=2026-01-01T00:00:00.123456Z", "room=", "room=%00", "room=a,b", "room=%2C", "floors=", "floors=1,2",
        "floors=-1", "x=" + "y" * 4000, ";page=x", "page=1;per_page=x"[:6], "%5B%5D=1", "a=%zz", "constructor=1",
        "__proto__[x]=1", "x=<script>", "x=%0D%0AX-A:%20b", "page=1#x"[:6], "pa%67e=1", "box%5Bwidth%5D=3",
    ]  # fmt: skip
    yield from (Odd(200, "GET", f"/shelves?{query}") for query in dict.fromkeys(right))


def headers() -> Iterator[Odd]:
    wrong = [
        ("x-depth", "x"), ("x-depth", ""), ("x-depth", "10"), ("x-depth", "-1"), ("x-depth", "1.0"), ("x-depth", "0x1"),
        ("x-trace-id", "x"), ("x-trace-id", ""), ("x-trace-id", "123e4567e89b12d3a456426614174000x"), ("x-tags", "A"),
        ("x-tags", "a,,b"), ("x-tags", "a;b"), ("x-tags", "é"), ("cookie", "theme=pink"), ("cookie", "theme="),
        ("cookie", "visits=x"), ("cookie", "visits=1; visits=2"), ("cookie", "theme=light; visits=1.5"),
    ]  # fmt: skip
    yield from (Odd(400, "GET", "/shelves", headers=ADA | {name: value}) for name, value in wrong)
    right = [
        ("x-depth", "5"), ("x-depth", " 5 "[1:2]), ("x-trace-id", "123e4567-e89b-12d3-a456-426614174000"), ("x-tags", "a, b"),
        ("cookie", ""), ("cookie", ";;;"), ("cookie", "="), ("cookie", "theme"), ("cookie", "theme=dark; x=é"),
        ("accept", "text/html, */*;q=0.1"), ("accept", ""), ("accept", ",,,;q=x"), ("accept-encoding", "bogus"), ("range", "bytes=0-"),
        ("if-none-match", '"'), ("if-modified-since", "never"), ("expect", "nothing"), ("x-forwarded-host", "evil.example"),
        ("x-http-method-override", "DELETE"), ("content-type", "xxx"), ("content-type", "application"), ("origin", "null"),
        ("content-type", "a/b/c"), ("content-type", ""), ("content-type", "application/json; charset=nope"), ("te", "x"),
        ("content-length", "0"), ("x-empty", ""), ("x-long", "y" * 8000), ("upgrade", "h2c"),
    ]  # fmt: skip
    yield from (Odd(200, "GET", "/shelves", headers=ADA | {name: value}) for name, value in right)
    yield from (
        Odd(400, "GET", "/shelves", headers=ADA | {"host": host}) for host in ("", "a b", "a/b", "<x>", "a,b", "a\r\nb")
    )
    yield from (Odd(406, "GET", "/shelves", headers=ADA | {"accept": value}) for value in ("text/html", "*/*;q=0"))
    yield Odd(431, "GET", "/shelves", headers=ADA | {f"x-{number}": "1" for number in range(200)})
    yield Odd(431, "GET", "/shelves", headers=ADA | {"x-long": "y" * 100_000})


def preferences() -> Iterator[Odd]:
    yield from (
        Odd(200, "GET", "/shelves", headers=ADA | {"prefer": value})
        for value in ("", ",", "respond-async", "wait=10", "return=minimal", "handling=lenient")
    )
    yield Odd(500, "GET", "/shelves", headers=ADA | {"prefer": "code=500"})
    yield from (
        Odd(400, "GET", "/shelves", headers=ADA | {"prefer": value})
        for value in ("code=x", "code=", "code=99", "seed=x")
    )


def admin() -> Iterator[Odd]:
    # The admin interface is nowhere but at the address that the mock is bound to.
    yield from (Odd(421, "GET", url) for url in ("/__mock/nope", "/__mock/state"))
    here = {"host": "127.0.0.1"}
    yield from (Odd(404, "GET", url, headers=here) for url in ("/__mock/nope", "/__mock/state/nope"))


def credentials() -> Iterator[Odd]:
    values = [
        "", " ", "Bearer", "Bearer ", "bearer  ", "Basic dXNlcjpwYXNz", "Bearer wrong", "wrong", "Bearer lib-token x",
        "Bearer lib-token,Bearer lib-token", "lib-token\x00", "Digest username=x", "Bearer é", "Bearer " + "x" * 9000,
        "Token lib-token", "Bearer cover-token", "read-token", "LIB-TOKEN", '"lib-token"', "Bearer\x00lib-token",
    ]  # fmt: skip
    yield from (Odd(401, "GET", "/shelves", headers={"authorization": value}) for value in values)
    yield Odd(401, "GET", "/shelves", headers={"x-cover-key": "lib-token"})
    yield Odd(401, "GET", COVER, headers={"x-cover-key": "Bearer cover-token"})
    yield Odd(200, "GET", "/hours", headers={"authorization": "whatever"})
    yield Odd(401, "POST", "/shelves", b"\xff", headers={"content-type": JSON})
    yield from (
        Odd(200, "GET", "/shelves", headers={"authorization": value})
        for value in ("lib-token", "bearer lib-token", "BEARER lib-token", "Bearer    lib-token", " lib-token ")
    )


def json_bodies() -> Iterator[Odd]:
    sent = ADA | {"content-type": JSON}
    wrong = [
        b"", b" ", b"{", b"}", b"[]", b"null", b"1", b'"x"', b"true", b"{}", b"nul", b"\x00", b"\xff\xfe{}", b"\xef\xbb\xbf{}",
        b"{'title': 1}", b'{"title": 1}', b'{"title": null}', b'{"title": ""}', b'{"title": "x",}', b'{"title": "x"} x',
        b'{"title": "x", "title": "y"}', b'{"title": "\\ud800"}', b'{"\\ud800": 1, "title": "x"}', b'{"title": "\xff"}',
        b'{"title": "\x01"}', b'{"title": "x", "pages": NaN}', b'{"title": "x", "pages": Infinity}',
        b'{"title": "x", "pages": 1e400}', b'{"title": "x", "pages": 0}', b'{"title": "x", "pages": 1.5}',
        b'{"title": "x", "pages": "1"}', b'{"title": "x", "pages": true}', b'{"title": "x", "pages": 2147483648}',
        b'{"title": "x", "pages": ' + b"9" * 5000 + b"}", b'{"title": "x", "price": 0}', b'{"title": "x", "price": 0.001}',
        b'{"title": "x", "price": -1}', b'{"title": "x", "language": "xx"}', b'{"title": "x", "released": "x"}',
        b'{"title": "x", "released": "2026-02-30"}', b'{"title": "x", "author": []}', b'{"title": "x", "author": {}}',
        b'{"title": "x", "author": {"name": ""}}', b'{"title": "x", "author": {"name": "n", "mail": "m"}}',
        b'{"title": "x", "chapters": {}}', b'{"title": "x", "chapters": [1]}', b'{"title": "x", "chapters": [{}]}',
        b'{"title": "x", "chapters": [{"title": "a", "chapters": [{"title": 1}]}]}', b'{"title": "x", "extra": 1}',
        b'{"title": "x", "__proto__": {}}', b'{"title": "x", "id": "chosen"}', b'{"title": "' + b"x" * 201 + b'"}',
        b'{"title": "x", "author": null, "author": null}', b"[" * 900, b"[" * 100_000, b'{"a":' * 900 + b"1" + b"}" * 900,
        b"[" * 5000 + b"]" * 5000, b'{"title": "' + b"x" * 900_000 + b'"}', b"9" * 5000, b'{"a": [' + b"1," * 9000 + b"1]}",
        FORM.encode(), b"<xml/>", b"title=x", b"--B\r\n\r\n--B--",
    ]  # fmt: skip
    yield from (Odd(400, "POST", BOOKS, body, sent) for body in wrong)
    deep = b'{"title": "x", "chapters": [' + b'{"title": "c", "chapters": [' * 40 + b"]}" * 40 + b"]}"
    right = [
        b'{"title": "x"}', b' \n{"title": "x"}\t', b'{"title": "\\ud83d\\ude00"}', '{"title": "é€😀"}'.encode(),
        b'{"title": "\\u0000"}', b'{"title": "x", "pages": 1.0}', b'{"title": "x", "price": 0.29}', deep,
        b'{"title": "x", "author": null, "pages": null}', b'{"title": "<script>alert(1)</script>"}', b'{"title": "\\r\\nX: y"}',
    ]  # fmt: skip
    yield from (Odd(201, "POST", BOOKS, body, sent) for body in right)
    yield Odd(413, "POST", BOOKS, b'{"title": "' + b"x" * 1_100_000 + b'"}', sent)
    yield Odd(404, "POST", "/shelves/99/books", b'{"title": "x"}', sent)
    yield Odd(200, "PATCH", f"{BOOKS}/b-1")
    yield Odd(400, "PATCH", f"{BOOKS}/b-1", b'{"pages": "x"}', sent)
    yield Odd(404, "PUT", f"{BOOKS}/none", b'{"title": "x"}', sent)


def media_types() -> Iterator[Odd]:
    body = b'{"title": "x"}'
    refused = [
        "application", "a/b/c", "xxx", "/", "text/plain", "application/xml", FORM, "multipart/form-data", "application/jsonx",
        "application/json; charset=nope", "application/json;charset=latin-1", "application/json;charset=utf-16", "*/*",
        "application/*", "application/problem+json", "application/json, text/plain", "text/json", "application /json",
        "application/json; charset", "é/json", '"application/json"', "application/json;charset=\x00",
    ]  # fmt: skip
    yield from (Odd(415, "POST", BOOKS, body, ADA | {"content-type": name}) for name in refused)
    accepted = [
        JSON, "APPLICATION/JSON", "Application/Json ; Charset=UTF-8", "application/json;charset=utf8", "application/json;",
        "application/json; x=y", "application/json; charset=us-ascii",
    ]  # fmt: skip
    yield from (Odd(201, "POST", BOOKS, body, ADA | {"content-type": name}) for name in accepted)
    yield from (Odd(400, "POST", BOOKS, b'{"zzz": 1}', ADA | {"content-type": name}) for name in accepted)
    yield Odd(201, "POST", BOOKS, body, ADA)
    yield Odd(200, "GET", "/shelves", b"a body on a GET", ADA | {"content-type": "text/plain"})
    yield Odd(415, "GET", "/shelves", b"a body on a GET", ADA | {"content-type": "xxx"})
    yield Odd(200, "POST", f"{BOOKS}/b-1/renew", b"\xff\xff", ADA | {"content-type": "application/octet-stream"})


def forms() -> Iterator[Odd]:
    sent = ADA | {"content-type": FORM}
    wrong = [
        b"", b"&", b"=", b"shelf", b"shelf[name]", b"shelf[name]=", b"name=x", b"shelf=x", b"shelf[]=x", b"shelf[name=x",
        b"shelf[name]=x&shelf[name]=y", b"shelf%255Bname%255D=x", b"shelf[name][x]=y", b"SHELF[NAME]=x", b"\xff=1",
        b"shelf[name]=\xff", b"shelf[name]=%FF", b"shelf[name]=%C3%28", b"shelf[name]=" + b"x" * 81,
        b"shelf[name]=x&shelf[room]=a1", b"shelf[name]=x&shelf[room]=", b"shelf[name]=x&shelf[capacity]=",
        b"shelf[name]=x&shelf[capacity]=0", b"shelf[name]=x&shelf[capacity]=1.0", b"shelf[name]=x&shelf[capacity]=1_0",
        b"shelf[name]=x&shelf[capacity]=%D9%A3", b"shelf[name]=x&shelf[capacity]=" + b"9" * 5000,
        b"shelf[name]=x&shelf[keeper]=nobody", b"shelf[name]=x&shelf[subjects]=a&shelf[subjects]=b&shelf[subjects]=c"
        b"&shelf[subjects]=d", b"&".join([b"a=1"] * 1200), b'{"shelf[name]": "x"}', b"shelf.name=x", b"[name]=x",
    ]  # fmt: skip
    yield from (Odd(400, "POST", "/shelves", body, sent) for body in wrong)
    right = [
        b"shelf[name]=x", b"shelf%5Bname%5D=x", b"shelf%5bname%5d=x", b"&&shelf[name]=x&&", b"shelf[name]=A+B%20C",
        b"shelf[name]=%E2%82%AC", b"shelf[name]=%00", b"shelf[name]=a=b=c", b"shelf[name]=x;y", b"shelf[name]=%zz",
        b"shelf[name]=x&other[name]=y", b"shelf[name]=x&name=y", b"shelf[name]=x&unknown=1", b"shelf[name]=x&shelf[a][b]=1",
        b"shelf[name]=x&shelf" + b"[a]" * 2000 + b"=1", b"shelf[name]=%0D%0AX-A:%20b", b"shelf[name]=x&shelf[room]=A1",
        b"shelf[name]=x&shelf[subjects]=a&shelf[subjects]=b", b"shelf[name]=x&shelf[subjects]=a", b"sh%65lf[name]=x",
    ]  # fmt: skip
    yield from (Odd(201, "POST", "/shelves", body, sent) for body in right)
    yield Odd(200, "PUT", "/shelves/1", b"", ADA)
    yield Odd(200, "PUT", "/shelves/1", b"", sent)


def uploads() -> Iterator[Odd]:
    sent = ADA | {"content-type": "multipart/form-data; boundary=B"}
    picture = b'--B\r\nContent-Disposition: form-data; name="picture"; filename="a"\r\n\r\n\xff\xd8\r\n'

    def text(name: bytes, value: bytes) -> bytes:
        return b'--B\r\nContent-Disposition: form-data; name="' + name + b'"\r\n\r\n' + value + b"\r\n"

    wrong = [
        b"", b"garbage", b"--B", b"--B--", b"--B\r\n--B--", picture, picture[:40], b"--C\r\n\r\n--C--", text(b"width", b"1") + b"--B--",
        b"--B\r\nContent-Disposition: form-data\r\n\r\nx\r\n--B--", b"--B\r\nContent-Disposition: form-data; name\r\n\r\nx\r\n--B--",
        b"--B\r\nno colon here\r\n\r\nx\r\n--B--", b"--B\r\n\r\nx\r\n--B--", b"--B\r\n: x\r\n\r\nx\r\n--B--",
        picture + text(b"width", b"x") + b"--B--", picture + text(b"width", b"") + b"--B--", picture + text(b"meta", b"{") + b"--B--",
        picture + text(b"meta", b"{}") + b"--B--", picture + text(b"meta", b"[" * 900) + b"--B--",
        picture + text(b"caption", b"x" * 41) + b"--B--", picture + text(b"caption", b"\xff") + b"--B--", picture + picture + b"--B--",
        text(b"a", b"1") * 1200 + b"--B--", picture + text(b"\xff", b"1") + b"--B--", picture + b"--B-", b"\x00" * 500,
    ]  # fmt: skip
    yield from (Odd(400, "POST", COVER, body, sent) for body in wrong)
    whole = picture + b"--B--"
    right = [
        whole, whole + b"\r\n", b"\r\n" + whole, picture + text(b"labels", b"a") + text(b"labels", b"b") + b"--B--",
        picture + text(b"meta", b'{"by": "x"}') + b"--B--", picture + text(b"unknown", b"x") + b"--B--",
        picture.replace(b'"a"', b'"../../etc/passwd"') + b"--B--", picture.replace(b'"a"', b'""') + b"--B--",
    ]  # fmt: skip
    yield from (Odd(200, "POST", COVER, body, sent) for body in right)
    for boundary in ("", "; boundary=", '; boundary=""', "; boundary=" + "x" * 300, "; boundary=C"):
        status = 415 if boundary == "; boundary=" else 400
        yield Odd(status, "POST", COVER, whole, ADA | {"content-type": f"multipart/form-data{boundary}"})


CORPUS = [
    odd
    for group in (
        paths,
        methods,
        queries,
        headers,
        preferences,
        admin,
        credentials,
        json_bodies,
        media_types,
        forms,
        uploads,
    )
    for odd in group()
]


@pytest.fixture(scope="module")
def app(shelf: Contract, library: Fixtures) -> Any:
    return create_app(shelf, library)


def test_the_corpus_is_as_wide_as_it_was() -> None:
    assert len(CORPUS) >= 540


@pytest.mark.parametrize("odd", [pytest.param(odd, id=f"{at} {odd}") for at, odd in enumerate(CORPUS)])
def test_an_odd_request_gets_the_answer_of_the_table(app: Any, ask: Any, odd: Odd) -> None:
    answer = ask(app, odd.method, odd.url, headers=odd.headers, body=odd.body)
    assert answer.status == odd.status, answer.body[:500]
    assert all("\r" not in value and "\n" not in value for value in answer.headers.values())
    if answer.status >= 400:
        assert len(answer.body) < 4000
        assert odd.method == "HEAD" or json.loads(answer.body)
    assert answer.headers["x-request-id"]


# The same over a real socket, where the server's own parser comes first.


@pytest.fixture(scope="module")
def port(app: Any) -> Iterator[int]:
    with running(app) as url:
        yield int(url.rpartition(":")[2])


def raw(port: int, data: bytes) -> bytes:
    """Whatever the server sends back before it closes the connection."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        received = b""
        while chunk := connection.recv(65536):
            received += chunk
        return received


HEAD = b"Host: mock.example\r\nAuthorization: Bearer lib-token\r\nConnection: close\r\n"


@pytest.mark.parametrize(
    ("status", "data"),
    [
        (200, b"GET /shelves HTTP/1.1\r\n" + HEAD + b"\r\n"),
        (200, b"HEAD /shelves HTTP/1.1\r\n" + HEAD + b"\r\n"),
        (200, b"GET /shelves HTTP/1.0\r\nAuthorization: lib-token\r\n\r\n"),
        (204, b"OPTIONS * HTTP/1.1\r\n" + HEAD + b"\r\n"),
        (400, b"GET /shelves HTTP/1.1\r\nAuthorization: Bearer lib-token\r\nConnection: close\r\n\r\n"),
        (400, b"garbage\r\n\r\n"),
        (400, b"\x16\x03\x01\x02\x00\x01\x00\r\n\r\n"),
        (400, b"GET /shelves HTTP/9.9\r\n" + HEAD + b"\r\n"),
        (400, b"POST /shelves HTTP/1.1\r\n" + HEAD + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        (400, b"POST /shelves HTTP/1.1\r\n" + HEAD + b"Content-Length: x\r\n\r\n"),
        (400, b"POST /shelves HTTP/1.1\r\n" + HEAD + b"Content-Length: -1\r\n\r\n"),
        (400, b"POST /shelves HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"),
        (400, b"GET /shelves HTTP/1.1\r\nX-A: b\r\n c: d\x00\r\n" + HEAD + b"\r\n"),
        (404, b"GET //evil.example/ HTTP/1.1\r\n" + HEAD + b"\r\n"),
        (413, b"POST /shelves HTTP/1.1\r\n" + HEAD + b"Content-Length: 209715200\r\n\r\n"),
        (
            201,
            b"POST /shelves HTTP/1.1\r\n" + HEAD + b"Content-Type: application/x-www-form-urlencoded\r\n"
            b"Transfer-Encoding: chunked\r\n\r\n6\r\nshelf[\r\n7\r\nname]=x\r\n0\r\n\r\n",
        ),
        (
            413,
            b"POST /shelves HTTP/1.1\r\n" + HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
            + (b"10000\r\n" + b"x" * 65536 + b"\r\n") * 17 + b"0\r\n\r\n",
        ),
        (414, b"GET /" + b"x" * 20_000 + b" HTTP/1.1\r\n" + HEAD + b"\r\n"),
        (431, b"GET /shelves HTTP/1.1\r\n" + HEAD + b"X-Long: " + b"y" * 40_000 + b"\r\n\r\n"),
        (431, b"GET /shelves HTTP/1.1\r\n" + HEAD + b"X: y\r\n" * 300 + b"\r\n"),
        (405, b"FOO /shelves HTTP/1.1\r\n" + HEAD + b"\r\n"),
        (405, b"PROPFIND /shelves HTTP/1.1\r\n" + HEAD + b"\r\n"),
        (405, b"TRACE /shelves HTTP/1.1\r\n" + HEAD + b"\r\n"),
        (403, b"GET /shelves HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
              b"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"),
    ],
    ids=lambda value: repr(value[:60]) + f"…{len(value)}" if isinstance(value, bytes) else str(value),
)  # fmt: skip
def test_odd_bytes_on_a_socket_get_an_answer(port: int, status: int, data: bytes) -> None:
    answer = raw(port, data)
    assert answer.split(b"\r\n", 1)[0].split(b" ")[1:2] == [str(status).encode()], answer[:300]


def test_the_server_is_well_after_all_this(port: int) -> None:
    answer = raw(port, b"GET /__mock/health HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b'"status": "ok"' in answer
