"""The recording: what the fuzzer did and found, as lines of the ledger."""

from __future__ import annotations

from collections.abc import Container, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from schemathesis.core.errors import NoLinksFound
from schemathesis.engine import Status, events
from schemathesis.engine.recorder import ScenarioRecorder
from schemathesis.generation.case import Case as AnyCase

from conformance.exchange.exchange import Answer, Exchange, Request, exchange_line
from conformance.fuzzing.job import EVERY_OPERATION
from conformance.fuzzing.lifeline import Writer
from conformance.model import Model
from conformance.secret import Secrets
from conformance.verdict.judge import Judge
from conformance.verdict.second_opinion import second_opinion
from spec.contract import Contract

Case = AnyCase[Any]
"""A generated request, whatever the kind of schema it comes from."""


class Recording:
    """Turns events of the fuzzer into ledger lines."""

    def __init__(
        self,
        contract: Contract,
        judge: Judge,
        writer: Writer,
        secrets: Secrets,
        model: Model,
        redirected: Container[str] = (),
    ) -> None:
        """`redirected`: ids of cases that were sent to something else than they were made for."""
        self._contract = contract
        self._redirected = redirected
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
                case_id, operation_of(case), _request(interaction.request, case), answer_of(interaction.response)
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
                self._writer.write("observation", source="model", **fields, **asdict(remark.sighting))

    def _failure(self, check: Any, exchange: Exchange) -> dict[str, Any]:
        failure = check.failure_info.failure
        line = {"code": failure.code, "check": check.name, "title": failure.title, "message": failure.message[:2000]}
        operation = self._contract.by_id.get(exchange.operation)
        if operation is not None:
            opinion = second_opinion(self._judge, operation, exchange.request, failure.code, exchange.answer)
            line.update(opinion)
        if failure.code == _NOT_THERE and exchange.id in self._redirected:
            line["dismissed"] = "the request was led away from what had been created, so as to keep the manners"
        return line


_NOT_THERE = "ST302"
"""Code of something that was created and is not there."""

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


def answer_of(response: Any) -> Answer | None:
    """The answer that a response of the fuzzer holds; None for none."""
    if response is None:
        return None
    headers = {name.lower(): ", ".join(values) for name, values in response.headers.items()}
    return Answer(response.status_code, headers, response.content or b"", float(response.elapsed))


def _reason(phase: Any) -> str | None:
    return phase.skip_reason.value if phase.skip_reason is not None else None


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0][:400] or "an error without words"
