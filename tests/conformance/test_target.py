from __future__ import annotations

import pytest

from conformance.errors import DeclarationError
from conformance.target import Target, checked_url, with_auth


@pytest.mark.parametrize(
    ("given", "scheme", "value"),
    [
        ("steward=hush", "steward", "hush"),
        ("hush", "*", "hush"),
        ("aGVsbG8=", "*", "aGVsbG8="),
        ("aGVsbG8==", "*", "aGVsbG8=="),
        ("steward=env:T", "steward", "from-environment"),
        ("env:T", "*", "from-environment"),
    ],
)
def test_auth_option_names_a_scheme_or_serves_all(given: str, scheme: str, value: str) -> None:
    target = with_auth(Target("http://x"), [given], [], {"T": "from-environment"})
    assert {name: credential.value for name, credential in target.auth.items()} == {scheme: value}


def test_named_credential_wins_over_the_one_for_all() -> None:
    target = with_auth(Target("http://x"), ["general", "steward=special"], [], {})
    assert [getattr(target.credential(name), "value", None) for name in ("steward", "other")] == ["special", "general"]


@pytest.mark.parametrize("value", ["two\nlines", "umläut", "tab\there"])
def test_credential_that_cannot_travel_is_refused_without_being_shown(value: str) -> None:
    with pytest.raises(DeclarationError) as caught:
        with_auth(Target("http://x"), [f"steward={value}"], [], {})
    assert value not in str(caught.value)


@pytest.mark.parametrize("url", ["ftp://x", "x", "http://", "http://user:hush@x", "http://x?a=1", "http://x#a"])
def test_url_that_is_no_base_is_refused(url: str) -> None:
    with pytest.raises(DeclarationError):
        checked_url(url)
