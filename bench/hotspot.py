"""Where the time of the mock goes, function by function: `python -m bench --profile`."""

from __future__ import annotations

import cProfile
import pstats
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from bench.inprocess import InProcess, prepare
from bench.scenario import Scenario
from spec.contract_reader import load_contract
from spec.fixtures import load_fixtures

_CALLS: Final = 2000
_ROWS: Final = 35


def profile(scenarios: Sequence[Scenario]) -> str:
    """One table for each scenario: microseconds per request in a function itself and with all that it calls.

    The profiler makes small functions look dearer than they are; the first line has the cost without it.
    """
    contract = load_contract()
    mock = InProcess(contract, load_fixtures(contract))
    try:
        return "\n\n".join(_table(mock, scenario) for scenario in scenarios)
    finally:
        mock.close()


def _table(mock: InProcess, scenario: Scenario) -> str:
    plain = mock.cheapest([scenario] * (_CALLS // 5))
    calls = prepare([scenario] * _CALLS)
    profiler = cProfile.Profile()
    profiler.enable()
    mock.repeat(calls)
    profiler.disable()
    # The attribute is what `print_stats` reads; typeshed does not name it.
    rows = sorted(pstats.Stats(profiler).stats.items(), key=lambda row: -row[1][2])  # type: ignore[attr-defined]
    lines = [f"{scenario.name}: {plain:.1f} us per request in process", f"  {'own':>7} {'all':>7} {'calls':>6}"]
    for (file, line, name), (_, calls, own, whole, _) in rows[:_ROWS]:
        place = f"{_short(file)}:{line}" if line else ""
        figures = f"  {own / _CALLS * 1e6:7.2f} {whole / _CALLS * 1e6:7.2f} {calls / _CALLS:6.1f}"
        lines.append(f"{figures}  {name} {place}")
    return "\n".join(lines)


def _short(file: str) -> str:
    return "/".join(Path(file).parts[-2:])
