"""The fuzzer's own process: reads a `Job` from standard input and writes ledger lines to standard output.

Only this module imports schemathesis. It runs apart from the kit because a hostile answer can exhaust its
stack or memory, or stall it for ever; then only this process ends, and the lines it wrote remain.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any, TextIO

import schemathesis
from schemathesis.config import SchemathesisConfig
from schemathesis.core.errors import NoLinksFound
from schemathesis.engine import Status, events, from_schema
from schemathesis.engine.recorder import ScenarioRecorder
from schemathesis.generation.case import Case as AnyCase

from conformance.exchange import Answer, Exchange, Request, exchange_line
from conformance.fuzzing.chaperone import Chaperone
from conformance.fuzzing.job import EVERY_OPERATION, Job, job_from
from conformance.fuzzing.transport import GentleAdapter
from conformance.judge import Judge, second_opinion
from conformance.manners.etiquette import Etiquette
from conformance.manners.manners import DISPOSABLE, Extent, Manners
from conformance.manners.pacing import Pace
from conformance.manners.trace import Trace
from conformance.model import Model
from conformance.secret import Secrets
from spec.contract import Contract
from spec.contract_reader import contract_from

STALLED = 70
"""Exit code after an exchange took too long; a `trouble` line names the operation."""
THROTTLED = 71
"""Exit code when the target asked for more patience than a run has; a `trouble` line says so."""
ABANDONED = 72
"""Exit code when the process that reads our lines is gone."""


Case = AnyCase[Any]
"""A generated request, whatever the kind of schema it comes from."""


class Writer:
    """Writes lines, one whole line at a time, from whichever thread."""

    def __init__(self, out: TextIO, secrets: Secrets) -> None:
        self._out = out
        self._secrets = secrets
        self._lock = threading.Lock()

    def write(self, kind: str, **fields: Any) -> None:
        """Write one line, masked, and flush it."""
        text = json.dumps(self._secrets.mask_all({"kind": kind, **fields}), default=str)
        with self._lock:
            try:
                self._out.write(text + "\n")
                self._out.flush()
            except BrokenPipeError:
                os._exit(ABANDONED)  # nobody is there to clean up after us: send nothing more


class Watchdog:
    """Ends the process when one exchange outlasts its time: no limit of the HTTP library stops a dripping body."""

    def __init__(self, writer: Writer, slowest: float) -> None:
        self._writer = writer
        self._slowest = slowest
        self._current: tuple[str, str, float] | None = None
        self._parent = os.getppid()

    def start(self) -> None:
        """Watch from a thread that does not keep the process alive."""
        threading.Thread(target=self._watch, daemon=True, name="watchdog").start()

    def begin(self, operation: str, target: str) -> None:
        """An exchange begins."""
        self._current = (operation, target, time.time())

    def end(self, before: float | None = None) -> None:
        """The exchange is over; with `before`, only if it began before that time.

        Events come through a queue, so by the time one is read the next exchange may have begun.
        """
        current = self._current
        if before is None or (current is not None and current[2] <= before):
            self._current = None

    def rest(self) -> None:
        """The exchange waited for its turn: its time begins again."""
        if self._current is not None:
            self._current = (*self._current[:2], time.time())

    def _watch(self) -> None:
        while True:
            time.sleep(min(0.5, self._slowest / 4))
            if os.getppid() != self._parent:
                os._exit(ABANDONED)
            current = self._current
            if current is not None and time.time() - current[2] > self._slowest:
                reason = f"slow body or no end: {current[1]} took more than {self._slowest:g} s"
                self._writer.write("trouble", operation=current[0], reason=reason, trouble="stalled")
                os._exit(STALLED)


def main() -> int:
    """Run the job on standard input; returns the exit code."""
    # Whatever a library prints must not get between the lines.
    out, sys.stdout = sys.stdout, sys.stderr
    job = job_from(sys.stdin.read())
    if job.memory is not None:
        resource.setrlimit(resource.RLIMIT_AS, (job.memory, job.memory))
    writer = Writer(out, Secrets(job.secrets))
    watchdog = Watchdog(writer, job.slowest)
    watchdog.start()
    contract = contract_from(job.contract)
    run(job, contract, writer, watchdog)
    return 0


def run(job: Job, contract: Contract, writer: Writer, watchdog: Watchdog) -> None:
    """Run every phase over the selected operations and write down what happens."""
    schema: Any = schemathesis.openapi.from_dict(
        dict(job.contract), config=SchemathesisConfig.from_dict(configuration(job))
    )
    skipped = sorted(set(contract.by_id) - set(job.operations))
    if skipped:
        schema = schema.exclude(operation_id=skipped)
    _accompany(job, contract, writer, watchdog)
    recording = Recording(contract, Judge(contract), writer, Secrets(job.secrets), Model(contract, job.promises))
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


def _accompany(job: Job, contract: Contract, writer: Writer, watchdog: Watchdog) -> None:
    """Have every request watched, kept to the manners, and sent at the right pace."""
    chaperone = Chaperone(_etiquette(job, contract, writer), job.name, negative_parts)

    def before_call(_context: Any, case: Case, _kwargs: Any) -> None:
        operation = contract.by_id.get(operation_of(case))
        if operation is not None:
            chaperone.before(operation, case)
        watchdog.begin(operation_of(case), f"{case.method} {case.operation.path}")

    def after_call(_context: Any, case: Case, response: Any) -> None:
        watchdog.end()
        operation, answer = contract.by_id.get(operation_of(case)), _answer(response)
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


def _etiquette(job: Job, contract: Contract, writer: Writer) -> Etiquette:
    trace = Trace(job.name, Path(job.trace) if job.trace else None, stem=f"fuzz-{os.getpid()}")
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


class Recording:
    """Turns events of the fuzzer into ledger lines."""

    def __init__(self, contract: Contract, judge: Judge, writer: Writer, secrets: Secrets, model: Model) -> None:
        self._contract = contract
        self._judge = judge
        self._model = model
        self._writer = writer
        self._secrets = secrets
        self._labels = {f"{op.method.upper()} {op.path}": op.id for op in contract.operations}
        self._idle: dict[str, str] = {}

    def take(self, event: events.EngineEvent) -> None:
        """Write what one event tells."""
        if isinstance(event, events.ScenarioStarted):
            self._writer.write("opening", operation=self._labels.get(str(event.label), EVERY_OPERATION))
        elif isinstance(event, events.ScenarioFinished) and event.phase.name in _PHASES:
            phase = _PHASES[event.phase.name]
            for line in self._exchanges(event.recorder, phase):
                self._writer.write("exchange", **line)
            self._close(phase, self._labels.get(str(event.label), EVERY_OPERATION), event.status, event.skip_reason)
        elif isinstance(event, events.PhaseFinished) and event.phase.name.name in _PHASES:
            name = _PHASES[event.phase.name.name]
            status = Status.SKIP if name in self._idle else event.status
            self._close(name, EVERY_OPERATION, status, self._idle.get(name) or _reason(event.phase), whole=True)
        elif isinstance(event, events.NonFatalError) and isinstance(event.value, NoLinksFound):
            # Nothing of what was selected leads anywhere: then there are no chains to go through.
            self._idle[_PHASES["STATEFUL_TESTING"]] = _first_line(event.info.message)
        elif isinstance(event, events.NonFatalError):
            operation = self._labels.get(event.label, EVERY_OPERATION)
            self._writer.write("trouble", operation=operation, reason=_first_line(event.info.message), trouble="error")
        elif isinstance(event, events.FatalError):
            self._writer.write("trouble", operation=EVERY_OPERATION, reason=repr(event.exception), trouble="crash")
        elif isinstance(event, events.EngineFinished):
            self._writer.write("finished", reason=event.stop_reason.value, seconds=round(event.running_time, 2))

    def _close(self, phase: str, operation: str, status: Status, reason: str | None, *, whole: bool = False) -> None:
        more = {"whole": True} if whole else {}
        self._writer.write("closing", operation=operation, phase=phase, status=status.value, reason=reason, **more)

    def _exchanges(self, recorder: ScenarioRecorder, phase: str) -> Iterator[dict[str, Any]]:
        for case_id, interaction in recorder.interactions.items():
            node = recorder.cases.get(case_id)
            if node is None:
                continue
            case = node.value
            exchange = Exchange(
                case_id, operation_of(case), _request(interaction.request, case), _answer(interaction.response)
            )
            nodes = recorder.checks.get(case_id, [])
            failures = [self._failure(check, exchange) for check in nodes if check.failure_info is not None]
            yield {
                "source": "fuzz",
                "phase": phase,
                **exchange_line(exchange, self._secrets),
                "method": case.method,
                "trouble": None if interaction.response is not None else "no answer",
                "negative": negative_parts(case),
                "checks": {check.name: check.status.value for check in nodes},
                "failures": failures,
            }
            for remark in self._model.see(exchange):
                fields = {"requirement": remark.requirement, "operation": remark.operation, "check": remark.behaviour}
                self._writer.write("observation", **fields, **asdict(remark.sighting))

    def _failure(self, check: Any, exchange: Exchange) -> dict[str, Any]:
        failure = check.failure_info.failure
        line = {"code": failure.code, "check": check.name, "title": failure.title, "message": failure.message[:2000]}
        operation = self._contract.by_id.get(exchange.operation)
        if operation is not None:
            opinion = second_opinion(self._judge, operation, exchange.request, failure.code, exchange.answer)
            line.update(opinion)
        return line


_PHASES: Mapping[str, str] = {
    "EXAMPLES": "examples",
    "COVERAGE": "coverage",
    "FUZZING": "fuzzing",
    "STATEFUL_TESTING": "stateful",
}


def operation_of(case: Case) -> str:
    """The operationId of a case."""
    return str(case.operation.definition.raw.get("operationId", case.operation.label))


def negative_parts(case: Case) -> list[str]:
    """Parts of the request that were made invalid on purpose: "path", "query", "header", "body"."""
    if case.meta is None:
        return []
    names = {"path_parameters": "path", "headers": "header", "cookies": "cookie"}
    return [
        names.get(str(location.value), str(location.value))
        for location, part in case.meta.components.items()
        if part.mode.is_negative
    ]


def _request(request: Any, case: Case) -> Request:
    base = case.operation.base_url or ""
    headers = {name.lower(): ", ".join(map(str, values)) for name, values in request.headers.items()}
    target = request.uri.removeprefix(base) if base and request.uri.startswith(base) else _path_of(request.uri)
    return Request(request.method, target, headers, request.body or b"")


def _path_of(uri: str) -> str:
    return "/" + uri.partition("://")[2].partition("/")[2]


def _answer(response: Any) -> Answer | None:
    if response is None:
        return None
    headers = {name.lower(): ", ".join(values) for name, values in response.headers.items()}
    return Answer(response.status_code, headers, response.content or b"", float(response.elapsed))


def _reason(phase: Any) -> str | None:
    return phase.skip_reason.value if phase.skip_reason is not None else None


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0][:400] or "an error without words"


if __name__ == "__main__":
    sys.exit(main())
