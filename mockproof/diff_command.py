"""`mockproof diff`: what changed between two runs."""

from __future__ import annotations

import json
from pathlib import Path

import click

from conformance.reporting.difference import compare, diff_document, diff_text, is_worse
from conformance.reporting.source import load_report

_RUN = click.Path(path_type=Path)


@click.command()
@click.argument("before", type=_RUN)
@click.argument("after", type=_RUN)
@click.option("--json", "as_json", is_flag=True, help="Print the difference as one JSON object.")
def diff(before: Path, after: Path, as_json: bool) -> int:
    """Compare two runs, requirement by requirement.

    BEFORE and AFTER are ledgers, report.json files or report folders. Exit code: 0 as good or better, 1 worse:
    something is broken that was not, or a MUST that was judged is not any more.
    """
    first, second = load_report(before), load_report(after)
    found = compare(first, second)
    if as_json:
        click.echo(json.dumps(diff_document(first, second, found)))
    else:
        click.echo(diff_text(first, second, found), nl=False)
    return 1 if is_worse(found) else 0
