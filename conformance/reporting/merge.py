"""Merging: ledgers of shards, each about some operations of one target, become the ledger of one run.

Everything is judged again over what all shards saw. Only what a declaration decided (a capability that is not there,
a waiver) cannot be seen in the evidence, and is taken from the shards.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

from conformance.errors import LedgerError
from conformance.fuzzing.job import EVERY_OPERATION
from conformance.ledger import Ledger, Line
from conformance.reporting.shard import names_in_order, requirements_of
from conformance.verdict.line import verdict_fields
from conformance.verdict.outcome import Conclusion, conclude
from conformance.verdict.verdict import Outcome, Verdict, judge

_SAME: Final = ("target", "contract", "profile")
_AGAIN: Final = frozenset({"run", "verdict", "end"})


def merge_ledgers(shards: Sequence[Sequence[Line]]) -> list[Line]:
    """The lines of one run over everything that the shards saw, with new verdicts and a new conclusion.

    Ids of exchanges get the number of their shard in front. Raises LedgerError when the shards are not about the
    same contract, profile and target, or when one of them was cut before its verdicts.
    """
    runs = [next(line for line in lines if line["kind"] == "run") for lines in shards]
    _check_same(runs)
    verdicts = [{line["id"]: line for line in lines if line["kind"] == "verdict"} for lines in shards]
    unjudged = [number for number, found in enumerate(verdicts, 1) if not found and runs[number - 1]["operations"]]
    if unjudged:
        raise LedgerError(
            f"ledger {unjudged[0]} ends before its verdicts", hint="finish that run with mockproof verify --resume"
        )
    merged = Ledger()
    merged.add("run", **_merged_run(runs))
    for number, (run, lines) in enumerate(zip(runs, shards, strict=True), 1):
        for line in _rewritten(lines, number, run["operations"]):
            merged.add(line["kind"], **{name: value for name, value in line.items() if name not in ("kind", "number")})
    judged = [
        _decided(verdict, [found[verdict.requirement.id] for found in verdicts if verdict.requirement.id in found])
        for verdict in judge(requirements_of(verdicts, merged.lines[0]["operations"]), merged.lines)
    ]
    for verdict, extra in judged:
        merged.add("verdict", **{**verdict_fields(verdict), **extra})
    ends = [next((line for line in reversed(lines) if line["kind"] == "end"), None) for lines in shards]
    cut = any(end is None or end["conclusion"] in (Conclusion.INCOMPLETE, Conclusion.INTERRUPTED) for end in ends)
    conclusion = conclude([verdict for verdict, _ in judged], incomplete=cut)
    merged.add("end", conclusion=conclusion.value, seconds=max(end["seconds"] if end else 0 for end in ends))
    return merged.lines


def _check_same(runs: Sequence[Line]) -> None:
    for number, run in enumerate(runs[1:], 2):
        for name in _SAME:
            if run[name] != runs[0][name]:
                raise LedgerError(
                    f"ledger {number} is about another {name}: {_told(run[name])}, not {_told(runs[0][name])}",
                    hint="merge shards of one run: same contract, profile and target",
                )


def _told(value: Any) -> str:
    return f"{value['title']} {value['version']} ({value['digest'][:12]})" if isinstance(value, Mapping) else str(value)


def _merged_run(runs: Sequence[Line]) -> dict[str, Any]:
    first = {name: value for name, value in runs[0].items() if name not in ("kind", "number")}
    return {
        **first,
        "operations": names_in_order(run["operations"] for run in runs),
        "phases": names_in_order(run["phases"] for run in runs),
        "variables": sorted({name for run in runs for name in run.get("variables", ())}),
        "started": min(run["started"] for run in runs),
        "shard": None,
        "shards": len(runs),
    }


def _rewritten(lines: Iterable[Line], number: int, operations: Sequence[str]) -> Iterator[Line]:
    for line in lines:
        if line["kind"] in _AGAIN:
            continue
        renamed = dict(line)
        for name in ("id", "exchange") if line["kind"] == "exchange" else ("exchange",):
            if isinstance(line.get(name), str):
                renamed[name] = f"{number}.{line[name]}"
        if line.get("operation") == EVERY_OPERATION and _is_for_each(line):
            # Every operation of this shard, which are not all of the run.
            yield from ({**renamed, "operation": name} for name in operations)
        else:
            yield renamed


def _is_for_each(line: Line) -> bool:
    if line["kind"] == "closing":
        return bool(line["status"] == "skip" or line["phase"] == "stateful")
    return bool(line["kind"] == "trouble")


def _decided(verdict: Verdict, before: Sequence[Line]) -> tuple[Verdict, Mapping[str, Any]]:
    """A verdict under what the declarations of the shards decided, and the members that tell of it."""
    words = {line["verdict"] for line in before}
    told_waiver = next((line["waiver"] for line in before if line.get("waiver")), None)
    waiver = {} if told_waiver is None else {"waiver": told_waiver}
    if words == {Outcome.NOT_APPLICABLE.value}:
        told = replace(verdict, outcome=Outcome.NOT_APPLICABLE, reason=before[0]["reason"], failures=())
        return told, waiver
    if verdict.outcome is Outcome.FAIL and Outcome.WAIVED.value in words and Outcome.FAIL.value not in words:
        reason = next(line["reason"] for line in before if line["verdict"] == Outcome.WAIVED.value)
        return replace(verdict, outcome=Outcome.WAIVED, reason=reason), waiver
    broken = next((line for line in before if line["verdict"] == Outcome.FAIL.value), None)
    if broken is not None and verdict.outcome is not Outcome.FAIL:
        # A declared capability that is not there: a failure that no exchange shows.
        return replace(verdict, outcome=Outcome.FAIL, reason=broken["reason"]), waiver
    return verdict, waiver
