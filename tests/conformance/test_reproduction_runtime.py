"""What reproducers carry with them judges as the kit does: wrong in words, right in silence, and else unclear."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from typing import Any

import jsonschema_rs
import pytest
from hypothesis import given
from hypothesis import strategies as st

from conformance.reproduction.runtime import change, content, listing, schema, state, status
from conformance.reproduction.runtime.answer import Answer, Unclear, by_eye
from conformance.reproduction.runtime.state import MOST_PAGES

LIST = {"envelope": None, "id": "id", "total_header": "X-Total", "numbered": True}
CURSORS = {"envelope": "items", "id": "id", "cursor": "next", "cursor_parameter": "cursor"}
MOVES = {"new": ["busy"], "busy": ["done"], "done": []}


def got(value: Any = None, code: int = 200, target: str = "/trays", **more: Any) -> Answer:
    return Answer(code, more.pop("headers", {}), json.dumps(value).encode(), target=target, **more)


def page(*ids: int, **headers: str) -> Answer:
    return got([{"id": one, "created_at": f"2024-01-0{one}"} for one in ids], headers=headers)


def sent(body: Any, answer: Any = None, code: int = 200) -> Answer:
    return got(answer, code, sent=json.dumps(body), sent_type="application/json")


NEXT = {"link": '</trays?page=2>; rel="next"'}

ABCD, ABCE = (hashlib.sha256(one).hexdigest() for one in (b"abcd", b"abce"))

RIGHT_AND_WRONG = {
    "refused": (status.refused, (got(code=404),), (got(code=200),)),
    "taken": (status.taken, (got(code=403), [400]), (got(code=400), [400])),
    "kept_out": (status.kept_out, (got(code=401), [401]), (got(code=403), [401])),
    "documented": (status.documented, (got(code=404), {"4XX": True}), (got(code=404), {"200": True})),
    "media_type": (
        status.media_type_documented,
        (got(headers={"content-type": "text/html; a=b"}), {"200": ["text/*"]}, 200),
        (got(headers={"content-type": "text/html"}), {"200": ["application/json"]}, 200),
    ),
    "allows": (status.allows, (got(code=405, headers={"allow": "GET, put"}), ["GET", "PUT"]), (got(code=405), ["GET"])),
    "has_header": (
        status.has_header,
        (got(code=401, headers={"www-authenticate": "Bearer"}), "www-authenticate", 401),
        (got(code=401), "www-authenticate", 401),
    ),
    "tagged": (status.tagged, (got(headers={"etag": 'W/"a"'}),), (got(headers={"etag": "a"}),)),
    "quick": (status.quick, ([got(seconds=2.0), got(seconds=0.1)], 1.0), ([got(seconds=2.0)], 1.0)),
    "each_once": (listing.each_once, ([page(1, 2), page(3)], LIST), ([page(1, 2), page(2)], LIST)),
    "each_once, to the end": (listing.each_once, ([page(1)], LIST), ([page(1, **NEXT)], LIST)),
    "each_once, as many as told": (
        listing.each_once, ([page(1, **{"x-total": "1"})], LIST), ([page(1, **{"x-total": "2"})], LIST),
    ),
    "ordered": (
        lambda pages: listing.ordered(pages, LIST, "id", descending=False), ([page(2), page(10)],), ([page(3, 2)],),
    ),
    "right_total": (
        listing.right_total, ([page(1, **{"x-total": "1"})], LIST), ([page(1, **{"x-total": "3"})], LIST),
    ),
    "page_size": (listing.page_size, (page(1), LIST, 2), (page(1, **NEXT), LIST, 2)),
    "limited": (listing.limited, (page(1), [page(1, 2)], LIST, 1), (page(1, 2), [page(1, 2)], LIST, 1)),
    "leads_on": (listing.leads_on, (page(1), page(1), LIST), (page(1), page(2), LIST)),
    "listed": (listing.listed, ([page(1)], LIST, "1"), ([page(1)], LIST, "2")),
    "others_stay": (
        listing.others_stay, ([page(1, 2)], [page(2)], LIST, "1"), ([page(1, 2, 3)], [page(2)], LIST, "1"),
    ),
    "filtered": (
        listing.filtered,
        ([page(1, 2)], [page(2)], LIST, [("id", "2")]),
        ([page(1, 2)], [page(1, 2)], LIST, [("id", "2")]),
    ),
    "filtered, all of them": (
        listing.filtered, ([page(1, 2)], [page(2)], LIST, [("id", "2")]), ([page(1, 2)], [page()], LIST, [("id", "2")]),
    ),
    "disjoint": (listing.disjoint, (page(1), page(2), LIST), (page(1), page(1), LIST)),
    "agrees": (
        listing.agrees,
        ([got([{"id": 1, "a": 1, "b": 2}])], got({"id": 1, "a": 1, "b": 3}), LIST, None, ["b"]),
        ([got([{"id": 1, "a": 1}])], got({"id": 1, "a": 2}), LIST, None, []),
    ),
    "kept": (change.kept, (sent({"a": "x"}), got({"a": "x"}), None), (sent({"a": "x"}), got({"a": "X"}), None)),
    "kept, and there": (change.kept, (sent({}), got({}), None), (sent({}), got(code=404), None)),
    "rest_kept": (
        change.rest_kept,
        (got({"a": 1, "b": 1}), sent({"a": 2}), got({"a": 2, "b": 1}), None, []),
        (got({"a": 1, "b": 1}), sent({"a": 2}), got({"a": 2, "b": None}), None, []),
    ),
    "rest_cleared": (
        change.rest_cleared,
        (got({"a": 1, "b": 1}), sent({"a": 2}), got({"a": 2, "b": None}), None, {"b": [None]}),
        (got({"a": 1, "b": 1}), sent({"a": 2}), got({"a": 2, "b": 1}), None, {"b": [None]}),
    ),
    "gone": (change.gone, (got(code=204), got(code=404)), (got(code=204), got(code=200))),
    "new_id": (change.new_id, (got({"id": 3}), [got({"id": 2})], [page(1)], {**LIST, "made": None}),
               (got({"id": 1}), [got({"id": 2})], [page(1)], {**LIST, "made": None})),
    "same_thing": (
        change.same_thing, (got({"id": 1}), got({"id": 1}), None, "id"), (got({"id": 1}), got({"id": 2}), None, "id"),
    ),
    "follows": (
        change.follows, ("new", got({"s": "done"}), None, "s", MOVES), ("done", got({"s": "new"}), None, "s", MOVES),
    ),
    "in_time_order": (
        change.in_time_order, (got({"a": 1, "b": 2}), None, ["a", "b"]), (got({"a": 3, "b": 2}), None, ["a", "b"]),
    ),
    "stamped": (
        change.stamped,
        (got({"u": 1}), got({"u": 9}), got({"created_at": 9}), None, None, "u"),
        (got({"u": 1}), got({"u": 1}), got({"created_at": 9}), None, None, "u"),
    ),
    "pieces_fit": (
        content.pieces_fit,
        (Answer(200, body=b"abcd"), Answer(206, body=b"ab"), Answer(206, body=b"cd")),
        (Answer(200, body=b"abc"), Answer(206, body=b"ab"), Answer(206, body=b"cd")),
    ),
    "right_range": (
        content.right_range,
        (Answer(200, body=b"abcd"), Answer(206, {"content-range": "bytes 1-2/4"}, b"bc"), "1-2"),
        (Answer(200, body=b"abcd"), Answer(206, {"content-range": "bytes 1-2/4"}, b"ab"), "1-2"),
    ),
    "bytes_as_told": (
        content.bytes_as_told,
        (got({"size": 4, "sha": ABCD}), Answer(200, body=b"abcd"), None, ["size", "sha"]),
        (got({"size": 4, "sha": ABCE}), Answer(200, body=b"abcd"), None, ["size", "sha"]),
    ),
    "shaped": (schema.shaped, (got({"a": 1}), 200, {"required": ["a"]}), (got({}), 200, {"required": ["a"]})),
    "shaped, as JSON": (schema.shaped, (got({}), 200, {}), (Answer(200, body=b"{}\xff"), 200, {})),
}  # fmt: skip


@pytest.mark.parametrize("name", RIGHT_AND_WRONG)
def test_what_is_right_is_passed_in_silence(name: str) -> None:
    judge, right, _ = RIGHT_AND_WRONG[name]
    assert judge(*right) == ""


@pytest.mark.parametrize("name", RIGHT_AND_WRONG)
def test_what_is_wrong_is_told(name: str) -> None:
    judge, _, wrong = RIGHT_AND_WRONG[name]
    assert judge(*wrong)


UNCLEAR = {
    "a list that is none": lambda: listing.listed([got({"a": 1})], LIST, "1"),
    "a list that is not answered": lambda: listing.listed([got(code=500)], LIST, "1"),
    "an empty list to choose from": lambda: state.listed_id([page()], LIST, "1", 0),
    "a server error instead of a refusal": lambda: status.refused(got(code=500)),
    "a thing without an id": lambda: state.made_id(got({}), None, "id"),
    "a shape of another status": lambda: schema.shaped(got(code=404), 200, {}),
    "bodies that are not JSON": lambda: change.state_of(Answer(200, body=b"<"), None, "s"),
    "nobody to judge": lambda: by_eye([got({"a": 1}), [got()]]),
}


@pytest.mark.parametrize("name", UNCLEAR)
def test_what_answers_do_not_show_is_unclear(name: str) -> None:
    with pytest.raises(Unclear):
        UNCLEAR[name]()


def test_id_that_the_run_saw_is_preferred() -> None:
    assert state.listed_id([page(1, 2, 3)], LIST, "3", 0) == "3"


def test_another_item_serves_where_that_one_is_gone() -> None:
    assert state.listed_id([page(1, 2, 3)], LIST, "9", 1) == "2"


def test_next_page_is_behind_a_link_without_its_host() -> None:
    assert state.next_of(page(1, link='<http://other.test/trays?page=2>; rel="next"'), LIST) == "/trays?page=2"


def test_next_page_is_behind_a_cursor() -> None:
    shown = got({"items": [], "next": "c 2"}, target="/trays?limit=1&cursor=c1")
    assert state.next_of(shown, CURSORS) == "/trays?limit=1&cursor=c+2"


def test_last_page_has_no_next() -> None:
    assert state.next_of(got({"items": [], "next": None}), CURSORS) == ""


KINDS = st.sampled_from(["string", "integer", "number", "boolean", "object", "array"])
SCHEMAS = st.fixed_dictionaries(
    {},
    optional={
        "type": KINDS,
        "required": st.lists(st.sampled_from("ab"), unique=True),
        "properties": st.dictionaries(st.sampled_from("ab"), st.fixed_dictionaries({"type": KINDS}), max_size=2),
        "additionalProperties": st.booleans(),
        "items": st.fixed_dictionaries({"type": KINDS}),
        "minLength": st.integers(0, 2),
        "maximum": st.integers(0, 2),
        "enum": st.lists(st.sampled_from(["a", 5, None]), min_size=1, max_size=2),
    },
)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from(["", "a", "abc", 0.5]),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from("abc"), inner, max_size=2),
    max_leaves=4,
)


@given(told=SCHEMAS, value=VALUES)
def test_small_validator_agrees_with_a_whole_one(told: dict[str, Any], value: Any) -> None:
    assert (schema.misfit(value, told, "") == "") == jsonschema_rs.is_valid(told, value)


@pytest.mark.parametrize(
    "judged",
    [
        lambda pages: listing.listed(pages, LIST, "9"),
        lambda pages: listing.each_once(pages, LIST),
        lambda pages: listing.right_total(pages, LIST),
        lambda pages: listing.filtered([got([{"id": 9, "kind": "a"}])], pages, LIST, [("kind", "a")]),
    ],
    ids=["listed", "each-once", "right-total", "filtered"],
)
def test_nothing_is_said_of_what_may_stand_behind_the_last_page_that_was_asked_for(
    judged: Callable[[list[Answer]], str],
) -> None:
    more = {**NEXT, "x-total": "99"}
    pages = [got([{"id": number + 10, "kind": "a"}], headers=more) for number in range(MOST_PAGES)]
    with pytest.raises(Unclear, match="goes on"):
        judged(pages)
