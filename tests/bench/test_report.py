from __future__ import annotations

import json
from dataclasses import replace

import pytest

from bench.contestant import Contestant
from bench.goal import judge_goals
from bench.growth import OPERATIONS, STORED, Point
from bench.machine import Machine
from bench.measure import Measurements, Memory, Pace, Rejection, Sample
from bench.report import render_report, table
from bench.result import Result, as_json
from bench.scenario import SCENARIOS
from bench.start import Start

COSTS = {"mockproof": 30.0, "bare ASGI": 21.0, "stock connexion": 900.0, "prism-silent": 186.0, "prism": 400.0}


def _samples() -> tuple[Sample, ...]:
    return tuple(
        Sample(server, scenario.name, number, 100, cpu * number, 1e6 / cpu / number)
        for number in (1, 2)
        for scenario in SCENARIOS
        for server, cpu in COSTS.items()
    )


def _growth() -> tuple[Point, ...]:
    flat = [Point(kind, size, 2.5) for kind in ("route", "request") for size in OPERATIONS]
    return (*flat, *(Point(kind, size, 40.0) for size in STORED for kind in ("create", "get")))


@pytest.fixture
def result() -> Result:
    names = (*COSTS, "mockoon")
    return Result(
        "2026-01-15",
        Machine("A fast one", 2, "6.1", 0.25, 1.5, (("Python", "3.11.7"),)),
        Pace(2, 0.5, 10, 20, 1),
        tuple(Contestant(name, f"what {name} does", ("/secret/place/python",), 4000) for name in names),
        SCENARIOS,
        Measurements(
            _samples(),
            (Rejection("mockoon", "bad", "answers 200 to an invalid request"),),
            (Memory("mockproof", 70.0, 1000), Memory("prism-silent", 100.0, 900)),
            ("mockproof answers 404 to a reset",),
        ),
        (Start("mockproof", 1, 0.5, 0.6), Start("prism", 1, 2.0, 2.1)),
        _growth(),
    )


def test_a_goal_that_is_met_is_told_as_met(result: Result) -> None:
    goal = next(goal for goal in judge_goals(result) if goal.name.endswith("against Prism silent (get)"))
    assert (goal.is_met, goal.verdict) == (True, "met")
    assert goal.measured == pytest.approx(30 / 186)


def test_a_missed_goal_tells_by_how_much(result: Result) -> None:
    goal = next(goal for goal in judge_goals(result) if goal.name == "memory after load, against Prism silent")
    assert goal.verdict == "**missed** by a factor of 1.40"


def test_a_share_that_is_too_small_is_missed_although_it_is_below_its_limit(result: Result) -> None:
    samples = tuple(
        replace(one, rate=one.rate / 2) if one.server == "mockproof" else one for one in result.measurements.samples
    )
    slower = replace(result, measurements=replace(result.measurements, samples=samples))
    goal = next(goal for goal in judge_goals(slower) if goal.name.endswith("same bytes (list)"))
    assert goal.verdict == "**missed** by a factor of 1.86"


def test_what_was_not_run_is_not_measured_and_neither_met_nor_missed(result: Result) -> None:
    empty = replace(result, measurements=Measurements((), (), (), ()), starts=(), growth=())
    assert {(goal.is_met, goal.verdict) for goal in judge_goals(empty)} == {(None, "not measured")}
    assert "0 of 14 are met, 0 are missed." in render_report(empty)


def test_every_goal_of_the_project_is_judged(result: Result) -> None:
    limits = [round(goal.limit, 3) for goal in judge_goals(result)]
    assert limits == [0.167, 0.167, 0.167, 0.25, 0.65, 0.65, 0.65, 0.45, 20, 0.3, 0.5, 0.1, 0.1, 1.2]


def test_the_page_names_who_was_not_measured_and_why(result: Result) -> None:
    page = render_report(result)
    assert "Not measured: mockoon answers 200 to an invalid request." in page
    assert "Not measured: mockoon was not reached." in page


def test_the_page_shows_medians_ratios_and_their_range(result: Result) -> None:
    page = render_report(result)
    assert "| prism-silent | 279 (186–372) | 6.20 (6.20–6.20) | 4,032 |" in page  # noqa: RUF001


def test_the_page_tells_the_conditions(result: Result) -> None:
    page = render_report(result)
    for told in ("2026-01-15, A fast one, 2 cores", "load average 0.2 at the start, 1.5 at the end", "404 to a reset"):
        assert told in page


def test_a_busy_machine_is_told_before_the_goals(result: Result) -> None:
    samples = tuple(replace(one, rate=one.rate / 4) for one in result.measurements.samples)
    busy = render_report(replace(result, measurements=replace(result.measurements, samples=samples)))
    assert "**The machine was busy**: neighbours left the servers 25% of their core." in busy
    assert "busy" not in render_report(result)


def test_no_path_of_the_machine_gets_into_the_results(result: Result) -> None:
    assert "/secret/place" not in render_report(result) + as_json(result)


def test_the_results_can_be_read_by_a_program(result: Result) -> None:
    tree = json.loads(as_json(result))
    assert len(tree["measurements"]["samples"]) == len(_samples())
    assert tree["machine"]["load_after"] == 1.5


def test_a_bar_in_a_cell_does_not_end_the_cell() -> None:
    assert table(["a"], [["x|y"]]).splitlines() == ["| a |", "| --- |", "| x\\|y |"]
