"""Build: readings and decisions in, one finished merge out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from spec import packaged
from spec.errors import ConflictError
from spec.facts import Reading, Source
from spec.merge.accounting import Account, account
from spec.merge.assemble import assemble, pointer_of
from spec.merge.conflict import explain_conflict
from spec.merge.emission import ordered
from spec.merge.finding import Finding, load_findings
from spec.merge.overlay import Action, Applied, apply_overlays, load_overlays
from spec.merge.projection import project
from spec.merge.rules import Normalised, normalise
from spec.merge.tree import Branch
from spec.merge.unify import Conflict, Unified, unify
from spec.readers import read
from spec.sourcing import load_sources


@dataclass(frozen=True)
class Merge:
    """One finished merge: every intermediate value, for reports, explanations and tests."""

    readings: tuple[Reading, ...]
    actions: tuple[Action, ...]
    findings: tuple[Finding, ...]
    normalised: Normalised
    unified: Unified
    assembled: Branch
    applied: Applied

    @property
    def sources(self) -> tuple[Source, ...]:
        """The sources, by id."""
        return tuple(reading.source for reading in self.readings)

    @cached_property
    def full(self) -> Branch:
        """The full contract's tree, in its final order."""
        return ordered(self.applied.tree)

    @cached_property
    def documented(self) -> Branch:
        """The documented contract's tree, in its final order."""
        return ordered(project(self.applied))

    @cached_property
    def accounts(self) -> tuple[Account, ...]:
        """What became of every fact."""
        return account(self.readings, self.normalised, self.applied)


def merge(readings: Sequence[Reading], actions: Sequence[Action] = (), findings: Sequence[Finding] = ()) -> Merge:
    """Merge readings under decisions; raises ConflictError for what is undecided, OverlayError for a bad decision."""
    readings = tuple(sorted(readings, key=lambda reading: reading.source.id))
    normalised = normalise(readings)
    unified = unify(normalised.claims)
    tree = assemble(unified)
    applied = apply_overlays(tree, actions, unified.conflicts)
    undecided = [
        conflict for conflict in unified.conflicts if pointer_of(tree, conflict.address) not in applied.resolved
    ]
    if undecided:
        raise _undecided(undecided, tree, {reading.source.id: reading.source for reading in readings})
    return Merge(readings, tuple(actions), tuple(findings), normalised, unified, tree, applied)


def _undecided(conflicts: Sequence[Conflict], tree: Branch, sources: Mapping[str, Source]) -> ConflictError:
    told = "\n\n".join(explain_conflict(conflict, tree, sources) for conflict in conflicts)
    return ConflictError(
        f"{len(conflicts)} undecided conflict{'s' if len(conflicts) > 1 else ''} between sources\n\n{told}",
        hint="paste the action into an overlay, correct the value if need be, and say why in its reason",
    )


def merge_folder(folder: Path | None = None) -> Merge:
    """Merge the `sources` and `overlays` of a folder; by default the packaged ones."""
    root = folder or packaged.spec_folder()
    sources = load_sources(root / "sources")
    readings = tuple(read(source) for source in sources)
    return merge(readings, load_overlays(root / "overlays"), load_findings(root / "findings.yaml", sources))
