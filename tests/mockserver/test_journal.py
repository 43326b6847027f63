from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.exchange import Address, Answer, Violation
from mockserver.journal.check import Expectation, Finding, verify
from mockserver.journal.journal import Journal, JournalLimits
from mockserver.journal.masking import Mask
from mockserver.journal.query import Criteria, select
from mockserver.journal.view import detail, summarise
from mockserver.passage import Passage
from spec.contract import Contract

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
Note = Callable[..., None]


def journal_of(**limits: int) -> Journal:
    return Journal(lambda: NOON, Mask(), JournalLimits(**limits))


def note(
    journal: Journal,
    method: str = "GET",
    path: str = "/shelves",
    *,
    status: int = 200,
    query: bytes = b"",
    headers: dict[str, str] | None = None,
    body: bytes = b"",
    answer: bytes = b"[]",
    operation: Any = None,
    violations: tuple[Violation, ...] = (),
    why: str = "state",
    request_id: str = "r",
) -> None:
    size = sum(len(name) + len(value) for name, value in (headers or {}).items())
    passage = Passage(method, path, query, headers or {}, Address("", path), request_id, body, size=size)
    passage.operation = operation
    journal.note(passage, Answer(status, answer, "application/json", (), why, violations), 0.001)


def test_entries_are_numbered_and_carry_the_workspace_s_time() -> None:
    journal = journal_of()
    note(journal)
    note(journal, "POST")
    assert [(entry.number, entry.method, entry.time) for entry in journal] == [(1, "GET", NOON), (2, "POST", NOON)]


def test_a_full_journal_forgets_the_oldest_and_says_how_many() -> None:
    journal = journal_of(entries=3)
    for _ in range(10):
        note(journal)
    assert ([entry.number for entry in journal], journal.dropped, journal.last) == ([8, 9, 10], 7, 10)


@given(sizes=st.lists(st.integers(0, 3000), max_size=60))
def test_a_journal_never_outweighs_its_limit(sizes: list[int]) -> None:
    journal = journal_of(bytes=10_000, body=2000)
    for size in sizes:
        note(journal, body=b"x" * size, answer=b"y" * size)
        assert journal.bytes <= 10_000
    assert journal.bytes == sum(entry.weight for entry in journal)
    assert journal.dropped + len(journal) == len(sizes)


def test_long_header_fields_count() -> None:
    journal = journal_of(bytes=10_000)
    note(journal, headers={"x": "a" * 20_000})
    assert (len(journal), journal.dropped) == (0, 1)


def test_bodies_are_cut_and_their_size_is_told() -> None:
    journal = journal_of(body=4)
    note(journal, body=b"123456", answer=b"abcdef")
    (entry,) = journal
    assert (entry.request_body, entry.request_size, entry.answer_body, entry.answer_size) == (b"1234", 6, b"abcd", 6)


def test_what_a_client_sends_is_masked_before_it_is_kept() -> None:
    journal = journal_of()
    note(journal, query=b"token=abc", headers={"authorization": "Bearer abc"}, body=b'{"password":"abc"}')
    assert "abc" not in repr(list(journal))


def test_what_an_answer_tells_is_masked_before_it_is_shown() -> None:
    journal = journal_of()
    note(journal, answer=b'{"token":"abc"}')
    (entry,) = journal
    assert detail(entry)["answer"]["json"] == {"token": "***"}


def test_a_value_that_broke_a_rule_for_secrets_is_masked() -> None:
    journal = journal_of()
    note(journal, violations=(Violation("body", "/password", "minLength", "is too short", "abc"),))
    (entry,) = journal
    assert summarise(entry)["violations"][0]["got"] == "***"


def test_clearing_forgets_entries_and_drops_but_no_number() -> None:
    journal = journal_of(entries=1)
    note(journal)
    note(journal)
    journal.clear()
    note(journal)
    assert ([entry.number for entry in journal], journal.dropped) == ([3], 0)
    assert journal.bytes == next(iter(journal)).weight


