"""The gallery as a whole: every mutant is seen, touches nothing else, and breaks what it says that it breaks."""

from __future__ import annotations

import logging
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import mockserver.mutants
from conformance.scenarios.catalogue import known_behaviours
from mockserver.mutant import Mutant
from mockserver.mutants import GALLERY, offered
from mockserver.mutants.catalogue import write_catalogue
from spec.behaviour import BEHAVIOURS, KINDS
from spec.contract_reader import load_contract
from spec.requirements import load_requirements, read_requirements

OpenStage = Callable[[str], Any]

STAGES = ("vault", "shelf", "press", "packaged")
THOROUGH = ("vault", "packaged")
"""Contracts whose corpus shows every mutant that they offer; the other two show those that they alone offer."""

HOME = Path(__file__).parents[3]
INSTANT = [mutant for mutant in GALLERY if not mutant.wait]

each_mutant = pytest.mark.parametrize("mutant", INSTANT, ids=lambda mutant: mutant.id)


@each_mutant
def test_mutant_is_seen_by_some_client(stage: OpenStage, mutant: Mutant) -> None:
    assert any(stage(name).shows(mutant) and stage(name).differs(mutant) for name in STAGES)


@pytest.mark.parametrize("name", THOROUGH)
def test_every_mutant_that_is_offered_is_seen(stage: OpenStage, name: str) -> None:
    here = stage(name)
    assert [one.id for one in INSTANT if here.shows(one) and not here.differs(one)] == []


@each_mutant
def test_mutant_touches_only_operations_that_it_applies_to(stage: OpenStage, mutant: Mutant) -> None:
    for name in STAGES:
        here = stage(name)
        shown = here.shows(mutant)
        for number in range(len(here.conversations)):
            asked = here.operations_of(number)
            # Where there is no operation, a last touch to the bytes applies to all.
            if not set(asked) & shown and (mutant.finish is None or None not in asked):
                assert here.hold(number, mutant) == here.hold(number)


@pytest.mark.parametrize("name", STAGES)
def test_no_mutant_breaks_the_mock(stage: OpenStage, name: str, caplog: pytest.LogCaptureFixture) -> None:
    here = stage(name)
    with caplog.at_level(logging.ERROR, "mockserver"):
        for mutant in (one for one in offered(here.contract) if not one.wait):
            for number in range(len(here.conversations)):
                here.hold_again(number, mutant)
    assert [record.getMessage() for record in caplog.records if record.exc_info] == []


def test_a_mutant_misbehaves_alike_each_time(stage: OpenStage) -> None:
    here = stage("vault")
    pairs = [(mutant, number) for mutant in INSTANT for number in range(len(here.conversations)) if here.shows(mutant)]
    assert [one.id for one, number in pairs if here.hold(number, one) != here.hold_again(number, one)] == []


@pytest.mark.parametrize("mutant", [one for one in INSTANT if one.breaks in KINDS], ids=lambda mutant: mutant.id)
def test_mutant_breaks_the_kind_of_requirement_that_it_names(stage: OpenStage, mutant: Mutant) -> None:
    found = {kind for name in STAGES if stage(name).shows(mutant) for kind in stage(name).broken_by(mutant)}
    assert mutant.breaks in found


@pytest.mark.parametrize("name", ["vault", "shelf", "packaged"])
def test_a_clean_mock_breaks_nothing(stage: OpenStage, name: str) -> None:
    here = stage(name)
    for number in range(len(here.conversations)):
        for operation_id, heard in zip(here.operations_of(number), here.hold(number), strict=True):
            assert operation_id is None or here.breaches(operation_id, heard) == set()


def test_a_mutant_may_hold_an_answer_back() -> None:
    assert {mutant.id: mutant.breaks for mutant in GALLERY if mutant.wait} == {"slow-read": "answer-time"}


def test_there_are_more_than_sixty_mutants_for_the_packaged_contract() -> None:
    assert len(offered(load_contract())) > 60


def test_ids_are_unique_and_in_kebab_case() -> None:
    ids = [mutant.id for mutant in GALLERY]
    assert len(set(ids)) == len(ids)
    assert [one for one in ids if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", one)] == []


def test_texts_are_unique_sentences() -> None:
    texts = [mutant.text for mutant in GALLERY]
    assert len(set(texts)) == len(texts)
    assert [text for text in texts if not re.fullmatch(r"[A-Z0-9].*\.", text)] == []


def test_every_mutant_breaks_something_known() -> None:
    assert {mutant.breaks for mutant in GALLERY} - {*KINDS, *BEHAVIOURS} == set()


def test_everything_known_has_a_mutant_that_breaks_it() -> None:
    assert {*KINDS, *BEHAVIOURS} - {mutant.breaks for mutant in GALLERY} == set()


def test_behaviours_that_are_written_down_or_checked_are_known() -> None:
    written = {requirement.behaviour for requirement in read_requirements()}
    assert (written | known_behaviours()) - set(BEHAVIOURS) == set()


def test_kinds_that_are_derived_are_known() -> None:
    kinds = {requirement.kind for requirement in load_requirements(load_contract())}
    assert kinds - {"behaviour"} == set(KINDS)


def test_every_derived_requirement_of_the_packaged_contract_has_a_mutant(stage: OpenStage) -> None:
    here = stage("packaged")
    shown = {(mutant.breaks, name) for mutant in GALLERY for name in here.shows(mutant)}
    derived = [one for one in load_requirements(here.contract) if one.behaviour is None]
    assert [one.id for one in derived if (one.kind, one.operations[0]) not in shown] == []


def test_every_written_requirement_of_the_packaged_contract_has_a_mutant(stage: OpenStage) -> None:
    here = stage("packaged")

    def about(name: str) -> str | None:
        use = here.contract.operation(name).resource
        return use.name if use else None

    # What was made badly may show in another operation on the same resource.
    shown = {(mutant.breaks, about(name)) for mutant in GALLERY for name in here.shows(mutant)}
    written = [one for one in load_requirements(here.contract) if one.behaviour is not None]
    assert [one.id for one in written if not {(one.behaviour, about(name)) for name in one.operations} & shown] == []


def test_gallery_knows_no_vendor() -> None:
    contract = load_contract()
    vendors = {str(operation.document.get("x-api")) for operation in contract.operations}
    names = vendors | set(contract.resources) | {operation.id for operation in contract.operations}
    folder = Path(mockserver.mutants.__file__).parent
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(folder.glob("*.py")))
    literals = set(re.findall(r'"([^"]*)"', text))
    assert (names & literals) - {"record", "backup"} == set()
    assert [vendor for vendor in vendors if vendor.lower() in text.lower()] == []


def test_page_about_mutants_is_fresh() -> None:
    page = (HOME / "docs" / "mutants.md").read_text(encoding="utf-8")
    assert page == write_catalogue(), "run: python -m mockserver.mutants.catalogue > docs/mutants.md"


def test_a_mutant_changes_one_stage() -> None:
    with pytest.raises(ValueError, match="both-at-once must change exactly one stage"):
        Mutant("both-at-once", "", "status", lambda _, __: True, finish=lambda _, answer: answer, wait=1)
