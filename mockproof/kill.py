"""The kill: the kit let loose on one mutant of the mock, over HTTP in this process, and what came of it.

A misbehaviour that a kit for conformance does not notice is one that vendors may have. A kill counts most when the
requirement that fails is the one that the mutant breaks.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path

from conformance.fuzzing.job import PHASES
from conformance.ledger import Ledger, Line
from conformance.run.plan import Plan
from conformance.run.runner import Cancelled, run
from conformance.target import EVERY_SCHEME, Credential, Target
from conformance.verdict.evidence import evidence_of
from conformance.verdict.outcome import Conclusion
from conformance.verdict.verdict import place_findings
from mockserver.app import create_app
from mockserver.mutant import Mutant
from mockserver.mutants import offered
from mockserver.server import running
from mockserver.state.clock import Clock
from spec.contract import Contract, Role
from spec.contract_reader import load_contract
from spec.fixtures import Fixtures, Item, load_fixtures
from spec.fixtures.token import Token
from spec.requirements import Obligation, Requirement, load_requirements

RATE = 300.0
"""Speed of the mock's clock: a job of half a minute takes a tenth of a second, and minutes go by during a run."""
_JOB_DEADLINE = 3.0
_SECONDS = 300
_EXAMPLES = 10
_STOP = 0


@dataclass(frozen=True, slots=True)
class World:
    """A contract with fixtures that both sides know, and who asks. profile: as for `load_requirements`."""

    name: str
    contract: Contract
    fixtures: Fixtures = field(repr=False)
    profile: str
    requirements: tuple[Requirement, ...] = field(repr=False)

    @property
    def mutants(self) -> tuple[Mutant, ...]:
        """The misbehaviours that the contract can show, and that break something it promises."""
        promised = {word for one in self.requirements for word in (one.behaviour, one.kind)}
        return tuple(mutant for mutant in offered(self.contract) if mutant.breaks in promised)


@dataclass(frozen=True, slots=True)
class Kill:
    """What the kit made of one mutant.

    by: ids of the requirements that failed. withheld: none failed, but the kit did not call the target conformant
    either, since it could judge too little. own: whether one of them is what the mutant breaks. must: whether one
    of them is a MUST. requests: sent until the first failure, None without one. tier: the one that killed it.
    """

    mutant: str
    breaks: str
    by: tuple[str, ...]
    own: bool
    must: bool
    requests: int | None
    tier: str
    seconds: float
    withheld: bool = False

    @property
    def is_dead(self) -> bool:
        """Whether the kit noticed."""
        return bool(self.by) or self.withheld


def load_world(name: str, contract: Path | None = None, fixtures: Path | None = None) -> World:
    """The packaged world, or one of a contract and a folder of fixtures; raises SpecError for files that are wrong."""
    loaded = load_contract(contract)
    profile = "full" if contract is None else "given"
    return World(name, loaded, load_fixtures(loaded, fixtures), profile, load_requirements(loaded, profile))


def kill(world: World, mutant: Mutant | None, tiers: tuple[str, ...] = ("scenarios",), seed: int = 1) -> Kill:
    """Run the kit against the mock with one mutant, until the requirement that it breaks has failed.

    tiers: the fuzzer is only asked when plain requests noticed nothing. mutant: None lets the clean mock be judged.
    """
    began = time.perf_counter()
    watched = _Watch(world, mutant.breaks if mutant is not None else "")
    ids = (mutant.id,) if mutant is not None else ()
    tier = "scenarios"
    app = create_app(world.contract, world.fixtures, clock=Clock(world.fixtures.now, RATE), mutants=ids)
    with running(app) as url:
        plan = _plan(world, url, ("scenarios",), seed)
        if mutant is not None and mutant.wait:
            # Every request takes its time, so only the one requirement that it breaks is looked at.
            plan = replace(plan, requirements=tuple(one for one in world.requirements if watched.is_own(one.id)))
        conclusion = _run(plan, watched)
        if not watched.failed and conclusion is Conclusion.CONFORMANT and "fuzz" in tiers:
            tier = "fuzz"
            # What the fuzzer alone concludes does not count: there is much that it never reaches.
            _run(_plan(world, url, ("fuzz",), seed), watched)
    seconds = time.perf_counter() - began
    by = tuple(sorted(watched.failed, key=lambda one: (not watched.is_own(one), one)))
    withheld = not by and conclusion is not Conclusion.CONFORMANT
    must = any(watched.level(one) is Obligation.MUST for one in by)
    name, breaks = (mutant.id, mutant.breaks) if mutant is not None else ("", "")
    return Kill(name, breaks, by, any(map(watched.is_own, by)), must, watched.requests, tier, seconds, withheld)


