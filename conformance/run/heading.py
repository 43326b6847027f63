"""The heading: the first line of a ledger, which tells what is about to be judged, and how."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from conformance.ledger import LEDGER_VERSION, Ledger, Line
from conformance.run.plan import Plan
from conformance.run.resume import check_same, kept_lines
from conformance.secret import Secrets


def going_on(plan: Plan, lines: Sequence[Line], secrets: Secrets) -> list[Line]:
    """The lines of a run's earlier part that still count, for one that goes on with it by a plan.

    Raises DeclarationError when it would go on as another run than it began.
    """
    before = next((line for line in lines if line["kind"] == "run"), None)
    if before is not None:
        check_same(before, secrets.mask_all(heading(plan)))
    return kept_lines(lines)


def begin(plan: Plan, ledger: Ledger) -> int:
    """Write the heading, or where there is one already, that the run goes on; returns which part of it begins.

    Raises DeclarationError when it would go on as another run than it began.
    """
    before = next(ledger.of("run"), None)
    if before is None:
        ledger.add("run", **heading(plan))
        return 1
    check_same(before, ledger.secrets.mask_all(heading(plan)))
    if not any(ledger.of("end")):
        ledger.add("resumed", at=_now())
    return 1 + sum(1 for _ in ledger.of("resumed"))


def heading(plan: Plan) -> dict[str, Any]:
    """The members of the `run` line."""
    return {
        "ledger_version": LEDGER_VERSION,
        "tool": _tool(),
        "target": plan.target.url,
        "contract": {"title": plan.contract.title, "version": plan.contract.version, "digest": plan.contract.digest},
        "profile": plan.profile,
        "seed": plan.seed,
        "max_examples": plan.max_examples,
        "phases": list(plan.fuzz_phases),
        "tiers": list(plan.tiers),
        "operations": list(plan.operations),
        "started": _now(),
        "variables": sorted(plan.target.secrets.values),
        "run": plan.run,
        "shard": plan.shard,
        "manners": asdict(plan.manners),
        "capabilities": dict(plan.capabilities) if plan.capabilities is not None else None,
        "accommodations": [{"target": one.target, "reason": one.reason} for one in plan.accommodations],
    }


def _tool() -> str:
    try:
        return f"mockproof {version('mockproof')}"
    except PackageNotFoundError:
        return "mockproof"  # run from a folder that nobody installed


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
