from __future__ import annotations

import asyncio
import gzip
import json
import re
from typing import Any

import pytest

from mockserver.connection.limits import Limits
from mockserver.engine import Engine
from mockserver.exchange import Answer
from mockserver.guard import Guard
from mockserver.mock import Mock
from mockserver.passage import Passage
from mockserver.rendering import Renderer
from mockserver.routing import Routes
from mockserver.sheet import make_sheets
from mockserver.state.registry import Bounds, Registry
from mockserver.state.workspace import Workspace, World
from spec.contract import Contract
from spec.fixtures import Fixtures

LIMITS = Limits(body=1000, url=500, headers=2000, header_count=20)


def tell(passage: Passage) -> Answer:
    """Answers with what the guard let through."""
    seen = {
        "body": passage.body.decode("latin-1"),
        "media_type": passage.media_type,
        "options": dict(passage.options),
        "base": passage.address.base,
        "path": passage.path,
        "query": passage.address.query,
        "workspace": passage.workspace.name if passage.workspace else None,
        "cookie": passage.headers.get("cookie"),
        "accept": passage.headers.get("accept"),
    }
    return Answer(200, json.dumps(seen).encode(), "application/json", (("X-Inner", "yes"),))


@pytest.fixture
def guard(shelf: Contract, library: Fixtures) -> Guard:
    world = World(shelf, library)
    engine = Engine(
        world,
        library,
        routes=Routes(shelf),
        renderer=Renderer(shelf),
        perform=tell,
        sheets=make_sheets(shelf),
    )
    registry = Registry(lambda name: Workspace(world, name=name), Bounds(number=3))
    return Guard(Mock(lambda *_: engine, engine, registry), limits=LIMITS)


def test_a_body_in_pieces_arrives_whole(guard: Guard, ask: Any) -> None:
    answer = ask(guard, "POST", "/shelves", body=[b"shelf[", b"", b"name]=x"])
    assert answer.json["body"] == "shelf[name]=x"


def test_a_body_that_announces_too_much_is_not_read(guard: Guard, ask: Any) -> None:
    answer = ask(guard, "POST", "/shelves", headers={"content-length": "1001"}, body=[b"never read"])
    assert answer.status == 413


def test_a_body_that_turns_out_too_long_is_refused(guard: Guard, ask: Any) -> None:
    assert ask(guard, "POST", "/shelves", body=[b"x" * 600, b"x" * 600]).status == 413
    assert ask(guard, "POST", "/shelves", body=[b"x" * 500, b"x" * 500]).status == 200


@pytest.mark.parametrize("length", ["-1", "1.5", "abc", "", "1, 1", "9" * 20])
def test_a_length_that_is_no_length_is_malformed(guard: Guard, ask: Any, length: str) -> None:
    assert ask(guard, "POST", "/shelves", headers={"content-length": length}).status == 400


def test_two_ways_to_tell_the_length_are_one_too_many(guard: Guard, ask: Any) -> None:
    headers = {"content-length": "1", "transfer-encoding": "chunked"}
    assert ask(guard, "POST", "/shelves", headers=headers, body=b"x").status == 400


def test_a_client_that_leaves_is_not_answered(guard: Guard) -> None:
    sent: list[Any] = []

    async def receive() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": "/shelves",
        "headers": [(b"host", b"a"), (b"content-length", b"3")],
        "http_version": "1.1",
    }
    asyncio.run(guard(scope, receive, send))
    assert sent == []


def test_a_long_url_is_refused_in_the_style_of_its_neighbours(guard: Guard, ask: Any) -> None:
    answer = ask(guard, "GET", "/shelves?room=" + "x" * 500)
    assert (answer.status, answer.json["error"]) == (414, "URI Too Long")


@pytest.mark.parametrize("headers", [[("x", "1")] * 21, [("x", "1" * 2001)]])
def test_too_many_or_too_long_header_fields_are_refused(guard: Guard, ask: Any, headers: Any) -> None:
    assert ask(guard, "GET", "/hours", headers=headers).status == 431


@pytest.mark.parametrize("host", ["a b", "a/b", "<script>", "a:b", "a:123456", "", "[::1", "a@b", "é"])
def test_a_host_that_is_none_is_malformed(guard: Guard, ask: Any, host: str) -> None:
    assert ask(guard, "GET", "/x", headers={"host": host}).status == 400


@pytest.mark.parametrize("host", ["localhost", "mock.example:4010", "127.0.0.1:1", "[::1]:80"])
def test_links_are_written_for_the_host_that_was_asked(guard: Guard, ask: Any, host: str) -> None:
    assert ask(guard, "GET", "/x", headers={"host": host}).json["base"] == f"http://{host}"


def test_the_query_is_told_decoded_and_in_order(guard: Guard, ask: Any) -> None:
    assert ask(guard, "GET", "/x?b=1&a=%20x&b=2&c").json["query"] == [["b", "1"], ["a", " x"], ["b", "2"], ["c", ""]]


