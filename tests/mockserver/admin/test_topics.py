from __future__ import annotations

from typing import Any

import pytest

from mockserver.exchange import Address, Answer
from mockserver.passage import Passage
from mockserver.state.carrying import Misfit

FORM = "application/x-www-form-urlencoded"


def note(stand: Any, operation: str, status: int = 200, workspace: str | None = None) -> None:
    passage = Passage("GET", "/shelves", b"", {"authorization": "Bearer lib-token"}, Address("", ""), "request-1")
    passage.operation = stand.engine.contract.operation(operation)
    stand.registry.open(workspace).journal.note(passage, Answer(status, b'{"a":1}', "application/json"), 0.002)


def test_a_clock_is_read_frozen_scaled_and_moved(tell: Any) -> None:
    assert tell("GET", "/clock").json == {"now": "2026-03-01T09:00:00Z", "mode": "frozen", "rate": 0}
    assert tell("PUT", "/clock", {"now": "2026-03-02T00:00:00+01:00"}).json["now"] == "2026-03-01T23:00:00Z"
    assert tell("POST", "/clock/advance", {"seconds": 60.5}).json["now"] == "2026-03-01T23:01:00.500Z"
    assert tell("PUT", "/clock", {"mode": "scaled", "rate": 60}).json["mode"] == "scaled"
    assert tell("PUT", "/clock", {"mode": "real"}).json["rate"] == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({}, 400),
        ({"now": "tomorrow"}, 400),
        ({"now": "2020-01-01T00:00:00Z"}, 422),
        ({"mode": "scaled"}, 422),
        ({"mode": "real", "rate": 2}, 422),
        ({"rate": -1}, 400),
    ],
)
def test_a_clock_that_cannot_be_set_so_stays_as_it_is(tell: Any, body: Any, status: int) -> None:
    assert tell("PUT", "/clock", body).status == status
    assert tell("GET", "/clock").json == {"now": "2026-03-01T09:00:00Z", "mode": "frozen", "rate": 0}


def test_a_clock_only_goes_forward(tell: Any) -> None:
    assert tell("POST", "/clock/advance", {"seconds": -1}).status == 400


def test_workspaces_are_opened_listed_and_dropped(tell: Any) -> None:
    assert tell("POST", "/workspaces", {"name": "mine"}).json["name"] == "mine"
    fresh = tell("POST", "/workspaces").json["name"]
    assert [one["name"] for one in tell("GET", "/workspaces").json] == ["default", "mine", fresh]
    assert tell("DELETE", "/workspaces/mine").status == 204
    assert tell("DELETE", "/workspaces/mine").status == 404
    assert tell("DELETE", "/workspaces/default").status == 409


def test_a_fresh_workspace_is_nobody_else_s(tell: Any) -> None:
    assert tell("POST", "/workspaces").json["name"] != tell("POST", "/workspaces").json["name"]


def test_a_reset_brings_everything_back(tell: Any, stand: Any) -> None:
    began = tell("GET", "/workspaces").json
    tell("PUT", "/state/shelf/1", {"fields": {"name": "x"}})
    tell("PUT", "/snapshots/a")
    tell("POST", "/faults", {"effect": "reset"})
    tell("PUT", "/mutants", {"on": ["mute"]})
    tell("POST", "/clock/advance", {"seconds": 5})
    note(stand, "listShelves")
    assert tell("GET", "/workspaces").json != began
    tell("POST", "/reset")
    assert (tell("GET", "/workspaces").json, tell("GET", "/diff").json) == (began, [])


@pytest.mark.parametrize("what", ["state", "journal", "faults", "mutants", "clock", "snapshots"])
def test_a_part_can_be_reset_alone(tell: Any, stand: Any, what: str) -> None:
    tell("PUT", "/state/shelf/1", {"fields": {"name": "x"}})
    tell("PUT", "/snapshots/a")
    tell("POST", "/faults", {"effect": "reset"})
    tell("PUT", "/mutants", {"on": ["mute"]})
    tell("POST", "/clock/advance", {"seconds": 5})
    note(stand, "listShelves")
    assert tell("POST", "/reset", {"what": [what]}).json == {"workspace": "default", "reset": [what]}
    (now,) = tell("GET", "/workspaces").json
    left = {
        "state": bool(tell("GET", "/diff").json),
        "journal": bool(now["entries"]),
        "faults": bool(now["faults"]),
        "mutants": bool(now["mutants"]),
        "clock": now["now"] != "2026-03-01T09:00:00Z",
        "snapshots": bool(now["snapshots"]),
    }
    assert [name for name, is_left in left.items() if not is_left] == [what]


