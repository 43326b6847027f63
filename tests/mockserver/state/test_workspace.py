"""Workspaces: each its own world, all from the same fixtures."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.errors import WorkspaceError
from mockserver.exchange import Refusal
from mockserver.state.clock import Clock
from mockserver.state.workspace import Workspace


def test_two_workspaces_never_see_each_other(desk: Any) -> None:
    other = desk.open()
    made = desk.ask("createJob", "c1").body
    desk.ask("deleteJob", "c1", 1)
    assert desk.ask("getJob", "c1", 1, workspace=other).status == 200
    with pytest.raises(Refusal):
        desk.ask("getJob", "c1", made["id"], workspace=other)
    assert desk.ask("createJob", "c1", workspace=other).body["id"] == made["id"]


def test_workspaces_over_one_world_share_what_nobody_wrote(desk: Any) -> None:
    other = desk.open()
    assert other.store.get("job", ("c1", 1)) is desk.workspace.store.get("job", ("c1", 1))


def test_a_reset_brings_back_the_fixtures_and_their_time(desk: Any) -> None:
    before = desk.ask("listJobs", "c1").body
    desk.ask("createJob", "c1")
    desk.ask("deleteJob", "c1", 1)
    desk.clock.advance(1000)
    desk.workspace.reset()
    assert desk.ask("listJobs", "c1").body == before
    assert desk.ask("createJob", "c1").body["id"] == 11
    # The queued job of the fixtures starts its five seconds anew.
    assert desk.ask("getJob", "c2", 4).body["status"] == "queued"


def test_fixtures_are_never_written_to(desk: Any, print_shop: Any) -> None:
    before = {name: [dict(item.fields) for item in items] for name, items in print_shop.items.items()}
    desk.ask("updateJob", "c1", 1, body={"note": "changed"})
    desk.ask("renewProof", "c1", "p-1")
    desk.clock.advance(60)
    desk.ask("listJobs", "c2")
    assert before == {name: [dict(item.fields) for item in items] for name, items in print_shop.items.items()}


def test_each_workspace_has_its_own_clock(desk: Any) -> None:
    later = Clock(desk.fixtures.now, rate=0)
    other = desk.open(later)
    later.advance(60)
    assert desk.ask("getJob", "c2", 4, workspace=other).body["status"] == "jammed"
    assert desk.ask("getJob", "c2", 4).body["status"] == "queued"


def test_without_a_clock_it_is_the_time_of_the_fixtures(desk: Any) -> None:
    workspace = Workspace(desk.world)
    assert workspace.clock.mode == "real"
    assert 0 <= (workspace.clock.now() - desk.fixtures.now).total_seconds() < 60


def test_a_reset_starts_the_clock_anew_and_forgets_snapshots(desk: Any) -> None:
    desk.workspace.take_snapshot("one")
    desk.clock.advance(1000)
    desk.workspace.reset()
    assert (desk.clock.now(), desk.workspace.snapshots) == (desk.fixtures.now, {})


def test_a_snapshot_brings_back_items_ids_and_time(desk: Any) -> None:
    desk.ask("createJob", "c1")
    desk.clock.advance(2)
    desk.workspace.take_snapshot("busy")
    before = [desk.ask("listJobs", customer).body for customer in ("c1", "c2")]
    desk.ask("deleteJob", "c1", 1)
    desk.ask("createJob", "c1")
    desk.clock.advance(500)
    assert [desk.ask("listJobs", customer).body for customer in ("c1", "c2")] != before
    desk.workspace.restore("busy")
    assert [desk.ask("listJobs", customer).body for customer in ("c1", "c2")] == before
    assert desk.ask("createJob", "c1").body["id"] == 12


def test_what_is_written_after_a_snapshot_does_not_change_it(desk: Any) -> None:
    for _ in range(2):
        desk.workspace.take_snapshot("one")
        desk.ask("createJob", "c1")
        desk.workspace.restore("one")
        assert len(desk.ask("listJobs", "c1").body) == 4


def test_a_snapshot_that_nobody_took_is_told(desk: Any) -> None:
    desk.workspace.take_snapshot("one")
    with pytest.raises(WorkspaceError, match="no snapshot 'two'") as caught:
        desk.workspace.restore("two")
    assert "one" in str(caught.value)


def test_differences_tell_what_came_went_and_changed(desk: Any) -> None:
    desk.ask("deleteJob", "c1", 1)
    made = desk.ask("createJob", "c1").body["id"]
    desk.workspace.take_snapshot("one")
    desk.ask("updateJob", "c1", 2, body={"note": "other"})
    told = {(found.resource, found.key, found.change) for found in desk.workspace.differences()}
    assert told >= {("job", ("c1", 1), "removed"), ("job", ("c1", made), "added"), ("job", ("c1", 2), "changed")}
    since = list(desk.workspace.differences("one"))
    assert [(found.key, found.after.fields["note"]) for found in since] == [(("c1", 2), "other")]
    assert list(desk.open().differences()) == []


def test_a_chosen_integer_id_moves_the_sequence_on(desk: Any) -> None:
    desk.workspace.note_id("job", 40)
    assert desk.ask("createJob", "c1").body["id"] == 41


def test_an_id_chosen_far_away_leaves_the_sequence_where_it_was(desk: Any) -> None:
    before = desk.ask("createJob", "c1").body["id"]
    desk.workspace.note_id("job", 2**63 - 1)
    assert desk.ask("createJob", "c1").body["id"] == before + 1
