from __future__ import annotations

import pytest

from mockserver.connection.head import HeadReader
from mockserver.connection.limits import Limits

HOST = (b"Host", b"a:80")
READ = HeadReader(Limits(body=100, headers=400, header_count=5)).read


def test_what_was_read_once_is_known() -> None:
    assert READ((HOST, (b"Accept", b"*/*"))) is READ((HOST, (b"Accept", b"*/*")))


def test_names_are_lower_case_and_repeated_fields_are_joined() -> None:
    head = READ((HOST, (b"X-Tag", b"1"), (b"x-tag", b"2"), (b"Cookie", b"a=1"), (b"cookie", b"b=2")))
    assert head.fields == {"host": "a:80", "x-tag": "1, 2", "cookie": "a=1; b=2"}


def test_a_harmless_request_id_is_kept_and_any_other_is_not() -> None:
    assert READ((HOST, (b"X-Request-Id", b"r-1"))).request_id == "r-1"
    assert READ((HOST, (b"X-Request-Id", b"r 1"))).request_id is None


@pytest.mark.parametrize(
    ("field", "reason"),
    [
        ((b"X", b"x" * 400), "headers-too-large"),
        ((b"Content-Length", b"+1"), "malformed"),
        ((b"Content-Length", b"101"), "too-large"),
        ((b"Host", b"b"), "malformed"),
    ],
    ids=["long", "odd length", "long body", "two hosts"],
)
def test_what_is_wrong_is_remembered_too(field: tuple[bytes, bytes], reason: str) -> None:
    assert [(READ((HOST, field)).flaw or ("",))[0] for _ in range(2)] == [reason, reason]


def test_a_media_type_is_read_with_its_options() -> None:
    media = READ((HOST, (b"Content-Type", b'Multipart/Form-Data; boundary="a;b"'))).media
    assert (media.name, dict(media.options), media.flaw) == ("multipart/form-data", {"boundary": "a;b"}, None)


def test_wishes_are_noticed() -> None:
    assert [READ((HOST, field)).wishes for field in ((b"Prefer", b"code=404"), (b"Accept", b"*/*"))] == [True, False]
