"""The runner: one run against one target, from the first exchange to the last verdict."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, replace
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from itertools import count
from typing import Any

import httpx

from conformance.client import PREFLIGHT, Client
from conformance.declaring.waiver import apply_capabilities, undeclared, undeclared_operations, waive
from conformance.discovery import discover
from conformance.errors import DeclarationError, ThrottledError
from conformance.examiner import Examiner
from conformance.exchange import Exchange
from conformance.furnishing import furnish, with_names
from conformance.fuzzing.job import EVERY_OPERATION
from conformance.fuzzing.launch import Progress
from conformance.fuzzing.tier import CUT, fuzz, operations_of, tell_budget
from conformance.ledger import LEDGER_VERSION, Ledger
from conformance.manners.cleaning import clean_up, know_created
from conformance.manners.etiquette import Etiquette
from conformance.manners.pacing import Pace
from conformance.manners.trace import Trace, end_line, read_trace
from conformance.model import Model, promises_in
from conformance.outcome import Conclusion, conclude
from conformance.plan import DEFAULT_TIERS, TIERS, Limits, Plan
from conformance.preflight import Preflight, look_ahead
from conformance.reproduction.reproducing import reproduce
from conformance.resume import check_same, finished_checks
from conformance.scenarios import check_of, in_order
from conformance.scenarios.scene import Scene
from conformance.scenarios.sighting import Sighting
from conformance.secret import variable_for
from conformance.target import EVERY_SCHEME
from conformance.transport import Stopwatch, plain_http
from conformance.verdict import Verdict, judge
from spec.requirements import Requirement

__all__ = ["DEFAULT_TIERS", "TIERS", "Cancelled", "Limits", "Plan", "check_schemes", "run"]


class Cancelled(BaseException):
    """A signal asked the run to end; what is known by then is reported. signal: its number."""

    def __init__(self, signal: int) -> None:
        super().__init__(signal)
        self.signal = signal


def run(plan: Plan, ledger: Ledger, progress: Progress) -> Conclusion:
    """Judge a target; the ledger holds everything, verdicts and conclusion included, when this returns.

    A `Cancelled` raised meanwhile is raised again once the verdicts stand.
    """
    check_schemes(plan)
    plan = replace(plan, model=with_names(plan.model, f"{plan.name}1"))
    began = time.monotonic()
    _begin(plan, ledger)
    cancelled: Cancelled | None = None
    with plain_http(plan.limits.reading, watch := Stopwatch(plan.limits.deadline)) as http:
        client = _client(plan, ledger, http, watch)
        try:
            _gather(plan, client, ledger, progress, began + plan.max_time)
            reproduce(plan, ledger, progress, began + plan.max_time)
        except Cancelled as error:
            cancelled = error
            reason = f"the run was cancelled by {error}"
            ledger.add("trouble", operation=EVERY_OPERATION, reason=reason, trouble="interrupted")
        except ThrottledError as error:
            ledger.add("trouble", operation=EVERY_OPERATION, reason=error.message, trouble="throttled")
        _tidy(plan, client, ledger, progress, at_once=cancelled is not None)
    conclusion = _conclude(plan, ledger)
    ledger.add("end", conclusion=conclusion.value, seconds=round(time.monotonic() - began, 2))
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


def _begin(plan: Plan, ledger: Ledger) -> None:
    before = next(ledger.of("run"), None)
    if before is None:
        ledger.add("run", **_heading(plan))
        return
    check_same(before, ledger.secrets.mask_all(_heading(plan)))
    ledger.add("resumed", at=datetime.now(UTC).isoformat(timespec="seconds"))


def _client(plan: Plan, ledger: Ledger, http: httpx.Client, watch: Stopwatch) -> Client:
    if plan.trace is not None:
        end_line(plan.trace)
    trace = read_trace(plan.trace, plan.run) if plan.trace is not None else Trace(plan.run)
    plain = [str(line["id"]) for line in ledger.of("exchange") if line["source"] != "fuzz"]
    sent = max((int(number) for one in plain if (number := one.rpartition("-")[2]).isdecimal()), default=0)
    model = Model(plan.model, promises_in(plan.requirements))
    return Client(
        plan.model,
        plan.target,
        ledger,
        http,
        Examiner(plan.contract),
        plan.limits.deadline,
        etiquette=Etiquette(plan.model, plan.manners, trace),
        pace=Pace(plan.rate, plan.limits.patience),
        settle=plan.settle,
        watch=watch,
        onlooker=partial(_remark, model, ledger),
        numbers=count(sent + 1),
    )


def _gather(plan: Plan, client: Client, ledger: Ledger, progress: Progress, until: float) -> None:
    """All evidence: plain requests first, while the target is as it was found, then generated ones."""
    if not _is_there(plan.target.url, client.http, ledger):
        return
    _note_missing_credentials(plan, ledger)
    if "preflight" in plan.tiers and not _is_worth_it(plan, client, ledger, progress):
        return
    if plan.tiers == ("preflight",):
        return
    progress("looking for ids")
    atlas = discover(client, plan.target.ids, frozenset(plan.operations))
    if client.etiquette is not None:
        know_created(atlas, client.etiquette.trace)
    scene = Scene(
        client,
        plan.model,
        atlas,
        has_second=bool(plan.target.second_auth),
        is_strict=plan.profile != "documented",
        job_deadline=plan.job_deadline,
        selected=frozenset(operation.id for operation in operations_of(plan)),
    )
    furnish(scene, operations_of(plan))
    if "scenarios" in plan.tiers:
        _observe(plan, scene, ledger, progress, until)
    if plan.fuzz_phases:
        tell_budget(plan, ledger, progress)
        fuzz(plan, client, atlas, ledger, progress, until)


def _is_there(url: str, http: httpx.Client, ledger: Ledger) -> bool:
    try:
        with http.stream("GET", url + "/"):
            return True
    except httpx.HTTPError as error:
        reason = f"nothing that speaks HTTP answers at {url} ({type(error).__name__}: {error})"
        ledger.add("trouble", operation=EVERY_OPERATION, reason=reason, trouble="unreachable")
        return False


def _note_missing_credentials(plan: Plan, ledger: Ledger) -> None:
    for name in plan.operations:
        security = plan.contract.by_id[name].security
        if security and not any(all(plan.target.credential(one) for one in schemes) for schemes in security):
            scheme = security[0][0]
            reason = f"no credential for scheme {scheme!r}: give --auth {scheme}=env:{variable_for(scheme)}"
            ledger.add("trouble", operation=name, reason=reason, trouble="credential")


def _is_worth_it(plan: Plan, client: Client, ledger: Ledger, progress: Progress) -> bool:
    progress("preflight")
    client.phase = PREFLIGHT
    found: Preflight = look_ahead(client, operations_of(plan))
    client.phase = "scenario"
    ledger.add("preflight", obstacle=found.obstacle, notes=list(found.notes), probes=[asdict(p) for p in found.probes])
    for note in found.notes:
        progress(f"note: {note}")
    if found.obstacle is not None:
        ledger.add("trouble", operation=EVERY_OPERATION, reason=found.obstacle, trouble="preflight")
    return found.obstacle is None


def _observe(plan: Plan, scene: Scene, ledger: Ledger, progress: Progress, until: float) -> None:
    done = finished_checks(ledger.lines)
    off = undeclared_operations(plan.model, plan.capabilities)
    for requirement, name in in_order(plan.requirements):
        if undeclared(requirement, plan.capabilities, off) is not None or (requirement.id, name) in done or name in off:
            continue
        check = check_of(requirement)
        if check is None:
            if requirement.behaviour:
                _write(ledger, requirement, name, [_no_check(requirement)])
            continue
        progress(f"checking {requirement.id}")
        if time.monotonic() > until:
            ledger.add("trouble", operation=name, reason="the time was over before every check", trouble="budget")
            return
        operation = plan.model.by_id.get(name, plan.contract.by_id[name])
        _write(ledger, requirement, name, list(check(scene, operation)))
        ledger.add("closing", operation=name, phase="scenario", requirement=requirement.id, status="done", reason=None)


def _remark(model: Model, ledger: Ledger, exchange: Exchange) -> None:
    """Write down what the passive model notices in one exchange."""
    for remark in model.see(exchange):
        fields = {"requirement": remark.requirement, "operation": remark.operation, "check": remark.behaviour}
        ledger.add("observation", **fields, **asdict(remark.sighting))


def _no_check(requirement: Requirement) -> Mapping[str, Any]:
    return {"sight": "error", "reason": f"the kit has no check for {requirement.behaviour!r}"}


def _write(
    ledger: Ledger, requirement: Requirement, operation: str, sightings: Sequence[Sighting | Mapping[str, Any]]
) -> None:
    for sighting in sightings:
        fields = asdict(sighting) if isinstance(sighting, Sighting) else dict(sighting)
        empty = {"expected": "", "seen": "", "exchange": None}
        check = requirement.behaviour or requirement.kind
        ledger.add("observation", requirement=requirement.id, operation=operation, check=check, **{**empty, **fields})


def _tidy(plan: Plan, client: Client, ledger: Ledger, progress: Progress, *, at_once: bool) -> None:
    """Delete what was created, as far as the target lets us."""
    trace = client.etiquette.trace if client.etiquette is not None else Trace()
    if not trace.remaining() and not trace.open_intentions():
        return
    progress("cleaning up")
    client.pace.patience = 0.0
    clean_up(client, ledger, plan.limits.cleaning_at_once if at_once else plan.limits.cleaning)


def _conclude(plan: Plan, ledger: Ledger) -> Conclusion:
    """Judge what the ledger holds, under what was declared, and write the verdicts."""
    verdicts: Sequence[Verdict] = judge(plan.requirements, ledger.lines)
    verdicts = apply_capabilities(verdicts, plan.capabilities, plan.contract, ledger.lines)
    verdicts, waivers = waive(verdicts, plan.deviations, plan.today or datetime.now(UTC).date())
    for verdict in verdicts:
        ledger.add("verdict", **_verdict_fields(verdict))
    for deviation, state in waivers:
        ledger.add("waiver", **{**asdict(deviation), "expires": str(deviation.expires)}, state=state.value)
    cut = any(line["trouble"] in CUT for line in ledger.of("trouble"))
    conclusion = conclude(verdicts, incomplete=cut)
    if plan.tiers == ("preflight",) and conclusion is Conclusion.INCONCLUSIVE:
        return _preflight_conclusion(ledger)
    return conclusion


def _preflight_conclusion(ledger: Ledger) -> Conclusion:
    found = next(ledger.of("preflight"), None)
    is_ready = found is not None and found["obstacle"] is None and all(probe["is_well"] for probe in found["probes"])
    return Conclusion.READY if is_ready and not any(ledger.of("trouble")) else Conclusion.INCONCLUSIVE


def _heading(plan: Plan) -> dict[str, Any]:
    try:
        tool = f"mockproof {version('mockproof')}"
    except PackageNotFoundError:
        tool = "mockproof"  # run from a folder that nobody installed
    return {
        "ledger_version": LEDGER_VERSION,
        "tool": tool,
        "target": plan.target.url,
        "contract": {"title": plan.contract.title, "version": plan.contract.version, "digest": plan.contract.digest},
        "profile": plan.profile,
        "seed": plan.seed,
        "max_examples": plan.max_examples,
        "phases": list(plan.fuzz_phases),
        "tiers": list(plan.tiers),
        "operations": list(plan.operations),
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "variables": sorted(plan.target.secrets.values),
        "run": plan.run,
        "shard": plan.shard,
        "manners": asdict(plan.manners),
        "capabilities": dict(plan.capabilities) if plan.capabilities is not None else None,
        "accommodations": [{"target": one.target, "reason": one.reason} for one in plan.accommodations],
    }


def _verdict_fields(verdict: Verdict) -> dict[str, Any]:
    requirement = verdict.requirement
    return {
        "id": requirement.id,
        "level": str(requirement.level),
        "text": requirement.text,
        "capability": requirement.capability,
        "operations": list(requirement.operations),
        "sources": [{"file": quote.file, "lines": quote.lines, "text": quote.text} for quote in requirement.sources],
        "verdict": verdict.outcome.value,
        "observations": verdict.observations,
        "reason": verdict.reason,
        "failures": [asdict(failure) for failure in verdict.failures],
    }
