"""From samples to figures: medians, and ratios between servers within a round."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from bench.measure import Sample

Measure = Callable[[Sample], float]


def cpu_of(sample: Sample) -> float:
    """CPU microseconds per request."""
    return sample.cpu


def rate_of(sample: Sample) -> float:
    """Requests per second."""
    return sample.rate


@dataclass(frozen=True, slots=True)
class Figure:
    """What rounds agree on, and between what they lie."""

    middle: float
    low: float
    high: float


def figure_of(values: Sequence[float]) -> Figure | None:
    """Median and range; None where nothing was measured."""
    return Figure(median(values), min(values), max(values)) if values else None


def figure(samples: Sequence[Sample], server: str, scenario: str, measure: Measure) -> Figure | None:
    """A server's figure on a scenario over all rounds."""
    return figure_of([measure(one) for one in samples if (one.server, one.scenario) == (server, scenario)])


def ratio(samples: Sequence[Sample], server: str, other: str, scenario: str, measure: Measure) -> Figure | None:
    """How many times `other`'s figure `server` has; each round is compared with itself, then the median is taken."""
    ours, theirs = _by_round(samples, server, scenario, measure), _by_round(samples, other, scenario, measure)
    return figure_of([ours[number] / theirs[number] for number in ours.keys() & theirs.keys() if theirs[number]])


def least_ratio(samples: Sequence[Sample], server: str, other: str, scenario: str) -> float | None:
    """The same for CPU, by the least of all rounds: neighbours only ever add to what a request costs."""
    ours, theirs = figure(samples, server, scenario, cpu_of), figure(samples, other, scenario, cpu_of)
    return ours.low / theirs.low if ours and theirs and theirs.low else None


def core_share(samples: Sequence[Sample]) -> float | None:
    """What part of their core the servers had, by the median sample; neighbours had the rest. None without samples."""
    # A server under this load never waits: what it did not compute, somebody else did.
    return median(one.cpu * one.rate / 1e6 for one in samples) if samples else None


def _by_round(samples: Sequence[Sample], server: str, scenario: str, measure: Measure) -> dict[int, float]:
    return {one.round: measure(one) for one in samples if (one.server, one.scenario) == (server, scenario)}
