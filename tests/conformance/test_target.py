from __future__ import annotations

from pathlib import Path

import pytest

from conformance.errors import DeclarationError
from conformance.target import Target, checked_url, read_declaration, with_auth

DECLARATION = """
[target]
url = "https://api.example.test/base/"

[target.ids]
tray = ["7", "8"]
cup = 3

[auth]
steward = "env:TRAY_TOKEN"
"""


def written(folder: Path, text: str) -> Path:
    path = folder / "mockproof.toml"
    path.write_text(text)
    return path


def test_declaration_is_read_with_its_environment(tmp_path: Path) -> None:
    target = read_declaration(written(tmp_path, DECLARATION), {"TRAY_TOKEN": "hush"})
    assert target.url == "https://api.example.test/base"
    assert target.ids == {"tray": ("7", "8"), "cup": ("3",)}
    credential = target.credential("steward")
    assert credential is not None
    assert (credential.value, credential.variable) == ("hush", "TRAY_TOKEN")


def test_credential_that_the_environment_lacks_is_named(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match="TRAY_TOKEN") as caught:
        read_declaration(written(tmp_path, DECLARATION), {})
    assert caught.value.hint is not None


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[target]\nuri = 1", "uri"),
        ("[tarjet]\nurl = 'http://x'", "tarjet"),
        ("[auth]\na = 'b'", "url"),
        ("target = 1", "target"),
        ("[target", "not TOML"),
    ],
)
def test_wrong_declaration_says_what_is_wrong(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(DeclarationError, match=named):
        read_declaration(written(tmp_path, text), {})


def test_missing_declaration_says_so(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match="cannot read"):
        read_declaration(tmp_path / "none.toml", {})


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