def test_a_field_sent_twice_is_one_value(guard: Guard, ask: Any) -> None:
    headers = [("accept", "a/b"), ("accept", "c/d"), ("cookie", "a=1"), ("Cookie", "b=2")]
    seen = ask(guard, "GET", "/x", headers=headers).json
    assert (seen["accept"], seen["cookie"]) == ("a/b, c/d", "a=1; b=2")


@pytest.mark.parametrize(
    ("field", "media_type", "options"),
    [
        ("APPLICATION/JSON", "application/json", {}),
        ("application/json;charset=UTF-8", "application/json", {"charset": "UTF-8"}),
        ('application/json ; Charset="utf-8" ;', "application/json", {"charset": "utf-8"}),
        ('multipart/form-data; boundary="a\\"b"', "multipart/form-data", {"boundary": 'a"b'}),
        ("text/x.y+json;;a=b", "text/x.y+json", {"a": "b"}),
    ],
)
def test_a_media_type_is_brought_to_one_spelling(
    guard: Guard, ask: Any, field: str, media_type: str, options: dict[str, str]
) -> None:
    seen = ask(guard, "POST", "/x", headers={"content-type": field}, body=b"{}").json
    assert (seen["media_type"], seen["options"]) == (media_type, options)


BROKEN = ["application", "a/b/c", "xxx", "/", "a/", "/b", "a b/c", "a/b; c", "a/b; c=", 'a/b; c="', "a/b,c/d", "é/b"]


@pytest.mark.parametrize("field", [*BROKEN, "a/b; charset=nope", "a/b;charset=latin-1", "a/b; charset=rot13"])
def test_a_media_type_that_is_none_matters_only_with_a_body(guard: Guard, ask: Any, field: str) -> None:
    assert ask(guard, "POST", "/x", headers={"content-type": field}, body=b"x").status == 415
    assert ask(guard, "GET", "/x", headers={"content-type": field}).json["media_type"] is None


def test_a_harmless_request_id_is_kept(guard: Guard, ask: Any) -> None:
    assert ask(guard, "GET", "/x", headers={"x-request-id": "abc-1.2_3"}).headers["x-request-id"] == "abc-1.2_3"


@pytest.mark.parametrize("given", ["", "a b", "x" * 129, "<script>", "é"])
def test_any_other_request_id_is_replaced(guard: Guard, ask: Any, given: str) -> None:
    told = ask(guard, "GET", "/x", headers={"x-request-id": given}).headers["x-request-id"]
    assert told != given
    assert re.fullmatch(r"[0-9a-f]{12}-[0-9a-f]+", told)


def test_every_request_has_an_id_of_its_own(guard: Guard, ask: Any) -> None:
    assert len({ask(guard, "GET", "/x").headers["x-request-id"] for _ in range(5)}) == 5


def test_options_tells_what_is_offered(guard: Guard, ask: Any) -> None:
    answer = ask(guard, "OPTIONS", "/shelves")
    assert (answer.status, answer.headers["allow"], answer.body) == (204, "GET, HEAD, OPTIONS, POST", b"")
    assert "content-type" not in answer.headers


def test_options_of_the_whole_server_and_of_our_own_pages_are_told(guard: Guard, ask: Any) -> None:
    assert "DELETE" in ask(guard, "OPTIONS", "*").headers["allow"]
    assert ask(guard, "OPTIONS", "/__mock/health").headers["allow"] == "GET, HEAD, OPTIONS"


def test_options_where_there_is_nothing_is_not_found(guard: Guard, ask: Any) -> None:
    assert ask(guard, "OPTIONS", "/nope").status == 404


def test_a_preflight_is_answered(guard: Guard, ask: Any) -> None:
    headers = {
        "origin": "https://app.example",
        "access-control-request-method": "PUT",
        "access-control-request-headers": "authorization, x-a",
    }
    answer = ask(guard, "OPTIONS", "/shelves/1", headers=headers)
    assert answer.status == 204
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["access-control-allow-headers"] == "authorization, x-a"
    assert "PUT" in answer.headers["access-control-allow-methods"]


@pytest.mark.parametrize(("url", "status"), [("/x", 200), ("/__mock/health", 200), ("/x?a=%FF", 400)])
def test_a_browser_may_read_every_answer(guard: Guard, ask: Any, url: str, status: int) -> None:
    answer = ask(guard, "GET", url, headers={"origin": "https://app.example"})
    assert answer.status == status
    assert answer.headers["access-control-allow-origin"] == "*"
    assert {"Link", "X-Total-Count", "Location", "X-Request-Id"} <= set(
        answer.headers["access-control-expose-headers"].split(", ")
    )


def test_without_an_origin_nothing_is_said_about_origins(guard: Guard, ask: Any) -> None:
    assert "access-control-allow-origin" not in ask(guard, "GET", "/x").headers


