"""Building: from a failure to a reproducer in both forms. Pure: no socket, no clock, no file."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from conformance.ledger import Line
from conformance.reproduction.case import Case
from conformance.reproduction.draft import Draft
from conformance.reproduction.python_form import python_text
from conformance.reproduction.recipe import RECIPES
from conformance.reproduction.script import Script
from conformance.reproduction.shell_form import shell_text
from conformance.reproduction.tape import Tape, read_tape
from conformance.secret import Secrets
from spec.contract import Contract

_CUT = " bytes in all"


@dataclass(frozen=True, slots=True)
class Reproducer:
    """A failure that anybody can see again. is_judged: whether it tells by itself if the fault is there.

    exchange: the id of the ledger's line that it was made from.
    """

    requirement: str
    code: str
    exchange: str
    shell: str
    pytest: str
    is_judged: bool
    script: Script


@dataclass(frozen=True, slots=True)
class Workbench:
    """What reproducers are made from: a run's exchanges, its contract, and what it was called.

    contract: the one that is enforced. name: how names of created things began. prefix: the part of it that stays.
    """

    tape: Tape
    contract: Contract
    name: str
    prefix: str
    target: str
    variables: tuple[str, ...]


def open_workbench(model: Contract, contract: Contract, lines: Sequence[Line], name: str, prefix: str) -> Workbench:
    """The workbench for the lines of a ledger. model: the contract that tells how to ask."""
    run = next(line for line in lines if line["kind"] == "run")
    return Workbench(read_tape(model, lines), contract, name, prefix, run["target"], tuple(run.get("variables", ())))


def reproducers_of(
    bench: Workbench, verdict: Mapping[str, Any], secrets: Secrets | None = None
) -> Iterator[Reproducer]:
    """Reproducers of a failed requirement, the most telling one first; those that tell nothing by themselves last.

    verdict: a `verdict` line, or the same members. secrets: what no byte of them may hold.
    """
    unjudged = []
    for failure in verdict["failures"]:
        found = _built(bench, verdict, failure, secrets or Secrets())
        if found is not None and found.is_judged:
            yield found
        elif found is not None:
            unjudged.append(found)
    yield from unjudged


def _built(
    bench: Workbench, verdict: Mapping[str, Any], failure: Mapping[str, Any], secrets: Secrets
) -> Reproducer | None:
    line = _plainest(bench, failure)
    operation = bench.tape.contract.by_id.get(failure["operation"])
    if line is None or operation is None:
        return None
    draft = Draft(bench.tape, bench.contract, bench.name, bench.prefix, bench.variables)
    begins, ends = _span(bench, line, verdict["id"], failure)
    case = Case(draft, line, operation, failure["expected"], failure["seen"], begins, ends)
    recipe = RECIPES.get(failure["code"])
    claim = recipe(case) if recipe is not None and not _is_cut(line) else None
    if claim is None:
        draft.use(line, lenient=True)
    script = Script(
        requirement=verdict["id"],
        promise=verdict["text"],
        expected=failure["expected"],
        seen=failure["seen"],
        target=bench.target,
        steps=tuple(draft.steps),
        claim=claim,
        constants=draft.constants,
        variables=tuple(sorted(draft.used)),
        touches=draft.touches,
        prefix=bench.prefix,
        name_length=max(len(bench.name) - len(bench.prefix) - 1, 1),
    )
    return Reproducer(
        requirement=verdict["id"],
        code=failure["code"],
        exchange=failure["exchange"] or line["id"],
        shell=secrets.mask(shell_text(script)),
        pytest=secrets.mask(python_text(script)),
        is_judged=claim is not None,
        script=script,
    )


def _plainest(bench: Workbench, failure: Mapping[str, Any]) -> Line | None:
    """The exchange that shows a failure; of several that show the same, a plain request rather than a generated one."""
    shown = bench.tape.by_id.get(failure["exchange"] or "")
    if shown is None or shown["source"] != "fuzz":
        return shown
    alike = (
        line
        for line in bench.tape.exchanges
        if line["source"] != "fuzz" and line["operation"] == failure["operation"]
        and any(one["code"] == failure["code"] for one in line["failures"])
    )  # fmt: skip
    return next(alike, shown)


def _span(bench: Workbench, line: Line, requirement: str, failure: Mapping[str, Any]) -> tuple[int, int]:
    """Line numbers between which the check that saw a failure talked with the target."""
    told = next(
        (
            one["number"]
            for one in bench.tape.lines
            if one["kind"] == "observation"
            and one["requirement"] == requirement
            and one["exchange"] == failure["exchange"]
        ),
        line["number"] + 1,
    )
    closed = [one["number"] for one in bench.tape.lines if one["kind"] == "closing" and one["number"] < told]
    return (closed[-1] if closed else 0), told


def _is_cut(line: Line) -> bool:
    """Whether the ledger does not hold the whole request."""
    return str(line["request"]["body"]).endswith(_CUT) or "\ufffd" in str(line["request"]["body"])
