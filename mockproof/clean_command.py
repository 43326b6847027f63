"""`mockproof clean`: deletes what a run created and had no time to delete."""

from __future__ import annotations

import time
from dataclasses import replace

import click

from conformance.errors import DeclarationError
from conformance.exchange.client import Client
from conformance.exchange.transport import Stopwatch, plain_http
from conformance.ledger import Ledger
from conformance.manners.cleaning import Cleaner
from conformance.manners.etiquette import Etiquette
from conformance.manners.pacing import Pace
from conformance.manners.trace import TRACE_NAME, Creation, Trace, end_line, read_trace
from conformance.run.plan import Plan
from conformance.secret import printable
from conformance.verdict.examiner import Examiner
from mockproof.run_folder import at_work, find_folder, read_start
from mockproof.verify_plan import options_from, plan_of

_LEFT = 1


@click.command()
@click.argument("run")
@click.option("--auth", multiple=True, metavar="[SCHEME=]VALUE", help="Credential, where the run's own is not at hand.")
@click.option("--second-auth", multiple=True, metavar="[SCHEME=]VALUE", help="Likewise, of the other identity.")
@click.option("--max-time", type=click.IntRange(min=1), default=300, show_default=True, help="Seconds it may take.")
@click.option("--dry-run", is_flag=True, help="Only tell what would be deleted; nothing is sent.")
def clean(run: str, auth: tuple[str, ...], second_auth: tuple[str, ...], max_time: int, dry_run: bool) -> int:
    """Delete what a run created and had no time to delete.

    RUN is the folder of a run, or its name below .mockproof/runs. Only what stands in the run's own list is deleted,
    or bears a name that the run gave. Exit code: 0 nothing is left, 1 something is (or, with --dry-run,
    would have to be deleted), 2 usage.
    """
    folder = find_folder(run)
    path = folder / TRACE_NAME
    if not path.is_file():
        click.echo(f"{folder}: the run created nothing.")
        return 0
    if dry_run:
        return _rehearsed(read_trace(path, ""))
    began = options_from(read_start(folder))
    options = replace(began, auth=auth or began.auth, second_auth=second_auth or began.second_auth)
    plan = plan_of(options, folder, "")
    if not plan.target.auth:
        raise DeclarationError(
            "there is no credential to clean up with",
            hint="give one with --auth; what was typed for the run is not kept",
        )
    with at_work(folder):
        end_line(path)
        return _cleaned(plan, read_trace(path, "", plan.target.secrets), max_time)


def _cleaned(plan: Plan, trace: Trace, seconds: int) -> int:
    with plain_http(plan.limits.reading, watch := Stopwatch(plan.limits.deadline), plan.target.ca) as http:
        client = Client(
            plan.model,
            plan.target,
            Ledger(plan.target.secrets),
            http,
            Examiner(plan.contract),
            etiquette=Etiquette(plan.model, plan.manners, trace),
            pace=Pace(plan.rate, plan.limits.patience),
            watch=watch,
        )
        cleaner = Cleaner(client, trace, time.monotonic() + seconds)
        cleaner.find_lost()
        result = cleaner.clean()
    click.echo(f"{result.gone} deleted, {len(result.left)} left")
    for creation, reason in result.left:
        click.echo(printable(f"  {_place(creation)}: {reason}"))
    _tell_unknown(trace)
    return _LEFT if result.left else 0


def _rehearsed(trace: Trace) -> int:
    remaining = trace.remaining()
    click.echo(f"{len(remaining)} would be deleted, newest first")
    for creation in remaining:
        click.echo(printable(f"  {_place(creation)}"))
    _tell_unknown(trace)
    return _LEFT if remaining or trace.open_intentions() else 0


def _place(creation: Creation) -> str:
    ids = " ".join(f"{name} {identifier}" for name, identifier in creation.chain.items())
    return f"{creation.resource} at {creation.url or ids}"


def _tell_unknown(trace: Trace) -> None:
    for intention in trace.open_intentions():
        click.echo(printable(f"  perhaps a {intention.resource}, from {intention.operation}: no answer told its id"))