def test_a_snapshot_brings_back_state_and_time(tell: Any) -> None:
    taken = tell("PUT", "/snapshots/before").json
    tell("PUT", "/state/shelf/1", {"fields": {"name": "x"}})
    tell("DELETE", "/state/shelf/2")
    tell("POST", "/clock/advance", {"seconds": 5})
    changes = {(one["resource"], one["key"], one["change"]) for one in tell("GET", "/diff?snapshot=before").json}
    assert changes == {("shelf", "1", "changed"), ("shelf", "2", "removed"), ("book", "2/n-1", "removed")}
    assert tell("POST", "/snapshots/before/restore").json == taken
    assert (tell("GET", "/diff").json, tell("GET", "/clock").json["now"]) == ([], taken["now"])
    assert tell("DELETE", "/snapshots/before").status == 204


def test_a_snapshot_that_is_not_there_is_not_found(tell: Any) -> None:
    asked = (("POST", "/snapshots/x/restore"), ("DELETE", "/snapshots/x"), ("GET", "/diff?snapshot=x"))
    assert [tell(*one).status for one in asked] == [404, 404, 404]


def test_snapshots_are_bounded(tell: Any) -> None:
    assert {tell("PUT", f"/snapshots/s{number}").status for number in range(100)} == {200}
    assert tell("PUT", "/snapshots/s100").status == 507
    assert tell("PUT", "/snapshots/s0").status == 200


def test_a_journal_is_listed_filtered_and_cleared(tell: Any, stand: Any) -> None:
    note(stand, "listShelves")
    note(stand, "getShelf", 404)
    assert [one["operation"] for one in tell("GET", "/journal").json["entries"]] == ["listShelves", "getShelf"]
    assert [one["number"] for one in tell("GET", "/journal?status=4xx").json["entries"]] == [2]
    assert [one["number"] for one in tell("GET", "/journal?after=1&limit=5").json["entries"]] == [2]
    assert tell("DELETE", "/journal").status == 204
    assert tell("GET", "/journal").json == {"entries": [], "last": 2, "dropped": 0}


def test_an_entry_is_shown_whole_and_without_secrets(tell: Any, stand: Any) -> None:
    note(stand, "listShelves")
    entry = tell("GET", "/journal/1").json
    assert entry["request"]["headers"] == {"authorization": "***"}
    assert entry["answer"]["json"] == {"a": 1}
    assert tell("GET", "/journal/request-1").json == entry
    assert tell("GET", "/journal/2").status == 404


def test_journals_are_each_workspace_s_own(tell: Any, stand: Any) -> None:
    note(stand, "listShelves", workspace="one")
    counts = [len(tell("GET", f"/journal?workspace={name}").json["entries"]) for name in ("one", "two")]
    assert counts == [1, 0]


def test_expectations_are_judged(tell: Any, stand: Any) -> None:
    note(stand, "listShelves")
    note(stand, "getShelf", 404)
    told = tell(
        "POST",
        "/journal/verify",
        {
            "ordered": True,
            "expect": [
                {"match": {"operation": "listShelves"}, "times": 1},
                {"match": {"operation": "getShelf", "status": "2xx"}},
            ],
        },
    ).json
    assert (told["finding"], [one["finding"] for one in told["outcomes"]]) == ("fail", ["pass", "fail"])
    assert told["outcomes"][1]["near"][0] == "entry 2, GET /shelves (404): the status is 404, not 2xx"


@pytest.mark.parametrize(
    ("expect", "status"),
    [
        ([], 400),
        ([{}], 400),
        ([{"match": {"colour": "red"}}], 400),
        ([{"match": {}, "times": 1, "at_most": 2}], 422),
        ([{"match": {}, "at_least": 3, "at_most": 2}], 422),
    ],
)
def test_an_expectation_that_is_none_is_refused(tell: Any, expect: Any, status: int) -> None:
    assert tell("POST", "/journal/verify", {"expect": expect}).status == status


def test_faults_are_added_listed_and_ended(tell: Any) -> None:
    added = tell("POST", "/faults", {"effect": "latency", "from_ms": 5, "to_ms": 9, "operations": ["list*"]})
    assert (added.status, added.json["id"]) == (201, "fault-1")
    tell("POST", "/faults", {"effect": "reset", "first": 2})
    assert [one["effect"] for one in tell("GET", "/faults").json] == ["latency", "reset"]
    assert tell("DELETE", "/faults/fault-1").status == 204
    assert tell("DELETE", "/faults/fault-1").status == 404
    assert tell("DELETE", "/faults").status == 204
    assert tell("GET", "/faults").json == []


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"effect": "fire"}, 400),
        ({"effect": "latency", "rate": 2, "ms": 1}, 400),
        ({"effect": "latency"}, 422),
        ({"effect": "reset", "operations": ["nothing*"]}, 422),
        ({"effect": "reset", "ms": 3}, 422),
    ],
)
def test_a_bad_fault_is_refused(tell: Any, body: Any, status: int) -> None:
    assert tell("POST", "/faults", body).status == status
    assert tell("GET", "/faults").json == []


