"""Expectations of what a client did, judged against a journal: how often, in which order, and what came near."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from heapq import nsmallest
from operator import itemgetter
from typing import TYPE_CHECKING, Final

from mockserver.journal.query import Criteria, meets

if TYPE_CHECKING:
    from mockserver.journal.journal import Entry, Journal

_MOST_NEAR: Final = 3


class Finding(StrEnum):
    """What is known of an expectation; "unknown" where entries were forgotten that could decide it."""

    PASS = "pass"  # noqa: S105  (the word for what holds)
    FAIL = "fail"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Expectation:
    """So many requests were like this; without any number, at least one."""

    match: Criteria
    times: int | None = None
    at_least: int | None = None
    at_most: int | None = None

    @property
    def least(self) -> int:
        """The fewest requests that will do."""
        if self.times is not None:
            return self.times
        return self.at_least if self.at_least is not None else int(self.at_most is None)

    @property
    def most(self) -> int | None:
        """The most requests that will do; None means any number."""
        return self.times if self.times is not None else self.at_most

    def __str__(self) -> str:
        least, most = self.least, self.most
        if least == most:
            count = f"exactly {least}"
        elif most is None:
            count = f"at least {least}"
        else:
            count = f"{least} to {most}" if least else f"at most {most}"
        return f"{count} with {self.match}"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one expectation. found: numbers of the entries that meet it. near: the nearest misses, told."""

    finding: Finding
    text: str
    found: tuple[int, ...]
    near: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Verification:
    """What became of all expectations; the whole is as good as the worst of them."""

    outcomes: tuple[Outcome, ...]
    dropped: int

    @property
    def finding(self) -> Finding:
        """What is known of the whole: fail if any fails, else unknown if any is, else pass."""
        found = {outcome.finding for outcome in self.outcomes}
        return next((one for one in (Finding.FAIL, Finding.UNKNOWN) if one in found), Finding.PASS)


def verify(
    journal: Journal, expectations: Sequence[Expectation], *, ordered: bool = False, after: int = 0
) -> Verification:
    """Judge expectations against the entries with numbers above `after`.

    ordered: the requests that an expectation needs must come after those that the one before it needed.
    """
    entries = [entry for entry in journal if entry.number > after]
    is_whole = journal.is_whole(after)
    outcomes, place = [], 0
    for expectation in expectations:
        outcome = _judge(expectation, entries, is_whole=is_whole)
        if ordered and outcome.finding is not Finding.FAIL:
            outcome, place = _in_order(expectation, outcome, place, is_whole=is_whole)
        outcomes.append(outcome)
    return Verification(tuple(outcomes), 0 if is_whole else journal.dropped)


def _judge(expectation: Expectation, entries: Sequence[Entry], *, is_whole: bool) -> Outcome:
    conditions = expectation.match.conditions()
    found = tuple(entry.number for entry in entries if meets(entry, conditions))
    text = f"expected {expectation}; found {len(found)}"
    if expectation.most is not None and len(found) > expectation.most:
        return Outcome(Finding.FAIL, text, found)
    if len(found) < expectation.least:
        near = tuple(_near_misses(expectation, entries))
        return Outcome(Finding.FAIL if is_whole else Finding.UNKNOWN, _doubted(text, is_whole), found, near)
    # What was forgotten can only add to the count.
    is_settled = is_whole or expectation.most is None
    return Outcome(Finding.PASS if is_settled else Finding.UNKNOWN, _doubted(text, is_settled), found)


def _doubted(text: str, is_settled: bool) -> str:
    return text if is_settled else f"{text}, but the journal has forgotten entries that may count"


def _in_order(expectation: Expectation, outcome: Outcome, place: int, *, is_whole: bool) -> tuple[Outcome, int]:
    """The outcome with regard to the order, and the number of the last entry that was needed so far."""
    least = expectation.least
    later = [number for number in outcome.found if number > place]
    if len(later) >= least:
        return outcome, later[least - 1] if least else place
    if outcome.finding is Finding.UNKNOWN:
        return outcome, place
    text = f"expected {expectation} after entry {place}; found {len(later)} there, {len(outcome.found)} in all"
    finding = Finding.FAIL if is_whole else Finding.UNKNOWN
    return Outcome(finding, _doubted(text, is_whole), outcome.found), place


def _near_misses(expectation: Expectation, entries: Sequence[Entry]) -> Iterator[str]:
    """The entries that come nearest, latest first among equals, each with what it misses."""
    conditions = expectation.match.conditions()
    missed = []
    for entry in entries:
        misses = [miss for condition in conditions if (miss := condition.misses(entry)) is not None]
        if misses:
            missed.append((sum(miss.far for miss in misses), -entry.number, entry, misses))
    for _, _, entry, misses in nsmallest(_MOST_NEAR, missed, key=itemgetter(0, 1)):
        told = "; ".join(miss.text for miss in misses)
        yield f"entry {entry.number}, {entry.method} {entry.path} ({entry.status}): {told}"
