from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.exchange import Refusal
from mockserver.routing import Routes
from spec.contract import Contract
from spec.contract_reader import contract_from


def routes_of(*declared: str, base_path: str = "") -> Routes:
    """Routes of a contract that declares each "METHOD /path"; an operation's id is that text."""
    paths: dict[str, dict[str, Any]] = {}
    for text in declared:
        method, path = text.split()
        paths.setdefault(path, {})[method.lower()] = {"operationId": text, "responses": {"200": {"description": ""}}}
    document = {"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": paths}
    return Routes(contract_from({**document, "servers": [{"url": base_path or "/"}]}))


def found(routes: Routes, method: str, path: str) -> str:
    return routes.match(method, path).operation.id


def reason(routes: Routes, method: str, path: str) -> str:
    with pytest.raises(Refusal) as caught:
        routes.match(method, path)
    return caught.value.reason


def test_a_literal_segment_wins_over_a_parameter() -> None:
    routes = routes_of("GET /x/{id}", "GET /x/me")
    assert found(routes, "GET", "/x/me") == "GET /x/me"
    assert found(routes, "GET", "/x/you") == "GET /x/{id}"


def test_a_literal_that_leads_nowhere_is_given_up() -> None:
    routes = routes_of("GET /x/me", "GET /x/{id}/parts")
    match = routes.match("GET", "/x/me/parts")
    assert (match.operation.id, match.values) == ("GET /x/{id}/parts", {"id": "me"})


def test_a_mixed_segment_wins_over_a_plain_parameter() -> None:
    routes = routes_of("POST /x/{id}", "POST /x/{id}:cancel")
    match = routes.match("POST", "/x/7:cancel")
    assert (match.operation.id, match.values) == ("POST /x/{id}:cancel", {"id": "7"})
    assert found(routes, "POST", "/x/7") == "POST /x/{id}"


def test_operations_of_one_template_may_name_its_parameters_differently() -> None:
    routes = routes_of("GET /x/{a}", "PUT /x/{b}")
    assert routes.match("GET", "/x/1").values == {"a": "1"}
    assert routes.match("PUT", "/x/1").values == {"b": "1"}


@pytest.mark.parametrize(
    ("raw", "value"),
    [("a%2Fb", "a/b"), ("%E2%82%AC", "€"), ("a%20b", "a b"), ("+", "+"), ("..", ".."), ("%00", "\0"), ("%zz", "%zz")],
)
def test_a_value_is_decoded_after_the_path_was_split(raw: str, value: str) -> None:
    assert routes_of("GET /x/{id}").match("GET", f"/x/{raw}").values == {"id": value}


@given(st.text(min_size=1).filter(lambda text: text.isprintable()))
def test_every_text_survives_the_way_through_a_path(text: str) -> None:
    from urllib.parse import quote

    assert routes_of("GET /x/{id}/y").match("GET", f"/x/{quote(text, safe='')}/y").values == {"id": text}


def test_an_encoded_literal_is_the_literal() -> None:
    assert found(routes_of("GET /x/me", "GET /x/{id}"), "GET", "/x/%6De") == "GET /x/me"


def test_bytes_that_are_not_utf8_are_malformed() -> None:
    assert reason(routes_of("GET /x/{id}"), "GET", "/x/%FF") == "malformed"


@pytest.mark.parametrize("path", ["/x/", "/x//", "//x", "/", "", "x", "/y", "/x/1/2", "/X"])
def test_no_slash_is_added_or_forgiven(path: str) -> None:
    assert reason(routes_of("GET /x", "GET /x/{id}"), "GET", path) == "unknown-route"


def test_head_is_answered_where_get_is() -> None:
    assert found(routes_of("GET /x"), "HEAD", "/x") == "GET /x"
    assert reason(routes_of("POST /x"), "HEAD", "/x") == "method-not-allowed"


def test_a_method_that_is_not_offered_names_all_that_are() -> None:
    routes = routes_of("GET /x", "DELETE /x", "POST /x")
    with pytest.raises(Refusal) as caught:
        routes.match("PATCH", "/x")
    assert caught.value.reason == "method-not-allowed"
    assert caught.value.headers["Allow"] == "DELETE, GET, HEAD, OPTIONS, POST"


def test_a_concrete_path_does_not_borrow_the_methods_of_a_templated_one() -> None:
    assert reason(routes_of("GET /x/me", "DELETE /x/{id}"), "DELETE", "/x/me") == "method-not-allowed"


@pytest.mark.parametrize("method", ["TRACE", "FOO", "get", ""])
def test_unknown_methods_are_not_allowed(method: str) -> None:
    assert reason(routes_of("GET /x"), method, "/x") == "method-not-allowed"


def test_methods_of_the_whole_server_are_told() -> None:
    assert routes_of("GET /x", "DELETE /y").allowed("*") == ("DELETE", "GET", "HEAD", "OPTIONS")


def test_nothing_is_allowed_where_there_is_no_route() -> None:
    assert routes_of("GET /x").allowed("/y") == ()


def test_a_base_path_stands_before_every_path() -> None:
    routes = routes_of("GET /x", base_path="/v3")
    assert found(routes, "GET", "/v3/x") == "GET /x"
    assert reason(routes, "GET", "/x") == "unknown-route"


@pytest.mark.parametrize(
    ("path", "nearest"),
    [
        ("/a/b/nope", "GET /a/b"),
        ("/a/9/c/nope", "GET /a/{id}/c"),
        ("/z", None),
    ],
)
def test_an_unknown_path_is_nearest_to_the_longest_shared_prefix(path: str, nearest: str | None) -> None:
    operation = routes_of("GET /a/b", "GET /a/{id}/c", "GET /q").nearest(path)
    assert (operation.id if operation else None) == nearest


def test_every_operation_of_a_contract_is_reached_by_its_own_template(shelf: Contract) -> None:
    routes = Routes(shelf)
    for operation in shelf.operations:
        path = operation.path.replace("{shelf_id}", "1").replace("{book_id}", "b-1")
        assert routes.match(operation.method.upper(), path).operation is operation
