"""`python -m bench`: measure, and write bench/RESULTS.md and bench/results.json."""

from __future__ import annotations

import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import click

from bench.contestant import capture_answers, line_up
from bench.errors import BenchError
from bench.goal import judge_goals
from bench.growth import measure_growth
from bench.hotspot import profile
from bench.machine import describe_machine, load_now
from bench.measure import FULL, QUICK, run_rounds
from bench.peer import install_peers
from bench.report import render_report
from bench.result import Result, as_json
from bench.scenario import Scenario, pick_scenarios
from bench.start import measure_starts

_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command()
@click.option("--quick", is_flag=True, help="A short run, for a first look.")
@click.option("--only", metavar="NAMES", help="Some of list,get,post,bad.")
@click.option("--profile", "wants_profile", is_flag=True, help="Instead, tell where the mock's own time goes.")
@click.option("--out", type=_FOLDER, default=Path(__file__).parent, help="Folder for the results; bench by default.")
def main(*, quick: bool, only: str | None, wants_profile: bool, out: Path) -> None:
    """Measure the mock against its peers.

    Ends with 0 whether goals are met or not, with 2 if nothing could be measured.
    """
    try:
        scenarios = pick_scenarios(only)
        if wants_profile:
            click.echo(profile(scenarios))
            return
        result = measure(scenarios, quick=quick)
        out.mkdir(parents=True, exist_ok=True)
        (out / "RESULTS.md").write_text(render_report(result), encoding="utf-8")
        (out / "results.json").write_text(as_json(result), encoding="utf-8")
    except (BenchError, ValueError, OSError) as error:
        click.echo(f"bench: {error}", err=True)
        sys.exit(2)
    _summarise(result, out)


def measure(scenarios: tuple[Scenario, ...], *, quick: bool) -> Result:
    """One run: the rounds, the starts, and growth. Raises BenchError if it cannot be done here."""
    pace, load = QUICK if quick else FULL, load_now()
    _note("installing the peers, if they are not there")
    install_peers()
    with tempfile.TemporaryDirectory(prefix="bench-") as folder:
        contestants = line_up(Path(folder), capture_answers())
        measurements = run_rounds(contestants, scenarios, pace, _note)
        starts = measure_starts(contestants, pace.starts, _note)
    growth = measure_growth(_note)
    date = datetime.now(UTC).date().isoformat()
    return Result(date, describe_machine(load), pace, contestants, scenarios, measurements, starts, growth)


def _note(line: str) -> None:
    click.echo(f"  {line}", err=True)


def _summarise(result: Result, folder: Path) -> None:
    for goal in judge_goals(result):
        shown = goal.show(goal.measured) if goal.measured is not None else "nothing"
        verdict = goal.verdict.replace("*", "")
        click.echo(f"{goal.name}: {shown}, goal {goal.show(goal.limit)}: {verdict}")
    click.echo(f"Written to {folder / 'RESULTS.md'}")


if __name__ == "__main__":
    main()
