"""`mockproof explain`: everything that is known about one requirement."""

from __future__ import annotations

import difflib
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import click

from conformance.errors import SelectionError
from conformance.explanation import explain_requirement
from conformance.secret import printable
from mockserver.mutants import GALLERY
from spec import packaged
from spec.behaviour import BEHAVIOURS, KINDS
from spec.contract import Contract
from spec.contract_reader import load_contract
from spec.requirements import Requirement, load_requirements

_GIVEN = "given"


@click.command()
@click.argument("requirement_id", metavar="[ID]", required=False)
@click.option("--profile", type=click.Choice(list(packaged.PROFILES)), default="full", show_default=True)
@click.option(
    "--contract",
    "contract_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Explain a requirement of this OpenAPI 3.0 document instead.",
)
@click.option("--list", "as_list", is_flag=True, help="List the requirements instead.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def explain(requirement_id: str | None, profile: str, contract_file: Path | None, as_list: bool, as_json: bool) -> None:
    """Tell what a requirement says and how it is checked.

    With it come the words of its sources, what a pass needs, and the mutants that break it. ID stands in every
    report: 'page-order', or 'listBackups/schema' for what follows from one operation. Without an ID,
    every requirement is listed.
    """
    contract = load_contract(contract_file or packaged.contract_path(profile))
    requirements = load_requirements(contract, profile if contract_file is None else _GIVEN)
    if as_list or requirement_id is None:
        rows = [{"id": one.id, "level": str(one.level), "text": one.text} for one in requirements]
        click.echo(json.dumps({"requirements": rows}) if as_json else "\n".join(map(_row, rows)))
        return
    told = _told(_found(requirement_id, requirements), contract)
    click.echo(json.dumps(told) if as_json else printable("\n".join(_lines(told))))


def _row(row: dict[str, str]) -> str:
    return f"{row['level']:6} {row['id']:45} {row['text']}"


def _found(wanted: str, requirements: Sequence[Requirement]) -> Requirement:
    by_id = {one.id: one for one in requirements}
    if wanted not in by_id:
        near = difflib.get_close_matches(wanted, by_id, n=3, cutoff=0.4)
        hint = f"did you mean {', '.join(near)}?" if near else "see mockproof explain --list"
        raise SelectionError(f"there is no requirement {wanted!r}", hint=hint)
    return by_id[wanted]


def _told(requirement: Requirement, contract: Contract) -> dict[str, Any]:
    how = explain_requirement(requirement)
    subject = requirement.behaviour or requirement.kind
    return {
        "id": requirement.id,
        "level": str(requirement.level),
        "text": requirement.text,
        "capability": requirement.capability,
        "operations": list(requirement.operations),
        "sources": [{"file": one.file, "lines": one.lines, "text": one.text} for one in requirement.sources],
        "about": {"name": subject, "meaning": {**KINDS, **BEHAVIOURS}.get(subject, "")},
        "checked": how.looked_for,
        "codes": list(how.codes),
        "needs": how.needs,
        "mutants": [{"id": one, "text": text} for one, text in _mutants(requirement, contract)],
    }


def _mutants(requirement: Requirement, contract: Contract) -> Iterator[tuple[str, str]]:
    """Misbehaviours of the mock that break what the requirement is about, on one of its operations."""
    operations = [contract.by_id[name] for name in requirement.operations]
    for mutant in GALLERY:
        if mutant.breaks == (requirement.behaviour or requirement.kind) and any(
            mutant.applies(contract, operation) for operation in operations
        ):
            yield mutant.id, mutant.text


def _lines(told: dict[str, Any]) -> Iterator[str]:
    yield f"{told['id']} ({told['level']}, {told['capability']})"
    yield f"  {told['text']}"
    for source in told["sources"]:
        yield f"  source: {source['file']}:{source['lines']}: {' '.join(source['text'].split())}"
    if not told["sources"]:
        yield "  source: none; the full contract decides it, so nobody fails on it under the documented one"
    yield ""
    yield f"about:      {told['about']['name']}. {told['about']['meaning']}"
    yield f"operations: {', '.join(told['operations'])}"
    yield f"checked:    {told['checked']}"
    if told["codes"]:
        yield f"codes:      {', '.join(told['codes'])}"
    yield f"a pass:     {told['needs']}"
    yield ""
    yield "mutants that break it (mockproof serve --mutant ID):" if told["mutants"] else "no mutant breaks it"
    for mutant in told["mutants"]:
        yield f"  {mutant['id']:32} {mutant['text']}"