def test_mutants_are_switched_on_by_name(tell: Any, stand: Any) -> None:
    assert [one["on"] for one in tell("GET", "/mutants").json] == [False]
    assert [one["on"] for one in tell("PUT", "/mutants", {"on": ["mute"]}).json] == [True]
    assert stand.registry.default.mutants == {"mute"}
    told = tell("PUT", "/mutants", {"on": ["loud"]})
    assert (told.status, "known: mute" in told.json["detail"]) == (422, True)


def test_coverage_is_told_and_cleared(tell: Any, stand: Any) -> None:
    passage = Passage("GET", "/hours", b"", {}, Address("", ""), "id")
    passage.operation = stand.engine.contract.operation("getHours")
    stand.coverage.note(passage, Answer(200, b"", None))
    assert tell("GET", "/coverage").json["operations"]["called"] == 1
    assert tell("DELETE", "/coverage").status == 204
    assert tell("GET", "/coverage").json["operations"]["called"] == 0


def test_a_reload_tells_what_does_not_fit_any_more(tell: Any, stand: Any) -> None:
    stand.lost = (Misfit("default", "book", (1, "b/4"), "there is no such resource"),)
    assert tell("POST", "/reload").json["lost"] == [
        {"workspace": "default", "resource": "book", "key": "1/b%2F4", "reason": "there is no such resource"}
    ]


def test_a_reload_that_fails_says_why(tell: Any, stand: Any) -> None:
    stand.broken = "a comma is missing"
    told = tell("POST", "/reload")
    assert (told.status, told.json["detail"]) == (422, "contract.yaml: a comma is missing; mend it")


def test_routes_tell_where_answers_come_from(tell: Any) -> None:
    routes = {one["operation"]: one for one in tell("GET", "/routes").json}
    assert (routes["getHours"]["answers"], routes["listBooks"]["answers"]) == ("example", "state")
    assert routes["listShelves"]["page"] == "page-number"


def test_fixtures_name_tokens_and_keep_their_values(tell: Any) -> None:
    told = tell("GET", "/fixtures")
    assert [one["name"] for one in told.json["tokens"]] == ["Ada", "Ben", "Cy"]
    assert b"lib-token" not in told.body


def test_a_client_gets_a_token_for_its_workspace(tell: Any, stand: Any) -> None:
    form = b"grant_type=client_credentials&client_id=Ben&client_secret=x"
    told = tell("POST", "/oauth/token", form, media_type=FORM, workspace="one")
    assert (told.status, told.json["token_type"], told.headers["cache-control"]) == (200, "Bearer", "no-store")
    issued = stand.registry.open("one").issued.find(told.json["access_token"])
    assert issued.token.name == "Ben"
    assert stand.registry.default.issued.find(told.json["access_token"]) is None


@pytest.mark.parametrize(
    ("form", "authorization", "status", "error"),
    [
        (b"grant_type=password&client_id=Ada", "", 400, "unsupported_grant_type"),
        (b"client_id=Ada", "", 400, "invalid_request"),
        (b"", "", 400, "invalid_request"),
        (b"grant_type=a&grant_type=b", "", 400, "invalid_request"),
        (b"grant_type=client_credentials", "", 401, "invalid_client"),
        (b"grant_type=client_credentials&client_id=Eve&client_secret=x", "", 401, "invalid_client"),
        (b"grant_type=client_credentials", "Basic !!", 401, "invalid_client"),
    ],
)
def test_a_bad_request_for_a_token_is_refused_as_oauth_has_it(
    tell: Any, form: bytes, authorization: str, status: int, error: str
) -> None:
    headers = {"authorization": authorization} if authorization else {}
    told = tell("POST", "/oauth/token", form, media_type=FORM, headers=headers)
    assert (told.status, told.json["error"]) == (status, error)


def test_a_request_for_a_token_in_json_is_refused_as_oauth_has_it(tell: Any) -> None:
    told = tell("POST", "/oauth/token", {"grant_type": "client_credentials"})
    assert (told.status, told.json["error"]) == (400, "invalid_request")
