from __future__ import annotations

from typing import Any

import pytest

from conformance.fuzzing.findings import PLACES, UNUSED
from conformance.verdict.outcome import Conclusion, conclude
from conformance.verdict.verdict import Outcome, Verdict, judge
from spec.requirements import Obligation, Requirement

KINDS = (
    "success",
    "no-server-error",
    "status",
    "media-type",
    "schema",
    "headers",
    "parameters",
    "body",
    "authentication",
)


def derived(kind: str) -> Requirement:
    return Requirement(f"act/{kind}", Obligation.MUST, "It holds.", "core", ("act",), kind, None, ())


def written(*operations: str, level: Obligation = Obligation.MUST) -> Requirement:
    return Requirement("rule", level, "It holds.", "core", operations or ("act",), "behaviour", "rule", ())


REQUIREMENTS = tuple(map(derived, KINDS))
CHECKS = {
    "status_code_conformance": "success",
    "content_type_conformance": "success",
    "response_schema_conformance": "success",
    "response_headers_conformance": "success",
}


def heading(*phases: str) -> dict[str, Any]:
    return {"kind": "run", "phases": list(phases)}


def closing(phase: str, operation: str = "act") -> dict[str, Any]:
    return {"kind": "closing", "operation": operation, "phase": phase, "status": "success", "reason": None}


def exchange(
    status: int = 200, *failures: dict[str, Any], negative: tuple[str, ...] = (), **more: Any
) -> dict[str, Any]:
    line = {
        "kind": "exchange",
        "id": "x1",
        "operation": "act",
        "source": "fuzz",
        "phase": "coverage",
        "request": {"method": "GET", "target": "/", "headers": {}, "body": ""},
        "answer": {"status": status, "headers": {}, "body": "{}", "bytes": 2, "seconds": 0.1},
        "trouble": None,
        "checks": CHECKS,
        "negative": list(negative),
        "failures": list(failures),
    }
    return {**line, **more}


def finding(code: str, **more: Any) -> dict[str, Any]:
    return {"code": code, "check": "some_check", "title": "A title", "message": "A message", **more}


def sight(word: str, operation: str = "act", requirement: str = "rule") -> dict[str, Any]:
    return {
        "kind": "observation",
        "requirement": requirement,
        "operation": operation,
        "check": "rule",
        "sight": word,
        "reason": f"saw {word}",
        "expected": "one thing",
        "seen": "another",
        "exchange": None,
    }


def outcomes(*lines: dict[str, Any], requirements: tuple[Requirement, ...] = REQUIREMENTS) -> dict[str, str]:
    return {
        verdict.requirement.id.removeprefix("act/"): verdict.outcome.value for verdict in judge(requirements, lines)
    }


def test_success_that_every_check_looked_at_passes() -> None:
    refused = exchange(400, negative=("query", "body"))
    seen = outcomes(heading(), exchange(), refused, sight("pass", requirement="act/authentication"))
    assert seen == dict.fromkeys(KINDS, "pass")


@pytest.mark.parametrize("kind", ["parameters", "body"])
def test_valid_requests_alone_do_not_show_that_invalid_ones_are_refused(kind: str) -> None:
    place = "query" if kind == "parameters" else "body"
    assert outcomes(heading(), exchange())[kind] == "inconclusive"
    assert outcomes(heading(), exchange(), exchange(400, negative=(place,)))[kind] == "pass"
    assert outcomes(heading(), exchange(), sight("pass", requirement=f"act/{kind}"))[kind] == "pass"


def test_where_nothing_is_invalid_valid_parameters_are_enough() -> None:
    nothing = sight("not applicable", requirement="act/parameters")
    assert outcomes(heading(), exchange(), nothing)["parameters"] == "pass"


def test_an_answer_without_a_body_says_nothing_of_its_shape() -> None:
    empty = exchange()
    empty["answer"] = {**empty["answer"], "body": "", "bytes": 0}
    seen = outcomes(heading(), empty)
    assert (seen["success"], seen["schema"], seen["media-type"]) == ("pass", "inconclusive", "inconclusive")


def test_a_failure_tells_how_often_it_was_seen() -> None:
    lines = [heading(), *[exchange(200, finding("ST401")) for _ in range(3)]]
    (verdict,) = [one for one in judge(REQUIREMENTS, lines) if one.outcome is Outcome.FAIL]
    assert verdict.observations == 3


def test_operation_that_never_succeeded_is_inconclusive_in_everything() -> None:
    assert outcomes(heading(), exchange(404), exchange(401)) == dict.fromkeys(KINDS, "inconclusive")


def test_nothing_sent_is_inconclusive() -> None:
    assert outcomes(heading()) == dict.fromkeys(KINDS, "inconclusive")


def test_success_that_nobody_examined_says_nothing_of_its_shape() -> None:
    seen = outcomes(heading(), exchange(source="scenario", checks={}))
    assert (seen["success"], seen["schema"], seen["media-type"]) == ("pass", "inconclusive", "inconclusive")


@pytest.mark.parametrize(
    ("code", "kind"),
    [
        ("ST101", "no-server-error"),
        ("ST103", "status"),
        ("ST105", "media-type"),
        ("ST107", "headers"),
        ("ST108", "schema"),
        ("ST203", "parameters"),
        ("ST302", "success"),
        ("ST401", "authentication"),
    ],
)
def test_finding_breaks_its_requirement_and_no_other(code: str, kind: str) -> None:
    seen = outcomes(heading(), exchange(), exchange(200, finding(code, offences=["query q: missing"])))
    assert [name for name, outcome in seen.items() if outcome == "fail"] == [kind]


