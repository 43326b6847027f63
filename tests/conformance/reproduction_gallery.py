"""Mutants, the kit's reproducers of them, and whether those tell a fresh mutant from a clean mock.

    python -m tests.conformance.reproduction_gallery [--every 3] [--form python|shell] [--only ID] [--workers 2]

The kit is let loose on each mutant of both contracts with plain requests. As in a run, the reproducer that is told is
the first of three whose Python form shows the fault again. Each form of it must then fail on a freshly started mutant
(95 of 100) and pass on a freshly started clean mock (all of them). Prints what did otherwise, and a table; exit
code 1 if a goal was missed.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from conformance.ledger import Ledger, Line
from conformance.reproduction.building import Reproducer, open_workbench, reproducers_of
from conformance.reproduction.verification import Trial, run_python, run_shell
from conformance.run.plan import Plan
from conformance.run.runner import Cancelled, run
from conformance.target import EVERY_SCHEME, Credential, Target
from conformance.verdict.headline import find_headlines
from mockproof.kill import RATE, World, identities, load_world
from mockserver.app import create_app
from mockserver.mutant import Mutant
from mockserver.server import running
from mockserver.state.clock import Clock

CONTRACTS = Path(__file__).resolve().parents[1] / "contracts"
FORMS: dict[str, Callable[[str, dict[str, str]], Trial]] = {"python": run_python, "shell": run_shell}
_PACE = 60.0
"""Speed of the clock of fresh servers: a script must be able to look at a job that lasts half a minute."""
_ENOUGH = 0.95
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Pair:
    """What one form of a reproducer did on a fresh mutant, and on a clean mock."""

    again: Trial
    clean: Trial

    @property
    def fails_again(self) -> bool:
        """Whether the fault was seen on a fresh mutant."""
        return self.again.code == 1

    @property
    def passes_clean(self) -> bool:
        """Whether the clean mock was found right."""
        return self.clean.code == 0


@dataclass(frozen=True, slots=True)
class Reproduced:
    """What came of one mutant of a world. reproducer: None where plain requests noticed nothing."""

    world: str
    mutant: str
    reproducer: Reproducer | None = None
    pairs: Mapping[str, Pair] = field(default_factory=dict)


@cache
def worlds() -> Mapping[str, World]:
    """The packaged contract and the second one, by name."""
    both = (load_world("packaged"), load_world("vault", CONTRACTS / "vault.yaml", CONTRACTS / "vault"))
    return {world.name: world for world in both}


def reproduce_mutant(name: str, mutant_id: str, forms: Sequence[str] = ("python",)) -> Reproduced:
    """Run the kit against a mutant of a world, and its reproducer against fresh servers."""
    world = worlds()[name]
    mutant = next(one for one in world.mutants if one.id == mutant_id)
    made = reproducers_for(world, mutant)[:_TRIES]
    tried = ((one, _tried(world, (mutant_id,), "python", one)) for one in made)
    shown = next(((one, trial) for one, trial in tried if trial.code == 1), None)
    if shown is None and not made:
        return Reproduced(name, mutant_id)
    told, again = shown or (made[0], None)
    trials = {form: again if form == "python" else None for form in forms}
    return Reproduced(
        name, mutant_id, told, {form: _pair(world, mutant_id, form, told, trials[form]) for form in forms}
    )


def reproducers_for(world: World, mutant: Mutant) -> list[Reproducer]:
    """The kit's reproducers of a mutant, for what it breaks, or else for the first headline."""
    ledger = _judged(world, mutant)
    verdicts = [line for line in ledger.of("verdict") if line["verdict"] == "fail"]
    heads = [head.requirement for head in find_headlines(verdicts, ledger.of("exchange"))]
    chosen = sorted(verdicts, key=lambda line: (not _is_own(world, mutant, line["id"]), line["id"] not in heads))
    bench = open_workbench(world.contract, world.contract, ledger.lines, "mockproof-run-", "mockproof-")
    return list(reproducers_of(bench, chosen[0], ledger.secrets)) if chosen else []


def _judged(world: World, mutant: Mutant) -> Ledger:
    """The ledger of a run with plain requests, which ends once the broken requirement has failed."""
    with running(
        create_app(world.contract, world.fixtures, clock=Clock(world.fixtures.now, RATE), mutants=(mutant.id,))
    ) as url:
        plan = _plan(world, url)
        ledger = Ledger(plan.target.secrets)
        seen = 0

        def look(_text: str) -> None:
            nonlocal seen
            fresh, seen = ledger.lines[seen:], len(ledger.lines)
            if any(_shows(world, mutant, line) for line in fresh):
                raise Cancelled(0)

        with contextlib.suppress(Cancelled):
            run(plan, ledger, look)
        return ledger


