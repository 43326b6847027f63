"""The goals, and how far a run is from each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median
from typing import Final

from bench.contestant import MOCK
from bench.figure import Figure, cpu_of, least_ratio, rate_of, ratio
from bench.growth import exponent
from bench.result import Result

BARE, SILENT, PRISM, STOCK = "bare ASGI", "prism-silent", "prism", "stock connexion"

_VALID: Final = ("list", "get", "post")


@dataclass(frozen=True, slots=True)
class Goal:
    """One figure that the mock wants to reach.

    part: which scenario or which cost, if there are several. limit, measured: the same kind of number; None if it was
    not measured. at_most: whether less is better. show: how a value is written. aside: the same seen otherwise.
    """

    text: str
    part: str
    limit: float
    measured: float | None
    at_most: bool
    show: Callable[[float], str]
    aside: str = ""

    @property
    def name(self) -> str:
        """What is measured, in full."""
        return f"{self.text} ({self.part})" if self.part else self.text

    @property
    def is_met(self) -> bool | None:
        """Whether the measured value keeps the limit; None if there is none."""
        if self.measured is None:
            return None
        return self.measured <= self.limit if self.at_most else self.measured >= self.limit

    @property
    def verdict(self) -> str:
        """Met, or missed and by how much."""
        if self.measured is None:
            return "not measured"
        if self.is_met:
            return "met"
        factor = self.measured / self.limit if self.at_most else self.limit / self.measured
        if self.limit > 0 and factor > 0:
            return f"**missed** by a factor of {factor:.2f}"
        return "**missed**"


def judge_goals(result: Result) -> tuple[Goal, ...]:
    """Every goal, in the order in which they are told; scenarios that were not run are not measured."""
    return (*_against_prism(result), *_against_the_limit(result), _against_stock(result), *_beside_load(result))


def _against_prism(result: Result) -> Iterator[Goal]:
    for name in (*_VALID, "bad"):
        kind, limit = ("valid", 1 / 6) if name in _VALID else ("invalid", 1 / 4)
        found = ratio(result.measurements.samples, MOCK, SILENT, name, cpu_of)
        least = least_ratio(result.measurements.samples, MOCK, SILENT, name)
        aside = f"{_as_part(least)} by the least of all rounds" if least else ""
        yield Goal(f"CPU per {kind} request, against Prism silent", name, limit, _middle(found), True, _as_part, aside)


def _against_the_limit(result: Result) -> Iterator[Goal]:
    samples = result.measurements.samples
    for name in (*_VALID, "bad"):
        limit = 0.65 if name in _VALID else 0.45
        found = ratio(samples, MOCK, BARE, name, rate_of)
        by_cpu = ratio(samples, BARE, MOCK, name, cpu_of)
        aside = f"{_as_percent(by_cpu.middle)} by CPU" if by_cpu else ""
        text = "requests per second, share of bare ASGI with the same bytes"
        yield Goal(text, name, limit, _middle(found), False, _as_percent, aside)


def _against_stock(result: Result) -> Goal:
    found = ratio(result.measurements.samples, STOCK, MOCK, "list", cpu_of)
    return Goal("CPU that stock connexion needs with validation on", "list", 20, _middle(found), False, _as_times)


def _beside_load(result: Result) -> Iterator[Goal]:
    ours, theirs = ([start.cpu for start in result.starts if start.server == name] for name in (MOCK, PRISM))
    starts = median(ours) / median(theirs) if ours and theirs else None
    yield Goal("start to first answer, CPU, against Prism", "", 0.3, starts, True, _as_number)
    memory = {one.server: one.mib for one in result.measurements.memory}
    share = memory[MOCK] / memory[SILENT] if MOCK in memory and SILENT in memory else None
    yield Goal("memory after load, against Prism silent", "", 0.5, share, True, _as_number)
    for kind in ("route", "request"):
        points = [point for point in result.growth if point.kind == kind]
        slope = exponent(points) if points else None
        part = f"{kind}, exponent"
        yield Goal("cost of the last operation, 17 to 4,000 operations", part, 0.1, slope, True, _as_number)
    reads = [point.cpu for point in result.growth if point.kind == "get"]
    growth = reads[-1] / reads[0] if reads else None
    yield Goal("get with 100,000 stored items against 100", "", 1.2, growth, True, _as_times)


def _middle(found: Figure | None) -> float | None:
    return found.middle if found else None


def _as_part(value: float) -> str:
    return f"1/{1 / value:.1f}"


def _as_percent(value: float) -> str:
    return f"{value:.0%}"


def _as_times(value: float) -> str:
    return f"{value:.2f} times" if value < 10 else f"{value:.0f} times"


def _as_number(value: float) -> str:
    # Minus nothing is nothing.
    return f"{round(value, 2) + 0.0:.2f}"
