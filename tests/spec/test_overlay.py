"""Overlays are strict: each kind of bad decision is an error with file and line."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from spec.errors import OverlayError
from spec.facts import Fact, Level, Where
from spec.merge.claim import Claim, Origin
from spec.merge.overlay import Applied, apply_overlays, load_overlays, read_overlay
from spec.merge.tree import Branch, grow, plain
from spec.merge.unify import Conflict

HEAD = "overlay: 1.1.0\ninfo: {title: t, version: 1.0.0}\nactions:\n"


def decision(**more: Any) -> str:
    members = {"id": "x", "resolves": "{gap: nobody says}", "reason": "because", **more}
    return "    x-decision: {" + ", ".join(f"{key}: {value}" for key, value in members.items()) + "}\n"


def overlay(tmp_path: Path, body: str) -> Path:
    path = tmp_path / "10-test.yaml"
    path.write_text(HEAD + body)
    return path


def tree(value: Any) -> Branch:
    fact = Fact(("x",), "x", "seed", Where(7, 7), "said")
    grown = grow(value, Origin(Level.STATED, claims=(Claim(("x",), "x", Level.STATED, fact),)))
    assert isinstance(grown, Branch)
    return grown


def apply(tmp_path: Path, body: str, value: Any, conflicts: tuple[Conflict, ...] = ()) -> Applied:
    return apply_overlays(tree(value), tuple(read_overlay(overlay(tmp_path, body))), conflicts)


def test_update_merges_mappings_and_joins_lists(tmp_path: Path) -> None:
    body = "  - target: $.a\n    update: {b: {d: 2}, l: [3]}\n" + decision()
    assert plain(apply(tmp_path, body, {"a": {"b": {"c": 1}, "l": [1]}}).tree) == {
        "a": {"b": {"c": 1, "d": 2}, "l": [1, 3]}
    }


def test_what_an_action_sets_carries_its_level_and_id(tmp_path: Path) -> None:
    body = "  - target: $.a\n    update: {b: 2}\n" + decision(level="inferred")
    origin = apply(tmp_path, body, {"a": {"c": 1}}).tree["a"]["b"].origin
    assert (origin.level, origin.decision) == (Level.INFERRED, "x")


def test_wildcards_and_filters_reach_every_match(tmp_path: Path) -> None:
    body = "  - target: $.p.*[?@.k=='v']\n    update: {seen: true}\n" + decision()
    done = plain(
        apply(tmp_path, body, {"p": {"1": {"get": {"k": "v"}, "put": {"k": "w"}}, "2": {"get": {"k": "v"}}}}).tree
    )
    assert [
        done["p"]["1"]["get"].get("seen"),
        done["p"]["1"]["put"].get("seen"),
        done["p"]["2"]["get"].get("seen"),
    ] == [
        True,
        None,
        True,
    ]


def test_remove_takes_away_and_remembers_who_spoke(tmp_path: Path) -> None:
    done = apply(tmp_path, "  - target: $.a[?@==2]\n    remove: true\n" + decision(), {"a": [1, 2, 2, 3]})
    assert plain(done.tree) == {"a": [1, 3]}
    assert [(claim.fact.text, action) for claim, action in done.removed] == [("said", "x"), ("said", "x")]


def test_copy_keeps_the_origin(tmp_path: Path) -> None:
    body = "  - target: $.b\n    copy: $.a\n" + decision()
    done = apply(tmp_path, body, {"a": {"c": 1}, "b": {"d": 2}}).tree
    assert plain(done["b"]) == {"d": 2, "c": 1}
    assert done["b"]["c"].origin.level is Level.STATED


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("  - target: $.zzz\n    update: {b: 1}\n" + decision(), "nothing matches"),
        ("  - target: $.a\n    update: {b: 1}\n" + decision(), "changes nothing"),
        ("  - target: $.a\n    update: {b: 2}\n" + decision(resolves="{conflict: '#/a/b'}"), "there is no conflict"),
        ("  - target: $.a\n    update: {b: 2}\n" + decision(level="inferred"), "a guess cannot replace"),
        ("  - target: $.a[\n    update: {b: 2}\n" + decision(), "no JSONPath"),
        ("  - target: $.a\n    update: {b: 2}\n    remove: true\n" + decision(), "exactly one of"),
        ("  - update: {b: 2}\n" + decision(), "needs a target"),
        ("  - target: $.a\n    update: {b: 2}\n", "needs x-decision"),
        ("  - target: $.a\n    update: {b: 2}\n" + decision(why="x"), "does not know why"),
        ("  - target: $.a\n    update: {b: 2}\n" + decision(level="stated"), "cannot make something stated"),
        ("  - target: $.a\n    update: {b: 2}\n" + decision(level="sure"), "unknown level"),
        ("  - target: $.a\n    update: {b: 2}\n" + decision(resolves="{whim: yes}"), "one of conflict"),
    ],
    ids=[
        "unmatched", "redundant", "stale", "guess-over-fact", "bad-path", "two-verbs", "no-target", "no-decision",
        "unknown-member", "too-firm", "unknown-level", "unknown-resolution",
    ],
)  # fmt: skip
def test_a_bad_decision_is_an_error_with_file_and_line(tmp_path: Path, body: str, message: str) -> None:
    with pytest.raises(OverlayError, match=message) as caught:
        apply(tmp_path, body, {"a": {"b": 1}})
    assert str(caught.value).startswith("10-test.yaml:4: ")
    assert caught.value.hint


def test_the_same_id_twice_is_an_error_that_names_both_places(tmp_path: Path) -> None:
    action = "  - target: $\n    update: {b: 1}\n" + decision()
    overlay(tmp_path, action)
    (tmp_path / "20-other.yaml").write_text(HEAD + action)
    with pytest.raises(OverlayError, match=r"also used at 10-test\.yaml:4"):
        load_overlays(tmp_path)


def test_a_file_that_is_no_overlay_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "x.yaml"
    path.write_text("openapi: 3.0.3\n")
    with pytest.raises(OverlayError, match="not an OpenAPI Overlay"):
        tuple(read_overlay(path))


def test_a_decision_settles_its_conflict_and_keeps_both_sides(tmp_path: Path) -> None:
    sides = tuple(
        (Claim(("a", "b"), value, Level.STATED, Fact(("a", "b"), value, value, Where(1, 1), value)),)
        for value in ("p", "q")
    )
    body = "  - target: $.a\n    update: {b: q}\n" + decision(resolves="{conflict: '#/a/b'}")
    done = apply(tmp_path, body, {"a": {"c": 1}}, (Conflict(("a", "b"), sides),))
    origin = done.tree["a"]["b"].origin
    assert ([c.value for c in origin.claims], [c.value for c in origin.overruled]) == (["q"], ["p"])
    assert set(done.resolved) == {"#/a/b"}
