"""Fuzzing as part of a run: what the fuzzer is told, how long it should take, and what is left of it after a cut."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import replace

from conformance.declaring.waiver import undeclared_operations
from conformance.exchange.client import Client
from conformance.fuzzing.findings import checks_for
from conformance.fuzzing.job import Job
from conformance.fuzzing.launch import Progress, prepared, run_fuzz
from conformance.ledger import Ledger
from conformance.manners.manners import DISPOSABLE, Deed, Extent, deed_of
from conformance.manners.trace import Trace
from conformance.model import promises_in
from conformance.run.discovery import Atlas
from conformance.run.plan import Plan
from conformance.run.resume import remaining_work
from spec.contract import Operation

CUT = frozenset({"budget", "crash", "stalled", "stopped", "interrupted"})
"""Troubles after which a run is incomplete, rather than only inconclusive about an operation."""

_READ_AT_ONCE = ("use_after_free", "ensure_resource_availability")
"""Checks of the fuzzer that read what was made or deleted a moment ago."""
_SHOWN_LATE = (
    "create-read-back", "item-in-list", "update-persists", "update-echo", "delete-gone", "list-agrees",
    "lifecycle-order", "lifecycle-end",
)  # fmt: skip
"""Behaviours that a target breaks for a while if what was done to it takes time to be seen."""
_SOAK_ROUNDS = 10_000
_LEAST_ROUND = 3.0
"""Seconds that must be left for another round; the fuzzer needs one of them to start."""


def operations_of(plan: Plan) -> list[Operation]:
    """The selected operations that the target says it has."""
    off = undeclared_operations(plan.model, plan.capabilities)
    return [plan.model.by_id.get(name, plan.contract.by_id[name]) for name in plan.operations if name not in off]


def tell_budget(plan: Plan, ledger: Ledger, progress: Progress) -> None:
    """What is to come, by arithmetic: so many operations, so many requests each, as slow as the slowest so far."""
    seconds = sorted(line["answer"]["seconds"] for line in ledger.of("exchange") if line["answer"])
    slow = seconds[int(len(seconds) * 0.95)] if seconds else 0.0
    requests = len(plan.operations) * plan.max_examples * len(plan.fuzz_phases)
    expected = round(requests * max(slow, 1 / plan.rate if plan.rate else 0.0, 0.005), 1)
    ledger.add("budget", requests=requests, slowest=slow, expected=expected, max_time=plan.max_time)
    progress(f"planning about {requests} requests, some {expected:.0f} s, at most {plan.max_time} s")


def fuzz(plan: Plan, client: Client, atlas: Atlas, ledger: Ledger, progress: Progress, until: float) -> None:
    """Run the fuzzer over what it has not finished yet, then go on with other seeds if the run is to soak.

    until: monotonic second at which the run's time is over. What the manners leave no room for is a trouble.
    """
    trace = client.etiquette.trace if client.etiquette is not None else Trace()
    job = _job(plan, atlas, client)
    for name in sorted({op.id for op in operations_of(plan)} - set(job.operations)):
        reason = "the manners leave nothing that this operation could be tried on"
        ledger.add("trouble", operation=name, reason=reason, trouble="manners")
    for phases, operations in remaining_work(ledger.lines, job.operations, plan.fuzz_phases):
        part = replace(job, phases=phases, operations=operations, seconds=int(until - time.monotonic()))
        run_fuzz(part, ledger, progress, trace)
    for number in range(1, _SOAK_ROUNDS if "soak" in plan.tiers else 1):
        left = until - time.monotonic()
        if left < _LEAST_ROUND or any(line["trouble"] in ("throttled", *CUT) for line in ledger.of("trouble")):
            return
        progress(f"soaking, round {number + 1}")
        run_fuzz(replace(job, seed=plan.seed + number, seconds=int(left)), ledger, progress, trace, may_be_cut=True)


def _job(plan: Plan, atlas: Atlas, client: Client) -> Job:
    operations = [op for op in operations_of(plan) if _can_be_tried(plan, op, atlas)]
    addresses = {op.id: address for op in operations if (address := _address(op, atlas, plan))}
    extents = {name: getattr(plan.manners, name).value for name in ("may_create", "may_change", "may_delete")}
    return Job(
        promises=_promises(plan),
        contract=prepared(plan.contract.document, addresses),
        url=plan.target.url,
        operations=tuple(op.id for op in operations),
        auth={
            scheme: credential.value
            for scheme in plan.contract.security_schemes
            if (credential := plan.target.credential(scheme)) is not None
        },
        secrets=dict(plan.target.secrets.values),
        checks={**checks_for(plan.profile), **(dict.fromkeys(_READ_AT_ONCE, False) if plan.settle else {})},
        seed=plan.seed,
        max_examples=plan.max_examples,
        seconds=0,
        phases=plan.fuzz_phases,
        slowest=plan.limits.deadline,
        manners={} if plan.manners == DISPOSABLE else {**extents, "prefix": plan.manners.prefix},
        name=plan.name,
        trace=str(plan.trace.absolute()) if plan.trace is not None else None,
        rate=plan.rate,
        patience=client.pace.patience,
        ca=str(plan.target.ca) if plan.target.ca is not None else None,
    )


def _promises(plan: Plan) -> dict[str, str]:
    """What the fuzzer's model may speak of: a target that shows late what was done is not asked again by the fuzzer."""
    promises = promises_in(plan.requirements)
    if not plan.settle:
        return promises
    return {name: one for name, one in promises.items() if name.rpartition("/")[2] not in _SHOWN_LATE}


def _can_be_tried(plan: Plan, operation: Operation, atlas: Atlas) -> bool:
    """Whether the manners leave something that a generated request of the operation may be sent to."""
    deed = deed_of(operation)
    extent = plan.manners.extent(deed)
    if deed is Deed.READ or extent is Extent.ANYTHING:
        return True
    return extent is Extent.CREATED and bool(atlas.addresses(operation))


def _address(operation: Operation, atlas: Atlas, plan: Plan) -> Mapping[str, str] | None:
    """The address that the fuzzer starts from; for a change the oldest created thing, which is deleted last."""
    found = atlas.addresses(operation)
    if not found:
        return None
    is_kept = deed_of(operation) is Deed.CHANGE and plan.manners.may_change is Extent.CREATED
    return found[-1] if is_kept else found[0]
