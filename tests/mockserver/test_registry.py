"""Workspaces by name: made on first use, apart, and only so many."""

from __future__ import annotations

import pytest

from mockserver.errors import WorkspaceError
from mockserver.exchange import Refusal
from mockserver.state.registry import Bounds, Registry
from mockserver.state.workspace import Workspace, World
from spec.contract import Contract
from spec.fixtures import Fixtures


class Ticker:
    seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


@pytest.fixture
def ticker() -> Ticker:
    return Ticker()


@pytest.fixture
def registry(shelf: Contract, library: Fixtures, ticker: Ticker) -> Registry:
    world = World(shelf, library)
    return Registry(lambda name: Workspace(world, name=name), Bounds(number=4, idle=60), source=ticker)


def names(registry: Registry) -> list[str]:
    return [workspace.name for workspace in registry.all()]


def test_a_workspace_is_made_on_first_use_and_found_again(registry: Registry) -> None:
    first = registry.open("a")
    assert registry.open("a") is first
    assert registry.open("b") is not first
    assert names(registry) == ["default", "a", "b"]


@pytest.mark.parametrize("name", [None, "", "default"])
def test_no_name_means_the_default(registry: Registry, name: str | None) -> None:
    assert registry.open(name) is registry.default is registry.find("default")


def test_looking_does_not_make_one(registry: Registry) -> None:
    assert registry.find("a") is None
    assert names(registry) == ["default"]


def test_the_one_that_was_idle_the_longest_makes_room(registry: Registry, ticker: Ticker) -> None:
    for name in ("a", "b", "c"):
        registry.open(name)
    ticker.seconds = 50
    registry.open("a")
    ticker.seconds = 70
    registry.open("d")
    assert names(registry) == ["default", "c", "a", "d"]


def test_nobody_who_is_busy_is_thrown_out(registry: Registry, ticker: Ticker) -> None:
    for name in ("a", "b", "c"):
        registry.open(name)
    ticker.seconds = 59
    with pytest.raises(Refusal) as caught:
        registry.open("d")
    assert caught.value.reason == "quota-exceeded"
    assert names(registry) == ["default", "a", "b", "c"]


def test_a_workspace_can_be_dropped(registry: Registry) -> None:
    registry.open("a")
    registry.drop("a")
    assert names(registry) == ["default"]


@pytest.mark.parametrize(("name", "told"), [("default", "cannot be dropped"), ("nobody", "no workspace 'nobody'")])
def test_what_cannot_be_dropped_is_told(registry: Registry, name: str, told: str) -> None:
    with pytest.raises(WorkspaceError, match=told):
        registry.drop(name)
