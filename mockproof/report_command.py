"""`mockproof report`: makes every format of a report again from a ledger, and one run out of several."""

from __future__ import annotations

import json
from pathlib import Path

import click

from conformance.errors import ReportError
from conformance.reporting.format import FORMATS, report_files
from conformance.reporting.merge import merge_ledgers
from conformance.reporting.report import report_document, write_files
from conformance.reporting.source import load_ledger
from conformance.reporting.text import summary_text
from conformance.reproduction.naming import FOLDER, reproducer_files
from conformance.secret import printable
from conformance.verdict.outcome import EXIT_CODES, UNWRITTEN, Conclusion
from mockproof.output import report_error

_LEDGER = click.Path(path_type=Path)
_MERGE = "merge"


class _ReportGroup(click.Group):
    """A group whose first word is a ledger unless it is the name of a subcommand."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """`mockproof report LEDGER` is `mockproof report make LEDGER`."""
        if args and args[0] not in self.commands and args[0] not in ("-h", "--help"):
            args = ["make", *args]
        return super().parse_args(ctx, args)

    def format_usage(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Both forms."""
        formatter.write_usage(ctx.command_path, "LEDGER [--format FORMAT] [--output FILE]")
        formatter.write_usage(ctx.command_path, "merge LEDGER LEDGER... --output FOLDER")


@click.group(cls=_ReportGroup)
def report() -> None:
    """Make a report from the ledger of a run, or of several."""


@report.command()
@click.argument("ledger", type=_LEDGER)
@click.option("--format", "name", type=click.Choice(list(FORMATS)), default="text", show_default=True)
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="File to write; by default stdout.")
def make(ledger: Path, name: str, output: Path | None) -> int:
    """Make a report from the ledger of a run.

    LEDGER is a ledger.ndjson, or the folder that --report-dir named.
    """
    lines = load_ledger(ledger)
    document = report_document(lines)
    if output is None:
        styled = name == "text"
        text = summary_text(document, colour=True) if styled else FORMATS[name].render(document, lines)
        click.echo(text, nl=False)
        return 0
    return _written(output.parent, {output.name: FORMATS[name].render(document, lines)})


@report.command(_MERGE)
@click.argument("ledgers", type=_LEDGER, nargs=-1, required=True)
@click.option(
    "--output", type=click.Path(file_okay=False, path_type=Path), required=True, help="Folder for all reports."
)
def merge(ledgers: tuple[Path, ...], output: Path) -> int:
    """Make one run of several ledgers: shards of the same contract, profile and target.

    Everything is judged again. The exit code is that of mockproof verify.
    """
    lines = merge_ledgers([load_ledger(path) for path in ledgers])
    document = report_document(lines)
    click.echo(summary_text(document, colour=True), nl=False)
    ledger = "".join(json.dumps(line, ensure_ascii=True) + "\n" for line in lines)
    unwritten = _written(output, {"ledger.ndjson": ledger, **report_files(document, lines)})
    unwritten = unwritten or _written(output / FOLDER, reproducer_files(lines))
    return unwritten or EXIT_CODES[Conclusion(document["conclusion"])]


def _written(folder: Path, files: dict[str, str]) -> int:
    """Write files; 0, or the exit code of a report that could not be written."""
    try:
        write_files(folder, files)
    except ReportError as error:
        report_error(printable(str(error)))
        return UNWRITTEN
    return 0
