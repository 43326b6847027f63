"""`python -m bench.verify`: measure how fast the kit judges, and write bench/VERIFY.md."""

from __future__ import annotations

import platform
import sys
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

import click

from bench.errors import BenchError
from bench.machine import describe_machine, load_now
from bench.verify_kill import draw_sample, load_worlds, shoot
from bench.verify_profile import profile_fuzzer
from bench.verify_report import Result, judge_goals, render_report
from bench.verify_run import KINDS, fresh_mock, measure_runs

_PROFILES: Final = ("documented", "full")
_LIBRARIES: Final = (
    "mockproof",
    "schemathesis",
    "hypothesis",
    "requests",
    "httpx",
    "jsonschema-rs",
    "uvicorn",
    "connexion",
)


@click.command()
@click.option("--rounds", type=click.IntRange(min=1), default=3, show_default=True, help="Rounds of whole runs.")
@click.option(
    "--mutants", type=click.IntRange(min=0), default=40, show_default=True, help="Size of the sample; 0: none."
)
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path(__file__).with_name("VERIFY.md"),
    help="The page to write; bench/VERIFY.md by default.",
)
def main(*, rounds: int, mutants: int, out: Path) -> None:
    """Measure the kit on the local mock.

    Ends with 0 whether goals are met or not, with 2 if nothing could be measured.
    """
    try:
        result = measure(rounds, mutants)
        out.write_text(render_report(result), encoding="utf-8")
    except (BenchError, OSError) as error:
        click.echo(f"bench: {error}", err=True)
        sys.exit(2)
    for goal in judge_goals(result):
        shown = "nothing" if goal.measured is None else goal.show(goal.measured)
        click.echo(f"{goal.name}: {shown}, goal {goal.show(goal.limit)}: {goal.verdict.replace('*', '')}")
    click.echo(f"Written to {out}")


def measure(rounds: int, mutants: int) -> Result:
    """Whole runs, then a profile of the fuzzer, then a sample of mutants; raises BenchError."""
    load = load_now()
    runs = measure_runs(tuple(KINDS), _PROFILES, rounds, _note)
    _note("profiling the fuzzer")
    with fresh_mock() as server:
        profile = profile_fuzzer(server.url)
    shots = shoot(draw_sample(load_worlds(), mutants), _note) if mutants else []
    versions = (("Python", platform.python_version()), *((name, version(name)) for name in _LIBRARIES))
    return Result(datetime.now(UTC).date().isoformat(), describe_machine(load, versions), runs, shots, profile)


def _note(line: str) -> None:
    click.echo(f"  {line}", err=True)


if __name__ == "__main__":
    main()
