"""The outlook: how far a run has come, and how long the rest of it should take, from what its ledger holds so far."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final

from conformance.declaring.waiver import undeclared, undeclared_operations
from conformance.fuzzing.job import EVERY_OPERATION
from conformance.fuzzing.tier import operations_of
from conformance.ledger import Ledger, Line
from conformance.run.plan import Plan
from conformance.scenarios.catalogue import check_of, in_order

_CHAINS: Final = "stateful"
_USUAL: Final[Mapping[str, float]] = MappingProxyType({"examples": 3, "coverage": 10, _CHAINS: 6})
"""Requests for one operation, or one chain, of a phase, as long as nothing of that phase was seen."""
_OWN: Final = 0.01
"""Seconds that the fuzzer itself takes for a request, however fast the target is."""
_START: Final = 2.0
"""Seconds until the fuzzer's process has its first answer."""
_LEFT_OUT: Final = frozenset({"manners", "crash", "stalled"})
"""Troubles after which the fuzzer leaves an operation out."""
_WEIGHT: Final = 200
"""Requests of the fuzzer that weigh as much as all plain ones when its pace is told."""
_ENOUGH: Final = 10
"""Checks or requests that must have been made before a pace is drawn from them."""


@dataclass(frozen=True, slots=True)
class Place:
    """Where a run is: number `done` of `of`, in a phase of the fuzzer if it is at one."""

    done: int
    of: int
    phase: str = ""


@dataclass(slots=True)
class Outlook:
    """Reads the ledger of a run that is under way; each line once.

    clock: seconds. began: when the run did.
    """

    plan: Plan
    ledger: Ledger
    clock: Callable[[], float] = time.monotonic
    began: float = field(init=False)
    _read: int = 0
    _checks: int = field(init=False)
    _operations: set[str] = field(init=False)
    _checked: int = 0
    _first_check: float | None = None
    _first_fuzz: float | None = None
    _first_answer: float | None = None
    _answers: int = 0
    _answered_in: float = 0.0
    _over: dict[str, set[str]] = field(default_factory=dict)
    """Phase to the operations that it is done with; chains stand in it by number."""
    _closed: set[str] = field(default_factory=set)
    _requests: Counter[str] = field(default_factory=Counter)
    _before: tuple[int, Counter[str]] = field(init=False)
    """Checks and requests that an earlier part of the run made: they say nothing of the present pace."""

    def __post_init__(self) -> None:
        """Count what there is to do, and what was done before."""
        self.began = self.clock()
        self._checks = number_of_checks(self.plan) if "scenarios" in self.plan.tiers else 0
        self._operations = {operation.id for operation in operations_of(self.plan)}
        self._catch_up()
        self._first_check = self._first_fuzz = self._first_answer = None
        self._before = self._checked, self._requests.copy()

    def place(self, stage: str) -> Place | None:
        """Where the run is in a stage, "checking" or "fuzzing"; None for another, of which nobody knows the length."""
        self._catch_up()
        if stage == "checking":
            return Place(self._checked + 1, self._checks) if self._checks_left() else None
        phase = next((one for one in self.plan.fuzz_phases if self._units_left(one)), None)
        if stage != "fuzzing" or phase is None:
            return None
        units = self._units(phase)
        return Place(units - self._units_left(phase) + 1, units, phase)

    def seconds_left(self) -> float | None:
        """Seconds that the checks and the fuzzer still take at the present pace; None before there is one, or after."""
        self._catch_up()
        longest = max(self.began + self.plan.max_time - self.clock(), 0.0)
        if "soak" in self.plan.tiers:
            return longest
        checks, requests = self._checks_left(), self._requests_left()
        if not checks and not requests:
            return None
        left = 0.0
        if checks:
            made = self._checked - self._before[0]
            if self._first_check is None or made < _ENOUGH:
                return None
            left += checks * (self.clock() - self._first_check) / made
        if requests:
            pace = self._seconds_a_request()
            if pace is None:
                return None
            left += requests * pace + (_START if self._first_answer is None else 0.0)
        return min(left, longest)

    def _checks_left(self) -> int:
        # Where the fuzzer has begun, no check comes any more.
        return max(self._checks - self._checked, 0) if self._first_fuzz is None else 0

    def _requests_left(self) -> float:
        return sum(self._units_left(phase) * self._size(phase) for phase in self.plan.fuzz_phases)

    def _size(self, phase: str) -> float:
        """Requests for one operation of a phase: as many as those that are over took."""
        over = len(self._over.get(phase, ()))
        if over and self._requests[phase]:
            return self._requests[phase] / over
        return _USUAL.get(phase, float(self.plan.max_examples))

    def _seconds_a_request(self) -> float | None:
        """What the target took for plain requests and the fuzzer adds; more and more what the fuzzer really took."""
        spent, requests = 0.0, 0
        if self._answers >= _ENOUGH:
            pause = 1 / self.plan.rate if self.plan.rate else 0.0
            spent, requests = max(self._answered_in / self._answers + _OWN, pause) * _WEIGHT, _WEIGHT
        if self._first_answer is not None:
            made = self._requests - self._before[1]
            spent += self.clock() - self._first_answer
            requests += sum(made[phase] for phase in self.plan.fuzz_phases)
        return spent / requests if requests >= _ENOUGH else None

    def _units(self, phase: str) -> int:
        """Operations that a phase goes through; of chains, the fuzzer makes half as many as requests."""
        return max(self.plan.max_examples // 2, 5) if phase == _CHAINS else len(self._operations)

    def _units_left(self, phase: str) -> int:
        return 0 if phase in self._closed else max(self._units(phase) - len(self._over.get(phase, ())), 0)

    def _catch_up(self) -> None:
        lines = self.ledger.lines
        while self._read < len(lines):
            line = lines[self._read]
            self._read += 1
            if line["kind"] == "exchange":
                self._requests[line["phase"]] += 1
                if line["phase"] == "scenario" and line["answer"]:
                    self._answers += 1
                    self._answered_in += line["answer"]["seconds"]
                if line["source"] == "fuzz" and self._first_answer is None:
                    self._first_answer = self.clock()  # starting the fuzzer's process is none of its pace
            elif line["kind"] == "closing":
                self._close(line)
            elif line["kind"] == "budget":
                self._first_fuzz = self.clock()
            elif line["kind"] == "preflight" and self._first_check is None:
                self._first_check = self.clock()
            elif line["kind"] == "trouble" and line["trouble"] in _LEFT_OUT:
                self._operations.discard(line["operation"])

    def _close(self, line: Line) -> None:
        phase = line["phase"]
        if phase == "scenario":
            self._checked += 1
            self._first_check = self.clock() if self._first_check is None else self._first_check
        elif line.get("whole") or (line["operation"] == EVERY_OPERATION and line["status"] == "skip"):
            self._closed.add(phase)
        else:
            over = self._over.setdefault(phase, set())
            over.add(str(len(over)) if phase == _CHAINS else line["operation"])


def number_of_checks(plan: Plan) -> int:
    """How many checks the scenarios of a plan make, one for each requirement and operation."""
    off = undeclared_operations(plan.model, plan.capabilities)
    return sum(
        check_of(requirement) is not None
        and name not in off
        and undeclared(requirement, plan.capabilities, off) is None
        for requirement, name in in_order(plan.requirements)
    )
