"""`mockproof mutants`: lists the misbehaviours of the mock, and shows which of them the kit notices."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from mockproof.output import report_error

if TYPE_CHECKING:
    from mockproof.kill import Kill, World
    from mockproof.kill_page import Column

EXIT_SURVIVED = 1

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)
_PACKAGED = "packaged"


@click.command()
@click.option("--contract", "contracts", type=_FILE, multiple=True, help="A contract of your own. Repeatable.")
@click.option("--fixtures", "folders", type=_FOLDER, multiple=True, help="Its fixtures, one folder for each contract.")
@click.option("--packaged", is_flag=True, help="The packaged contract, too; the default without --contract.")
@click.option("--matrix", is_flag=True, help="Run the kit against each mutant, and write what it made of it.")
@click.option(
    "--tier",
    type=click.Choice(["scenarios", "full"]),
    default="scenarios",
    show_default=True,
    help="full: let the fuzzer try what plain requests did not notice.",
)
@click.option("--only", multiple=True, metavar="MUTANT", help="Only this mutant. Repeatable.")
@click.option("--output", type=click.Path(dir_okay=False, path_type=Path), help="Write the matrix to this file.")
def mutants(
    contracts: tuple[Path, ...],
    folders: tuple[Path, ...],
    packaged: bool,
    matrix: bool,
    tier: str,
    only: tuple[str, ...],
    output: Path | None,
) -> int:
    """List the misbehaviours that the mock can show.

    With --matrix, see which of them the kit notices.

    Exit code: 0 all noticed, 1 some survived, 2 usage.
    """
    if len(folders) != len(contracts):
        raise click.UsageError("give one --fixtures folder for each --contract: the kit needs something to look at")
    # The mock and the kit take a second to load; a usage error should not wait for them.
    from mockproof.kill import load_world

    worlds = [load_world(path.stem, path, folder) for path, folder in zip(contracts, folders, strict=True)]
    if packaged or not worlds:
        worlds.insert(0, load_world(_PACKAGED))
    _refuse_unknown(only, worlds)
    if not matrix:
        _list(worlds, only)
        return 0
    return _matrix(worlds, ("scenarios", "fuzz") if tier == "full" else ("scenarios",), only, output)


def _refuse_unknown(only: Sequence[str], worlds: Sequence[World]) -> None:
    known = {mutant.id for world in worlds for mutant in world.mutants}
    for name in only:
        if name not in known:
            raise click.UsageError(f"no contract here can show a mutant {name!r}; 'mockproof mutants' lists them")


def _list(worlds: Sequence[World], only: Sequence[str]) -> None:
    shown = {mutant.id: mutant for world in worlds for mutant in world.mutants if not only or mutant.id in only}
    width = max(map(len, shown), default=0)
    breaks = max((len(mutant.breaks) for mutant in shown.values()), default=0)
    for mutant in shown.values():
        click.echo(f"{mutant.id:<{width}}  {mutant.breaks:<{breaks}}  {mutant.text}")


def _matrix(worlds: Sequence[World], tiers: tuple[str, ...], only: Sequence[str], output: Path | None) -> int:
    from mockproof.kill_page import summary, write_page  # loads the mock, as above

    columns = [_column(world, tiers, only) for world in worlds]
    for column in columns:
        click.echo(summary(column))
    for name, kill in ((column.name, kill) for column in columns for kill in column.kills if not kill.is_dead):
        click.echo(f"  survived: {kill.mutant} ({name}), which breaks {kill.breaks}")
    if output is not None:
        try:
            output.write_text(write_page(columns), encoding="utf-8")
        except OSError as error:
            report_error(f"cannot write {output}: {error.strerror}\n  choose another --output")
            return EXIT_SURVIVED
    survived = any(not kill.is_dead for column in columns for kill in column.kills)
    return EXIT_SURVIVED if survived or any(column.clean for column in columns) else 0


def _column(world: World, tiers: tuple[str, ...], only: Sequence[str]) -> Column:
    # The mock and the kit are loaded by now.
    from mockproof.kill import kill
    from mockproof.kill_page import Column

    clean = kill(world, None)
    kills: list[Kill] = []
    chosen = [mutant for mutant in world.mutants if not only or mutant.id in only]
    for number, mutant in enumerate(chosen, 1):
        kills.append(kill(world, mutant, tiers))
        _tell(f"{world.name}: {number} of {len(chosen)}, {mutant.id}")
    _tell("")
    return Column(world.name, tuple(kills), clean.by)


def _tell(text: str) -> None:
    """One line of progress, for a person only."""
    if sys.stderr.isatty():
        click.echo(f"\r\x1b[K{text}", nl=False, err=True)
