"""Everything that one run found, and how it goes into a file."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass

from bench.contestant import Contestant
from bench.growth import Point
from bench.machine import Machine
from bench.measure import Measurements, Pace
from bench.scenario import Scenario
from bench.start import Start


@dataclass(frozen=True, slots=True)
class Result:
    """One run of the benchmark. date: as YYYY-MM-DD."""

    date: str
    machine: Machine
    pace: Pace
    contestants: tuple[Contestant, ...]
    scenarios: tuple[Scenario, ...]
    measurements: Measurements
    starts: tuple[Start, ...]
    growth: tuple[Point, ...]


def as_json(result: Result) -> str:
    """The run as JSON, for programs. Commands are left out: they are of this machine."""
    tree = dataclasses.asdict(result)
    tree["contestants"] = [{"name": one.name, "text": one.text} for one in result.contestants]
    tree["scenarios"] = [{"name": one.name, "text": one.text} for one in result.scenarios]
    return json.dumps(tree, indent=1) + "\n"
