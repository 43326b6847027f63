"""The kit notices misbehaviours: a choice of mutants is killed here, and the committed matrix speaks of all of them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from conformance.scenarios import BEHAVIOURS, KINDS
from mockproof.kill import World, identities, kill, load_world
from mockproof.kill_page import Column, summary, write_page
from mockserver.mutants import GALLERY
from spec.behaviour import KINDS as DERIVED
from spec.requirements import Obligation

HOME = Path(__file__).parents[2]
CONTRACTS = HOME / "tests" / "contracts"
PAGE = HOME / "docs" / "kill-matrix.md"
ROW = re.compile(r"\| `(?P<id>[^`]+)` \| (?P<breaks>[a-z-]+) \| (?P<cells>.*) \|")

CHOSEN = {
    "packaged": [
        "number-as-text", "success-status-swapped", "json-as-plain-text", "page-reversed", "page-overlap",
        "links-missing", "sibling-rows-listed", "read-answers-sibling", "wrong-parent-accepted",
        "created-text-loses-accents", "update-not-persisted", "renewed-link-unchanged", "other-tenant-downloads",
        "blob-byte-flipped", "range-shifted", "no-credentials-needed",
    ],
    "vault": [
        "cursor-skips-one", "filter-ignored", "sort-ignored", "idempotency-key-ignored", "location-names-another",
        "update-wipes-absent", "replace-keeps-absent", "delete-takes-sibling", "deleted-still-readable",
        "state-goes-back", "other-tenant-deletes", "digest-wrong", "if-match-ignored", "sloppy-json-accepted",
    ],
}  # fmt: skip
"""Mutants of every topic that take few requests to kill."""


@pytest.fixture(scope="module")
def worlds() -> dict[str, World]:
    return {
        "packaged": load_world("packaged"),
        "vault": load_world("vault", CONTRACTS / "vault.yaml", CONTRACTS / "vault"),
    }


@pytest.mark.parametrize(("name", "mutant"), [(name, one) for name, ids in CHOSEN.items() for one in ids])
def test_a_mutant_is_killed_by_what_it_breaks(name: str, mutant: str, worlds: dict[str, World]) -> None:
    chosen = next(one for one in worlds[name].mutants if one.id == mutant)
    found = kill(worlds[name], chosen)
    assert found.own, found


@pytest.mark.parametrize("name", ["packaged", "vault"])
def test_the_mock_without_a_mutant_fails_nothing(name: str, worlds: dict[str, World]) -> None:
    found = kill(worlds[name], None)
    assert found.by == ()
    assert not found.withheld


def rows() -> dict[str, re.Match[str]]:
    found = (ROW.fullmatch(line) for line in PAGE.read_text(encoding="utf-8").splitlines())
    return {row["id"]: row for row in found if row}


def test_the_committed_matrix_speaks_of_every_mutant_that_a_contract_offers(worlds: dict[str, World]) -> None:
    offered = {mutant.id for world in worlds.values() for mutant in world.mutants}
    assert set(rows()) == offered
    assert {name: row["breaks"] for name, row in rows().items()} == {
        mutant.id: mutant.breaks for mutant in GALLERY if mutant.id in offered
    }


def test_no_mutant_of_the_committed_matrix_survived() -> None:
    assert [name for name, row in rows().items() if "survived" in row["cells"]] == []


def test_the_committed_matrix_fails_nothing_without_a_mutant() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert re.findall(r"^\| (packaged|vault) \|.*\| nothing \|$", text, re.MULTILINE) == ["packaged", "vault"]


def test_every_must_has_a_mutant_that_it_kills(worlds: dict[str, World]) -> None:
    killing = set(re.findall(r"^\| ([a-z-]+) \| .* \| `", PAGE.read_text(encoding="utf-8"), re.MULTILINE))
    promised = {
        one.behaviour or one.kind
        for world in worlds.values()
        for one in world.requirements
        if one.level is Obligation.MUST
    }
    # A target that is always unavailable or always missing is not called conformant, see `always-not-found`.
    assert promised - killing == set()


def test_every_check_speaks_of_something_that_a_mutant_breaks() -> None:
    broken = {mutant.breaks for mutant in GALLERY}
    assert {*BEHAVIOURS, *KINDS, *DERIVED} - broken == set()


def test_the_first_token_asks_and_the_second_sees_other_things(worlds: dict[str, World]) -> None:
    first, second = identities(worlds["packaged"])
    assert second is not None
    assert first.sees != second.sees
    assert not first.read_only


def test_a_survivor_is_named_on_the_page(worlds: dict[str, World]) -> None:
    world = worlds["vault"]
    found = kill(world, next(one for one in world.mutants if one.id == "number-as-text"))
    alive = type(found)("made-up", "schema", (), own=False, must=False, requests=None, tier="fuzz", seconds=0.1)
    page = write_page([Column("vault", (found, alive), ())])
    assert "`number-as-text`" in page
    assert "- `made-up` (vault): nothing that was sent shows it." in page
    assert summary(Column("vault", (found, alive), ())).startswith(
        "vault: 1 of 2 killed (50.0 %), 1 by what they break"
    )