def test_an_entry_is_found_by_number_and_by_request_id() -> None:
    journal = journal_of()
    note(journal, request_id="one")
    note(journal, request_id="two")
    assert [entry.number for name in ("1", "two") if (entry := journal.find(name))] == [1, 2]
    assert journal.find("three") is None


@pytest.mark.parametrize(
    ("body", "media_type", "shown"),
    [
        (b'{"a":1}', "application/json; charset=utf-8", {"size": 7, "json": {"a": 1}}),
        (b'{"a":', "application/json", {"size": 5, "text": '{"a":'}),
        (b"a=1", "application/x-www-form-urlencoded", {"size": 3, "text": "a=1"}),
        (b"\xff\x00", "", {"size": 2, "base64": "/wA="}),
        (b"", "", {"size": 0}),
    ],
)
def test_a_body_is_shown_as_what_it_is(body: bytes, media_type: str, shown: dict[str, Any]) -> None:
    journal = journal_of()
    note(journal, body=body, headers={"content-type": media_type})
    told = detail(next(iter(journal)))["request"]
    del told["headers"]
    assert told == shown


@pytest.fixture
def busy(shelf: Contract) -> Journal:
    journal = journal_of()
    listing, creation = shelf.operation("listShelves"), shelf.operation("createShelf")
    note(journal, "GET", "/shelves", query=b"page=2&room=A+1", operation=listing, headers={"x-trace-id": "abc-1"})
    note(journal, "POST", "/shelves", status=422, operation=creation, body=b'{"a":{"b":[true,2]}}', why="refused",
         violations=(Violation("body", "/name", "required", "is required"),))  # fmt: skip
    note(journal, "GET", "/shelves/", status=404, why="refused")
    note(journal, "POST", "/shelves", status=201, operation=creation, body=b"shelf[name]=Maps&shelf[capacity]=3",
         headers={"content-type": "application/x-www-form-urlencoded"})  # fmt: skip
    return journal


@pytest.mark.parametrize(
    ("criteria", "numbers"),
    [
        (Criteria(), [1, 2, 3, 4]),
        (Criteria(operation="createShelf"), [2, 4]),
        (Criteria(method="get"), [1, 3]),
        (Criteria(path="/shelves"), [1, 2, 4]),
        (Criteria(path="/*"), [1, 2, 4]),
        (Criteria(path="/**"), [1, 2, 3, 4]),
        (Criteria(status="4XX"), [2, 3]),
        (Criteria(status="201"), [4]),
        (Criteria(why="refused"), [2, 3]),
        (Criteria(query={"room": "A 1"}), [1]),
        (Criteria(headers={"X-Trace-Id": "abc"}), [1]),
        (Criteria(body="Maps"), [4]),
        (Criteria(json={"/a/b/1": 2}), [2]),
        (Criteria(json={"/a/b/0": 1}), []),
        (Criteria(json={"/name": "Maps", "/capacity": "3"}), [4]),
        (Criteria(method="POST", status="2xx"), [4]),
    ],
    ids=str,
)
def test_criteria_pick_entries(busy: Journal, criteria: Criteria, numbers: list[int]) -> None:
    assert [entry.number for entry in select(busy, criteria)] == numbers


def test_entries_are_read_in_portions(busy: Journal) -> None:
    assert [entry.number for entry in select(busy, Criteria(), after=1, limit=2)] == [2, 3]


@pytest.mark.parametrize(
    ("expectation", "finding"),
    [
        (Expectation(Criteria(operation="createShelf"), times=2), Finding.PASS),
        (Expectation(Criteria(operation="createShelf"), times=1), Finding.FAIL),
        (Expectation(Criteria(operation="createShelf"), at_least=3), Finding.FAIL),
        (Expectation(Criteria(operation="createShelf"), at_most=2), Finding.PASS),
        (Expectation(Criteria(method="GET"), at_least=1, at_most=1), Finding.FAIL),
        (Expectation(Criteria(operation="deleteShelf"), times=0), Finding.PASS),
        (Expectation(Criteria(operation="deleteShelf")), Finding.FAIL),
    ],
    ids=str,
)
def test_an_expectation_counts(busy: Journal, expectation: Expectation, finding: Finding) -> None:
    assert verify(busy, [expectation]).finding is finding


