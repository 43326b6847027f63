"""How lists are cut and linked."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.exchange import Address
from mockserver.resource.paging import (
    cut_after_marker,
    cut_limit,
    cut_pages,
    items_of,
    link_header,
    marker_entry,
)
from mockserver.state.collection import Collection, Entry
from spec.contract import Page

ALL = ("first", "prev", "next", "last")


def page(style: str = "page-number", **changes: Any) -> Page:
    plain: dict[str, Any] = {
        "style": style,
        "order_by": "id",
        "descending": False,
        "size_parameter": "per_page",
        "default_size": 20,
        "maximum_size": 100,
        "page_parameter": "page",
        "marker_parameter": "marker",
        "link_header": "Link",
        "link_member": None,
        "relations": ALL,
        "total_header": None,
    }
    return Page(**{**plain, **changes})


def links(header: str | None) -> dict[str, str]:
    return {relation: url for url, relation in re.findall(r'<([^>]*)>; rel="(\w+)"', header or "")}


def url_of_page(address: Address, number: int) -> str:
    """Where the page before it links to."""
    cut = cut_pages(page(), {"page": number - 1}, 20 * number)
    return links(link_header(page(), address, cut))["next"]


def numbers(count: int) -> Collection:
    return Collection(Entry((number,), {"id": number}) for number in range(1, count + 1))


@pytest.mark.parametrize(
    ("number", "total", "held", "targets"),
    [
        (1, 47, (0, 20), {"first": "1", "next": "2", "last": "3"}),
        (2, 47, (20, 40), {"first": "1", "prev": "1", "next": "3", "last": "3"}),
        (3, 47, (40, 47), {"first": "1", "prev": "2", "last": "3"}),
        (9, 47, (47, 47), {"first": "1", "prev": "3", "last": "3"}),
        (1, 0, (0, 0), {"first": "1", "last": "1"}),
        (1, 20, (0, 20), {"first": "1", "last": "1"}),
        (1, 21, (0, 20), {"first": "1", "next": "2", "last": "2"}),
    ],
    ids=["first", "middle", "last", "beyond the last", "nothing", "exactly one page", "one more than a page"],
)
def test_a_page_links_to_the_pages_around_it(
    number: int, total: int, held: tuple[int, int], targets: dict[str, str]
) -> None:
    cut = cut_pages(page(), {"page": number}, total)
    assert (cut.start, cut.stop) == held
    assert {relation: value for relation, (_, value) in cut.targets.items()} == targets


@given(total=st.integers(0, 300), size=st.integers(1, 100))
def test_following_next_meets_each_item_once_in_order(total: int, size: int) -> None:
    rows = numbers(total).select("id")
    seen: list[Any] = []
    query: dict[str, int] = {"per_page": size}
    while True:
        cut = cut_pages(page(), query, total)
        seen += [entry.key[0] for entry in items_of(cut, rows, descending=False)]
        if "next" not in cut.targets:
            break
        query["page"] = int(cut.targets["next"][1])
    assert seen == list(range(1, total + 1))


@given(total=st.integers(0, 60), size=st.integers(1, 20), descending=st.booleans())
def test_following_markers_meets_each_item_once_in_order(total: int, size: int, descending: bool) -> None:
    style, collection = page("marker", descending=descending), numbers(total)
    selection, seen, marked = collection.select("id"), [], None
    while True:
        cut = cut_after_marker(style, "id", {"per_page": size}, selection, marked)
        seen += [entry.key[0] for entry in items_of(cut, selection, descending=descending)]
        if "next" not in cut.targets:
            break
        marked = collection.get(int(cut.targets["next"][1]))
    assert seen == sorted(range(1, total + 1), reverse=descending)


def test_a_marker_whose_item_is_gone_goes_on_from_its_place() -> None:
    collection = numbers(9)
    collection.drop(4)
    marked = marker_entry("id", 4, collection.get(4))
    selection = collection.select("id")
    cut = cut_after_marker(page("marker"), "id", {"per_page": 2}, selection, marked)
    assert [entry.key[0] for entry in items_of(cut, selection, descending=False)] == [5, 6]


@pytest.mark.parametrize(("query", "held"), [({}, 20), ({"per_page": 5}, 5), ({"per_page": 500}, 100)])
def test_a_limit_is_the_size_of_the_list(query: dict[str, int], held: int) -> None:
    assert cut_limit(page("limit"), query, 1000).stop == held


def test_without_a_default_all_items_are_listed() -> None:
    assert cut_limit(page("limit", default_size=None), {}, 1000).stop == 1000


def test_links_keep_the_other_parameters_where_they_were() -> None:
    asked = (("q", "a b"), ("page", "2"), ("tag", "x&y"), ("tag", "ä=1"), ("empty", ""))
    address = Address("https://mock.example:8443", "/things", asked)
    header = link_header(page(), address, cut_pages(page(), {"page": 2}, 47))
    assert list(links(header)) == list(ALL)
    assert links(header)["next"] == "https://mock.example:8443/things?q=a%20b&page=3&tag=x%26y&tag=%C3%A4%3D1&empty="


def test_a_repeated_page_parameter_is_linked_once() -> None:
    address = Address("http://h", "/x", (("page", "1"), ("a", "b"), ("page", "2")))
    assert url_of_page(address, 3) == "http://h/x?page=3&a=b"


def test_a_path_that_arrived_encoded_is_not_encoded_twice() -> None:
    assert url_of_page(Address("http://h", "/a%2Fb/c"), 3) == "http://h/a%2Fb/c?page=3"


@given(st.lists(st.tuples(st.text(min_size=1), st.text())), st.text())
def test_no_input_breaks_out_of_a_link(query: list[tuple[str, str]], path: str) -> None:
    address = Address("http://mock.example", f"/{path}", tuple(query))
    header = link_header(page(), address, cut_pages(page(), {}, 47))
    assert header is not None
    assert header.isascii()
    assert header.isprintable()
    assert len(links(header)) == 3
    assert header.count("<") == header.count(">") == 3


@given(st.lists(st.tuples(st.text("abcäö&=+% #?", min_size=1), st.text("abcäö&=+% #?"))))
def test_other_parameters_read_the_same_behind_a_link(query: list[tuple[str, str]]) -> None:
    kept = [(name, value) for name, value in query if name != "page"]
    url = url_of_page(Address("http://h", "/x", tuple(query)), 7)
    read = parse_qsl(urlsplit(url).query, keep_blank_values=True, strict_parsing=True)
    assert [pair for pair in read if pair[0] != "page"] == kept
    assert read.count(("page", "7")) == 1


def test_previous_in_a_contract_is_the_registered_prev() -> None:
    header = link_header(
        page(relations=("next", "previous")), Address("http://h", "/x"), cut_pages(page(), {"page": 2}, 47)
    )
    assert list(links(header)) == ["prev", "next"]


def test_a_list_offers_links_in_its_body_where_the_contract_says_so(desk: Any) -> None:
    first = desk.ask("listSheets", "c1", 1).body
    assert [sheet["name"] for sheet in first["sheets"]] == ["side", "front"]
    assert first["links"] == [{"rel": "next", "href": "http://mock.example/asked?marker=front"}]
    rest = desk.ask("listSheets", "c1", 1, query={"marker": "front"}).body
    assert [sheet["name"] for sheet in rest["sheets"]] == ["back"]
    assert "links" not in rest


def test_a_marker_nobody_ever_had_is_a_place_in_the_order(desk: Any) -> None:
    body = desk.ask("listSheets", "c1", 1, query={"marker": "g"}).body
    assert [sheet["name"] for sheet in body["sheets"]] == ["front", "back"]


def test_a_filter_takes_the_type_of_its_field(desk: Any) -> None:
    assert [job["id"] for job in desk.ask("listJobs", "c1", query={"copies": "3"}).body] == [1]
    assert desk.ask("listJobs", "c1", query={"copies": "three"}).body == []


def test_a_filter_follows_what_is_written(counter: Any) -> None:
    query = {"room": ["A1"]}
    assert [shelf["id"] for shelf in counter.ask("listShelves", query=query).body] == [1, 3]
    counter.ask("createShelf", body={"name": "More", "room": "A1"})
    counter.ask("deleteShelf", 1)
    assert [shelf["id"] for shelf in counter.ask("listShelves", query=query).body] == [3, 4]
