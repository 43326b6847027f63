"""No false alarm: a target that differs where it may is not blamed for it, under its declaration.

`python -m tests.conformance.variants` asks the same at length: each alone, with the fuzzer, and with more seeds.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance.variants.gallery import DOCUMENTED, FULL, VARIANTS, Variant
from tests.conformance.variants.judging import judge_clean, judge_variants

PLAIN = ("--tier", "preflight", "--tier", "scenarios")
GENERATED = ("--max-examples", "3")
CONTRADICTIONS = [(variant, profile) for variant in VARIANTS for profile in sorted(variant.contradicts)]


@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_variant_under_its_declaration_breaks_nothing(variant: Variant, tmp_path: Path) -> None:
    assert judge_variants([variant], FULL, tmp_path, *PLAIN).failures == []


@pytest.mark.parametrize("profile", [DOCUMENTED, FULL])
def test_target_that_differs_in_every_way_at_once_breaks_nothing(profile: str, tmp_path: Path) -> None:
    judged = judge_variants(VARIANTS, profile, tmp_path, *GENERATED)
    assert judged.failures == []
    assert judged.report["conclusion"] == "conformant"


@pytest.mark.parametrize("seed", ["20", "21"])
def test_clean_mock_breaks_nothing_whatever_the_seed(seed: str, tmp_path: Path) -> None:
    judged = judge_clean(FULL, tmp_path, *GENERATED, "--seed", seed)
    assert judged.failures == []
    assert judged.report["conclusion"] == "conformant"


@pytest.mark.parametrize(
    ("variant", "profile"), CONTRADICTIONS, ids=[f"{variant.name}-{profile}" for variant, profile in CONTRADICTIONS]
)
def test_declaration_matters_where_the_contract_says_otherwise(variant: Variant, profile: str, tmp_path: Path) -> None:
    judged = judge_variants([variant], profile, tmp_path, *PLAIN, declared=False)
    assert judged.failures != []
    assert judged.code == 1


def test_declared_variants_are_told_in_the_report(tmp_path: Path) -> None:
    report = judge_variants(VARIANTS, FULL, tmp_path, "--tier", "preflight").report
    assert any("we say that something was created" in note for note in report["notes"])
