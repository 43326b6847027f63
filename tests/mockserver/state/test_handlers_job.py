"""Jobs that take their time: states, what is filled in at their end, references to them, links that expire."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.exchange import Refusal


def refusal(desk: Any, *args: Any, **kwargs: Any) -> tuple[str, str]:
    with pytest.raises(Refusal) as caught:
        desk.ask(*args, **kwargs)
    return caught.value.reason, caught.value.detail


def test_a_job_moves_with_the_clock(desk: Any) -> None:
    job = desk.ask("createJob", "c1").body["id"]
    seen = []
    for seconds in (0, 4, 1, 29, 1, 10**6):
        desk.clock.advance(seconds)
        seen.append(desk.ask("getJob", "c1", job).body["status"])
    assert seen == ["queued", "queued", "printing", "printing", "done", "done"]


def test_a_finished_job_tells_when_it_started_and_ended_however_late_somebody_looks(desk: Any) -> None:
    job = desk.ask("createJob", "c1").body["id"]
    desk.clock.advance(3600)
    done = desk.ask("getJob", "c1", job).body
    # Each in the form that its schema asks for.
    assert (done["started_at"], done["finished_at"]) == ("2026-01-15T12:00:05Z", "2026-01-15T12:00:35")
    assert done["size"] > 0


def test_a_job_starts_when_it_is_made_and_not_with_the_world(desk: Any) -> None:
    desk.clock.advance(1000)
    job = desk.ask("createJob", "c1").body["id"]
    assert desk.ask("getJob", "c1", job).body["status"] == "queued"
    desk.clock.advance(40)
    assert desk.ask("getJob", "c1", job).body["finished_at"] == "2026-01-15T12:17:15"


def test_looking_earlier_does_not_change_what_is_seen_later(desk: Any) -> None:
    other = desk.open()
    for workspace in (desk.workspace, other):
        desk.ask("createJob", "c1", workspace=workspace)
    desk.clock.advance(7)
    desk.ask("getJob", "c1", 11)
    desk.clock.advance(100)
    assert desk.ask("getJob", "c1", 11).body == desk.ask("getJob", "c1", 11, workspace=other).body


def test_a_held_item_stays_in_its_state(desk: Any) -> None:
    desk.clock.advance(10**9)
    assert desk.ask("getJob", "c1", 10).body["status"] == "printing"


def test_an_item_of_the_fixtures_ends_as_they_say_counted_from_the_start_of_the_world(desk: Any) -> None:
    assert desk.ask("getJob", "c2", 4).body["status"] == "queued"
    desk.clock.advance(35)
    jammed = desk.ask("getJob", "c2", 4).body
    assert (jammed["status"], jammed["finished_at"], jammed["size"]) == ("jammed", "2026-01-15T12:00:35", None)


def test_the_active_item_is_the_newest_in_an_active_state(desk: Any) -> None:
    assert desk.ask("getActiveJob", "c1").body["id"] == 10
    made = desk.ask("createJob", "c1").body["id"]
    assert desk.ask("getActiveJob", "c1").body["id"] == made
    desk.clock.advance(35)
    assert desk.ask("getActiveJob", "c1").body["id"] == 10


def test_without_an_active_item_there_is_none(desk: Any) -> None:
    desk.clock.advance(35)
    assert refusal(desk, "getActiveJob", "c2") == ("not-found", "there is no job that is queued or printing")


def test_a_list_filters_by_the_state_of_this_moment(desk: Any) -> None:
    desk.ask("createJob", "c1")
    assert [job["id"] for job in desk.ask("listJobs", "c1", query={"status": "queued"}).body] == [11]
    desk.clock.advance(40)
    assert desk.ask("listJobs", "c1", query={"status": "queued"}).body == []
    assert [job["id"] for job in desk.ask("listJobs", "c1", query={"status": "done"}).body] == [1, 2, 11]


@pytest.mark.parametrize("body", [None, {}, {"job_id": ""}], ids=["no body", "empty", "empty field"])
def test_a_proof_is_made_of_the_latest_finished_job(desk: Any, body: Any) -> None:
    assert desk.ask("createProof", "c1", body=body).body["job_id"] == 2


def test_a_job_that_finishes_becomes_the_latest(desk: Any) -> None:
    made = desk.ask("createJob", "c1").body["id"]
    assert desk.ask("createProof", "c1").body["job_id"] == 2
    desk.clock.advance(35)
    assert desk.ask("createProof", "c1").body["job_id"] == made


def test_a_proof_can_be_made_of_a_named_job(desk: Any) -> None:
    assert desk.ask("createProof", "c1", body={"job_id": "1"}).body["job_id"] == 1


@pytest.mark.parametrize("named", ["99", "abc", "4", "01"], ids=["unknown", "no number", "of another", "not canonical"])
def test_a_proof_of_a_job_that_is_not_there_is_unprocessable(desk: Any, named: str) -> None:
    reason, detail = refusal(desk, "createProof", "c1", body={"job_id": named})
    assert (reason, detail) == ("unprocessable", f"job_id: there is no job {named!r}")


def test_a_proof_of_an_unfinished_job_is_a_conflict(desk: Any) -> None:
    assert refusal(desk, "createProof", "c1", body={"job_id": "10"})[0] == "conflict"


def test_without_a_finished_job_there_is_nothing_to_make_a_proof_of(desk: Any) -> None:
    assert refusal(desk, "createProof", "c2") == ("conflict", "there is no job that is done yet")


def test_a_link_comes_with_the_end_and_expires_a_fortnight_later(desk: Any) -> None:
    proof = desk.ask("createProof", "c1").body
    assert (proof["proof_url"], proof["expires_at"]) == (None, None)
    desk.clock.advance(10)
    ready = desk.ask("getProof", "c1", proof["id"]).body
    assert ready["expires_at"] == "2026-01-29T12:00:10Z"
    assert f"/c1/{proof['id']}?expires=1769688010&signature=" in ready["proof_url"]


def test_every_renewal_gives_another_link_and_a_later_expiry(desk: Any) -> None:
    first = desk.ask("renewProof", "c1", "p-1").body
    second = desk.ask("renewProof", "c1", "p-1").body
    assert len({"https://download.example/old", first["proof_url"], second["proof_url"]}) == 3
    assert first["expires_at"] == "2026-01-29T12:00:00Z"
    desk.clock.advance(60)
    assert desk.ask("renewProof", "c1", "p-1").body["expires_at"] == "2026-01-29T12:01:00Z"
    assert desk.ask("getProof", "c1", "p-1").body["expires_at"] == "2026-01-29T12:01:00Z"


def test_a_link_that_is_not_there_yet_cannot_be_renewed(desk: Any) -> None:
    proof = desk.ask("createProof", "c1").body["id"]
    assert refusal(desk, "renewProof", "c1", proof)[0] == "conflict"


def test_a_client_moves_an_item_only_along_its_lifecycle(desk: Any) -> None:
    assert desk.ask("updateJob", "c1", 10, body={"status": "jammed"}).body["finished_at"] == "2026-01-15T12:00:00"
    assert refusal(desk, "updateJob", "c1", 10, body={"status": "queued"})[0] == "conflict"
    assert desk.ask("updateJob", "c1", 10, body={"status": "jammed", "note": "sorry"}).body["note"] == "sorry"