def _pair(world: World, mutant: str, form: str, made: Reproducer, again: Trial | None) -> Pair:
    return Pair(again or _tried(world, (mutant,), form, made), _tried(world, (), form, made))


def _tried(world: World, mutants: tuple[str, ...], form: str, made: Reproducer) -> Trial:
    first, second = identities(world)
    text = made.pytest if form == "python" else made.shell
    with running(
        create_app(world.contract, world.fixtures, clock=Clock(world.fixtures.now, _PACE), mutants=mutants)
    ) as url:
        told = {"MOCKPROOF_TARGET": url, "MOCKPROOF_DISPOSABLE": "1", "FIRST": first.value}
        return FORMS[form](text, {**told, "SECOND": second.value if second is not None else ""})


def _plan(world: World, url: str) -> Plan:
    first, second = identities(world)
    other = {EVERY_SCHEME: Credential(second.value, "SECOND")} if second is not None else {}
    return Plan(
        contract=world.contract,
        model=world.contract,
        profile=world.profile,
        target=Target(url, {EVERY_SCHEME: Credential(first.value, "FIRST")}, other),
        operations=tuple(operation.id for operation in world.contract.operations),
        requirements=world.requirements,
        seed=1,
        max_examples=1,
        max_time=120,
        tiers=("scenarios",),
        job_deadline=3.0,
    )


def _shows(world: World, mutant: Mutant, line: Line) -> bool:
    return line["kind"] == "observation" and line["sight"] == "fail" and _is_own(world, mutant, line["requirement"])


def _is_own(world: World, mutant: Mutant, requirement: str) -> bool:
    found = next((one for one in world.requirements if one.id == requirement), None)
    return found is not None and mutant.breaks in (found.behaviour, found.kind)


def main() -> int:
    """Try many mutants; returns the exit code."""
    parser = argparse.ArgumentParser(description="try the reproducers of mutants")
    parser.add_argument("--every", type=int, default=3, help="every how many-th mutant (default: 3)")
    parser.add_argument("--form", choices=sorted(FORMS), action="append", default=[], help="default: both")
    parser.add_argument("--only", action="append", default=[], help="only this mutant")
    parser.add_argument("--workers", type=int, default=2, help="how many mutants at a time (default: 2)")
    given = parser.parse_args()
    forms = tuple(given.form) or tuple(FORMS)
    found: list[Reproduced] = []
    with ProcessPoolExecutor(given.workers) as pool:
        chosen = list(_chosen(given.only, given.every, forms))
        for one in pool.map(reproduce_mutant, *zip(*chosen, strict=True)):
            found.append(one)
            sys.stderr.write(f"\r{len(found)} of {len(chosen)} mutants ")
            sys.stdout.writelines(_complaints(one))
            sys.stdout.flush()
    tried = [one for one in found if one.reproducer is not None]
    sys.stdout.writelines(_table(found, forms))
    return 0 if tried and all(_is_reached(tried, form) for form in forms) else 1


def _chosen(only: Sequence[str], every: int, forms: tuple[str, ...]) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    for world in worlds().values():
        ids = [one.id for one in world.mutants]
        for mutant in [one for one in ids if one in only] if only else ids[::every]:
            yield world.name, mutant, forms


def _is_reached(tried: Sequence[Reproduced], form: str) -> bool:
    pairs = [one.pairs[form] for one in tried]
    return sum(one.fails_again for one in pairs) >= _ENOUGH * len(pairs) and all(one.passes_clean for one in pairs)


def _complaints(one: Reproduced) -> Iterator[str]:
    if one.reproducer is None:
        yield f"{one.world} {one.mutant}: not noticed by plain requests\n"
        return
    for form, pair in one.pairs.items():
        if pair.fails_again and pair.passes_clean:
            continue
        yield f"{one.world} {one.mutant}: {one.reproducer.requirement} ({one.reproducer.code}), {form}\n"
        for what, trial in (("mutant", pair.again), ("clean", pair.clean)):
            yield f"  {what}: {trial.code} {trial.output.strip()[-300:]}\n"
        script = one.reproducer.script
        yield f"  expected {script.expected}; saw {script.seen}; claim {script.claim}\n"


def _table(found: Sequence[Reproduced], forms: Sequence[str]) -> Iterator[str]:
    yield f"\n{'contract':10} {'form':8} {'mutants':>8} {'noticed':>8} {'fails again':>12} {'passes clean':>13}\n"
    for name in (*worlds(), "both"):
        those = [one for one in found if name in (one.world, "both")]
        for form in forms:
            pairs = [one.pairs[form] for one in those if one.reproducer is not None]
            again, clean = sum(one.fails_again for one in pairs), sum(one.passes_clean for one in pairs)
            yield f"{name:10} {form:8} {len(those):8} {len(pairs):8} {again:12} {clean:13}\n"


if __name__ == "__main__":
    raise SystemExit(main())
