from __future__ import annotations

from typing import Any

import pytest

from mockserver.admin.desk import CONTRACT, make_extension
from spec.contract import Contract
from spec.contract_reader import load_contract


@pytest.fixture(scope="module")
def description() -> Contract:
    return load_contract(CONTRACT)


def test_every_operation_of_the_description_is_answered(description: Contract, stand: Any) -> None:
    served_as_it_is = {"getAdminDescription"}
    assert set(make_extension(stand).arounds) | served_as_it_is == set(description.by_id)


def test_the_description_is_served(tell: Any, description: Contract) -> None:
    told = tell("GET", "/openapi.json")
    assert told.json == description.document
    assert tell("GET", "/openapi.json", headers={"if-none-match": told.headers["etag"]}).status == 304


def test_an_unknown_path_is_a_problem(tell: Any) -> None:
    told = tell("GET", "/nothing")
    assert (told.status, told.json["code"]) == (404, "unknown-route")


def test_a_wrong_method_is_told_the_right_ones(tell: Any) -> None:
    told = tell("PATCH", "/clock")
    assert (told.status, told.headers["allow"]) == (405, "GET, HEAD, OPTIONS, PUT")


def test_options_tell_what_is_allowed(tell: Any) -> None:
    told = tell("OPTIONS", "/clock", headers={"access-control-request-method": "PUT", "origin": "http://localhost:1"})
    assert (told.status, told.headers["access-control-allow-methods"]) == (204, "GET, HEAD, OPTIONS, PUT")
    assert tell("OPTIONS", "/nothing").status == 404
    assert tell("OPTIONS", "/clock", headers={"origin": "https://evil.example"}).status == 403


def test_a_bad_body_is_told_with_all_that_is_wrong(tell: Any) -> None:
    told = tell("PUT", "/clock", {"mode": "fast", "speed": 2})
    assert told.status == 400
    assert {one["pointer"] for one in told.json["violations"]} == {"/mode", "/speed"}


@pytest.mark.parametrize("body", [b"{", b"[]", b"\xff", b'{"what":1}', b'{"what":["state"],"what":[]}', b"1e999"])
def test_a_body_that_is_none_changes_nothing(tell: Any, body: bytes) -> None:
    tell("PUT", "/snapshots/a")
    assert tell("POST", "/reset", body).status == 400
    assert len(tell("GET", "/snapshots").json) == 1


def test_a_parameter_that_is_not_known_is_refused(tell: Any) -> None:
    assert tell("GET", "/journal?operatoin=x").status == 400


def test_the_workspace_comes_from_the_query_before_the_header(tell: Any, stand: Any) -> None:
    tell("PUT", "/snapshots/a?workspace=one", workspace="two")
    assert list(stand.registry.open("one").snapshots) == ["a"]
    tell("PUT", "/snapshots/b", workspace="two")
    assert list(stand.registry.open("two").snapshots) == ["b"]


def test_what_speaks_of_no_workspace_opens_none(tell: Any) -> None:
    tell("GET", "/coverage", workspace="new")
    assert [one["name"] for one in tell("GET", "/workspaces").json] == ["default"]


def test_a_name_that_is_none_is_refused(tell: Any) -> None:
    assert tell("GET", "/state?workspace=a/b").status == 400


def test_an_answer_that_breaks_the_description_never_leaves(tell: Any, stand: Any) -> None:
    stand.fixtures = stand.registry  # no fixtures at all
    told = tell("GET", "/fixtures")
    assert (told.status, told.json["detail"]) == (500, "the mock failed; its log tells why")
