"""Trouble made on purpose: rules of one workspace that say which answers come late, broken, or not at all.

Every rule draws from a random source of its own, seeded by the workspace and the rule, so that the same requests
meet the same trouble. Nothing is drawn, and nothing looked up, while there is no rule.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from functools import lru_cache
from random import Random
from typing import Final

from mockserver.errors import MockError

LONGEST: Final = 60.0
"""The longest that one answer is held back, in seconds; a draw beyond it is cut."""


class FaultError(MockError):
    """A rule that cannot be used, or that is not there."""


class Effect(StrEnum):
    """What a rule does to an answer."""

    LATENCY = "latency"
    DRIP = "drip"
    TRUNCATE = "truncate"
    GARBAGE = "garbage"
    STATUS = "status"
    RESET = "reset"
    EMPTY = "empty"


INSTEAD: Final = frozenset({Effect.STATUS, Effect.RESET, Effect.EMPTY})
"""Effects that stand for an answer, so that no handler is asked and nothing is written."""


@dataclass(frozen=True, slots=True)
class Latency:
    """Seconds before an answer: drawn evenly from low to high, or with a median and a long tail (lognormal)."""

    low: float = 0.0
    high: float = 0.0
    median: float | None = None
    sigma: float = 0.0

    def draw(self, random: Random) -> float:
        """One delay, in seconds."""
        if self.median is not None:
            drawn = random.lognormvariate(math.log(self.median), self.sigma) if self.median > 0 else 0.0
        else:
            drawn = self.low if self.low == self.high else random.uniform(self.low, self.high)
        return min(drawn, LONGEST)


@dataclass(frozen=True, slots=True)
class Drip:
    """A body that comes a few bytes at a time: `size` bytes, then `pause` seconds of nothing."""

    size: int
    pause: float


@dataclass(frozen=True, slots=True)
class Cut:
    """What is left of a truncated body: so many bytes, or a share from 0 to 1."""

    size: int | None = None
    share: float = 0.5

    def length(self, whole: int) -> int:
        """Bytes that are left of a body of so many."""
        return int(self.share * whole) if self.size is None else min(self.size, whole)


@dataclass(frozen=True, slots=True)
class FaultRule:
    """One rule. `mockserver.trouble.reader` makes it of JSON.

    operations: globs over operationIds; none means every request, also one that no operation answers.
    rate: share of the matching requests that are struck. after: matching requests that are let through first.
    first: how many matching requests, after those, are in danger; seconds: how long the rule lasts, on the clock
    of the workspace. seed: of the random draws; without one, the workspace and the rule's place decide.
    """

    effect: Effect
    operations: tuple[str, ...] = ()
    rate: float = 1.0
    after: int = 0
    first: int | None = None
    seconds: float | None = None
    seed: int | None = None
    latency: Latency = Latency()
    drip: Drip | None = None
    cut: Cut | None = None
    status: int = 503
    retry_after: int | None = None

    def concerns(self, operation_id: str | None) -> bool:
        """Whether the rule speaks of an operation; None stands for a request that reached none."""
        if not self.operations:
            return True
        return operation_id is not None and any(_glob(one).fullmatch(operation_id) for one in self.operations)


@dataclass(frozen=True, slots=True)
class Strike:
    """The trouble that one answer is in, from all rules that struck it.

    rules: their ids. latency: seconds before anything is sent. instead: what stands for the answer, or None.
    random: seed of the noise, where the body is garbage.
    """

    rules: tuple[str, ...]
    latency: float = 0.0
    instead: Effect | None = None
    status: int = 503
    retry_after: int | None = None
    drip: Drip | None = None
    cut: Cut | None = None
    garbage: int | None = None

    @property
    def is_plain(self) -> bool:
        """Whether the answer comes whole and in one piece, perhaps late."""
        is_broken = self.drip is not None or self.cut is not None or self.garbage is not None
        return not is_broken and self.instead in (None, Effect.STATUS)


@dataclass(slots=True)
class ActiveRule:
    """A rule at work. met: matching requests so far; struck: how many of them it struck."""

    id: str
    rule: FaultRule
    began: datetime
    random: Random = field(repr=False)
    met: int = 0
    struck: int = 0

    def is_over(self, now: datetime) -> bool:
        """Whether the rule will strike no more."""
        rule = self.rule
        is_late = rule.seconds is not None and (now - self.began).total_seconds() >= rule.seconds
        return is_late or (rule.first is not None and self.met >= rule.after + rule.first)

    def meet(self, now: datetime) -> bool:
        """Count one matching request, and tell whether it is struck."""
        rule = self.rule
        if self.is_over(now):
            return False
        self.met += 1
        if self.met <= rule.after or (rule.rate < 1 and self.random.random() >= rule.rate):
            return False
        self.struck += 1
        return True


class Faults:
    """The rules of one workspace, in the order in which they were added.

    seed: of the workspace; a rule with a seed of its own does not use it. most: rules that there may be.
    """

    def __init__(self, seed: str = "default", *, most: int = 100) -> None:
        self._seed = seed
        self._most = most
        self._rules: list[ActiveRule] = []
        self._added = 0

    def __bool__(self) -> bool:
        return bool(self._rules)

    @property
    def rules(self) -> Sequence[ActiveRule]:
        """The rules at work, and those that are over."""
        return tuple(self._rules)

    def add(self, rule: FaultRule, now: datetime) -> ActiveRule:
        """Put a rule to work; raises FaultError if there are too many."""
        if len(self._rules) >= self._most:
            raise FaultError(f"there are {self._most} rules already", hint="delete those that are not needed any more")
        self._added += 1
        seed = f"{self._seed}/{self._added}" if rule.seed is None else str(rule.seed)
        active = ActiveRule(f"fault-{self._added}", rule, now, Random(seed))  # noqa: S311  (chance, not secrecy)
        self._rules.append(active)
        return active

    def remove(self, rule_id: str) -> None:
        """End a rule; raises FaultError if there is none of that id."""
        left = [active for active in self._rules if active.id != rule_id]
        if len(left) == len(self._rules):
            known = ", ".join(active.id for active in self._rules) or "none"
            raise FaultError(f"there is no fault {rule_id!r}", hint=f"known: {known}")
        self._rules = left

    def clear(self) -> None:
        """End every rule; ids and draws begin anew."""
        self._rules = []
        self._added = 0

    def strike(self, operation_id: str | None, now: datetime) -> Strike | None:
        """What happens to a request, or None for nothing; of several rules of one effect, the first decides.

        Delays add up. To be asked once for each request: it counts.
        """
        if not self._rules:
            return None
        struck = [active for active in self._rules if active.rule.concerns(operation_id) and active.meet(now)]
        return _combine(struck) if struck else None


def _combine(struck: Sequence[ActiveRule]) -> Strike:
    """One strike of several rules; what stands for the answer leaves nothing to be dripped or cut."""
    first: dict[Effect, ActiveRule] = {}
    for active in struck:
        first.setdefault(active.rule.effect, active)
    delays = [active.rule.latency.draw(active.random) for active in struck if active.rule.effect is Effect.LATENCY]
    rules, latency = tuple(active.id for active in struck), min(sum(delays), LONGEST)
    for active in struck:
        if active.rule.effect in INSTEAD:
            rule = active.rule
            return Strike(rules, latency, rule.effect, rule.status, rule.retry_after)
    drip, cut, noise = (first.get(effect) for effect in (Effect.DRIP, Effect.TRUNCATE, Effect.GARBAGE))
    return Strike(
        rules,
        latency,
        drip=drip.rule.drip if drip else None,
        cut=cut.rule.cut if cut else None,
        garbage=noise.random.getrandbits(32) if noise else None,
    )


@lru_cache(maxsize=256)
def _glob(text: str) -> re.Pattern[str]:
    return re.compile(".*".join(re.escape(piece) for piece in text.split("*")), re.DOTALL)
