from __future__ import annotations

from bench.machine import Machine
from bench.verify_kill import Shot, draw_sample, load_worlds, median_requests
from bench.verify_profile import group_of
from bench.verify_report import Result, case_rates, judge_goals, render_report, whole_rates
from bench.verify_run import DRAWN, FULL, FUZZ, PREFLIGHT, SCENARIOS, STOCK, Run

WALLS = {PREFLIGHT: 1.0, SCENARIOS: 2.5, FUZZ: 9.0, FULL: 40.0}


def runs(cpu_of_fuzz: float = 5.0) -> list[Run]:
    cpus = {**WALLS, PREFLIGHT: 1.0, FUZZ: cpu_of_fuzz}
    return [
        Run(kind, profile, number, wall + number, cpus[kind], 100, 800 if kind == FUZZ else 0, "conformant")
        for number in (0, 1)
        for kind, wall in WALLS.items()
        for profile in ("documented", "full")
    ]


def result(**changes: object) -> Result:
    machine = Machine("A fast one", 2, "6.1", 0.25, 1.5, (("Python", "3.11.7"),))
    shots = [Shot("packaged", "quick", 3), Shot("vault", "slow", 90), Shot("vault", "hidden", None)]
    given = {"date": "2026-01-15", "machine": machine, "runs": runs(), "shots": shots, "profile": {"sending": 0.25}}
    return Result(**{**given, **changes})  # type: ignore[arg-type]


def test_cases_a_second_leave_out_what_a_run_costs_that_asks_nothing() -> None:
    assert case_rates(runs(cpu_of_fuzz=5.0), "documented") == [200.0, 200.0]


def test_fuzzing_that_cost_no_more_than_a_preflight_gives_no_rate() -> None:
    assert case_rates(runs(cpu_of_fuzz=1.0), "documented") == []


def test_goals_are_met_or_missed_by_the_median() -> None:
    verdicts = [goal.verdict for goal in judge_goals(result())]
    assert verdicts == ["met", "**missed** by a factor of 1.35", "met", "**missed** by a factor of 2.25"]


def test_what_was_not_run_is_not_measured() -> None:
    assert {goal.verdict for goal in judge_goals(result(runs=[], shots=[]))} == {"not measured"}


def test_mutant_that_survives_counts_as_never() -> None:
    shots = [Shot("w", "a", 3), Shot("w", "b", None), Shot("w", "c", None)]
    assert median_requests(shots) == float("inf")
    assert median_requests([]) is None


def test_page_tells_goals_conditions_and_who_survived() -> None:
    page = render_report(result())
    assert "| hidden | vault | never |" in page
    assert "| sending | 25% |" in page
    assert "load average 0.2 at the start, 1.5 at the end" in page
    assert page.count("missed") == 2


def test_page_says_when_others_kept_the_machine_busy() -> None:
    crowded = Machine("A fast one", 2, "6.1", 0.25, 9.5, (("Python", "3.11.7"),))
    assert "others worked here" in render_report(result(machine=crowded))
    assert "others worked here" not in render_report(result())


def test_page_without_sample_and_profile_says_so() -> None:
    assert render_report(result(shots=[], profile={})).count("Not measured.") == 3


def beside(number: int, stock: float) -> list[Run]:
    return [
        Run(kind, "documented", number, cpu, cpu, 800, 800, "") for kind, cpu in ((STOCK, stock), (DRAWN, stock / 2))
    ]


def test_the_kit_is_held_against_stock_in_the_same_round() -> None:
    page = render_report(result(runs=[*runs(cpu_of_fuzz=5.0), *beside(0, 10.0), *beside(1, 20.0)]))
    assert "3.00 times as many cases a second of CPU as stock does (2.00 at worst, 4.00 at best)" in page
    assert "| `schemathesis run` | 800 | 15.0 (10.0–20.0) | 60 |" in page  # noqa: RUF001  (as in the page)


def test_whole_commands_count_with_their_start() -> None:
    assert whole_rates(runs(cpu_of_fuzz=5.0), FUZZ) == [160.0, 160.0]


def test_without_stock_nothing_is_held_against_it() -> None:
    assert "Not measured." in render_report(result())


def test_sample_is_the_same_each_time_and_drawn_from_both_worlds() -> None:
    worlds = load_worlds()
    sample = draw_sample(worlds, 10)
    assert [mutant.id for _, mutant in sample] == [mutant.id for _, mutant in draw_sample(worlds, 10)]
    assert {world.name for world, _ in sample} == {"packaged", "vault"}
    assert len(sample) == 10


def test_sample_larger_than_the_galleries_is_everything_that_does_not_wait() -> None:
    worlds = load_worlds()
    every = [mutant for world in worlds for mutant in world.mutants if not mutant.wait]
    assert len(draw_sample(worlds, 10_000)) == len(every)


def test_time_is_counted_by_library_and_waiting_is_none() -> None:
    assert group_of("/x/site-packages/hypothesis/core.py", "run") == "making cases: hypothesis"
    assert group_of("/x/conformance/verdict/judge.py", "offences") == "judging and writing down: the kit"
    assert group_of("~", "<method 'acquire' of '_thread.lock' objects>") is None
    assert "standard library" in str(group_of("/usr/lib/json/encoder.py", "iterencode"))
