"""The runner: one run against one target, from the first exchange to the last verdict."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import httpx

from conformance.client import Client, plain_http
from conformance.discovery import Atlas, discover, reach
from conformance.errors import DeclarationError
from conformance.examiner import Examiner
from conformance.findings import checks_for
from conformance.fuzz import Progress, prepared, run_fuzz
from conformance.fuzz_job import EVERY_OPERATION, PHASES, Job
from conformance.ledger import LEDGER_VERSION, Ledger
from conformance.outcome import Conclusion, conclude
from conformance.scenarios import BEHAVIOURS
from conformance.scenarios.permission import authentication
from conformance.scenarios.scene import Scene
from conformance.scenarios.sighting import Sighting
from conformance.secret import variable_for
from conformance.target import EVERY_SCHEME, Target
from conformance.verdict import Verdict, judge
from spec.contract import Contract, Operation, Role
from spec.requirements import Requirement

_CUT = frozenset({"budget", "crash", "stalled", "stopped", "interrupted"})
"""Troubles after which a run is incomplete, rather than only inconclusive about an operation."""


@dataclass(frozen=True, slots=True)
class Plan:
    """What one run does.

    contract: what is enforced. model: the contract that tells what resources and examples there are; it may say
    more than the enforced one. max_examples: generated requests per operation and phase. max_time: seconds.
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
    began = time.monotonic()
    ledger.add("run", **_heading(plan))
    cancelled: Cancelled | None = None
    try:
        _gather(plan, ledger, progress, began + plan.max_time)
    except Cancelled as error:
        cancelled = error
        ledger.add(
            "trouble", operation=EVERY_OPERATION, reason=f"the run was cancelled by {error}", trouble="interrupted"
        )
    verdicts = judge(plan.requirements, ledger.lines)
    for verdict in verdicts:
        ledger.add("verdict", **_verdict_fields(verdict))
    cut = any(line["trouble"] in _CUT for line in ledger.of("trouble"))
    conclusion = conclude(verdicts, incomplete=cut)
    ledger.add("end", conclusion=conclusion.value, seconds=round(time.monotonic() - began, 2))
    if cancelled is not None:
        raise cancelled
    return conclusion


def check_schemes(plan: Plan) -> None:
    """Raise DeclarationError for a credential of a scheme that the contract does not have."""
    for scheme in (*plan.target.auth, *plan.target.second_auth):
        if scheme != EVERY_SCHEME and scheme not in plan.contract.security_schemes:
            known = ", ".join(sorted(plan.contract.security_schemes)) or "none"
            raise DeclarationError(
                f"the contract has no security scheme {scheme!r}", hint=f"it has: {known}; write --auth SCHEME=VALUE"
            )


def _gather(plan: Plan, ledger: Ledger, progress: Progress, until: float) -> None:
    """All evidence: plain requests first, while the target is as it was found, then generated ones."""
    with plain_http() as http:
        client = Client(plan.model, plan.target, ledger, http, Examiner(plan.contract))
        if not _is_there(plan.target.url, http, ledger):
            return
        _note_missing_credentials(plan, ledger)
        progress("looking for ids")
        atlas = discover(client, plan.target.ids, frozenset(plan.operations))
        scene = Scene(client, plan.model, atlas, has_second=bool(plan.target.second_auth))
        _exercise(plan, scene)
        _observe(plan, scene, ledger, progress, until)
    if plan.phases:
        run_fuzz(_job(plan, atlas, int(until - time.monotonic())), ledger, progress)


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


def _exercise(plan: Plan, scene: Scene) -> None:
    """One valid request of every operation that changes something, so that its address is known; nothing is deleted.

    Creates come first: what they make may be all there is to read or change.
    """
    writes = [op for op in _operations(plan) if op.method not in ("get", "delete")]
    for operation in sorted(writes, key=lambda op: not (op.resource and op.resource.role is Role.CREATE)):
        made = scene.accepted(operation)
        if made is not None:
            scene.note_created(operation, *made)
    for operation in _operations(plan):
        if operation.method == "get" and operation.id not in scene.atlas.reached:
            reach(scene.atlas, scene.client, operation)


def _operations(plan: Plan) -> list[Operation]:
    return [plan.model.by_id.get(name, plan.contract.by_id[name]) for name in plan.operations]


def _observe(plan: Plan, scene: Scene, ledger: Ledger, progress: Progress, until: float) -> None:
    for requirement in plan.requirements:
        check = authentication if requirement.kind == "authentication" else BEHAVIOURS.get(requirement.behaviour or "")
        if check is None:
            if requirement.behaviour:
                _write(ledger, requirement, requirement.operations[0], [_no_check(requirement)])
            continue
        progress(f"checking {requirement.id}")
        for name in requirement.operations:
            if time.monotonic() > until:
                ledger.add("trouble", operation=name, reason="the time was over before every check", trouble="budget")
                return
            operation = plan.model.by_id.get(name, plan.contract.by_id[name])
            _write(ledger, requirement, name, list(check(scene, operation)))


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


def _job(plan: Plan, atlas: Atlas, seconds: int) -> Job:
    secrets = plan.target.secrets
    addresses = {op.id: found[0] for op in _operations(plan) if (found := atlas.addresses(op)) and found[0]}
    return Job(
        contract=prepared(plan.contract.document, addresses),
        url=plan.target.url,
        operations=plan.operations,
        auth={
            scheme: credential.value
            for scheme in plan.contract.security_schemes
            if (credential := plan.target.credential(scheme)) is not None
        },
        secrets=dict(secrets.values),
        checks=checks_for(plan.profile),
        seed=plan.seed,
        max_examples=plan.max_examples,
        seconds=seconds,
        phases=plan.phases,
    )


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
        "phases": list(plan.phases),
        "operations": list(plan.operations),
        "started": datetime.now(UTC).isoformat(timespec="seconds"),
        "variables": sorted(plan.target.secrets.values),
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
