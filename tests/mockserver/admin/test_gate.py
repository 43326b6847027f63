from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mockserver.admin.gate import AdminGate, is_loopback
from mockserver.errors import MockError

TOKEN = {"x-mock-admin-token": "secret"}


@pytest.mark.parametrize(
    "host", ["127.0.0.1:4010", "localhost", "LOCALHOST:1", "[::1]:4010", "127.8.8.8", "a.localhost"]
)
def test_a_host_that_leads_here_only_is_let_in(tell: Any, host: str) -> None:
    assert tell("GET", "/state", headers={"host": host}).status == 200


@pytest.mark.parametrize(
    "host",
    ["evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "10.0.0.7", "", "[", "127.0.0.1@evil.example"],
)
def test_any_other_host_is_misdirected(tell: Any, host: str) -> None:
    assert tell("GET", "/state", headers={"host": host}).status == 421


def test_the_bound_host_is_let_in_with_the_token(tell_at: Callable[..., Any]) -> None:
    ask = tell_at("mock.example", "secret")
    assert ask("GET", "/state", headers={"host": "mock.example:4010", **TOKEN}).status == 200
    assert ask("GET", "/state", headers={"host": "evil.example", **TOKEN}).status == 421


def test_where_every_address_is_bound_the_token_decides(tell_at: Callable[..., Any]) -> None:
    ask = tell_at("0.0.0.0", "secret")  # noqa: S104  (nothing is bound here)
    assert ask("GET", "/state", headers={"host": "anything.example", **TOKEN}).status == 200
    assert ask("GET", "/state", headers={"host": "anything.example"}).status == 401


@pytest.mark.parametrize("origin", ["http://127.0.0.1:4010", "http://localhost:5173", "http://[::1]:3000"])
def test_a_page_of_this_machine_is_let_in(tell: Any, origin: str) -> None:
    assert tell("GET", "/state", headers={"origin": origin, "sec-fetch-site": "same-site"}).status == 200


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "file://", "http://localhost.evil.example", "http://[", ""]
)
def test_a_page_from_elsewhere_is_forbidden(tell: Any, origin: str) -> None:
    assert tell("POST", "/reset", headers={"origin": origin}).status == 403


def test_a_page_of_the_bound_host_is_let_in(tell_at: Callable[..., Any]) -> None:
    headers = {"host": "mock.example", "origin": "http://mock.example", **TOKEN}
    assert tell_at("mock.example", "secret")("GET", "/state", headers=headers).status == 200


def test_a_request_that_crosses_sites_is_forbidden_whatever_else_it_says(tell: Any) -> None:
    told = tell("GET", "/state", headers={"origin": "http://localhost:5173", "sec-fetch-site": "cross-site"})
    assert (told.status, told.json["code"]) == (403, "forbidden")


@pytest.mark.parametrize("media_type", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"])
def test_a_write_that_any_page_could_send_is_not_read(tell: Any, media_type: str) -> None:
    assert tell("POST", "/reset", b"{}", media_type=media_type).status == 415
    assert tell("POST", "/reset", media_type=media_type).status == 415


def test_a_write_without_a_body_needs_no_media_type(tell: Any) -> None:
    assert tell("POST", "/reset").status == 200


@pytest.mark.parametrize(("headers", "status"), [({}, 401), ({"x-mock-admin-token": "wrong"}, 401), (TOKEN, 200)])
def test_a_token_that_was_set_is_asked_for_on_loopback_too(
    tell_at: Callable[..., Any], headers: dict[str, str], status: int
) -> None:
    assert tell_at("127.0.0.1", "secret")("GET", "/state", headers=headers).status == status


def test_health_and_tokens_for_clients_need_no_admin_token(tell_at: Callable[..., Any]) -> None:
    ask = tell_at("127.0.0.1", "secret")
    form = b"grant_type=client_credentials&client_id=Ada&client_secret=x"
    assert ask("GET", "/health").status == 200
    assert ask("POST", "/oauth/token", form, media_type="application/x-www-form-urlencoded").status == 200


def test_a_stranger_is_not_told_what_there_is(tell_at: Callable[..., Any]) -> None:
    ask = tell_at("127.0.0.1", "secret")
    assert (ask("GET", "/nothing-like-it").status, ask("PUT", "/state").status) == (401, 401)


def test_a_mock_that_others_can_reach_does_not_start_without_a_token() -> None:
    with pytest.raises(MockError, match="open to everybody"):
        AdminGate("0.0.0.0")  # noqa: S104  (nothing is bound here)


@pytest.mark.parametrize(
    ("name", "verdict"), [("::1", True), ("localhost", True), ("192.168.0.1", False), ("x", False)]
)
def test_loopback_is_known(name: str, verdict: bool) -> None:
    assert is_loopback(name) is verdict
