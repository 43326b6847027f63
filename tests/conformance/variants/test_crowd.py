"""No false alarm: a list that is longer than anybody walks through, and a target that others write to meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance.variants.crowd import NIMBUS, NORTH
from tests.conformance.variants.gallery import DOCUMENTED, FULL
from tests.conformance.variants.judging import judge_clean, judge_vault

PLAIN = ("--tier", "preflight", "--tier", "scenarios")
LONG, ENDLESS = 850, 4100
"""More items than fit on forty pages: of the default size, and of the largest."""
WELL = ("conformant", "inconclusive")
"""Where others write, or a list is longer than a walk, some things cannot be said."""


@pytest.mark.parametrize(("profile", "more"), [(FULL, LONG), (DOCUMENTED, ENDLESS)], ids=["long", "longer-than-a-walk"])
def test_long_list_breaks_nothing(profile: str, more: int, tmp_path: Path) -> None:
    judged = judge_clean(profile, tmp_path, *PLAIN, more=more)
    assert judged.failures == []
    assert judged.report["conclusion"] == "conformant"


@pytest.mark.parametrize("more", [LONG, ENDLESS], ids=["long", "longer-than-a-walk"])
def test_long_list_with_cursors_breaks_nothing(more: int, tmp_path: Path) -> None:
    judged = judge_vault(tmp_path, *PLAIN, more=more)
    assert judged.failures == []
    assert judged.report["conclusion"] in WELL


def test_what_others_create_meanwhile_is_held_against_nobody(tmp_path: Path) -> None:
    judged = judge_clean(FULL, tmp_path, *PLAIN, beside=NIMBUS)
    assert judged.failures == []
    assert judged.report["conclusion"] in WELL


def test_what_others_delete_meanwhile_is_held_against_nobody(tmp_path: Path) -> None:
    judged = judge_vault(tmp_path, *PLAIN, beside=NORTH)
    assert judged.failures == []
    assert judged.report["conclusion"] in WELL
