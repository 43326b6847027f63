"""Which failures are one fault, and which are not."""

from __future__ import annotations

from typing import Any

import pytest

from conformance.ledger import Line
from conformance.verdict.headline import find_headlines


def failed(name: str, *shown: tuple[str, str, str, str], level: str = "MUST", **more: str) -> Line:
    """A failed verdict; each of its failures is operation, code, what was seen, and exchange."""
    members = ("operation", "code", "seen", "exchange")
    return {
        "id": name,
        "level": level,
        "verdict": "fail",
        "failures": [dict(zip(members, one, strict=True)) for one in shown],
        **more,
    }


def exchange(name: str, operation: str, status: int, target: str, *codes: str) -> Line:
    failures: list[dict[str, Any]] = [{"code": code, "dismissed": None} for code in codes]
    request, answer = {"target": target}, {"status": status}
    return {"id": name, "operation": operation, "request": request, "answer": answer, "failures": failures}


def told(verdicts: list[Line], *exchanges: Line) -> dict[str, list[str]]:
    """Headline to its consequences."""
    found = find_headlines(verdicts, exchanges)
    return {head.requirement: [one.requirement for one in head.consequences] for head in found}


def test_failures_of_the_same_answers_are_one_fault_told_by_the_gravest() -> None:
    status = failed("getTray/status", ("getTray", "ST103", "status 500", "x1"))
    crash = failed("getTray/no-server-error", ("getTray", "ST101", "status 500", "x2"))
    exchanges = [exchange("x1", "getTray", 500, "/trays/1", "ST103"), exchange("x2", "getTray", 500, "/trays/2")]
    assert told([status, crash], *exchanges) == {"getTray/no-server-error": ["getTray/status"]}


def test_failure_that_other_answers_show_too_is_a_fault_of_its_own() -> None:
    status = failed("getTray/status", ("getTray", "ST103", "status 418", "x1"))
    crash = failed("getTray/no-server-error", ("getTray", "ST101", "status 500", "x2"))
    exchanges = [
        exchange("x0", "getTray", 200, "/trays/3"),
        exchange("x1", "getTray", 418, "/trays/1", "ST103"),
        exchange("x2", "getTray", 500, "/trays/2"),
    ]
    assert set(told([status, crash], *exchanges)) == {"getTray/status", "getTray/no-server-error"}


def test_two_behaviours_that_look_at_one_answer_are_two_faults() -> None:
    order = failed("order", ("listTrays", "sort-honoured", "2, 1", "x1"))
    members = failed("members", ("listTrays", "item-members", "no id", "x1"))
    assert told([order, members], exchange("x1", "listTrays", 200, "/trays")) == {"order": [], "members": []}


def test_everything_of_a_resource_fails_with_a_create_that_never_succeeds() -> None:
    create = failed("createTray/success", ("createTray", "plain-status", "status 403", "x1"))
    read = failed("getTray/success", ("getTray", "plain-status", "status 404", "x2"))
    other = failed("getCup/success", ("getCup", "plain-status", "status 410", "x3"))
    exchanges = [
        exchange("x1", "createTray", 403, "/trays", "plain-status"),
        exchange("x2", "getTray", 404, "/trays/1", "plain-status"),
        exchange("x3", "getCup", 410, "/cups/1", "plain-status"),
    ]
    assert told([create, read, other], *exchanges) == {"createTray/success": ["getTray/success"], "getCup/success": []}


def test_operation_that_also_succeeds_explains_nothing_beyond_its_own_answers() -> None:
    create = failed("createTray/success", ("createTray", "plain-status", "status 403", "x1"))
    read = failed("getTray/success", ("getTray", "plain-status", "status 404", "x2"))
    exchanges = [
        exchange("x1", "createTray", 403, "/trays", "plain-status"),
        exchange("x0", "createTray", 201, "/trays"),
        exchange("x2", "getTray", 404, "/trays/1", "plain-status"),
    ]
    assert len(told([create, read], *exchanges)) == 2


def test_order_and_missing_items_are_read_off_a_broken_walk_of_pages() -> None:
    order = failed("order", ("listTrays", "page-order", "2, 1", "x1"))
    walk = failed("walk", ("listTrays", "page-links", "1 on several", "x2"))
    listed = failed("listed", ("createTray", "item-in-list", "not there", "x3"))
    cups = failed("cups", ("listCups", "page-order", "2, 1", "x4"))
    exchanges = [
        exchange("x1", "listTrays", 200, "/trays"),
        exchange("x2", "listTrays", 200, "/trays?page=2"),
        exchange("x3", "createTray", 201, "/trays"),
        exchange("x4", "listCups", 200, "/cups"),
    ]
    assert told([order, walk, listed, cups], *exchanges) == {"walk": ["order", "listed"], "cups": []}


def test_what_is_created_and_lost_is_not_listed_either() -> None:
    lost = failed("lost", ("createTray", "create-read-back", "status 404", "x1"))
    listed = failed("listed", ("createTray", "item-in-list", "not there", "x2"))
    exchanges = [exchange("x1", "createTray", 201, "/trays"), exchange("x2", "createTray", 201, "/trays")]
    assert told([lost, listed], *exchanges) == {"lost": ["listed"]}


def test_the_same_at_several_operations_is_one_fault() -> None:
    verdicts = [
        failed(f"op{n}/media-type", (f"op{n}", "plain-media-type", "status 200; text/plain; /a/1", f"x{n}"))
        for n in range(3)
    ]
    assert told(verdicts) == {"op0/media-type": ["op1/media-type", "op2/media-type"]}


def test_different_shapes_at_several_operations_are_different_faults() -> None:
    verdicts = [
        failed(f"op{n}/schema", (f"op{n}", "plain-schema", f"status 200; {field} is missing", f"x{n}"))
        for n, field in enumerate(("id", "label"))
    ]
    assert len(told(verdicts)) == 2


def test_must_is_never_the_consequence_of_a_should() -> None:
    lost = failed("lost", ("createTray", "create-read-back", "status 404", "x1"), level="SHOULD")
    listed = failed("listed", ("createTray", "item-in-list", "not there", "x2"))
    exchanges = [exchange("x1", "createTray", 201, "/trays"), exchange("x2", "createTray", 201, "/trays")]
    assert list(told([lost, listed], *exchanges)) == ["listed", "lost"]


def test_what_the_ledger_says_of_a_consequence_is_believed_unless_it_goes_in_circles() -> None:
    one = failed("one", ("a", "x", "seen", "x1"))
    two = failed("two", ("b", "y", "other", "x2"), consequence_of="one")
    assert told([one, two]) == {"one": ["two"]}
    assert told([{**one, "consequence_of": "two"}, two]) == {"two": ["one"]}


def test_consequence_of_a_consequence_stands_below_the_first_fault() -> None:
    crashes = [failed(f"op{n}/no-server-error", (f"op{n}", "ST101", "status 500", f"x{n}")) for n in range(2)]
    behind = failed("behaviour", ("op1", "read-by-id", "status 500", "x1"))
    exchanges = [exchange("x0", "op0", 500, "/a"), exchange("x1", "op1", 500, "/b")]
    assert told([*crashes, behind], *exchanges) == {"op0/no-server-error": ["op1/no-server-error", "behaviour"]}


@pytest.mark.parametrize("outcome", ["pass", "waived", "inconclusive", "error", "not applicable"])
def test_only_failures_have_headlines(outcome: str) -> None:
    assert told([{**failed("one", ("a", "x", "seen", "x1")), "verdict": outcome}]) == {}
