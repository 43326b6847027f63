"""Verdicts: what the lines of a ledger say about each requirement. Pure: no socket, no clock, no file."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from conformance.fuzzing.findings import PLACES, words_of
from conformance.ledger import Line
from conformance.verdict.evidence import Evidence, evidence_of, unfinished
from conformance.verdict.examiner import HEADERS, MEDIA_TYPE, METHOD, SCHEMA, STATUS
from spec.requirements import Obligation, Requirement


class Outcome(StrEnum):
    """What can be said of a requirement, gravest first."""

    FAIL = "fail"
    ERROR = "error"
    INCONCLUSIVE = "inconclusive"
    WAIVED = "waived"
    PASS = "pass"  # noqa: S105  a verdict, no credential
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True)
class Failure:
    """One way in which a requirement was broken; `exchange` is the id of the ledger's line that shows it.

    times: how many exchanges showed the same.
    """

    operation: str
    code: str
    expected: str
    seen: str
    exchange: str | None
    times: int = 1


@dataclass(frozen=True, slots=True)
class Verdict:
    """A requirement judged; `observations` counts the exchanges or sightings that the outcome stands on."""

    requirement: Requirement
    outcome: Outcome
    observations: int
    reason: str
    failures: tuple[Failure, ...] = ()


def judge(requirements: Sequence[Requirement], lines: Iterable[Line]) -> tuple[Verdict, ...]:
    """A verdict for every requirement, in their order, and an error for every finding that fits none of them."""
    evidence = evidence_of(lines)
    placed, stray = place_findings(requirements, evidence)
    verdicts = [
        _written(requirement, evidence) if requirement.behaviour else _derived(requirement, evidence, placed)
        for requirement in requirements
    ]
    return (*verdicts, *stray)


def place_findings(
    requirements: Sequence[Requirement], evidence: Evidence
) -> tuple[dict[str, list[Failure]], list[Verdict]]:
    """Failures by requirement id, and errors for findings that the table or the contract has no place for."""
    ids = {requirement.id: requirement for requirement in requirements}
    operations = {name for requirement in requirements for name in requirement.operations}
    placed: dict[str, list[Failure]] = defaultdict(list)
    strays: dict[tuple[str, str], Line] = {}
    for operation in sorted(operations & set(evidence.exchanges)):
        for line in evidence.exchanges[operation]:
            for finding in _findings(line):
                if _is_throttled(line) or finding.get("dismissed"):
                    continue
                kinds = _kinds(finding["code"], line)
                home = next((f"{operation}/{kind}" for kind in kinds if f"{operation}/{kind}" in ids), None)
                if home is None:
                    strays.setdefault((operation, finding["code"]), finding)
                else:
                    placed[home].append(_failure(operation, finding, line))
    return {name: _grouped(failures) for name, failures in placed.items()}, [
        _stray(operation, code, finding) for (operation, code), finding in strays.items()
    ]


def _findings(line: Line) -> list[Line]:
    found = list(line["failures"])
    answer = line["answer"]
    if line["source"] == "scenario" and answer and answer["status"] >= 500 and METHOD not in line["checks"]:
        # A plain request is as good a witness of a server error as a generated one.
        found.append({"code": "ST101", "title": "Server error", "message": ""})
    return found


def _is_throttled(line: Line) -> bool:
    """Whether the target only asked for patience, which says nothing about its promises."""
    answer = line["answer"]
    if not answer:
        return False
    return answer["status"] == 429 or (answer["status"] == 503 and "retry-after" in answer["headers"])


def _kinds(code: str, line: Line) -> tuple[str, ...]:
    kinds = PLACES.get(code, ())
    if code == "ST201" and line["negative"] and "body" not in line["negative"]:
        return tuple(reversed(kinds))
    return kinds


def _failure(operation: str, finding: Line, line: Line) -> Failure:
    status = line["answer"]["status"] if line["answer"] else None
    seen = f"status {status}" if status is not None else line["trouble"] or "no answer"
    detail = words_of(finding["code"], finding["message"])
    offences = "; ".join(finding.get("offences", []))
    expected = _EXPECTED.get(finding["code"], finding["title"])
    return Failure(operation, finding["code"], expected, "; ".join(filter(None, (seen, offences, detail))), line["id"])


_EXPECTED: Mapping[str, str] = {
    "ST101": "no server error",
    "ST103": "a documented status code",
    STATUS: "a documented status code",
    MEDIA_TYPE: "a documented media type",
    SCHEMA: "an answer of the documented shape",
    HEADERS: "the documented header fields",
    "ST104": "a Content-Type field",
    "ST105": "a documented media type",
    "ST107": "the documented header fields",
    "ST108": "an answer of the documented shape",
    "ST109": "a body that is JSON",
    "ST201": "a refusal with 4xx of a request that breaks the contract",
    "ST202": "success for a request that fits the contract",
    "ST203": "a refusal of a request without a required header field",
    "ST204": "405 for a method that the contract does not have",
    "ST205": "an Allow field that lists the methods of the contract",
    "ST301": "404 for what was deleted",
    "ST302": "success for what was just created",
    "ST401": "a refusal of a request without valid credentials",
}


def _grouped(failures: list[Failure]) -> list[Failure]:
    """One failure for each code, with the shortest story, and how often it was seen."""
    by_code: dict[str, list[Failure]] = defaultdict(list)
    for failure in failures:
        by_code[failure.code].append(failure)
    found = []
    for alike in by_code.values():
        first = min(alike, key=lambda failure: len(failure.seen))
        found.append(Failure(first.operation, first.code, first.expected, first.seen, first.exchange, times=len(alike)))
    return found


def _stray(operation: str, code: str, finding: Line) -> Verdict:
    requirement = Requirement(
        id=f"{operation}/unplaced-{code}",
        level=Obligation.MUST,
        text=f"The kit has a place for every finding; {finding['title']!r} ({code}) on {operation} has none.",
        capability="core",
        operations=(operation,),
        kind="unplaced",
        behaviour=None,
        sources=(),
    )
    return Verdict(requirement, Outcome.ERROR, 1, " ".join(finding["message"].split())[:400] or finding["title"])


def _derived(requirement: Requirement, evidence: Evidence, placed: Mapping[str, list[Failure]]) -> Verdict:
    operation = requirement.operations[0]
    failures = placed.get(requirement.id, [])
    seen = _observed(requirement, evidence)
    failures = [*failures, *_sighted_failures(evidence.observations[requirement.id])]
    if failures:
        shown = max(seen, sum(failure.times for failure in failures))
        return Verdict(requirement, Outcome.FAIL, shown, failures[0].seen, tuple(failures))
    gap = unfinished(operation, evidence)
    if gap is not None:
        return Verdict(requirement, Outcome.INCONCLUSIVE, seen, gap)
    if not _succeeded(operation, evidence):
        return Verdict(requirement, Outcome.INCONCLUSIVE, seen, f"no request to {operation} ever succeeded")
    if seen == 0:
        return _unseen(requirement, evidence)
    if requirement.kind in _PARTS and not _invalid_was_sent(requirement, evidence):
        return Verdict(requirement, Outcome.INCONCLUSIVE, seen, "nothing invalid was sent")
    return Verdict(requirement, Outcome.PASS, seen, f"{seen} observations")


_CHECKED_BY: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "status": ("status_code_conformance", STATUS),
        "media-type": ("content_type_conformance", MEDIA_TYPE),
        "schema": ("response_schema_conformance", SCHEMA),
        "headers": ("response_headers_conformance", HEADERS),
    }
)
"""Kind of requirement to the checks that look for it: the fuzzer's, and our examiner's."""


_OF_CONTENT = frozenset({"media-type", "schema"})
"""Kinds that an answer without a body says nothing about."""
_NO_CONTENT = 204
_PARTS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {"body": ("body",), "parameters": ("path", "query", "header", "cookie")}
)
"""Kinds that speak of requests, and the parts of a request that each is about."""


def _observed(requirement: Requirement, evidence: Evidence) -> int:
    """How many exchanges could have shown the promise broken, and did not."""
    kind = requirement.kind
    lines = [line for line in evidence.exchanges[requirement.operations[0]] if line["answer"]]
    if kind == "authentication":
        return sum(line["sight"] == "pass" for line in evidence.observations[requirement.id])
    if kind == "no-server-error":
        return len(lines)
    if kind == "success":
        return sum(_accepted(line) for line in lines)
    if kind in _CHECKED_BY:
        # A refusal is easily of the right shape; only a success shows what the operation really answers.
        checked = [line for line in lines if _is_checked(line, _CHECKED_BY[kind])]
        if kind in _OF_CONTENT:
            checked = [line for line in checked if line["answer"]["body"]]
        # Where a success has nothing to look at, such as 204, refusals are all there is.
        return sum(map(_accepted, checked)) or (len(checked) if any(map(_accepted, lines)) else 0)
    sightings = sum(1 for line in evidence.observations[requirement.id] if line["sight"] == "pass")
    return sightings + sum(1 for line in lines if _accepted(line) or _refused(line, _PARTS[kind]))


def _invalid_was_sent(requirement: Requirement, evidence: Evidence) -> bool:
    """Whether something invalid was refused, or there is nothing invalid to send."""
    sights = {line["sight"] for line in evidence.observations[requirement.id]}
    lines = evidence.exchanges[requirement.operations[0]]
    return bool(sights & {"pass", "not applicable"}) or any(
        line["answer"] and _refused(line, _PARTS[requirement.kind]) for line in lines
    )


def _is_checked(line: Line, names: Iterable[str]) -> bool:
    return any(line["checks"].get(name) == "success" for name in names)


def _accepted(line: Line) -> bool:
    return 200 <= int(line["answer"]["status"]) < 300


def _refused(line: Line, parts: tuple[str, ...]) -> bool:
    return 400 <= int(line["answer"]["status"]) < 500 and bool(set(line["negative"]) & set(parts))


def _succeeded(operation: str, evidence: Evidence) -> bool:
    return any(line["answer"] and _accepted(line) for line in evidence.exchanges[operation])


def _sighted_failures(lines: Iterable[Line]) -> list[Failure]:
    return [
        Failure(line["operation"], line["check"], line["expected"], line["seen"], line["exchange"])
        for line in lines
        if line["sight"] == "fail"
    ]


def _unseen(requirement: Requirement, evidence: Evidence) -> Verdict:
    """The verdict on what no exchange of an operation that succeeded could show."""
    lines = [line for line in evidence.exchanges[requirement.operations[0]] if line["answer"] and _accepted(line)]
    if requirement.kind in _OF_CONTENT and all(line["answer"]["status"] == _NO_CONTENT for line in lines):
        return Verdict(requirement, Outcome.NOT_APPLICABLE, 0, "every success was 204, which has no body")
    sightings = evidence.observations[requirement.id]
    reason = str(sightings[0]["reason"]) if sightings else "nothing that was sent could show it"
    return Verdict(requirement, Outcome.INCONCLUSIVE, 0, reason)


def _written(requirement: Requirement, evidence: Evidence) -> Verdict:
    lines = evidence.observations[requirement.id]
    seen = sum(line["sight"] in ("pass", "fail") for line in lines)
    failures = tuple(_sighted_failures(lines))
    if failures:
        return Verdict(requirement, Outcome.FAIL, seen, failures[0].seen, failures)
    states = {operation: _of_operation(operation, lines) for operation in requirement.operations}
    for word, outcome in (("error", Outcome.ERROR), ("inconclusive", Outcome.INCONCLUSIVE), ("pass", Outcome.PASS)):
        if word in states.values():
            return Verdict(
                requirement, outcome, seen, _reason(lines, word) if word != "pass" else f"{seen} observations"
            )
    if "unseen" in states.values():
        return Verdict(requirement, Outcome.INCONCLUSIVE, seen, _reason(lines, "unseen"))
    return Verdict(requirement, Outcome.NOT_APPLICABLE, seen, _reason(lines, "not applicable"))


def _of_operation(operation: str, lines: Iterable[Line]) -> str:
    """What the sightings of one operation come to: a pass anywhere outweighs places where nothing could be seen."""
    sights = {line["sight"] for line in lines if line["operation"] == operation}
    for word in ("error", "pass", "inconclusive", "unseen", "not applicable"):
        if word in sights:
            return word
    return "inconclusive"


def _reason(lines: Iterable[Line], word: str) -> str:
    found = next((line for line in lines if line["sight"] == word), None)
    return f"{found['operation']}: {found['reason']}" if found else "no check was made"
