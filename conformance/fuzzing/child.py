"""The fuzzer's own process: reads a `Job` from standard input and writes ledger lines to standard output.

Only this module and `recording` import schemathesis. It runs apart from the kit because a hostile answer can exhaust
its stack or memory, or stall it for ever; then only this process ends, and the lines it wrote remain.
"""

from __future__ import annotations

import contextlib
import gc
import os
import resource
import sys
from collections.abc import Container, Iterator
from pathlib import Path
from secrets import token_hex
from typing import Any

import schemathesis
from hypothesis.internal.conjecture import providers
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import events, from_schema

from conformance.fuzzing.chaperone import Chaperone
from conformance.fuzzing.job import EVERY_OPERATION, Job, job_from
from conformance.fuzzing.lifeline import THROTTLED, Watchdog, Writer
from conformance.fuzzing.recording import Case, Recording, answer_of, negative_parts, operation_of
from conformance.fuzzing.transport import GentleAdapter
from conformance.manners.etiquette import Etiquette
from conformance.manners.manners import DISPOSABLE, Extent, Manners
from conformance.manners.pacing import Pace
from conformance.manners.trace import Trace
from conformance.model import Model
from conformance.run.lock import held
from conformance.secret import Secrets
from conformance.verdict.judge import Judge
from spec.contract import Contract
from spec.contract_reader import contract_from

_YOUNG = 1_000_000
"""Objects that may be made before unreachable ones are looked for: more than most runs make, some 100 MiB."""


def main() -> int:
    """Run the job on standard input; returns the exit code."""
    # Whatever a library prints must not get between the lines.
    out, sys.stdout = sys.stdout, sys.stderr
    job = job_from(sys.stdin.read())
    prepare_process()
    if job.memory is not None:
        resource.setrlimit(resource.RLIMIT_AS, (job.memory, job.memory))
    writer = Writer(out, Secrets(job.secrets))
    watchdog = Watchdog(writer, job.slowest)
    watchdog.start()
    contract = contract_from(job.contract)
    with _claimed(job):
        run(job, contract, writer, watchdog)
    return 0


def prepare_process() -> None:
    """Make this process the fuzzer's own: it spends its time on cases, and makes the same ones wherever it runs."""
    # Making cases leaves so much that is unreachable that looking for it would take a sixth of the time.
    gc.freeze()
    gc.set_threshold(_YOUNG, 2, 2)
    # Where the kit is a checkout, the fuzzer would read it as the program under test and try the numbers and words that
    # it finds there: any change of ours would change what a seed makes, and an installed kit would make other cases.
    providers.is_local_module_file = lambda _path: False  # type: ignore[attr-defined, assignment]


@contextlib.contextmanager
def _claimed(job: Job) -> Iterator[None]:
    """Hold the list of created things: whoever goes on with a run that was killed waits for our last line in it."""
    if job.trace is None:
        yield
        return
    Path(job.trace).touch()
    with held(Path(job.trace)):
        yield


def run(job: Job, contract: Contract, writer: Writer, watchdog: Watchdog) -> None:
    """Run every phase over the selected operations and write down what happens."""
    schema: Any = schemathesis.openapi.from_dict(
        dict(job.contract), config=SchemathesisConfig.from_dict(configuration(job))
    )
    skipped = sorted(set(contract.by_id) - set(job.operations))
    if skipped:
        schema = schema.exclude(operation_id=skipped)
    redirected = _accompany(job, contract, writer, watchdog)
    model = Model(contract, job.promises)
    recording = Recording(contract, Judge(contract), writer, Secrets(job.secrets), model, redirected)
    for event in from_schema(schema).execute():
        if isinstance(event, events.ScenarioFinished):
            watchdog.end(before=event.timestamp)
        recording.take(event)


def configuration(job: Job) -> dict[str, Any]:
    """The fuzzer's configuration for a job."""
    return {
        "base-url": job.url,
        "seed": job.seed,
        "workers": 1,
        "max-redirects": 0,
        "tls-verify": True if job.ca is None else job.ca,
        "request-timeout": min(10.0, job.slowest),
        "continue-on-failure": True,
        "warnings": False,
        "cache": {"enabled": False},
        "auth": {"openapi": _auth(job)} if job.auth else {},
        "checks": {name: {"enabled": enabled} for name, enabled in job.checks.items()},
        "generation": {"max-examples": job.max_examples, "database": "none", "no-shrink": True},
        "phases": {
            **{name: {"enabled": name in job.phases} for name in ("examples", "fuzzing")},
            "coverage": _coverage(job),
            "stateful": {
                "enabled": "stateful" in job.phases,
                "generation": {"max-examples": max(job.max_examples // 2, 5)},
            },
        },
    }


def _auth(job: Job) -> dict[str, dict[str, str]]:
    schemes = job.contract.get("components", {}).get("securitySchemes", {})
    return {
        name: {"bearer" if schemes[name]["type"] == "http" else "api_key": value} for name, value in job.auth.items()
    }


def _accompany(job: Job, contract: Contract, writer: Writer, watchdog: Watchdog) -> Container[str]:
    """Have every request watched, kept to the manners, and sent at the right pace; tells which were redirected."""
    chaperone = Chaperone(_etiquette(job, contract, writer), job.name, negative_parts)

    def before_call(_context: Any, case: Case, _kwargs: Any) -> None:
        operation = contract.by_id.get(operation_of(case))
        if operation is not None:
            chaperone.before(operation, case)
        watchdog.begin(operation_of(case), f"{case.method} {case.operation.path}")

    def after_call(_context: Any, case: Case, response: Any) -> None:
        watchdog.end()
        operation, answer = contract.by_id.get(operation_of(case)), answer_of(response)
        if operation is not None and answer is not None:
            chaperone.after(operation, case, answer)

    def after_network_error(_context: Any, _case: Case, _request: Any) -> None:
        watchdog.end()

    def flaky(target: str, times: int) -> None:
        writer.write("flaky", operation=EVERY_OPERATION, target=target, status=503, times=times)

    def spent(reason: str) -> None:
        writer.write("trouble", operation=EVERY_OPERATION, reason=reason, trouble="throttled")
        os._exit(THROTTLED)

    schemathesis.hook("after_network_error")(after_network_error)
    schemathesis.hook("before_call")(before_call)
    schemathesis.hook("after_call")(after_call)
    GentleAdapter(Pace(job.rate, job.patience), flaky, spent, watchdog.rest).install()
    return chaperone.redirected


def _etiquette(job: Job, contract: Contract, writer: Writer) -> Etiquette:
    path = Path(job.trace) if job.trace else None
    trace = Trace(job.name, path, stem=f"fuzz-{token_hex(4)}", secrets=Secrets(job.secrets))
    for line in job.created:
        trace.take(line, write=False)
    trace.told = lambda line: writer.write("trace", line=line)
    return Etiquette(contract, _manners(job), trace)


def _manners(job: Job) -> Manners:
    if not job.manners:
        return DISPOSABLE
    extents = {name: Extent(value) for name, value in job.manners.items() if name != "prefix"}
    return Manners(**extents, prefix=job.manners["prefix"])


def _coverage(job: Job) -> dict[str, Any]:
    """The coverage phase; where manners count, of methods that the contract lacks only harmless ones are tried."""
    phase: dict[str, Any] = {"enabled": "coverage" in job.phases}
    if _manners(job) != DISPOSABLE:
        phase["unexpected-methods"] = ["get", "options", "query", "trace"]
    return phase


if __name__ == "__main__":
    code = main()
    # Every line is out. What an orderly end would free, object by object, the system takes back at once.
    os._exit(code)
