"""The outcome of a run: one word and one exit code from all verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

from conformance.verdict.verdict import Outcome, Verdict
from spec.requirements import Obligation


class Conclusion(StrEnum):
    """What the run says about the target."""

    CONFORMANT = "conformant"
    WAIVED = "conformant but for waivers"
    """Every MUST holds, or is broken in a way that the declaration knows of."""
    READY = "ready"
    """Only the preflight was asked for, and all is well."""
    IDLE = "idle"
    """The run is of a shard that has no operation: there was nothing to judge."""
    VIOLATIONS = "violations"
    INCONCLUSIVE = "inconclusive"
    INCOMPLETE = "incomplete"
    INTERRUPTED = "interrupted"


EXIT_CODES = {
    Conclusion.CONFORMANT: 0,
    Conclusion.WAIVED: 0,
    Conclusion.READY: 0,
    Conclusion.IDLE: 0,
    Conclusion.VIOLATIONS: 1,
    Conclusion.INCONCLUSIVE: 3,
    Conclusion.INCOMPLETE: 4,
}
"""Exit code of each conclusion; 2 is a usage error, 5 a report that could not be written, 130 and 143 are signals."""

UNWRITTEN = 5


def conclude(verdicts: Sequence[Verdict], *, incomplete: bool) -> Conclusion:
    """The conclusion of a run: only what a MUST says decides, and a violation outweighs what could not be seen.

    incomplete: whether the run was cut short by its budget or by a crash.
    """
    musts = [verdict.outcome for verdict in verdicts if verdict.requirement.level is Obligation.MUST]
    if Outcome.FAIL in musts:
        return Conclusion.VIOLATIONS
    if incomplete:
        return Conclusion.INCOMPLETE
    if Outcome.INCONCLUSIVE in musts or Outcome.ERROR in musts:
        return Conclusion.INCONCLUSIVE
    if Outcome.WAIVED in musts:
        return Conclusion.WAIVED
    # No promise kept at all is no conformance, however little was broken.
    return Conclusion.CONFORMANT if Outcome.PASS in musts else Conclusion.INCONCLUSIVE
