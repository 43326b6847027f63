"""The plan: everything that one run does, decided before its first request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from conformance.declaring.accommodation import Accommodation
from conformance.declaring.waiver import Deviation
from conformance.exchange.transport import DEADLINE
from conformance.fuzzing.job import PHASES
from conformance.manners.manners import DISPOSABLE, Manners
from conformance.manners.pacing import PATIENCE
from conformance.target import Target
from spec.contract import Contract
from spec.requirements import Requirement

TIERS = ("preflight", "scenarios", "fuzz", "soak")
"""Kinds of evidence, cheapest first: seconds, seconds, a minute, as long as there is time."""
DEFAULT_TIERS = TIERS[:3]


@dataclass(frozen=True, slots=True)
class Limits:
    """How patient a run is, all in seconds.

    deadline: for one exchange. reading: for one read of it. patience: for all waiting that the target asks for.
    cleaning: for deleting what was created; cleaning_at_once: likewise, when a signal ended the run.
    reproducing: for running reproducers of what failed; 0 makes none.
    """

    deadline: float = DEADLINE
    reading: float = 10.0
    patience: float = PATIENCE
    cleaning: float = 30.0
    cleaning_at_once: float = 3.0
    reproducing: float = 0.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What one run does.

    contract: what is enforced. model: the contract that tells what resources and examples there are; it may say
    more than the enforced one. max_examples: generated requests per operation and phase. max_time: seconds.
    run: stands in the names of created things. trace: file for the list of created things. settle: seconds until what
    was created, changed or deleted is seen to be so. job_deadline: seconds in which what is on its way must have
    arrived, None where nobody said. rate: requests a second. today: decides which waivers have expired.
    capabilities: None declares all.
    """

    contract: Contract
    model: Contract
    profile: str
    target: Target
    operations: tuple[str, ...]
    requirements: tuple[Requirement, ...]
    seed: int
    max_examples: int
    max_time: int
    phases: tuple[str, ...] = PHASES
    tiers: tuple[str, ...] = DEFAULT_TIERS
    manners: Manners = DISPOSABLE
    run: str = "run"
    trace: Path | None = None
    rate: float | None = None
    settle: float = 0.0
    job_deadline: float | None = None
    capabilities: Mapping[str, bool] | None = None
    deviations: tuple[Deviation, ...] = ()
    accommodations: tuple[Accommodation, ...] = ()
    shard: str | None = None
    today: date | None = None
    limits: Limits = field(default_factory=Limits)

    @property
    def fuzz_phases(self) -> tuple[str, ...]:
        """Phases of the fuzzer that this run makes; none when its tiers leave the fuzzer out."""
        return self.phases if {"fuzz", "soak"} & set(self.tiers) else ()

    @property
    def name(self) -> str:
        """How the names of created things begin."""
        return f"{self.manners.prefix}{self.run}-"
