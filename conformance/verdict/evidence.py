"""Evidence: the lines of a ledger, sorted by what they are about."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from conformance.fuzzing.job import EVERY_OPERATION
from conformance.ledger import Line


@dataclass(slots=True)
class Evidence:
    """Ledger lines by operation and requirement, read once."""

    exchanges: dict[str, list[Line]] = field(default_factory=lambda: defaultdict(list))
    observations: dict[str, list[Line]] = field(default_factory=lambda: defaultdict(list))
    closings: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    troubles: dict[str, list[Line]] = field(default_factory=lambda: defaultdict(list))
    phases: tuple[str, ...] = ()


def evidence_of(lines: Iterable[Line]) -> Evidence:
    """The evidence in the lines of a ledger."""
    evidence = Evidence()
    for line in lines:
        if line["kind"] == "run":
            evidence.phases = tuple(line["phases"])
        elif line["kind"] == "exchange":
            evidence.exchanges[line["operation"]].append(line)
        elif line["kind"] == "observation":
            evidence.observations[line["requirement"]].append(line)
        elif line["kind"] == "closing":
            # A phase closes for all operations together only where it was left out, or goes through all at once.
            if line["operation"] != EVERY_OPERATION or line["status"] == "skip" or line["phase"] == "stateful":
                evidence.closings[line["operation"]].add(line["phase"])
        elif line["kind"] == "trouble":
            evidence.troubles[line["operation"]].append(line)
    return evidence


def unfinished(operation: str, evidence: Evidence) -> str | None:
    """Why an operation was not tested to the end, or None when it was."""
    for trouble in (*evidence.troubles[operation], *evidence.troubles[EVERY_OPERATION]):
        return str(trouble["reason"])
    missing = [
        phase
        for phase in evidence.phases
        if phase not in evidence.closings[operation] and phase not in evidence.closings[EVERY_OPERATION]
    ]
    return f"the phase {missing[0]!r} was not finished" if missing else None
