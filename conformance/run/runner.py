"""The runner: one run against one target, from the first exchange to the last verdict.

    gather      evidence: preflight, discovery, furnishing, scenarios, fuzzing
    reproduce   what failed
    tidy        delete what was created
    conclude    verdicts, from the ledger alone

Whatever ends the first two early, the last two follow.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from functools import partial
from itertools import count

import httpx

from conformance.errors import BudgetError, DeclarationError
from conformance.exchange.client import PREFLIGHT, Client
from conformance.exchange.exchange import Exchange
from conformance.exchange.transport import Stopwatch, plain_http
from conformance.fuzzing.launch import Progress
from conformance.fuzzing.tier import fuzz, operations_of, tell_budget
from conformance.ledger import Ledger
from conformance.manners.cleaning import clean_up, know_created
from conformance.manners.etiquette import Etiquette
from conformance.manners.foreseeing import foreseen_leftovers
from conformance.manners.pacing import Pace
from conformance.manners.trace import Trace, end_line, read_trace
from conformance.model import Model, promises_in
from conformance.reproduction.reproducing import reproduce
from conformance.run.cancelling import Cancellation, Cancelled
from conformance.run.concluding import concluded
from conformance.run.discovery import discover
from conformance.run.ending import note, noted
from conformance.run.furnishing import furnish, with_names
from conformance.run.heading import begin
from conformance.run.obstacle import unreachable
from conformance.run.plan import DEFAULT_TIERS, TIERS, Limits, Plan
from conformance.run.preflight import Preflight, look_ahead
from conformance.scenarios.scene import Scene
from conformance.scenarios.second_look import UNTOLD, look_again
from conformance.scenarios.tier import observe
from conformance.secret import variable_for
from conformance.target import EVERY_SCHEME
from conformance.verdict.examiner import Examiner
from conformance.verdict.outcome import Conclusion

__all__ = ["DEFAULT_TIERS", "TIERS", "Cancellation", "Cancelled", "Limits", "Plan", "check_schemes", "run"]

_MOVES_LATE = ("lifecycle-order", "lifecycle-end")
"""Behaviours that a target seems to break if its lists show late what has become of an item."""


@dataclass(frozen=True, slots=True)
class _Run:
    """What every step of a run works with.

    name: begins the names that this part of the run gives. trace: what the run created. until: monotonic second at
    which its time is over.
    """

    plan: Plan
    ledger: Ledger
    progress: Progress
    name: str
    trace: Trace
    until: float


def run(plan: Plan, ledger: Ledger, progress: Progress, cancellation: Cancellation | None = None) -> Conclusion:
    """Judge a target; the ledger holds everything, verdicts and conclusion included, when this returns.

    A ledger that holds a part of a run already is gone on with; one of a run that is over tells its conclusion again.
    Where there is no operation, nothing is asked. A `Cancelled` raised meanwhile, by whoever asks the `cancellation`,
    is raised again once the verdicts stand.
    """
    check_schemes(plan)
    began = time.monotonic()
    part = begin(plan, ledger)
    end = next(ledger.of("end"), None)
    if end is not None:
        return Conclusion(end["conclusion"])
    if not plan.operations:
        ledger.add("end", conclusion=Conclusion.IDLE.value, seconds=0.0)
        return Conclusion.IDLE
    name = f"{plan.name}{part}"
    named = replace(plan, model=with_names(plan.model, name))
    this = _Run(named, ledger, progress, name, _trace(plan), began + plan.max_time)
    cancelled = _carry_out(this, cancellation or Cancellation())
    conclusion = concluded(plan, ledger)
    ledger.add("end", conclusion=conclusion.value, seconds=round(time.monotonic() - began, 2))
    ledger.failed = ledger.failed or this.trace.failed
    if cancelled is not None:
        raise cancelled
    return conclusion


def check_schemes(plan: Plan) -> None:
    """Raise DeclarationError for a credential of a scheme that the contract does not have."""
    for scheme in (*plan.target.auth, *plan.target.second_auth, *plan.target.read_only_auth):
        if scheme != EVERY_SCHEME and scheme not in plan.contract.security_schemes:
            known = ", ".join(sorted(plan.contract.security_schemes)) or "none"
            raise DeclarationError(
                f"the contract has no security scheme {scheme!r}", hint=f"it has: {known}; write --auth SCHEME=VALUE"
            )


def _trace(plan: Plan) -> Trace:
    if plan.trace is None:
        return Trace(plan.run)
    end_line(plan.trace)
    return read_trace(plan.trace, plan.run, plan.target.secrets)


def _carry_out(this: _Run, cancellation: Cancellation) -> Cancelled | None:
    """Everything that is asked of the target; returns what cancelled it, if anything did."""
    cancelled: Cancelled | None = None
    limits = this.plan.limits
    with plain_http(limits.reading, watch := Stopwatch(limits.deadline, this.until), this.plan.target.ca) as http:
        client = _client(this, http, watch)
        try:
            with cancellation.listening(), noted(this.ledger, "it gathered evidence"):
                _look(this, client)
        except Cancelled as error:
            cancelled = error
            note(this.ledger, f"the run was cancelled by {error}", "interrupted")
        try:
            with cancellation.listening(), noted(this.ledger, "it deleted what it had created"):
                _tidy(this, client, watch, limits.cleaning)
        except Cancelled as error:
            cancelled = error
            with noted(this.ledger, "it deleted what it had created"):
                _tidy(this, client, watch, limits.cleaning_at_once)
    return cancelled


def _look(this: _Run, client: Client) -> None:
    """Gather evidence for as long as there is time, and make something of what failed."""
    try:
        _gather(this, client)
    except BudgetError as error:
        note(this.ledger, error.message, "budget")
    reproduce(this.plan, this.ledger, this.progress, this.until)


def _client(this: _Run, http: httpx.Client, watch: Stopwatch) -> Client:
    plan, ledger = this.plan, this.ledger
    return Client(
        plan.model,
        plan.target,
        ledger,
        http,
        Examiner(plan.contract),
        plan.limits.deadline,
        etiquette=Etiquette(plan.model, plan.manners, this.trace),
        pace=Pace(plan.rate, plan.limits.patience, sleep=watch.rest),
        settle=plan.settle,
        watch=watch,
        onlooker=_onlooker(plan, ledger),
        numbers=count(_sent(ledger) + 1),
    )


def _sent(ledger: Ledger) -> int:
    """The last number that a plain exchange has; those of an earlier part of the run are not given again."""
    plain = [str(line["id"]) for line in ledger.of("exchange") if line["source"] != "fuzz"]
    return max((int(number) for one in plain if (number := one.rpartition("-")[2]).isdecimal()), default=0)


def _onlooker(plan: Plan, ledger: Ledger) -> Callable[[Exchange], None]:
    """What sees every plain exchange from now on, and remembers nothing of earlier ones."""
    promises = promises_in(plan.requirements)
    if plan.settle:
        # A list may show a state that an item had a moment ago; the scenarios look at the items themselves.
        promises = {name: one for name, one in promises.items() if name.rpartition("/")[2] not in _MOVES_LATE}
    return partial(_remark, Model(plan.model, promises), ledger)


def _remark(model: Model, ledger: Ledger, exchange: Exchange) -> None:
    """Write down what the passive model notices in one exchange."""
    for remark in model.see(exchange):
        fields = {"requirement": remark.requirement, "operation": remark.operation, "check": remark.behaviour}
        ledger.add("observation", source="model", **fields, **asdict(remark.sighting))


def _gather(this: _Run, client: Client) -> None:
    """All evidence: plain requests first, while the target is as it was found, then generated ones."""
    plan, ledger, progress = this.plan, this.ledger, this.progress
    if not _is_there(plan.target.url, client, ledger):
        return
    _note_missing_credentials(plan, ledger)
    if "preflight" in plan.tiers and not _is_worth_it(this, client):
        return
    if plan.tiers == ("preflight",):
        return
    foreseen = foreseen_leftovers(plan)
    if foreseen is not None:
        progress(f"note: {foreseen}")
    progress("looking for ids")
    scene = _scene(this, client)
    furnish(scene, operations_of(plan))
    patience = UNTOLD if plan.job_deadline is None else plan.job_deadline
    if "scenarios" in plan.tiers:
        observe(plan, scene, ledger, progress, this.until)
        if plan.job_deadline is not None or "soak" in plan.tiers:
            # Before the fuzzer, which then has more to ask about, and may go on until the time is over.
            _look_again(this, scene, patience)
    if plan.fuzz_phases:
        tell_budget(plan, ledger, progress)
        fuzz(plan, client, scene.atlas, ledger, progress, this.until)
        # What the fuzzer changed, a model that did not see it would hold against the target.
        client.onlooker = _onlooker(plan, ledger)
    if "scenarios" in plan.tiers:
        _look_again(this, scene, patience if plan.job_deadline is None else 0.0)


def _look_again(this: _Run, scene: Scene, patience: float) -> None:
    # Everything was asked once, so that the time is over is no trouble now.
    with contextlib.suppress(BudgetError):
        look_again(this.plan, scene, this.ledger, this.progress, patience, this.until)


def _is_there(url: str, client: Client, ledger: Ledger) -> bool:
    try:
        with client.http.stream("GET", url + "/"):
            return True
    except httpx.HTTPError as error:
        if client.watch is not None:
            client.watch.check()
        note(ledger, unreachable(url, error), "unreachable")
        return False


def _note_missing_credentials(plan: Plan, ledger: Ledger) -> None:
    for name in plan.operations:
        security = plan.contract.by_id[name].security
        if security and not any(all(plan.target.credential(one) for one in schemes) for schemes in security):
            scheme = security[0][0]
            reason = f"no credential for scheme {scheme!r}: give --auth {scheme}=env:{variable_for(scheme)}"
            ledger.add("trouble", operation=name, reason=reason, trouble="credential")


def _is_worth_it(this: _Run, client: Client) -> bool:
    this.progress("preflight")
    client.phase = PREFLIGHT
    found: Preflight = look_ahead(client, operations_of(this.plan))
    client.phase = "scenario"
    probes = [asdict(probe) for probe in found.probes]
    this.ledger.add("preflight", obstacle=found.obstacle, notes=list(found.notes), probes=probes)
    for told in found.notes:
        this.progress(f"note: {told}")
    if found.obstacle is not None:
        note(this.ledger, found.obstacle, "preflight")
    return found.obstacle is None


def _scene(this: _Run, client: Client) -> Scene:
    """What the checks work with: what the target is found to hold, and what the run made there before."""
    plan = this.plan
    atlas = discover(client, plan.target.ids, frozenset(plan.operations))
    know_created(atlas, this.trace)
    return Scene(
        client,
        plan.model,
        atlas,
        has_second=bool(plan.target.second_auth),
        is_strict=plan.profile != "documented",
        job_deadline=plan.job_deadline,
        selected=frozenset(operation.id for operation in operations_of(plan)),
        sleep=client.pace.sleep,
        name=this.name,
    )


def _tidy(this: _Run, client: Client, watch: Stopwatch, seconds: float) -> None:
    """Delete what was created, as far as the target lets us in that time; it comes on top of the run's."""
    this.trace.catch_up()
    if not this.trace.remaining() and not this.trace.open_intentions():
        return
    this.progress("cleaning up")
    client.pace.patience = 0.0
    watch.until = time.monotonic() + seconds
    client.onlooker = _onlooker(this.plan, this.ledger)  # the fuzzer, if it was cut off, and reproducers changed things
    clean_up(client, this.ledger, seconds)
