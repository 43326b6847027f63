from __future__ import annotations

import pytest

from bench.figure import Figure, core_share, cpu_of, figure, least_ratio, rate_of, ratio
from bench.growth import Point, exponent
from bench.measure import Sample

SAMPLES = (
    Sample("ours", "get", 1, 1000, 10.0, 5000.0),
    Sample("ours", "get", 2, 1000, 30.0, 2000.0),
    Sample("ours", "get", 3, 1000, 20.0, 4000.0),
    Sample("theirs", "get", 1, 1000, 20.0, 2500.0),
    Sample("theirs", "get", 2, 1000, 90.0, 500.0),
)


def test_a_figure_is_the_median_with_its_range() -> None:
    assert figure(SAMPLES, "ours", "get", cpu_of) == Figure(20.0, 10.0, 30.0)


def test_what_was_not_measured_has_no_figure() -> None:
    assert figure(SAMPLES, "ours", "list", cpu_of) is None
    assert ratio(SAMPLES, "ours", "nobody", "get", cpu_of) is None


def test_a_ratio_compares_rounds_with_themselves_and_leaves_out_those_of_one_side() -> None:
    # Medians over all rounds would give 20 / 55; the rounds say 1/2 and 1/3.
    found = ratio(SAMPLES, "ours", "theirs", "get", cpu_of)
    assert found is not None
    assert (found.low, found.high) == (pytest.approx(1 / 3), pytest.approx(1 / 2))
    assert found.middle == pytest.approx(5 / 12)


def test_a_ratio_of_rates_reads_the_other_figure() -> None:
    assert ratio(SAMPLES, "ours", "theirs", "get", rate_of) == Figure(3.0, 2.0, 4.0)


def test_a_ratio_by_the_least_takes_the_best_round_of_each() -> None:
    assert least_ratio(SAMPLES, "ours", "theirs", "get") == pytest.approx(10 / 20)
    assert least_ratio(SAMPLES, "ours", "nobody", "get") is None


def test_the_share_of_the_core_is_what_the_servers_computed_of_it() -> None:
    assert core_share([Sample("ours", "get", 1, 100, 50.0, 10_000.0)]) == pytest.approx(0.5)
    assert core_share([]) is None


def test_the_exponent_of_something_flat_is_zero_and_of_something_linear_one() -> None:
    assert exponent([Point("get", size, 5.0) for size in (17, 200, 4000)]) == pytest.approx(0)
    assert exponent([Point("get", size, size / 7) for size in (17, 200, 4000)]) == pytest.approx(1)
