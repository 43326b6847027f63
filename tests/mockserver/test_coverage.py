from __future__ import annotations

from typing import Any

import pytest

from mockserver.exchange import Address, Answer, Judged, Violation
from mockserver.journal.coverage import Coverage
from mockserver.passage import Passage
from mockserver.prefer.preference import Preference
from spec.contract import Contract
from spec.contract_reader import contract_from

NOTHING: dict[str, Any] = {}


@pytest.fixture
def coverage(shelf: Contract) -> Coverage:
    return Coverage(shelf)


def passage_to(contract: Contract, operation: str | None, **judged: Any) -> Passage:
    passage = Passage("GET", "/", b"", {}, Address("", "/"), "id")
    passage.operation = contract.operation(operation) if operation else None
    parts = {"path": NOTHING, "query": NOTHING, "headers": NOTHING, "cookies": NOTHING, "body": None, **judged}
    passage.judged = Judged(**parts)
    return passage


def answer(status: int = 200, why: str = "state", *violations: Violation) -> Answer:
    return Answer(status, b"", None, (), why, violations)


def told(coverage: Coverage, operation: str) -> Any:
    return next(one for one in coverage.report()["by_operation"] if one["operation"] == operation)


def test_what_was_never_called_is_named(shelf: Contract, coverage: Coverage) -> None:
    coverage.note(passage_to(shelf, "listShelves"), answer())
    report = coverage.report()
    assert report["operations"] == {"total": len(shelf.operations), "called": 1}
    assert report["never_called"] == [one.id for one in shelf.operations if one.id != "listShelves"]


def test_statuses_are_counted_and_those_never_seen_are_named(shelf: Contract, coverage: Coverage) -> None:
    for status in (200, 200, 404):
        coverage.note(passage_to(shelf, "getHours"), answer(status))
    coverage.note(passage_to(shelf, "createShelf"), answer(404))
    hours = told(coverage, "getHours")
    assert (hours["calls"], hours["statuses"]["seen"]) == (3, {"200": 2, "404": 1})
    assert told(coverage, "createShelf")["statuses"]["never_seen"] == ["201"]


def test_a_status_that_the_contract_does_not_know_is_told() -> None:
    document = {
        "openapi": "3.0.3",
        "info": {"title": "t", "version": "1"},
        "paths": {"/a": {"get": {"operationId": "a", "responses": {"200": {"description": "d"}}}}},
    }
    contract = contract_from(document)
    coverage = Coverage(contract)
    for status in (200, 418):
        coverage.note(passage_to(contract, "a"), answer(status))
    assert coverage.report()["undocumented"] == [{"operation": "a", "status": 418}]


def test_trouble_on_purpose_is_counted_apart(shelf: Contract, coverage: Coverage) -> None:
    coverage.note(passage_to(shelf, "getHours"), answer(599, "fault"))
    hours = told(coverage, "getHours")
    assert (hours["calls"], hours["faults"], hours["statuses"]["seen"]) == (0, 1, {})


def test_broken_rules_are_counted(shelf: Contract, coverage: Coverage) -> None:
    broken = Violation("body", "/name", "required", "is required")
    for _ in range(2):
        coverage.note(passage_to(shelf, "createShelf"), answer(422, "refused", broken))
    assert told(coverage, "createShelf")["violated"] == [
        {"in": "body", "pointer": "/name", "keyword": "required", "count": 2}
    ]


def test_names_that_clients_make_up_do_not_grow_without_end(shelf: Contract, coverage: Coverage) -> None:
    for number in range(3000):
        broken = Violation("query", f"x{number}", "unknown", "is not known")
        coverage.note(passage_to(shelf, "createShelf"), answer(400, "refused", broken))
    assert len(told(coverage, "createShelf")["violated"]) == 2000


def test_values_of_enumerations_are_told_apart(shelf: Contract, coverage: Coverage) -> None:
    coverage.note(passage_to(shelf, "listShelves", cookies={"theme": "dark"}), answer())
    (theme,) = [one for one in told(coverage, "listShelves")["choices"] if one["name"] == "theme"]
    assert theme == {"in": "cookie", "name": "theme", "seen": ["dark"], "never_seen": ["light"]}


def test_values_in_bodies_and_lists_count() -> None:
    colours = {"type": "array", "items": {"type": "string", "enum": ["red", "blue", "green"]}}
    fields = {"type": "object", "properties": {"box[colours]": colours, "box[size]": {"enum": ["s", "l"]}}}
    operation = {
        "operationId": "a",
        "requestBody": {"content": {"application/x-www-form-urlencoded": {"schema": fields}}},
        "responses": {"200": {"description": "d"}},
    }
    contract = contract_from(
        {"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": {"/a": {"post": operation}}}
    )
    coverage = Coverage(contract)
    coverage.note(passage_to(contract, "a", body={"colours": ["red", "green"], "size": ["l"]}), answer())
    assert told(coverage, "a")["choices"] == [
        {"in": "body", "name": "colours", "seen": ["red", "green"], "never_seen": ["blue"]},
        {"in": "body", "name": "size", "seen": [], "never_seen": ["s", "l"]},
    ]


def test_examples_that_clients_asked_for_are_counted(shelf: Contract, coverage: Coverage) -> None:
    passage = passage_to(shelf, "getHours")
    passage.preference = Preference(example="winter")
    coverage.note(passage, answer(200, "forced"))
    coverage.note(passage, answer(400, "refused"))
    assert told(coverage, "getHours")["examples"] == {"winter": 1}


def test_requests_that_reach_no_operation_are_counted(shelf: Contract, coverage: Coverage) -> None:
    coverage.note(passage_to(shelf, None), answer(404, "refused"))
    assert coverage.report()["unknown_routes"] == 1


def test_clearing_starts_anew(shelf: Contract, coverage: Coverage) -> None:
    coverage.note(passage_to(shelf, "getHours"), answer())
    coverage.clear()
    assert coverage.report()["operations"]["called"] == 0
