"""Reproducing: what a run does about its failures before it tells of them.

Every headline gets a reproducer, and what follows from it as far as there is room. Those of the first headlines are
run twice; what there was no time for is told as unverified.
"""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from itertools import islice
from typing import Any

from conformance.declaring.waiver import apply_capabilities, waive
from conformance.exchange.trust import VARIABLE
from conformance.fuzzing.launch import Progress
from conformance.ledger import Ledger, Line
from conformance.manners.manners import DISPOSABLE
from conformance.reproduction.building import Reproducer, Workbench, open_workbench, reproducers_of
from conformance.reproduction.verification import Budget, Repetition, Status, verify_twice
from conformance.run.plan import Plan
from conformance.verdict.headline import find_headlines
from conformance.verdict.verdict import Outcome, judge

_VERIFIED, _WRITTEN, _TRIES = 10, 20, 3
"""Headlines that are verified, requirements that get reproducers, and failures of one that are tried."""


def reproduce(plan: Plan, ledger: Ledger, progress: Progress, until: float) -> None:
    """Write a `reproduction` line for each failure that is worth one. until: monotonic second when all must be over.

    Nothing happens where nothing failed, or where the plan has no time for it.
    """
    if plan.limits.reproducing <= 0 or not any(map(_is_failure, ledger.lines)):
        return
    verdicts = _failed(plan, ledger.lines)
    if not verdicts:
        return
    done = {line["requirement"] for line in ledger.of("reproduction")}
    bench = open_workbench(plan.model, plan.contract, ledger.lines, plan.name, plan.manners.prefix)
    budget = Budget(min(time.monotonic() + plan.limits.reproducing, until))
    environment = _environment(plan)
    for place, verdict in enumerate(islice(_by_weight(verdicts, ledger), _WRITTEN)):
        if verdict["id"] in done:  # before the run was cut off
            continue
        progress(f"reproducing {verdict['id']}")
        found = _best(bench, verdict, environment, budget if place < _VERIFIED else None, ledger)
        if found is not None:
            made, told = found
            ledger.add(
                "reproduction", requirement=made.requirement, code=made.code, exchange=made.exchange,
                status=told.status.value, shell=made.shell, pytest=made.pytest,
            )  # fmt: skip
            for url in told.left:
                reason = "a reproducer made it, and the contract has no way to delete it, or that failed"
                ledger.add("leftover", resource="", id="", chain={}, url=url, reason=reason)


def _is_failure(line: Line) -> bool:
    if line["kind"] == "observation":
        return bool(line["sight"] == "fail")
    if line["kind"] != "exchange":
        return False
    return bool(line["failures"]) or bool(line["answer"] and line["answer"]["status"] >= 500)


def _failed(plan: Plan, lines: Sequence[Line]) -> list[dict[str, Any]]:
    """Failed requirements as `verdict` lines will tell of them."""
    verdicts = apply_capabilities(judge(plan.requirements, lines), plan.capabilities, plan.contract, lines)
    verdicts, _ = waive(verdicts, plan.deviations, plan.today or datetime.now(UTC).date())
    return [
        {
            "id": one.requirement.id,
            "level": str(one.requirement.level),
            "text": one.requirement.text,
            "verdict": one.outcome.value,
            "failures": [asdict(failure) for failure in one.failures],
        }
        for one in verdicts
        if one.outcome is Outcome.FAIL
    ]


def _by_weight(verdicts: Sequence[Mapping[str, Any]], ledger: Ledger) -> Iterator[Mapping[str, Any]]:
    """Headlines first, then what follows from them."""
    by_id = {one["id"]: one for one in verdicts}
    heads = find_headlines(verdicts, ledger.of("exchange"))
    yield from (by_id[head.requirement] for head in heads)
    yield from (by_id[one.requirement] for head in heads for one in head.consequences)


def _best(
    bench: Workbench, verdict: Mapping[str, Any], environment: Mapping[str, str], budget: Budget | None, ledger: Ledger
) -> tuple[Reproducer, Repetition] | None:
    """The first reproducer that shows its fault, else the first one."""
    first: tuple[Reproducer, Repetition] | None = None
    left: tuple[str, ...] = ()
    for made in islice(reproducers_of(bench, verdict, ledger.secrets), _TRIES):
        told = verify_twice(made.pytest, environment, budget) if budget is not None else Repetition(Status.UNVERIFIED)
        left += told.left
        if told.status in (Status.CONFIRMED, Status.FLAKY):
            return made, Repetition(told.status, left)
        first = first or (made, told)
        if told.status is Status.UNVERIFIED:
            break
    return (first[0], Repetition(first[1].status, left)) if first is not None else None


def _environment(plan: Plan) -> dict[str, str]:
    """What a reproducer needs to know: the target, the credentials, and how to behave there."""
    return {
        **plan.target.secrets.values,
        "MOCKPROOF_TARGET": plan.target.url,
        "MOCKPROOF_PAUSE": str(1 / plan.rate) if plan.rate else "0",
        "MOCKPROOF_DISPOSABLE": "1" if plan.manners == DISPOSABLE else "",
        **({} if plan.target.ca is None else {VARIABLE: str(plan.target.ca)}),
    }
