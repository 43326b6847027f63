"""`mockproof routes`: what the mock makes of every operation of a contract, and why."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path

import click

from spec.contract_reader import load_contract
from spec.inference import Inference, explain_operations


@click.command()
@click.argument("contract", type=click.Path(path_type=Path), required=False)
@click.option("--json", "as_json", is_flag=True, help="One JSON list instead of text.")
def routes(contract: Path | None, as_json: bool) -> None:
    """Print what the mock makes of every operation, and why.

    CONTRACT is an OpenAPI 3.0 file; without one, it is the packaged contract.
    """
    loaded = load_contract(contract)
    found = explain_operations(loaded)
    if as_json:
        click.echo(json.dumps([asdict(one) for one in found], indent=2))
        return
    for one in found:
        click.echo("\n".join(_lines(one, loaded.base_path)))


def _lines(one: Inference, base_path: str) -> Iterator[str]:
    yield f"{click.style(one.method, bold=True)} {base_path}{one.path}  {click.style(one.operation_id, fg='green')}"
    if one.resource is not None:
        yield f"  {one.role} of {one.resource}" + (f", pages by {one.page}" if one.page else "")
    if one.lifecycle is not None:
        yield f"  states     {one.lifecycle}"
    if one.errors is not None:
        yield f"  errors     {one.errors}"
    yield f"  security   {one.security}"
    for reason in one.why:
        yield f"  because    {reason}"
