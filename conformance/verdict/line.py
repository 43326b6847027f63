"""A verdict as a line of the ledger."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from conformance.verdict.verdict import Verdict


def verdict_fields(verdict: Verdict) -> dict[str, Any]:
    """The members of a `verdict` line."""
    requirement = verdict.requirement
    return {
        "id": requirement.id,
        "level": str(requirement.level),
        "text": requirement.text,
        "capability": requirement.capability,
        "operations": list(requirement.operations),
        "sources": [{"file": quote.file, "lines": quote.lines, "text": quote.text} for quote in requirement.sources],
        "verdict": verdict.outcome.value,
        "observations": verdict.observations,
        "reason": verdict.reason,
        "failures": [asdict(failure) for failure in verdict.failures],
    }
