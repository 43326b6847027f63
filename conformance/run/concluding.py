"""Concluding: from what the ledger holds to its last lines, the verdicts and the conclusion."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime

from conformance.declaring.waiver import apply_capabilities, waive
from conformance.fuzzing.tier import CUT
from conformance.ledger import Ledger
from conformance.run.ending import noted
from conformance.run.plan import Plan
from conformance.verdict.line import verdict_fields
from conformance.verdict.outcome import Conclusion, conclude
from conformance.verdict.verdict import Verdict, judge


def concluded(plan: Plan, ledger: Ledger) -> Conclusion:
    """Write the verdicts; a run that cannot be judged, for a fault of ours, is incomplete."""
    conclusion = Conclusion.INCOMPLETE
    with noted(ledger, "it judged"):
        conclusion = write_verdicts(plan, ledger)
    return conclusion  # noqa: RET504  what is noted does not get as far as the line above


def write_verdicts(plan: Plan, ledger: Ledger) -> Conclusion:
    """Judge what the ledger holds, under what was declared, and write the verdicts and waivers into it."""
    verdicts: Sequence[Verdict] = judge(plan.requirements, ledger.lines)
    verdicts = apply_capabilities(verdicts, plan.capabilities, plan.contract, ledger.lines)
    verdicts, waivers = waive(verdicts, plan.deviations, plan.today or datetime.now(UTC).date())
    for verdict in verdicts:
        ledger.add("verdict", **verdict_fields(verdict))
    for deviation, state in waivers:
        ledger.add("waiver", **{**asdict(deviation), "expires": str(deviation.expires)}, state=state.value)
    cut = any(line["trouble"] in CUT for line in ledger.of("trouble"))
    conclusion = conclude(verdicts, incomplete=cut)
    if plan.tiers == ("preflight",) and conclusion is Conclusion.INCONCLUSIVE:
        return _of_preflight(ledger)
    return conclusion


def _of_preflight(ledger: Ledger) -> Conclusion:
    """Where nothing else was asked for: whether a run would make sense."""
    found = next(ledger.of("preflight"), None)
    is_ready = found is not None and found["obstacle"] is None and all(probe["is_well"] for probe in found["probes"])
    return Conclusion.READY if is_ready and not any(ledger.of("trouble")) else Conclusion.INCONCLUSIVE
