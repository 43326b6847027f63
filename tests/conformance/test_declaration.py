"""A declaration is read strictly: what is wrong is named with its line, and nothing is guessed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from conformance.declaring.declaration import Declaration, read_declaration
from conformance.errors import DeclarationError
from conformance.manners.manners import Extent

WHOLE = """
[target]
url = "https://api.example.test/"
base_path = "/base"
profile = "full"
rate = 10
settle = 2.5
job_deadline = 45
max_time = 60

[identities.owner]
steward = "env:TRAY_TOKEN"

[identities.read-only]
steward = "plain"

[capabilities]
paging = true
exports = false

[ids]
tray = ["7", "8"]
cup = 3

[manners]
may_create = false
may_change = "anything"
prefix = "kit-"

[accommodations]
overlay = "ours.yaml"

[[deviations]]
requirement = "getTray/schema"
owner = "Ann"
reason = "old gateway"
expires = 2027-01-31
"""


def read(folder: Path, text: str, url: str | None = None) -> Declaration:
    path = folder / "mockproof.toml"
    path.write_text(text)
    return read_declaration(path, {"TRAY_TOKEN": "hush"}, url)


def test_declaration_is_read_with_its_environment(tmp_path: Path) -> None:
    found = read(tmp_path, WHOLE)
    assert found.target.url == "https://api.example.test/base"
    assert found.target.ids == {"tray": ("7", "8"), "cup": ("3",)}
    credential = found.target.credential("steward")
    assert credential is not None
    assert (credential.value, credential.variable) == ("hush", "TRAY_TOKEN")
    assert (found.rate, found.settle, found.job_deadline, found.max_time) == (10, 2.5, 45, 60)
    assert found.profile == "full"
    assert found.capabilities == {"paging": True, "exports": False}
    assert found.overlay == tmp_path / "ours.yaml"
    assert found.deviations[0].expires == date(2027, 1, 31)


def test_each_identity_has_its_own_credential(tmp_path: Path) -> None:
    target = read(tmp_path, WHOLE).target
    values = [getattr(target.credential_of(who, "steward"), "value", None) for who in ("first", "second", "read-only")]
    assert values == ["hush", None, "plain"]


def test_manners_say_how_far_each_deed_may_go(tmp_path: Path) -> None:
    manners = read(tmp_path, WHOLE).manners
    assert (manners.may_create, manners.may_change, manners.may_delete) == (
        Extent.NOTHING,
        Extent.ANYTHING,
        Extent.CREATED,
    )
    assert manners.prefix == "kit-"


def test_without_manners_nothing_is_changed_that_the_run_did_not_create(tmp_path: Path) -> None:
    manners = read(tmp_path, '[target]\nurl = "http://x"').manners
    assert (manners.may_change, manners.may_delete) == (Extent.CREATED, Extent.CREATED)


def test_without_a_table_of_capabilities_all_are_declared(tmp_path: Path) -> None:
    assert read(tmp_path, '[target]\nurl = "http://x"').capabilities is None


def test_url_of_the_command_line_wins(tmp_path: Path) -> None:
    assert read(tmp_path, "[ids]\n", "http://other").target.url == "http://other"


@pytest.mark.parametrize(
    ("text", "line", "named"),
    [
        ('[target]\nurl = "http://x"\nuri = 1', 3, "uri"),
        ("\n[tarjet]\nurl = 'http://x'", 2, "tarjet"),
        ("[auth]\na = 'b'", 1, r"\[identities.owner\] now"),
        ("[ids]\na = 'b'", 1, "no url"),
        ("target = 1", 1, "is a table"),
        ('[target]\nurl = "ftp://x"', 2, "ftp"),
        ('[target]\nurl = "http://x"\nrate = 0', 3, "rate of 0"),
        ('[target]\nurl = "http://x"\njob_deadline = "soon"', 3, "job_deadline of 'soon'"),
        ('[target]\nurl = "http://x"\n[manners]\nmay_change = true', 4, "may_change of True"),
        ('[target]\nurl = "http://x"\n[manners]\nprefix = "a b"', 4, "prefix"),
        ('[target]\nurl = "http://x"\n[capabilities]\npaging = "yes"', 4, "paging"),
        ('[target]\nurl = "http://x"\n[ids]\ntray = []', 4, "tray"),
        ('[target]\nurl = "http://x"\n[identities.owner]\na = "env:NONE"', 3, "NONE"),
        ('[target]\nurl = "http://x"\n[identities.guest]\na = "b"', 3, "guest"),
        ('[target]\nurl = "http://x"\n[[deviations]]\nrequirement = "a/b"\nowner = "x"', 4, "no reason"),
        (
            '[target]\nurl = "http://x"\n[[deviations]]\nrequirement = "a/b"\nowner = "x"\nreason = "y"',
            4,
            "does not expire",
        ),
    ],
)
def test_wrong_member_is_named_with_its_line(tmp_path: Path, text: str, line: int, named: str) -> None:
    with pytest.raises(DeclarationError, match=named) as caught:
        read(tmp_path, text)
    assert (caught.value.line, bool(caught.value.hint)) == (line, True)


def test_what_is_no_toml_says_where(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match="line 2"):
        read(tmp_path, "[target]\nurl = x")


def test_missing_declaration_says_so(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match="cannot read"):
        read_declaration(tmp_path / "none.toml", {})


def test_without_a_word_of_it_only_what_is_documented_is_judged(tmp_path: Path) -> None:
    assert read(tmp_path, '[target]\nurl = "http://127.0.0.1:9"\n').profile == "documented"


def test_unknown_profile_is_refused_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(DeclarationError, match="profile of 'strict' is unknown") as caught:
        read(tmp_path, '[target]\nurl = "http://127.0.0.1:9"\nprofile = "strict"\n')
    assert caught.value.line == 3
