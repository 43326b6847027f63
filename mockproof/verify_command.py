"""`mockproof verify`: judges an implementation and says so with an exit code."""

from __future__ import annotations

import contextlib
import json
import os
import signal
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import FrameType
from typing import NoReturn

import click

from conformance.errors import ReportError
from conformance.ledger import Ledger, open_ledger
from conformance.outcome import EXIT_CODES, UNWRITTEN
from conformance.report import Document, report_document, write_files
from conformance.report_junit import junit_text
from conformance.report_text import summary_text
from conformance.runner import Cancelled, Plan, check_schemes, run
from conformance.secret import printable
from conformance.selection import select_operations, select_requirements
from conformance.target import Target, checked_url, read_declaration, with_auth
from mockproof.output import report_error
from mockproof.progress import ProgressLine
from spec.contract import Contract
from spec.contract_reader import load_contract
from spec.packaged import contract_path
from spec.requirements import load_requirements

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_OWN = "given"
"""Profile name of a contract that the user gives."""


@click.command()
@click.argument("url", required=False)
@click.option(
    "--profile",
    type=click.Choice(["documented", "full"]),
    default="documented",
    show_default=True,
    help="documented: only what the sources tell; full: all that the mock promises.",
)
@click.option("--contract", "contract_file", type=_FILE, help="Judge against this OpenAPI 3.0 document instead.")
@click.option("--declaration", type=_FILE, help="TOML file with the target's URL, credentials and ids.")
@click.option(
    "--auth",
    multiple=True,
    metavar="[SCHEME=]VALUE",
    help="Credential of a security scheme, or of all; env:NAME reads the environment. Repeatable.",
)
@click.option("--second-auth", multiple=True, metavar="[SCHEME=]VALUE", help="Likewise, of an identity that sees less.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Same seed, same requests.")
@click.option(
    "--max-examples",
    type=click.IntRange(min=1),
    default=25,
    show_default=True,
    help="Generated requests per operation.",
)
@click.option(
    "--max-time", type=click.IntRange(min=1), default=300, show_default=True, help="Seconds the run may take."
)
@click.option("--only", multiple=True, metavar="OPERATION", help="Judge only this operation. Repeatable.")
@click.option("--skip", multiple=True, metavar="OPERATION", help="Leave this operation out. Repeatable.")
@click.option(
    "--report-dir",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for report.json, junit.xml and ledger.ndjson.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the report as one JSON object on standard output.")
def verify(
    url: str | None,
    profile: str,
    contract_file: Path | None,
    declaration: Path | None,
    auth: tuple[str, ...],
    second_auth: tuple[str, ...],
    seed: int,
    max_examples: int,
    max_time: int,
    only: tuple[str, ...],
    skip: tuple[str, ...],
    report_dir: Path | None,
    as_json: bool,
) -> int:
    """Judge the implementation at URL, one verdict for each requirement.

    Exit code: 0 conformant, 1 violations, 2 usage, 3 inconclusive, 4 incomplete, 5 report not written.
    """
    plan = _plan(_target(url, declaration, auth, second_auth), profile, contract_file, only, skip)
    plan = replace(plan, seed=seed, max_examples=max_examples, max_time=max_time)
    check_schemes(plan)
    try:
        ledger = open_ledger(report_dir, plan.target.secrets)
    except ReportError as error:
        report_error(printable(str(error)))
        return UNWRITTEN
    code = _judged(plan, ledger)
    ledger.close()
    document = report_document(ledger.lines)
    click.echo(json.dumps(document) if as_json else summary_text(document), nl=as_json)
    problem = _written(report_dir, document, ledger) if report_dir is not None else None
    if problem is not None:
        report_error(printable(problem))
        return code if code > 128 else UNWRITTEN
    return code


def _target(url: str | None, declaration: Path | None, auth: tuple[str, ...], second: tuple[str, ...]) -> Target:
    if declaration is not None:
        target = read_declaration(declaration, os.environ)
        target = replace(target, url=checked_url(url)) if url else target
    elif url:
        target = Target(checked_url(url))
    else:
        raise click.UsageError("give the URL of the target, or a --declaration that has one")
    return with_auth(target, auth, second, os.environ)


def _plan(
    target: Target, profile: str, contract_file: Path | None, only: tuple[str, ...], skip: tuple[str, ...]
) -> Plan:
    contract = load_contract(contract_file if contract_file is not None else contract_path(profile))
    name = _OWN if contract_file is not None else profile
    operations = select_operations(contract, only, skip)
    return Plan(
        contract=contract,
        model=_model(contract, name),
        profile=name,
        target=target,
        operations=operations,
        requirements=select_requirements(load_requirements(contract, name), operations),
        seed=1,
        max_examples=25,
        max_time=300,
    )


def _model(contract: Contract, profile: str) -> Contract:
    """The contract that knows resources and examples: the documented form has fewer of both than the full one."""
    return load_contract(contract_path("full")) if profile == "documented" else contract


def _judged(plan: Plan, ledger: Ledger) -> int:
    progress = ProgressLine(sys.stderr, plan.max_time)
    with _cancelled_by_signals():
        try:
            return EXIT_CODES[run(plan, ledger, progress)]
        except Cancelled as cancelled:
            return 128 + cancelled.signal
        finally:
            progress.finish()


def _written(folder: Path, document: Document, ledger: Ledger) -> str | None:
    """Write the reports; returns what went wrong."""
    files = {"report.json": json.dumps(document, indent=2) + "\n", "junit.xml": junit_text(document)}
    try:
        write_files(folder, files)
    except ReportError as error:
        return str(error)
    return f"cannot write the ledger: {ledger.failed}" if ledger.failed else None


@contextlib.contextmanager
def _cancelled_by_signals() -> Iterator[None]:
    """SIGINT and SIGTERM end the run early, but let it report."""

    def cancel(number: int, _frame: FrameType | None) -> NoReturn:
        for each in (signal.SIGINT, signal.SIGTERM):
            signal.signal(each, signal.SIG_IGN)  # one is enough; the report must be written now
        raise Cancelled(number)

    before = {number: signal.signal(number, cancel) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
