"""Resuming: which lines of a run that was cut off still count, and what is left to do. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from conformance.errors import DeclarationError
from conformance.fuzzing.job import EVERY_OPERATION
from conformance.ledger import Line

_ENDINGS = ("verdict", "end", "waiver", "cleaned", "leftover", "preflight", "budget")
"""Kinds of lines that a run writes anew when it goes on."""
_PASSING = ("interrupted", "budget", "throttled", "unreachable", "preflight")
"""Troubles that may be over."""
_LOSSES = ("crash", "stalled", "manners")
"""Troubles after which an operation is not fuzzed again."""


def kept_lines(lines: Sequence[Line]) -> list[Line]:
    """The lines that still count: no verdicts, no passing trouble, and nothing of what was cut off in the middle."""
    closed = _closed(lines)
    asked = {(line["requirement"], line["operation"]) for line in lines if _closes_check(line)}
    return [line for line in lines if _counts(line, closed, asked)]


def finished_checks(lines: Sequence[Line]) -> frozenset[tuple[str, str]]:
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


def check_same(before: Line, now: Mapping[str, object]) -> None:
    """Raise DeclarationError when a run would go on as another one than it began."""
    for name in ("target", "contract", "profile", "seed", "max_examples", "phases", "operations"):
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


def _is_closed(operation: str, phase: str, closed: set[tuple[str, str]]) -> bool:
    return (operation, phase) in closed or (EVERY_OPERATION, phase) in closed


def _closes_check(line: Line) -> bool:
    return line["kind"] == "closing" and "requirement" in line


def _counts(line: Line, closed: set[tuple[str, str]], asked: set[tuple[str, str]]) -> bool:
    if line["kind"] in _ENDINGS:
        return False
    if line["kind"] == "trouble":
        return line["trouble"] not in _PASSING
    if line["kind"] == "observation":
        return (line["requirement"], line["operation"]) in asked
    if line["kind"] == "exchange" and line["source"] == "fuzz":
        return _is_closed(line["operation"], line["phase"], closed)
    if line["kind"] == "closing" and line["phase"] == "stateful":
        return (EVERY_OPERATION, "stateful") in closed
    return True