def test_health_tells_what_is_served(guard: Guard, ask: Any, shelf: Contract) -> None:
    answer = ask(guard, "GET", "/__mock/health")
    assert answer.json == {
        "status": "ok",
        "contract": {"title": "Shelf", "version": "1.2.0", "digest": shelf.digest},
        "operations": len(shelf.operations),
    }


def test_the_contract_is_served_as_it_was_read(guard: Guard, ask: Any, shelf: Contract) -> None:
    assert ask(guard, "GET", "/openapi.yaml").body == shelf.data
    assert ask(guard, "GET", "/openapi.json").json == shelf.document


def test_a_page_that_the_client_holds_is_not_sent_again(guard: Guard, ask: Any) -> None:
    etag = ask(guard, "GET", "/openapi.json").headers["etag"]
    for known in (etag, f'"other", W/{etag}', "*"):
        again = ask(guard, "GET", "/openapi.json", headers={"if-none-match": known})
        assert (again.status, again.body) == (304, b"")
    assert ask(guard, "GET", "/openapi.json", headers={"if-none-match": '"other"'}).status == 200


def test_head_has_the_headers_of_get_and_no_body(guard: Guard, ask: Any) -> None:
    get, head = ask(guard, "GET", "/openapi.json"), ask(guard, "HEAD", "/openapi.json")
    assert head.headers["content-length"] == get.headers["content-length"] == str(len(get.body))
    assert head.body == b""
    assert ask(guard, "HEAD", "/x?a=%FF").body == b""


def test_no_line_break_reaches_a_header(guard: Guard, ask: Any) -> None:
    headers = {"origin": "x", "access-control-request-method": "PUT", "access-control-request-headers": "a\r\nx: y"}
    assert ask(guard, "OPTIONS", "/shelves", headers=headers).headers["access-control-allow-headers"] == "a??x: y"


def test_the_life_of_the_server_is_acknowledged(guard: Guard) -> None:
    incoming = [{"type": "lifespan.startup"}, {"type": "lifespan.shutdown"}]
    sent: list[Any] = []

    async def receive() -> dict[str, str]:
        return incoming.pop(0)

    async def send(message: Any) -> None:
        sent.append(message["type"])

    asyncio.run(guard({"type": "lifespan"}, receive, send))
    assert sent == ["lifespan.startup.complete", "lifespan.shutdown.complete"]


def test_a_websocket_is_closed(guard: Guard) -> None:
    sent: list[Any] = []

    async def receive() -> dict[str, str]:
        return {"type": "websocket.connect"}

    async def send(message: Any) -> None:
        sent.append(message)

    asyncio.run(guard({"type": "websocket", "path": "/shelves", "headers": []}, receive, send))
    assert sent == [{"type": "websocket.close", "code": 1000}]


def test_a_workspace_is_named_by_a_header_field(guard: Guard, ask: Any) -> None:
    assert ask(guard, "GET", "/x", headers={"X-Mock-Workspace": "mine"}).json["workspace"] == "mine"
    assert ask(guard, "GET", "/x").json["workspace"] == "default"


def test_a_workspace_is_named_by_the_path_and_stays_in_links(guard: Guard, ask: Any) -> None:
    seen = ask(guard, "GET", "/__mock/w/mine/x/y?a=1").json
    assert (seen["workspace"], seen["path"]) == ("mine", "/x/y")
    assert seen["base"] == "http://mock.example/__mock/w/mine"


@pytest.mark.parametrize("name", ["a/b", "..", "a b", "é", "x" * 65, "-a"])
def test_what_is_no_name_of_a_workspace_is_refused(guard: Guard, ask: Any, name: str) -> None:
    answer = ask(guard, "GET", "/shelves", headers={"X-Mock-Workspace": name})
    assert answer.status == 400
    assert b"letters" in answer.body


def test_there_are_only_so_many_workspaces(guard: Guard, ask: Any) -> None:
    statuses = [ask(guard, "GET", "/x", headers={"X-Mock-Workspace": name}).status for name in ("a", "b", "c", "a")]
    assert statuses == [200, 200, 507, 200]


def test_long_texts_are_compressed_for_who_takes_it(guard: Guard, ask: Any) -> None:
    body = b"a" * 900
    plain = ask(guard, "POST", "/x", body=body, headers={"x-pad": "p" * 10, "cookie": "c" * 400})
    small = ask(guard, "GET", "/x", headers={"accept-encoding": "gzip"})
    packed = ask(guard, "POST", "/x", body=body, headers={"accept-encoding": "br, gzip;q=0.5", "cookie": "c" * 400})
    refused = ask(guard, "POST", "/x", body=body, headers={"accept-encoding": "gzip;q=0", "cookie": "c" * 400})
    assert gzip.decompress(packed.body) == plain.body
    assert (packed.headers["content-encoding"], packed.headers["vary"]) == ("gzip", "Accept-Encoding")
    assert int(packed.headers["content-length"]) == len(packed.body) < len(plain.body)
    assert "content-encoding" not in small.headers | plain.headers
    assert (refused.body, refused.headers["vary"]) == (plain.body, "Accept-Encoding")