def test_order_is_judged_where_it_is_asked_for(busy: Journal) -> None:
    create, read = Expectation(Criteria(operation="createShelf")), Expectation(Criteria(operation="listShelves"))
    assert verify(busy, [create, read]).finding is Finding.PASS
    assert verify(busy, [read, create], ordered=True).finding is Finding.PASS
    backwards = verify(busy, [create, read], ordered=True)
    assert backwards.finding is Finding.FAIL
    assert "after entry 2; found 0 there, 1 in all" in backwards.outcomes[1].text


def test_a_count_of_two_must_be_over_before_the_next_one(busy: Journal) -> None:
    twice, missing = Expectation(Criteria(operation="createShelf"), times=2), Expectation(Criteria(path="/shelves/"))
    assert verify(busy, [missing, twice], ordered=True).finding is Finding.FAIL
    assert verify(busy, [twice, missing], ordered=True).finding is Finding.FAIL


@pytest.mark.parametrize(
    ("criteria", "told"),
    [
        (Criteria(path="/Shelves"), "differs only in upper and lower case"),
        (Criteria(path="/shelves/", status="200"), "entry 3, GET /shelves/ (404): the status is 404, not 200"),
        (Criteria(method="POST", status="200"), "the status is 422, not 200 (body /name: is required)"),
        (Criteria(path="/v1/shelves"), "differs only by what stands before it"),
        (Criteria(path="/books"), "has 'shelves' where 'books' is expected"),
        (Criteria(query={"page": "3"}), "the query parameter page is 2, not 3"),
        (Criteria(headers={"x-trace-id": "z"}), "the header field x-trace-id is abc-1"),
        (Criteria(json={"/a/b": 1}), "the body has [true, 2] at /a/b, not 1"),
        (Criteria(operation="getShelf"), "no operation has this method and path"),
    ],
    ids=str,
)
def test_what_came_near_says_how_it_missed(busy: Journal, criteria: Criteria, told: str) -> None:
    (outcome,) = verify(busy, [Expectation(criteria, times=9)]).outcomes
    assert any(told in near for near in outcome.near), outcome.near


def test_a_trailing_slash_is_named_as_the_slip_that_it_is(busy: Journal) -> None:
    (outcome,) = verify(busy, [Expectation(Criteria(path="/shelves", status="404"))]).outcomes
    assert "the path /shelves/ differs only by a trailing slash" in outcome.near[0]


@pytest.mark.parametrize(
    ("expectation", "finding"),
    [
        (Expectation(Criteria(method="GET"), at_least=2), Finding.PASS),
        (Expectation(Criteria(method="GET"), at_least=3), Finding.UNKNOWN),
        (Expectation(Criteria(method="GET"), times=1), Finding.FAIL),
        (Expectation(Criteria(method="GET"), times=2), Finding.UNKNOWN),
        (Expectation(Criteria(method="PUT"), times=0), Finding.UNKNOWN),
    ],
    ids=str,
)
def test_what_was_forgotten_makes_an_expectation_unknown_and_never_failed(
    expectation: Expectation, finding: Finding
) -> None:
    journal = journal_of(entries=2)
    for _ in range(3):
        note(journal)
    assert verify(journal, [expectation]).finding is finding


def test_a_range_that_is_still_whole_can_be_judged() -> None:
    journal = journal_of(entries=2)
    for _ in range(3):
        note(journal)
    assert verify(journal, [Expectation(Criteria(), times=2)], after=1).finding is Finding.PASS
    assert verify(journal, [Expectation(Criteria(), times=3)], after=0).finding is Finding.UNKNOWN
