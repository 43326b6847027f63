"""Interleaved rounds: in each one, every server is asked every scenario, one right after the other.

What the neighbours on the machine do changes from minute to minute; so figures are compared within a round only.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial

from bench.contestant import ROOT, Contestant
from bench.cpu import tree_cpu_seconds, tree_pss_mib
from bench.errors import BenchError
from bench.exchange import ask, exchange
from bench.load import Load, press
from bench.process import running_server
from bench.scenario import Scenario

Note = Callable[[str], None]
"""Takes a line that tells how far we are."""

SERVER_CORE, LOAD_CORE = 0, 1

_LONGEST_WARM_UP = 30.0
"""Seconds after which a server is measured although it gave fewer answers."""


@dataclass(frozen=True, slots=True)
class Pace:
    """How long everything takes.

    stretch: seconds of load for each server, scenario and round. warm_up: answers to each scenario before the first
    round; a server with a just-in-time compiler gives `long_warm_up`. starts: of each server.
    """

    rounds: int
    stretch: float
    warm_up: int
    long_warm_up: int
    starts: int


FULL = Pace(rounds=5, stretch=1.5, warm_up=1000, long_warm_up=10_000, starts=5)
QUICK = Pace(rounds=3, stretch=0.6, warm_up=500, long_warm_up=4_000, starts=2)


@dataclass(frozen=True, slots=True)
class Sample:
    """One stretch of load. cpu: microseconds of the process tree per request. rate: requests per second."""

    server: str
    scenario: str
    round: int
    answers: int
    cpu: float
    rate: float


@dataclass(frozen=True, slots=True)
class Rejection:
    """A server that does not answer a scenario rightly, and so is not measured on it."""

    server: str
    scenario: str
    reason: str


@dataclass(frozen=True, slots=True)
class Memory:
    """Proportional set size of a server's process tree after the last round, in MiB; answers: all that it gave."""

    server: str
    mib: float
    answers: int


@dataclass(frozen=True, slots=True)
class Measurements:
    """All that the rounds brought. notes: what a reader of the figures must know."""

    samples: tuple[Sample, ...]
    rejections: tuple[Rejection, ...]
    memory: tuple[Memory, ...]
    notes: tuple[str, ...]


def run_rounds(
    contestants: Sequence[Contestant], scenarios: Sequence[Scenario], pace: Pace, note: Note
) -> Measurements:
    """Start everybody, warm them up, and measure them round by round.

    Raises BenchError if one does not start; one that fails later is rejected and the rest go on.
    """
    with _on_core(LOAD_CORE), ExitStack() as stack:
        pids = {}
        for contestant in contestants:
            server = running_server(contestant.name, contestant.command, contestant.port, core=SERVER_CORE, folder=ROOT)
            pids[contestant.name] = stack.enter_context(server).pid
        return _Rounds(contestants, scenarios, pace, pids, note).run()


class _Rounds:
    """The bookkeeping of one run."""

    def __init__(
        self,
        contestants: Sequence[Contestant],
        scenarios: Sequence[Scenario],
        pace: Pace,
        pids: dict[str, int],
        note: Note,
    ) -> None:
        self._contestants = contestants
        self._scenarios = scenarios
        self._pace = pace
        self._pids = pids
        self._note = note
        self._samples: list[Sample] = []
        self._rejections: dict[tuple[str, str], str] = {}
        self._answers: dict[str, int] = {contestant.name: 0 for contestant in contestants}
        self._notes: list[str] = []

    def run(self) -> Measurements:
        self._each("warming up", self._warm_up)
        for number in range(1, self._pace.rounds + 1):
            if number > 1:
                self._reset()
            self._each(f"round {number} of {self._pace.rounds}", partial(self._measure, number))
        memory = [Memory(name, tree_pss_mib(pid), self._answers[name]) for name, pid in self._pids.items()]
        for contestant in self._contestants:
            for scenario in self._scenarios:
                self._check(contestant, scenario)
        rejected = set(self._rejections)
        return Measurements(
            tuple(sample for sample in self._samples if (sample.server, sample.scenario) not in rejected),
            tuple(Rejection(*pair, reason) for pair, reason in self._rejections.items()),
            tuple(memory),
            tuple(dict.fromkeys(self._notes)),
        )

    def _each(self, title: str, action: Callable[[Contestant, Scenario], None]) -> None:
        for scenario in self._scenarios:
            self._note(f"{title}: {scenario.name}")
            for contestant in self._contestants:
                if (contestant.name, scenario.name) in self._rejections:
                    continue
                try:
                    action(contestant, scenario)
                except (BenchError, OSError) as error:
                    self._reject(contestant, scenario, str(error))

    def _warm_up(self, contestant: Contestant, scenario: Scenario) -> None:
        self._check(contestant, scenario)
        if (contestant.name, scenario.name) in self._rejections:
            return
        # Counted in answers and not in time: where neighbours take the core away, a compiler learns as slowly.
        wanted = self._pace.long_warm_up if contestant.warm_up else self._pace.warm_up
        given, deadline = 0, time.monotonic() + _LONGEST_WARM_UP
        while given < wanted and time.monotonic() < deadline:
            given += self._press(contestant, scenario, 0.2).answers

    def _measure(self, number: int, contestant: Contestant, scenario: Scenario) -> None:
        pid = self._pids[contestant.name]
        before = tree_cpu_seconds(pid)
        load = self._press(contestant, scenario, self._pace.stretch)
        used = tree_cpu_seconds(pid) - before
        rate = load.answers / load.seconds
        sample = Sample(contestant.name, scenario.name, number, load.answers, used / load.answers * 1e6, rate)
        self._samples.append(sample)

    def _press(self, contestant: Contestant, scenario: Scenario, seconds: float) -> Load:
        load = press(contestant.port, scenario.message(), seconds=seconds)
        self._answers[contestant.name] += load.answers
        wrong = {status: count for status, count in load.statuses.items() if not scenario.accepts(status)}
        if wrong:
            self._reject(contestant, scenario, f"answered under load, by status: {wrong} of {load.answers}")
        return load

    def _check(self, contestant: Contestant, scenario: Scenario) -> None:
        try:
            status = ask(contestant.port, scenario).status
        except BenchError as error:
            self._reject(contestant, scenario, error.message)
            return
        if not scenario.accepts(status):
            kind = "a valid request" if scenario.is_valid else "an invalid request"
            self._reject(contestant, scenario, f"answers {status} to {kind}")

    def _reject(self, contestant: Contestant, scenario: Scenario, reason: str) -> None:
        self._rejections.setdefault((contestant.name, scenario.name), reason)

    def _reset(self) -> None:
        for contestant in self._contestants:
            if contestant.resets:
                status = exchange(contestant.port, "POST", "/__mock/reset").status
                if not 200 <= status < 300:
                    self._notes.append(f"{contestant.name} answers {status} to a reset: what is created piles up")


@contextmanager
def _on_core(core: int) -> Iterator[None]:
    before = os.sched_getaffinity(0)
    if core not in before:
        raise BenchError(
            "the servers and the load generator need a core each", hint="run this where two cores are to be had"
        )
    os.sched_setaffinity(0, {core})
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)
