"""Resuming: which lines of a run that was cut off still count, and what is left to do. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet

from conformance.errors import DeclarationError
from conformance.fuzzing.job import EVERY_OPERATION
from conformance.ledger import Line

_ENDINGS = ("verdict", "end", "waiver", "cleaned", "leftover", "preflight", "budget")
"""Kinds of lines that a run writes anew when it goes on."""
_PASSING = ("interrupted", "budget", "throttled", "unreachable", "preflight", "stopped")
"""Troubles that may be over: a run that ended with one can go on."""
_RETOLD = ("credential", "manners")
"""Troubles that are looked for each time."""
_LOSSES = ("crash", "stalled", "manners")
"""Troubles after which an operation is not fuzzed again."""


def is_over(lines: Sequence[Line]) -> bool:
    """Whether a run came to its end with nothing left that going on could add."""
    return any(line["kind"] == "end" for line in lines) and not any(map(_is_passing, lines))


def kept_lines(lines: Sequence[Line]) -> list[Line]:
    """The lines that still count: no verdicts, no passing trouble, and nothing of what was cut off in the middle.

    All of them where the run is over.
    """
    if is_over(lines):
        return list(lines)
    closed = _closed(lines)
    asked = finished_checks(lines)
    exchanges = {line["id"] for line in lines if line["kind"] == "exchange" and _is_evidence(line, closed)}
    return [line for line in lines if _counts(line, closed) and _still_seen(line, asked, exchanges)]


def finished_checks(lines: Iterable[Line]) -> frozenset[tuple[str, str]]:
    """Requirement and operation of every check that was carried out to its end."""
    return frozenset((line["requirement"], line["operation"]) for line in lines if _closes_check(line))


def remaining_work(
    lines: Sequence[Line], operations: Sequence[str], phases: Sequence[str]
) -> list[tuple[tuple[str, ...], tuple[str, ...]]]:
    """Phases of the fuzzer with the operations that each still lacks, in order; phases of one need are one entry."""
    closed = _closed(lines)
    lost = {line["operation"] for line in lines if line["kind"] == "trouble" and line["trouble"] in _LOSSES}
    found: list[tuple[tuple[str, ...], tuple[str, ...]]] = []
    for phase in phases:
        open_ = tuple(name for name in operations if not _is_closed(name, phase, closed) and name not in lost)
        if not open_:
            continue
        if found and found[-1][1] == open_:
            found[-1] = ((*found[-1][0], phase), open_)
        else:
            found.append(((phase,), open_))
    return found


_SAME = (
    *("ledger_version", "target", "contract", "profile", "seed", "max_examples", "phases", "tiers", "operations"),
    *("manners", "capabilities", "accommodations"),
)
"""What makes a run this one and no other; waivers and limits of time may change, for they change no evidence."""


def check_same(before: Line, now: Mapping[str, object]) -> None:
    """Raise DeclarationError when a run would go on as another one than it began."""
    for name in _SAME:
        if before.get(name) != now.get(name):
            raise DeclarationError(
                f"the run began with another {name}: {before.get(name)!r:.120}, not {now.get(name)!r:.120}",
                hint="resume with the options that it was started with, or start a new run",
            )


def _closed(lines: Sequence[Line]) -> set[tuple[str, str]]:
    """Operation and phase of the fuzzer that are over; the chains are over only as a whole."""
    found = set()
    for line in lines:
        if line["kind"] != "closing" or _closes_check(line):
            continue
        is_whole = line["operation"] != EVERY_OPERATION or line["status"] == "skip"
        if is_whole or (line["phase"] == "stateful" and line.get("whole")):
            found.add((line["operation"], line["phase"]))
    return found


def _is_closed(operation: str, phase: str, closed: AbstractSet[tuple[str, str]]) -> bool:
    return (operation, phase) in closed or (EVERY_OPERATION, phase) in closed


def _closes_check(line: Line) -> bool:
    return line["kind"] == "closing" and "requirement" in line


def _is_passing(line: Line) -> bool:
    """Whether a line tells of a trouble that may be over, such as a fuzzer that died of nothing in particular."""
    if line["kind"] != "trouble":
        return False
    return line["trouble"] in _PASSING or (line["trouble"] == "crash" and line["operation"] == EVERY_OPERATION)


def _counts(line: Line, closed: AbstractSet[tuple[str, str]]) -> bool:
    """Whether a line stands on its own: it is not written anew, and what it is part of was finished."""
    kind = line["kind"]
    if kind == "trouble":
        return not _is_passing(line) and line["trouble"] not in _RETOLD
    if kind == "exchange":
        return _is_evidence(line, closed)
    if kind == "closing" and line["phase"] == "stateful":
        return (EVERY_OPERATION, "stateful") in closed
    # Reproducers are not run again, so what they left is known from here only.
    return kind not in _ENDINGS or (kind == "leftover" and not line["resource"])


def _is_evidence(exchange: Line, closed: AbstractSet[tuple[str, str]]) -> bool:
    """Whether an exchange is evidence still; what the fuzzer did not finish is asked again."""
    return exchange["source"] != "fuzz" or _is_closed(exchange["operation"], exchange["phase"], closed)


def _still_seen(line: Line, asked: AbstractSet[tuple[str, str]], exchanges: AbstractSet[str]) -> bool:
    """Whether what a line saw is not seen again: the model speaks of one exchange, a check of all that it asked."""
    if line["kind"] != "observation":
        return True
    if line.get("source") == "model":
        return line["exchange"] in exchanges
    return (line["requirement"], line["operation"]) in asked