def test_every_code_of_the_fuzzer_has_a_place_or_a_reason() -> None:
    from schemathesis.failure_codes import FAILURE_CLASSES  # heavy, and only this test needs it

    assert {failure.code for failure in FAILURE_CLASSES} == {
        code for code in {*PLACES, *UNUSED} if code.startswith("ST")
    }


def test_unknown_code_is_an_error_not_silence() -> None:
    verdicts = judge(REQUIREMENTS, [heading(), exchange(200, finding("ST999"))])
    assert [verdict.requirement.id for verdict in verdicts if verdict.outcome is Outcome.ERROR] == [
        "act/unplaced-ST999"
    ]
    assert conclude(verdicts, incomplete=False) is Conclusion.INCONCLUSIVE


@pytest.mark.parametrize(
    ("negative", "kind"), [(("body",), "body"), (("query",), "parameters"), (("path", "body"), "body"), ((), "body")]
)
def test_accepted_offence_is_placed_by_the_part_that_was_invalid(negative: tuple[str, ...], kind: str) -> None:
    line = exchange(200, finding("ST201", offences=["body : wrong"]), negative=negative)
    assert [name for name, outcome in outcomes(heading(), line).items() if outcome == "fail"] == [kind]


def test_finding_that_the_judge_dismissed_breaks_nothing() -> None:
    line = exchange(200, finding("ST201", offences=[], dismissed="it fits"), negative=("query",))
    assert "fail" not in outcomes(heading(), line).values()


@pytest.mark.parametrize(("status", "headers"), [(429, {}), (503, {"retry-after": "2"})])
def test_target_that_asks_for_patience_breaks_nothing(status: int, headers: dict[str, str]) -> None:
    line = exchange(status, finding("ST101"), finding("ST103"))
    line["answer"]["headers"] = headers
    assert set(outcomes(heading(), line).values()) == {"inconclusive"}


def test_server_error_to_a_plain_request_counts() -> None:
    assert outcomes(heading(), exchange(), exchange(500, source="scenario"))["no-server-error"] == "fail"


def test_failures_of_one_kind_are_one_failure_with_a_count() -> None:
    verdict = judge((derived("schema"),), [heading(), *[exchange(200, finding("ST108"))] * 5])[0]
    assert [(failure.code, failure.times) for failure in verdict.failures] == [("ST108", 5)]


def test_phase_that_was_not_finished_is_inconclusive() -> None:
    requirements = (derived("success"),)
    assert outcomes(heading("coverage"), exchange(), requirements=requirements) == {"success": "inconclusive"}
    assert outcomes(heading("coverage"), exchange(), closing("coverage"), requirements=requirements) == {
        "success": "pass"
    }


def test_trouble_leaves_what_was_broken_broken_and_the_rest_open() -> None:
    trouble = {"kind": "trouble", "operation": "*", "reason": "cut", "trouble": "budget"}
    seen = outcomes(heading(), exchange(), exchange(500, finding("ST101")), trouble)
    assert (seen["no-server-error"], seen["success"]) == ("fail", "inconclusive")


@pytest.mark.parametrize(
    ("sights", "outcome"),
    [
        ([], "inconclusive"),
        (["pass"], "pass"),
        (["pass", "unseen"], "pass"),
        (["pass", "inconclusive"], "pass"),
        (["unseen"], "inconclusive"),
        (["not applicable"], "not applicable"),
        (["fail", "pass"], "fail"),
        (["error", "pass"], "error"),
    ],
)
def test_sightings_of_one_operation_add_up(sights: list[str], outcome: str) -> None:
    assert outcomes(heading(), *map(sight, sights), requirements=(written(),)) == {"rule": outcome}


@pytest.mark.parametrize(
    ("first", "second", "outcome"),
    [
        ("pass", "unseen", "pass"),
        ("pass", "inconclusive", "inconclusive"),
        ("pass", "fail", "fail"),
        ("unseen", "unseen", "inconclusive"),
    ],
)
def test_requirement_takes_the_gravest_of_its_operations(first: str, second: str, outcome: str) -> None:
    lines = [sight(first, "act"), sight(second, "other")]
    assert outcomes(heading(), *lines, requirements=(written("act", "other"),)) == {"rule": outcome}


def given(outcome: Outcome, level: Obligation = Obligation.MUST) -> Verdict:
    return Verdict(written(level=level), outcome, 1, "")


@pytest.mark.parametrize(
    ("verdicts", "incomplete", "conclusion"),
    [
        ([given(Outcome.PASS)], False, Conclusion.CONFORMANT),
        ([given(Outcome.PASS), given(Outcome.NOT_APPLICABLE)], False, Conclusion.CONFORMANT),
        ([given(Outcome.PASS), given(Outcome.FAIL, Obligation.SHOULD)], False, Conclusion.CONFORMANT),
        ([given(Outcome.PASS), given(Outcome.INCONCLUSIVE, Obligation.MAY)], False, Conclusion.CONFORMANT),
        ([given(Outcome.PASS), given(Outcome.INCONCLUSIVE)], False, Conclusion.INCONCLUSIVE),
        ([given(Outcome.PASS), given(Outcome.ERROR)], False, Conclusion.INCONCLUSIVE),
        ([given(Outcome.NOT_APPLICABLE)], False, Conclusion.INCONCLUSIVE),
        ([], False, Conclusion.INCONCLUSIVE),
        ([given(Outcome.PASS)], True, Conclusion.INCOMPLETE),
        ([given(Outcome.FAIL), given(Outcome.INCONCLUSIVE)], True, Conclusion.VIOLATIONS),
    ],
)
def test_only_a_must_decides(verdicts: list[Verdict], incomplete: bool, conclusion: Conclusion) -> None:
    assert conclude(verdicts, incomplete=incomplete) is conclusion
