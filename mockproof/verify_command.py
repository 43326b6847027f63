"""`mockproof verify`: judges an implementation and says so with an exit code."""

from __future__ import annotations

import contextlib
import json
import sys
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import click
from click.core import ParameterSource

from conformance.errors import ReportError
from conformance.ledger import LEDGER_NAME, Ledger, open_ledger, read_ledger, reopen_ledger
from conformance.reporting.format import report_files
from conformance.reporting.report import Document, report_document, write_files
from conformance.reporting.text import summary_text
from conformance.reproduction.naming import FOLDER, reproducer_files
from conformance.run.cancelling import Cancellation, Cancelled, on_signals
from conformance.run.heading import going_on
from conformance.run.outlook import Outlook
from conformance.run.plan import DEFAULT_TIERS, TIERS, Plan
from conformance.run.runner import check_schemes, run
from conformance.run.selection import not_passed
from conformance.secret import printable
from conformance.verdict.outcome import EXIT_CODES, UNWRITTEN
from mockproof.output import report_error
from mockproof.progress import ProgressLine
from mockproof.run_folder import (
    at_work,
    find_folder,
    make_folder,
    make_room,
    new_folder,
    read_start,
    short_id,
    write_start,
)
from mockproof.verify_plan import Options, options_from, plan_of
from spec.packaged import PROFILES

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command()
@click.argument("url", required=False)
@click.option(
    "--profile",
    type=click.Choice(sorted(PROFILES)),
    help="documented: only what the sources tell; full: all that the mock promises.  "
    "[default: what the declaration says, else documented]",
)
@click.option("--contract", "contract_file", type=_FILE, help="Judge against this OpenAPI 3.0 document instead.")
@click.option(
    "--declaration",
    type=_FILE,
    help="TOML file that describes the target; without a URL, mockproof.toml of this folder. See 'mockproof init'.",
)
@click.option(
    "--auth",
    multiple=True,
    metavar="[SCHEME=]VALUE",
    help="Credential of a security scheme, or of all; env:NAME reads the environment. Repeatable.",
)
@click.option("--second-auth", multiple=True, metavar="[SCHEME=]VALUE", help="Likewise, of an identity that sees less.")
@click.option(
    "--disposable", is_flag=True, help="The target is a test system: what the kit did not create may be changed, too."
)
@click.option(
    "--tier",
    "tiers",
    type=click.Choice(TIERS),
    multiple=True,
    help="Kind of evidence: preflight (1 s), scenarios (seconds), fuzz (a minute), soak (fuzz until --max-time). "
    "Repeatable; the first three by default.",
)
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Same seed, same requests.")
@click.option(
    "--max-examples",
    type=click.IntRange(min=1),
    default=25,
    show_default=True,
    help="Generated requests per operation.",
)
@click.option(
    "--max-time", type=click.IntRange(min=1), help="Seconds the run may take.  [default: as declared, or 300]"
)
@click.option("--only", multiple=True, metavar="OPERATION", help="Judge only this operation. Repeatable.")
@click.option("--skip", multiple=True, metavar="OPERATION", help="Leave this operation out. Repeatable.")
@click.option("--shard", metavar="3/8", help="Judge the third of eight equal parts of the contract.")
@click.option("--resume", metavar="RUN", help="Go on with a run that was cut off; its options are those it began with.")
@click.option(
    "--again", metavar="RUN", help="Judge again, as that run began, only the operations of what did not pass in it."
)
@click.option(
    "--report-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for the run's files.  [default: a new one below .mockproof/runs]",
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON object on standard output.")
def verify(
    url: str | None,
    profile: str | None,
    contract_file: Path | None,
    declaration: Path | None,
    auth: tuple[str, ...],
    second_auth: tuple[str, ...],
    disposable: bool,
    tiers: tuple[str, ...],
    seed: int,
    max_examples: int,
    max_time: int | None,
    only: tuple[str, ...],
    skip: tuple[str, ...],
    shard: str | None,
    resume: str | None,
    again: str | None,
    report_dir: Path | None,
    as_json: bool,
) -> int:
    """Judge the implementation at URL, one verdict for each requirement.

    Exit code: 0 conformant, 1 violations, 2 usage, 3 inconclusive, 4 incomplete, 5 report not written.
    """
    options = Options(
        url=url,
        profile=profile,
        contract=str(contract_file) if contract_file is not None else None,
        declaration=str(declaration) if declaration is not None else None,
        auth=auth,
        second_auth=second_auth,
        seed=seed,
        max_examples=max_examples,
        max_time=max_time,
        only=only,
        skip=skip,
        tiers=tiers or DEFAULT_TIERS,
        shard=shard,
        disposable=disposable,
    )
    if resume is not None:
        options = _as_before(find_folder(resume), options, "resume")
    elif again is not None:
        earlier = find_folder(again)
        options = replace(_as_before(earlier, options, "again"), only=not_passed(read_ledger(earlier / LEDGER_NAME)))
        if not options.only:
            click.echo(f"All that {earlier} judged has passed: there is nothing to judge again.")
            return 0
    plan = plan_of(options, report_dir or Path(), "")
    check_schemes(plan)
    try:
        if resume is not None:
            folder = find_folder(resume)
        else:
            folder = report_dir or new_folder(datetime.now(UTC))
            make_folder(folder)  # there must be something to lock
        with at_work(folder), on_signals(cancellation := Cancellation()):
            plan, ledger = _opened(plan, options, folder, resumes=resume is not None)
            click.echo(f"run folder: {folder}", err=True)
            return _judged(plan, ledger, folder, cancellation, as_json=as_json)
    except ReportError as error:
        report_error(printable(str(error)))
        return UNWRITTEN


_TAKEN = {"resume": {"resume"}, "again": {"again", "report_dir"}}
"""What else may be said with an option that takes its options from an earlier run, beside credentials and time."""


def _as_before(folder: Path, options: Options, way: str) -> Options:
    """The options of an earlier run, with the credentials and the time that are given now."""
    _refuse_others(way)
    began = options_from(read_start(folder))
    return replace(
        began,
        auth=options.auth or began.auth,
        second_auth=options.second_auth or began.second_auth,
        max_time=options.max_time or began.max_time,
    )


def _refuse_others(way: str) -> None:
    """Raise UsageError for options that a run would have to leave aside: its own are those of the earlier one."""
    context = click.get_current_context()
    given = {name for name in context.params if context.get_parameter_source(name) is ParameterSource.COMMANDLINE}
    for parameter in context.command.params:
        if parameter.name in given - _TAKEN[way] - {"auth", "second_auth", "max_time", "as_json"}:
            raise click.UsageError(
                f"{parameter.human_readable_name if isinstance(parameter, click.Argument) else parameter.opts[0]} "
                f"does not go with --{way}: a run goes on as it began; start a new one for anything else"
            )


def _preflight_text(ledger: Ledger) -> str:
    """What the preflight saw, where nothing else was asked for; else nothing, for its notes are told on the way."""
    if next(ledger.of("run"))["tiers"] != ["preflight"]:
        return ""
    return "".join(printable(f"{probe['told']}\n") for line in ledger.of("preflight") for probe in line["probes"])


def _opened(plan: Plan, options: Options, folder: Path, *, resumes: bool) -> tuple[Plan, Ledger]:
    """The plan with its place on disk, and its ledger there; raises ReportError."""
    secrets = plan.target.secrets
    if resumes:
        ledger = reopen_ledger(folder, secrets, lambda lines: going_on(plan, lines, secrets))
        run_id = next((str(line["run"]) for line in ledger.of("run")), short_id(folder))
        return replace(plan, run=run_id, trace=folder / "created.ndjson"), ledger
    make_room(folder)
    write_start(folder, secrets.mask_all(options.to_json()))
    return replace(plan, run=short_id(folder), trace=folder / "created.ndjson"), open_ledger(folder, secrets)


def _judged(plan: Plan, ledger: Ledger, folder: Path, cancellation: Cancellation, *, as_json: bool) -> int:
    """Run, tell and report; returns the exit code."""
    progress = ProgressLine(sys.stderr, Outlook(plan, ledger))
    code = 0
    with contextlib.suppress(Cancelled):
        code = EXIT_CODES[run(plan, ledger, progress, cancellation)]
    progress.finish()
    ledger.close()
    document = report_document(ledger.lines)
    problem = _written(folder, document, ledger)
    click.echo(json.dumps(document) if as_json else _preflight_text(ledger) + summary_text(document), nl=as_json)
    if problem is not None:
        report_error(printable(problem))
        code = UNWRITTEN
    return code if cancellation.signal is None else 128 + cancellation.signal


def _written(folder: Path, document: Document, ledger: Ledger) -> str | None:
    """Write the reports; returns what went wrong."""
    try:
        write_files(folder, report_files(document, ledger.lines))
        write_files(folder / FOLDER, reproducer_files(ledger.lines))
    except ReportError as error:
        return str(error)
    return ledger.failed
