"""Cursor pages, filters and orders that the client asks for."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.exchange import Refusal
from mockserver.resource.cursor import name_list, read_cursor, write_cursor

NAME = name_list("list", ("p",), "id", (), descending=False)
PLACES = st.tuples(st.none() | st.integers(-(2**53), 2**53) | st.text() | st.booleans(), st.integers(0) | st.text())


def walk(keep: Any, **query: Any) -> list[int]:
    seen, cursor = [], None
    for _ in range(100):
        page = keep.ask("listEvents", 1, query=query | ({"cursor": cursor} if cursor else {})).body
        seen += [event["id"] for event in page["events"]]
        cursor = page["next_cursor"]
        if cursor is None:
            return seen
    raise AssertionError("the pages do not end")


def violation(keep: Any, *path: Any, **query: Any) -> Any:
    with pytest.raises(Refusal) as caught:
        keep.ask("listEvents", *path, query=query)
    assert caught.value.reason == "invalid-request"
    return caught.value.violations[0]


@pytest.mark.parametrize("limit", [1, 5, 8, 24, 50])
def test_following_cursors_shows_each_item_once_and_ends(keep: Any, limit: int) -> None:
    assert walk(keep, limit=limit) == list(range(24, 0, -1))


def test_a_filtered_list_is_followed_by_cursors_too(keep: Any) -> None:
    assert walk(keep, limit=2, kind="copied") == [22, 21, 18, 17, 14, 13, 10, 9, 6, 5, 2, 1]


def test_a_list_that_fits_into_one_page_has_no_cursor(keep: Any) -> None:
    reply = keep.ask("listEvents", 1, query={"limit": 50})
    assert reply.body["next_cursor"] is None
    assert "Link" not in reply.headers


def test_link_and_member_tell_the_same_cursor(keep: Any) -> None:
    reply = keep.ask("listEvents", 1, query={"limit": 5})
    link = reply.headers["Link"].removeprefix("<").removesuffix('>; rel="next"')
    assert dict(parse_qsl(urlsplit(link).query)) == {"limit": "5", "cursor": reply.body["next_cursor"]}


def test_a_cursor_goes_on_from_its_place_when_items_come_and_go(make_desk: Any, vault: Any, archive: Any) -> None:
    keep = make_desk(vault, archive)
    cursor = keep.ask("listEvents", 1, query={"limit": 5}).body["next_cursor"]
    keep.workspace.store.drop("event", (1, 20))
    keep.workspace.store.drop("event", (1, 19))
    page = keep.ask("listEvents", 1, query={"limit": 2, "cursor": cursor}).body
    assert [event["id"] for event in page["events"]] == [18, 17]


def test_a_cursor_that_was_made_up_or_changed_is_a_violation(keep: Any) -> None:
    cursor = keep.ask("listEvents", 1, query={"limit": 5}).body["next_cursor"]
    for odd in ("x", "AAAA", "ä", "=" * 20, cursor + "A", cursor[:-1], cursor[1:], cursor.swapcase()):
        assert violation(keep, 1, cursor=odd).keyword == "cursor"


def test_a_cursor_of_another_list_is_a_violation(keep: Any) -> None:
    cursor = keep.ask("listEvents", 1, query={"limit": 5}).body["next_cursor"]
    assert violation(keep, 3, cursor=cursor).pointer == "cursor"
    assert violation(keep, 1, cursor=cursor, kind="copied").pointer == "cursor"


@given(PLACES)
def test_a_cursor_brings_its_place_back(place: tuple[Any, Any]) -> None:
    try:
        cursor = write_cursor(NAME, *place)
    except TypeError:
        return  # half a surrogate, or an id beyond 64 bits: no JSON document that we take brings these
    assert read_cursor(NAME, cursor) == place
    assert cursor.isascii()


@given(st.text(max_size=60))
def test_no_text_passes_for_a_cursor(text: str) -> None:
    assert read_cursor(NAME, text) is None


@pytest.mark.parametrize(
    ("query", "ids"),
    [
        ({"status": "failed"}, [7]),
        ({"status": "completed", "kind": "full"}, [1, 6, 11, 16, 21]),
        ({"locked": True, "kind": "full"}, [16]),
        ({"locked": False, "status": "queued"}, [25]),
        ({"label": "copy-20"}, [6]),
        ({"label": "nobody"}, []),
    ],
)
def test_filters_hold_together(keep: Any, query: dict[str, Any], ids: list[int]) -> None:
    reply = keep.ask("listCopies", 1, query=query)
    assert [int(copy["id"][:8], 16) for copy in reply.body] == ids
    assert reply.headers["X-Total-Count"] == str(len(ids))


def test_a_filter_by_state_sees_what_a_job_has_become(keep: Any) -> None:
    made = keep.ask("createCopy", 3, body={"name": "n", "kind": "full"}).body["id"]
    for seconds, state in ((0, "queued"), (10, "running"), (60, "completed")):
        keep.clock.advance(seconds)
        assert [copy["id"] for copy in keep.ask("listCopies", 3, query={"status": state}).body] == [made]


@pytest.mark.parametrize(
    ("sort", "first"), [("created_at", 1), ("-created_at", 25), ("name", 25), ("-name", 1), ("", 1)]
)
def test_a_list_is_in_the_order_that_was_asked_for(keep: Any, sort: str, first: int) -> None:
    pages = [keep.ask("listCopies", 1, query={"sort": sort, "page": page}).body for page in (1, 2, 3)]
    found = [int(copy["id"][:8], 16) for page in pages for copy in page]
    assert found == (list(range(1, 26)) if first == 1 else list(range(25, 0, -1)))


def test_an_order_by_no_field_is_a_violation(keep: Any) -> None:
    with pytest.raises(Refusal) as caught:
        keep.ask("listCopies", 1, query={"sort": "-colour"})
    assert caught.value.violations[0].pointer == "sort"
