"""Mutants, the kit's reproducers of them, and whether those tell a fresh mutant from a clean mock.

    python -m tests.conformance.reproduction_gallery [--every 3] [--form python|shell] [--only ID]

Each reproducer must fail again on a freshly started mutant (95 of 100), and pass on a freshly started clean mock (all
of them). Prints what did otherwise; exit code 1 if that was too much.
"""

from __future__ import annotations

import argparse
import contextlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from conformance.headline import find_headlines
from conformance.ledger import Ledger, Line
from conformance.plan import Plan
from conformance.reproduction.building import Reproducer, open_workbench, reproducers_of
from conformance.reproduction.verification import Trial, run_python, run_shell
from conformance.runner import Cancelled, run
from conformance.target import EVERY_SCHEME, Credential, Target
from mockproof.kill import RATE, World, identities, load_world
from mockserver.app import create_app
from mockserver.mutant import Mutant
from mockserver.server import running
from mockserver.state.clock import Clock

CONTRACTS = Path(__file__).resolve().parents[1] / "contracts"
FORMS: dict[str, Callable[[str, dict[str, str]], Trial]] = {"python": run_python, "shell": run_shell}
_ENOUGH = 0.95
_TRIES = 3


@dataclass(frozen=True, slots=True)
class Reproduced:
    """What a reproducer of one mutant did on a fresh mutant, and on a clean mock; None where there was none."""

    mutant: str
    reproducer: Reproducer | None = None
    again: Trial | None = None
    clean: Trial | None = None

    @property
    def fails_again(self) -> bool:
        """Whether the fault was seen on a fresh mutant."""
        return self.again is not None and self.again.code == 1

    @property
    def passes_clean(self) -> bool:
        """Whether the clean mock was found right."""
        return self.clean is not None and self.clean.code == 0


def worlds() -> list[World]:
    """The packaged contract and the second one."""
    return [load_world("packaged"), load_world("vault", CONTRACTS / "vault.yaml", CONTRACTS / "vault")]


def reproduce_mutant(world: World, mutant: Mutant, form: str = "python") -> Reproduced:
    """Run the kit against a mutant, and its reproducer against fresh servers."""
    found = Reproduced(mutant.id)
    for made in reproducers_for(world, mutant)[:_TRIES]:
        text = made.pytest if form == "python" else made.shell
        trials = [_tried(world, ids, FORMS[form], text) for ids in ((mutant.id,), ())]
        found = Reproduced(mutant.id, made, *trials)
        if found.fails_again:
            break
    return found


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
    with running(create_app(world.contract, world.fixtures, clock=_clock(world), mutants=(mutant.id,))) as url:
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


def _tried(world: World, mutants: tuple[str, ...], form: Callable[[str, dict[str, str]], Trial], text: str) -> Trial:
    first, second = identities(world)
    with running(create_app(world.contract, world.fixtures, clock=_clock(world), mutants=mutants)) as url:
        told = {"MOCKPROOF_TARGET": url, "MOCKPROOF_DISPOSABLE": "1", "FIRST": first.value}
        return form(text, {**told, "SECOND": second.value if second is not None else ""})


def _clock(world: World) -> Clock:
    return Clock(world.fixtures.now, RATE)


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
    parser.add_argument("--form", choices=sorted(FORMS), default="python")
    parser.add_argument("--only", action="append", default=[], help="only this mutant")
    given = parser.parse_args()
    found: list[Reproduced] = []
    for world in worlds():
        mutants = (
            [one for one in world.mutants if one.id in given.only] if given.only else world.mutants[:: given.every]
        )
        for mutant in mutants:
            try:
                found.append(reproduce_mutant(world, mutant, given.form))
            except (TypeError, ValueError, KeyError) as error:
                # The kit broke on the mutant: there is no reproducer, then, and the other mutants can still be tried.
                sys.stdout.write(f"{world.name} {mutant.id}: {type(error).__name__}: {error}\n")
                found.append(Reproduced(mutant.id))
            _tell(world, found[-1])
    unnoticed = [one.mutant for one in found if one.reproducer is None]
    found = [one for one in found if one.reproducer is not None]
    again, clean = sum(one.fails_again for one in found), sum(one.passes_clean for one in found)
    sys.stdout.write(f"{len(found)} mutants: {again} seen again on a fresh one, {clean} not seen on a clean mock\n")
    sys.stdout.write(f"not noticed by plain requests: {', '.join(unnoticed) or 'none'}\n")
    return 0 if found and again >= _ENOUGH * len(found) and clean == len(found) else 1


def _tell(world: World, one: Reproduced) -> None:
    if one.fails_again and one.passes_clean:
        return
    if one.reproducer is None:
        return
    name = f"{one.reproducer.requirement} ({one.reproducer.code})"
    sys.stdout.write(f"{world.name} {one.mutant}: {name}\n")
    for what, trial in (("mutant", one.again), ("clean", one.clean)):
        if trial is not None:
            sys.stdout.write(f"  {what}: {trial.code} {trial.output.strip()[-300:]}\n")
    script = one.reproducer.script
    sys.stdout.write(f"  expected {script.expected}; saw {script.seen}; claim {script.claim}\n")


if __name__ == "__main__":
    raise SystemExit(main())
