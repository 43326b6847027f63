from __future__ import annotations

import pytest

from mockserver.journal.masking import MASK, Mask, is_secret, mask_body, mask_for
from spec.contract import Contract


@pytest.mark.parametrize(
    "name", ["authorization", "cookie", "proxy-authorization", "x-auth-token", "x-mock-admin-token"]
)
def test_credentials_in_header_fields_are_masked(name: str) -> None:
    assert Mask().headers({"accept": "*/*", name: "s3cret"}) == {"accept": "*/*", name: MASK}


def test_header_fields_without_credentials_are_not_copied() -> None:
    fields = {"accept": "*/*"}
    assert Mask().headers(fields) is fields


def test_the_header_fields_of_the_contract_s_security_schemes_are_masked(shelf: Contract) -> None:
    assert mask_for(shelf).headers({"x-cover-key": "cover-token"}) == {"x-cover-key": MASK}


def test_a_cookie_that_is_set_is_masked_whatever_its_case() -> None:
    assert Mask().pairs((("ETag", "1"), ("Set-Cookie", "a=b"))) == (("ETag", "1"), ("Set-Cookie", MASK))


@pytest.mark.parametrize(
    ("query", "masked"),
    [
        (b"page=2&token=abc&per_page=3", b"page=2&token=***&per_page=3"),
        (b"access_token=a%20b", b"access_token=***"),
        (b"API_KEY=1&x=2", b"API_KEY=***&x=2"),
        (b"a=1&signature=ff", b"a=1&signature=***"),
        (b"auth=1&sig=2&key=3", b"auth=***&sig=***&key=***"),
        (b"author=eve&keyword=ship&design=1", b"author=eve&keyword=ship&design=1"),
    ],
)
def test_a_query_keeps_everything_but_credentials(query: bytes, masked: bytes) -> None:
    assert Mask().query(query) == masked


@pytest.mark.parametrize(
    ("body", "masked"),
    [
        (b'{"password": "a\\"b", "name": "x"}', b'{"password": "***", "name": "x"}'),
        (b'[{"authToken":12.5e3,"a":1}]', b'[{"authToken":"***","a":1}]'),
        (b'{"client_secret":"cut off he', b'{"client_secret":"***"'),
        (b'{"tokens": {"a": 1}, "passwordless": true}', b'{"tokens": {"a": 1}, "passwordless": true}'),
        (b"user[name]=a&user[password]=b&x=1", b"user[name]=a&user[password]=***&x=1"),
        (b"user%5Bpassword%5D=b&TOKEN=1", b"user%5Bpassword%5D=***&TOKEN=***"),
        (
            b'--x\r\nContent-Disposition: form-data; name="password"\r\n\r\nabc\r\n--x--\r\n',
            b'--x\r\nContent-Disposition: form-data; name="password"\r\n\r\n***\r\n--x--\r\n',
        ),
        (b'{"note": "my token is here"}', b'{"note": "my token is here"}'),
    ],
)
def test_fields_named_after_secrets_are_masked_in_bodies(body: bytes, masked: bytes) -> None:
    assert mask_body(body) == masked


@pytest.mark.parametrize(
    "body",
    [
        b'{"token":"' * 6000,
        b"token=" * 10_000,
        b'--x name="token"' * 4000,
        b'"token"' + b" " * 60_000,
        b"a" * 60_000 + b"token",
    ],
)
def test_masking_a_hostile_body_ends(body: bytes) -> None:
    # A pattern that went back over what it has read would take minutes here.
    masked = mask_body(body)
    assert mask_body(masked) == masked


@pytest.mark.parametrize(("pointer", "verdict"), [("/user/password", True), ("access_token", True), ("/name", False)])
def test_a_pointer_tells_whether_a_secret_is_there(pointer: str, verdict: bool) -> None:
    assert is_secret(pointer) is verdict
