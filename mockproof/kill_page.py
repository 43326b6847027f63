"""The kill matrix as a page: `docs/kill-matrix.md` is what this module writes. Pure."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from mockproof.kill import Kill
from mockserver.mutants import GALLERY
from spec.behaviour import BEHAVIOURS, KINDS

_HEAD = """\
# Kill matrix

<!-- Written by 'make kill-matrix'; do not edit. -->

The kit is let loose on every mutant of the mock ([the gallery](mutants.md)), over HTTP, and has to notice. A kill
counts most when the requirement that fails is the one that the mutant breaks. A run ends when that has failed, so
other requirements may fail, too. *Requests* are those sent until the first failure, from the first request of the
run on. *Withheld* means that nothing failed, but that the kit could judge too little to call the target conformant.
"""

_MOST_NAMED = 2


@dataclass(frozen=True, slots=True)
class Column:
    """The kills of one world. clean: what failed on the mock without a mutant, and how many requests it took."""

    name: str
    kills: tuple[Kill, ...]
    clean: tuple[str, ...]


def write_page(columns: Sequence[Column]) -> str:
    """The page: figures for each world, every mutant, what each behaviour kills, and what survived."""
    return "\n".join(
        [_HEAD, *_figures(columns), "", *_mutants(columns), "", *_behaviours(columns), *_survivors(columns), ""]
    )


def summary(column: Column) -> str:
    """One world in a line."""
    kills = column.kills
    dead, own = sum(kill.is_dead for kill in kills), sum(kill.own for kill in kills)
    requests = [kill.requests for kill in kills if kill.requests is not None]
    median = f"{statistics.median(requests):g}" if requests else "none"
    share = 100 * dead / len(kills) if kills else 0.0
    return f"{column.name}: {dead} of {len(kills)} killed ({share:.1f} %), {own} by what they break; {median} requests"


def _figures(columns: Sequence[Column]) -> Iterator[str]:
    yield "| contract | mutants | killed | by what they break | by plain requests | median requests | no mutant |"
    yield "|---|---|---|---|---|---|---|"
    for column in columns:
        kills = column.kills
        dead, own = sum(kill.is_dead for kill in kills), sum(kill.own for kill in kills)
        plain = sum(kill.is_dead and kill.tier == "scenarios" for kill in kills)
        requests = [kill.requests for kill in kills if kill.requests is not None]
        median = f"{statistics.median(requests):g}" if requests else "none"
        share = f"{100 * dead / len(kills):.1f} %" if kills else "none"
        clean = ", ".join(column.clean) or "nothing"
        yield f"| {column.name} | {len(kills)} | {dead} ({share}) | {own} | {plain} | {median} | {clean} |"


def _mutants(columns: Sequence[Column]) -> Iterator[str]:
    yield "## Every mutant"
    yield ""
    yield "| mutant | breaks | " + " | ".join(f"{column.name}: killed by | requests" for column in columns) + " |"
    yield "|---|---|" + "---|---|" * len(columns)
    found = [{kill.mutant: kill for kill in column.kills} for column in columns]
    for mutant in GALLERY:
        if any(mutant.id in kills for kills in found):
            cells = " | ".join(_cell(kills.get(mutant.id)) for kills in found)
            yield f"| `{mutant.id}` | {mutant.breaks} | {cells} |"


def _cell(kill: Kill | None) -> str:
    if kill is None:
        return "not offered | "
    if kill.withheld:
        return "withheld | "
    if not kill.by:
        return "**survived** | "
    more = len(kill.by) - _MOST_NAMED
    named = ", ".join(f"`{one}`" for one in kill.by[:_MOST_NAMED]) + (f" and {more} more" if more > 0 else "")
    mark = "" if kill.own else "other: "
    return f"{mark}{named} | {kill.requests}"


def _behaviours(columns: Sequence[Column]) -> Iterator[str]:
    yield "## What each requirement kills"
    yield ""
    yield "| requirement | what must hold | mutants that it kills |"
    yield "|---|---|---|"
    for name, sentence in {**KINDS, **BEHAVIOURS}.items():
        killed = {kill.mutant for column in columns for kill in column.kills if kill.own and kill.breaks == name}
        yield f"| {name} | {sentence} | {', '.join(f'`{one}`' for one in sorted(killed)) or '**none**'} |"


def _survivors(columns: Sequence[Column]) -> Iterator[str]:
    left = [(column.name, kill) for column in columns for kill in column.kills if not kill.by]
    if not left:
        return
    yield ""
    yield "## Not failed by any requirement"
    yield ""
    for name, kill in left:
        why = "nothing could be judged, so no verdict was given" if kill.withheld else "nothing that was sent shows it"
        yield f"- `{kill.mutant}` ({name}): {why}."
