"""Workspaces: each its own world, all from the same fixtures."""

from __future__ import annotations

from typing import Any

import pytest

from mockserver.clock import FrozenClock, SystemClock
from mockserver.exchange import Refusal
from mockserver.workspace import Workspace


def test_two_workspaces_never_see_each_other(desk: Any) -> None:
    other = desk.workspace.fork()
    made = desk.ask("createJob", "c1").body
    desk.ask("deleteJob", "c1", 1)
    assert desk.ask("getJob", "c1", 1, workspace=other).status == 200
    with pytest.raises(Refusal):
        desk.ask("getJob", "c1", made["id"], workspace=other)
    assert desk.ask("createJob", "c1", workspace=other).body["id"] == made["id"]


def test_workspaces_over_one_world_share_what_nobody_wrote(desk: Any) -> None:
    other = desk.workspace.fork()
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
    later = FrozenClock(desk.fixtures.now)
    other = desk.workspace.fork(later)
    later.advance(60)
    assert desk.ask("getJob", "c2", 4, workspace=other).body["status"] == "jammed"
    assert desk.ask("getJob", "c2", 4).body["status"] == "queued"


def test_without_a_clock_it_is_now(press: Any, print_shop: Any) -> None:
    assert isinstance(Workspace(press, print_shop).clock, SystemClock)


def test_a_chosen_integer_id_moves_the_sequence_on(desk: Any) -> None:
    desk.workspace.note_id("job", 40)
    assert desk.ask("createJob", "c1").body["id"] == 41
