"""A fault is noticed in a list that is longer than a walk, too."""

from __future__ import annotations

from dataclasses import replace

import pytest

from mockproof.kill import World, kill, load_world
from tests.conformance.variants.crowd import grown
from tests.conformance.variants.judging import VAULT

ENDLESS = 4100


@pytest.fixture(scope="module")
def crowded() -> World:
    world = load_world("vault", VAULT, VAULT.with_suffix(""))
    for resource in ("vault", "event"):
        world = replace(world, fixtures=grown(world.fixtures, resource, ENDLESS))
    return world


@pytest.mark.parametrize("mutant", ["page-overlap", "link-last-beyond-end", "cursor-skips-one"])
def test_fault_in_a_list_that_is_longer_than_a_walk_is_noticed(mutant: str, crowded: World) -> None:
    chosen = next(one for one in crowded.mutants if one.id == mutant)
    assert kill(crowded, chosen).own