def _run(plan: Plan, watched: _Watch) -> Conclusion:
    watched.ledger = Ledger(plan.target.secrets)
    conclusion = Conclusion.INTERRUPTED
    # Cancelled: it was noticed; what else would come of the run is of no interest.
    with contextlib.suppress(Cancelled):
        conclusion = run(plan, watched.ledger, watched)
    watched.look()
    return conclusion


class _Watch:
    """Looks at the ledger between two checks, and ends the run once the broken requirement has failed."""

    def __init__(self, world: World, breaks: str) -> None:
        self.ledger = Ledger()
        self.failed: dict[str, int] = {}
        self._by_id = {one.id: one for one in world.requirements}
        self._requirements = world.requirements
        self._breaks = breaks
        self._seen = 0
        self._sent = 0

    def __call__(self, _text: str) -> None:
        self.look()
        if any(map(self.is_own, self.failed)):
            raise Cancelled(_STOP)

    @property
    def requests(self) -> int | None:
        """Requests until the first failure."""
        return min(self.failed.values()) if self.failed else None

    def is_own(self, requirement: str) -> bool:
        """Whether a requirement is what the mutant breaks."""
        found = self._by_id.get(requirement)
        return found is not None and self._breaks in (found.behaviour, found.kind)

    def level(self, requirement: str) -> Obligation | None:
        """How binding a requirement is."""
        found = self._by_id.get(requirement)
        return found.level if found is not None else None

    def look(self) -> None:
        """Take in the lines that were added."""
        if self._seen > len(self.ledger.lines):
            self._seen = 0  # another run with a ledger of its own
        lines = self.ledger.lines[self._seen :]
        self._seen = len(self.ledger.lines)
        for line in lines:
            self._sent += line["kind"] == "exchange"
            for requirement in self._failures(line):
                self.failed.setdefault(requirement, self._sent)

    def _failures(self, line: Line) -> Iterator[str]:
        if line["kind"] == "observation" and line["sight"] == "fail":
            yield line["requirement"]
        elif line["kind"] == "exchange" and (line["failures"] or (line["answer"] and line["answer"]["status"] >= 500)):
            yield from place_findings(self._requirements, evidence_of([line]))[0]


def _plan(world: World, url: str, tiers: tuple[str, ...], seed: int) -> Plan:
    first, second = identities(world)
    return Plan(
        contract=world.contract,
        model=world.contract,
        profile=world.profile,
        target=Target(
            url,
            {EVERY_SCHEME: Credential(first.value, "FIRST")},
            {EVERY_SCHEME: Credential(second.value, "SECOND")} if second is not None else {},
            _hidden_ids(world),
        ),
        operations=tuple(operation.id for operation in world.contract.operations),
        requirements=world.requirements,
        seed=seed,
        max_examples=_EXAMPLES,
        max_time=_SECONDS,
        phases=PHASES,
        tiers=tiers,
        job_deadline=_JOB_DEADLINE,
    )


def identities(world: World) -> tuple[Token, Token | None]:
    """The first token that may change things, and the next one that sees other things."""
    usable = [one for one in world.fixtures.tokens.values() if not one.read_only and one.expires is None]
    others = [one for one in usable[1:] if one.sees and one.sees != usable[0].sees]
    return usable[0], next(iter(others), None)


def _hidden_ids(world: World) -> dict[str, tuple[str, ...]]:
    """Ids that a vendor would declare: of things that no list shows, as far as the first identity sees them."""
    first, _ = identities(world)
    found: dict[str, tuple[str, ...]] = {}
    for name, resource in world.contract.resources.items():
        items = world.fixtures.items.get(name, ())
        if (resource.flat or resource.schema is None) and items and not world.contract.uses_of(name, Role.LIST):
            found[name] = tuple(str(item.key[-1]) for item in items if _is_seen(world, first, item))
    return found


def _is_seen(world: World, token: Token, item: Item) -> bool:
    """Whether a token sees an item, by what it may see of the outermost thing that the item lies below."""
    roots = {name: each for name, each in world.fixtures.items.items() if world.contract.resources[name].parent is None}
    for name, allowed in token.sees.items():
        for root in roots.get(name, ()):
            is_above = root.key[0] == item.key[0] and _top(world, item.resource) == name
            if is_above and any(root.fields.get(field) not in values for field, values in allowed.items()):
                return False
    return True


def _top(world: World, name: str) -> str:
    parent = world.contract.resources[name].parent
    return name if parent is None else _top(world, parent)
