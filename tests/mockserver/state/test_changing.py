"""PATCH and PUT: what stays, what is cleared, what starts anew."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.exchange import Refusal
from mockserver.resource.fitting import merge_patch

FIRST = "00000001-0000-4000-8000-000000000001"
MERGE = {"content-type": "application/merge-patch+json; charset=utf-8"}
PLAIN = {"content-type": "application/json"}

VALUES = st.recursive(
    st.none() | st.integers(0, 3) | st.text("ab", max_size=2),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=8,
)
OBJECTS = st.dictionaries(st.sampled_from("abc"), VALUES, max_size=3)


@pytest.mark.parametrize("fields", [MERGE, PLAIN], ids=["merge patch", "JSON"])
def test_a_patch_keeps_what_it_does_not_name(keep: Any, fields: dict[str, str]) -> None:
    before = keep.ask("getCopy", FIRST).body
    after = keep.ask("updateCopy", FIRST, body={"name": "renamed"}, fields=fields).body
    assert {name for name in before if before[name] != after[name]} == {"name", "updated_at"}
    assert keep.ask("getCopy", FIRST).body == after


@pytest.mark.parametrize("fields", [MERGE, PLAIN], ids=["merge patch", "JSON"])
def test_null_clears_what_may_be_null(keep: Any, fields: dict[str, str]) -> None:
    assert keep.ask("updateCopy", FIRST, body={"note": None}, fields=fields).body["note"] is None


def test_a_merge_patch_reaches_into_objects_and_plain_json_replaces_them(keep: Any) -> None:
    merged = keep.ask("updateCopy", FIRST, body={"labels": {"shelf": None, "row": "2"}}, fields=MERGE).body
    assert merged["labels"] == {"colour": "blue", "row": "2"}
    replaced = keep.ask("updateCopy", FIRST, body={"labels": {"row": "3"}}, fields=PLAIN).body
    assert replaced["labels"] == {"row": "3"}


def test_a_merge_patch_cannot_take_away_what_must_be_there(keep: Any) -> None:
    with pytest.raises(Refusal) as caught:
        keep.ask("updateCopy", FIRST, body={"name": None}, fields=MERGE)
    assert caught.value.reason == "unprocessable"
    assert keep.ask("getCopy", FIRST).body["name"] == "copy-25"


def test_a_patch_writes_nothing_that_only_the_server_writes(keep: Any) -> None:
    after = keep.ask("updateCopy", FIRST, body={"size": 1, "status": "failed", "name": "x"}, fields=MERGE).body
    assert (after["size"], after["status"]) == (1000, "completed")


def test_a_replacement_keeps_nothing_that_a_client_may_write(keep: Any) -> None:
    after = keep.ask("replaceVault", 1, body={"name": "Replaced", "region": "south"}).body
    assert (after["description"], after["capacity"]) == (None, 100)
    assert (after["owner"], after["created_at"]) == ("north", "2026-01-01T08:00:00Z")
    assert after["updated_at"] == "2026-02-01T12:00:00Z"


def test_a_change_in_an_export_that_is_done_leaves_its_bytes(keep: Any) -> None:
    export = keep.ask("createExport", FIRST, body={"format": "table"}).body["id"]
    keep.clock.advance(60)
    assert keep.ask("downloadExport", export).body == keep.ask("downloadExport", export).body


@given(OBJECTS, OBJECTS)
def test_a_merge_patch_is_applied_once_and_for_all(target: dict[str, Any], patch: dict[str, Any]) -> None:
    merged = merge_patch(target, patch)
    assert merge_patch(merged, patch) == merged
    assert {name: value for name, value in merged.items() if name not in patch} == {
        name: value for name, value in target.items() if name not in patch
    }


@pytest.mark.parametrize(
    ("target", "patch", "merged"),
    [
        ({"a": "b"}, {"a": "c"}, {"a": "c"}),
        ({"a": "b", "b": "c"}, {"a": None}, {"b": "c"}),
        ({"a": ["b"]}, {"a": "c"}, {"a": "c"}),
        ({"a": {"b": "c"}}, {"a": {"b": "d", "c": None}}, {"a": {"b": "d"}}),
        ({"a": "foo"}, {"a": {"bb": {"ccc": None}}}, {"a": {"bb": {}}}),
        ({"e": None}, {"a": 1}, {"e": None, "a": 1}),
    ],
)
def test_the_examples_of_the_merge_patch_standard_hold(target: Any, patch: Any, merged: Any) -> None:
    assert merge_patch(target, patch) == merged
