"""`mockproof contract`: build, check, lint, explain and show the canonical contract."""

from __future__ import annotations

import json
from pathlib import Path

import click

from spec import packaged
from spec.contract_reader import load_contract
from spec.pointer import resolve_pointer

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.group()
def contract() -> None:
    """Build, check and explain the canonical contract."""


@contract.command()
@click.option("--check", is_flag=True, help="Write nothing; fail when the committed files are not what would be built.")
@click.option("--folder", type=_FOLDER, help="Folder with sources/ and overlays/; by default the packaged one.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def build(check: bool, folder: Path | None, as_json: bool) -> int:
    """Merge the sources under the overlays into contract, projection, provenance and report."""
    # The merge pulls in docutils and a JSONPath engine, which no other command needs.
    from spec.merge.accounting import Fate, tally
    from spec.merge.build import merge_folder
    from spec.merge.output import generate, stale_files, write_files

    done = merge_folder(folder)
    generated = generate(done)
    stale = stale_files(generated, folder)
    counts = tally(done.accounts)
    facts = {str(fate): sum(row[fate] for row in counts.values()) for fate in Fate}
    conflicts = len(done.unified.conflicts)
    if not check:
        write_files(generated, folder)
    if as_json:
        summary = {"sources": len(done.sources), "facts": facts, "decisions": len(done.actions), "conflicts": conflicts}
        click.echo(json.dumps({**summary, "stale": stale}))
    else:
        told = ", ".join(f"{count} {fate}" for fate, count in facts.items())
        plural = "" if conflicts == 1 else "s"
        click.echo(
            f"{len(done.sources)} sources, {sum(facts.values())} facts ({told}), "
            f"{len(done.actions)} decisions, {conflicts} conflict{plural} decided"
        )
        for name in generated:
            state = "stale" if check and name in stale else "written" if name in stale else "fresh"
            click.echo(f"  {state:8}{name}")
    if check and stale:
        click.echo("The committed files are stale: run 'mockproof contract build' and commit the result.", err=True)
        return 1
    return 0


@contract.command()
@click.argument("file", type=_FILE, required=False)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def lint(file: Path | None, as_json: bool) -> int:
    """Check a contract beyond what an OpenAPI validator sees; by default both packaged forms."""
    # The OpenAPI validator is slow to import and only needed here.
    from spec.explain import load_provenance
    from spec.lint import Problem
    from spec.lint import lint as find_problems

    found: list[tuple[str, Problem]] = []
    if file is not None:
        found += [(str(file), problem) for problem in find_problems(load_contract(file))]
    else:
        for profile, name in packaged.PROFILES.items():
            provenance = load_provenance() if profile == "full" else None
            loaded = load_contract(packaged.contract_path(profile))
            found += [(name, problem) for problem in find_problems(loaded, provenance)]
    if as_json:
        rows = [{"file": name, "pointer": p.pointer, "rule": p.rule, "message": p.message} for name, p in found]
        click.echo(json.dumps({"problems": rows}))
    else:
        for name, problem in found:
            click.echo(f"{name}: {problem.pointer}: {problem.rule}: {problem.message}")
        click.echo("no problems" if not found else f"{len(found)} problem{'s' if len(found) > 1 else ''}")
    return 1 if found else 0


@contract.command()
@click.argument("pointer")
@click.option("--json", "as_json", is_flag=True, help="Print the provenance entries as one JSON object.")
def explain(pointer: str, as_json: bool) -> None:
    """Tell where a part of the contract comes from, with the sources' own words.

    POINTER is a JSON pointer such as '#/paths/~1v1~1backup_instances/get/summary', or an operationId.
    """
    from spec.explain import entries_at, load_provenance  # reads a large file: only when asked
    from spec.explain import explain as tell

    loaded = load_contract()
    provenance = load_provenance()
    operation = loaded.by_id.get(pointer)
    place = operation.pointer if operation else pointer
    if as_json:
        click.echo(json.dumps(entries_at(provenance, place), ensure_ascii=False))
        return
    values = {leaf: resolve_pointer(loaded.document, leaf) for leaf in entries_at(provenance, place)}
    click.echo(tell(provenance, place, values))


@contract.command()
@click.argument("operation_id", required=False)
@click.option("--profile", type=click.Choice(list(packaged.PROFILES)), default="full", show_default=True)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of YAML or a table.")
@click.option("--list", "as_list", is_flag=True, help="List the operations instead of printing the document.")
def show(operation_id: str | None, profile: str, as_json: bool, as_list: bool) -> None:
    """Print the contract, one operation of it, or the list of its operations."""
    loaded = load_contract(packaged.contract_path(profile))
    if as_list:
        rows = [
            {"id": o.id, "method": o.method.upper(), "path": o.path, "tags": list(o.tags)} for o in loaded.operations
        ]
        if as_json:
            click.echo(json.dumps(rows))
        for row in () if as_json else rows:
            click.echo(f"{row['method']:6} {row['path']:90} {row['id']}")
        return
    document = loaded.operation(operation_id).document if operation_id else loaded.document
    if as_json:
        click.echo(json.dumps(document, ensure_ascii=False))
    elif operation_id is None:
        click.echo(loaded.data.decode(), nl=False)
    else:
        import yaml  # writing YAML is needed for a single operation alone

        click.echo(yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=120), nl=False)
