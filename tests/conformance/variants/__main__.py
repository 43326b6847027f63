"""Looks for false alarms at length: the clean mock with many seeds, and every legal variant with the fuzzer.

    python -m tests.conformance.variants --seeds 20

Three worlds with each seed: the packaged mock in both forms of its contract, and the vault. Odd seeds take them for
disposable, even ones keep the manners that a vendor has who says nothing. Prints what failed; exit code 1 if anything
did.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.conformance.variants.gallery import DOCUMENTED, FULL, VARIANTS
from tests.conformance.variants.judging import Judged, judge_clean, judge_variants, judge_vault

Judge = Callable[[Path], Judged]


def main() -> int:
    """Run what was asked for; returns the exit code."""
    parser = argparse.ArgumentParser(description="look for false alarms of the kit")
    parser.add_argument("--seeds", type=int, default=20, help="seeds of the clean mock, from 1 (default: 20)")
    parser.add_argument("--max-examples", default="25", help="generated requests per operation (default: 25)")
    parser.add_argument("--no-variants", action="store_true", help="only the clean mock")
    given = parser.parse_args()
    asked = [*clean_runs(given.seeds, given.max_examples)]
    asked += [] if given.no_variants else [*variant_runs(given.max_examples)]
    alarms = sum(not _told(name, judge) for name, judge in asked)
    sys.stdout.write(f"{len(asked)} runs, {alarms} with a false alarm\n")
    return 1 if alarms else 0


def clean_runs(seeds: int, examples: str) -> Iterator[tuple[str, Judge]]:
    """Names and judgements of the clean mock."""
    for seed in range(1, seeds + 1):
        options = ("--seed", str(seed), "--max-examples", examples)
        free = seed % 2 == 1
        manners = "disposable" if free else "created-only"
        for profile in (DOCUMENTED, FULL):
            yield (
                f"clean {profile} {manners} seed {seed}",
                lambda folder, p=profile, o=options, d=free: judge_clean(p, folder, *o, disposable=d),
            )
        yield (
            f"vault {manners} seed {seed}",
            lambda folder, o=options, d=free: judge_vault(folder, *o, disposable=d),
        )


def variant_runs(examples: str) -> Iterator[tuple[str, Judge]]:
    """Names and judgements of every variant, and of all together."""
    for variants in (*([one] for one in VARIANTS), list(VARIANTS)):
        name = variants[0].name if len(variants) == 1 else "all at once"
        for profile in (DOCUMENTED, FULL):
            yield (
                f"{name} {profile}",
                lambda folder, v=variants, p=profile: judge_variants(v, p, folder, "--max-examples", examples),
            )


def _told(name: str, judge: Judge) -> bool:
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder, contextlib.redirect_stderr(io.StringIO()):
        with contextlib.redirect_stdout(io.StringIO()):
            judged = judge(Path(folder))
        conclusion = judged.report.get("conclusion", f"exit code {judged.code}")
        is_well = not judged.failures and conclusion == "conformant"
    sys.stdout.write(f"{name}: {conclusion} in {time.perf_counter() - began:.1f} s\n")
    for line in (*judged.failures, *(() if is_well else judged.open)):
        sys.stdout.write(f"    {line[:400]}\n")
    sys.stdout.flush()
    return is_well


if __name__ == "__main__":
    sys.exit(main())
