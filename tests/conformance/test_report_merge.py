"""Shards of a run become one run, and nothing that does not belong together does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from conformance.errors import LedgerError
from conformance.ledger import Ledger, Line
from conformance.reporting.merge import merge_ledgers
from conformance.reporting.report import report_document

RUN = {
    "tool": "mockproof 0", "target": "http://x", "contract": {"title": "Tray", "version": "1", "digest": "d" * 64},
    "profile": "full", "seed": 3, "phases": ["coverage", "stateful"], "variables": ["TOKEN"],
}  # fmt: skip


def shard(
    operation: str,
    *,
    status: int = 200,
    walk: str = "pass",
    closed: Sequence[str] = ("coverage", "stateful"),
    conclusion: str = "conformant",
    verdicts: dict[str, dict[str, Any]] | None = None,
    **run: Any,
) -> list[Line]:
    """The ledger of a run over one operation with a derived and a written requirement."""
    ledger = Ledger()
    ledger.add("run", **{**RUN, "operations": [operation], "started": f"2024-01-0{len(operation) % 9 + 1}", **run})
    request = {"method": "GET", "target": f"/{operation}", "headers": {}, "body": ""}
    answer = {"status": status, "headers": {}, "body": "", "bytes": 0, "seconds": 0.1}
    exchange = {"id": "plain-1", "operation": operation, "request": request, "answer": answer, "trouble": None}
    failures = [] if status < 500 else [{"code": "ST101", "title": "Server error", "message": "", "dismissed": None}]
    ledger.add("exchange", source="scenario", negative=[], checks={}, failures=failures, **exchange)
    seen = {"sight": walk, "reason": "", "expected": "all", "seen": "some", "exchange": "plain-1"}
    ledger.add("observation", requirement="walk", operation=operation, check="page-links", **seen)
    if "coverage" in closed:
        ledger.add("closing", operation=operation, phase="coverage", status="success", reason=None)
    if "stateful" in closed:
        ledger.add("closing", operation="*", phase="stateful", status="success", reason=None)
    for name in (f"{operation}/no-server-error", "walk"):
        entry = {"id": name, "level": "MUST", "text": name, "capability": "core", "operations": [operation]}
        judged = {"sources": [], "verdict": "pass", "observations": 1, "reason": "", "failures": []}
        ledger.add("verdict", **{**entry, **judged, **(verdicts or {}).get(name, {})})
    ledger.add("end", conclusion=conclusion, seconds=1.5)
    return ledger.lines


def outcomes(lines: Sequence[Line]) -> dict[str, str]:
    return {line["id"]: line["verdict"] for line in lines if line["kind"] == "verdict"}


def test_shards_are_judged_as_one_run() -> None:
    merged = merge_ledgers([shard("listTrays"), shard("listCups")])
    assert outcomes(merged) == {"listTrays/no-server-error": "pass", "listCups/no-server-error": "pass", "walk": "pass"}
    document = report_document(merged)
    assert (document["conclusion"], document["operations"]) == ("conformant", ["listTrays", "listCups"])
    assert [entry["operations"] for entry in document["requirements"]][-1] == ["listTrays", "listCups"]
    assert document["exchanges"] == 2
    assert [line["number"] for line in merged] == list(range(1, len(merged) + 1))


def test_failure_of_one_shard_is_the_failure_of_the_run_and_finds_its_exchange() -> None:
    merged = merge_ledgers([shard("listTrays"), shard("listCups", status=500, walk="fail", conclusion="violations")])
    document = report_document(merged)
    assert document["conclusion"] == "violations"
    failed = {one["id"]: one["failures"][0] for one in document["requirements"] if one["verdict"] == "fail"}
    assert {name: failure["exchange"] for name, failure in failed.items()} == {
        "listCups/no-server-error": "2.plain-1",
        "walk": "2.plain-1",
    }
    assert all("/listCups" in failure["curl"] for failure in failed.values())


def test_phase_that_one_shard_closed_for_all_is_not_closed_for_another() -> None:
    merged = merge_ledgers([shard("listTrays"), shard("listCups", closed=["coverage"], conclusion="inconclusive")])
    assert outcomes(merged)["listTrays/no-server-error"] == "pass"
    assert outcomes(merged)["listCups/no-server-error"] == "inconclusive"


def test_shard_that_was_cut_leaves_the_run_incomplete() -> None:
    merged = merge_ledgers([shard("listTrays"), shard("listCups", conclusion="incomplete")])
    assert report_document(merged)["conclusion"] == "incomplete"


def test_what_the_declaration_decided_stands() -> None:
    waiver = {"owner": "Ada", "reason": "known", "expires": "2031-01-01"}
    waived = {"walk": {"verdict": "waived", "reason": "waived by Ada", "waiver": waiver}}
    off = {"listCups/no-server-error": {"verdict": "not applicable", "reason": "no cups"}}
    missing = {"listCups/no-server-error": {"verdict": "fail", "reason": "declared, yet 404"}}
    first = shard("listTrays", walk="fail", verdicts=waived)
    merged = merge_ledgers([first, shard("listCups", verdicts=off)])
    assert outcomes(merged) == {
        "listTrays/no-server-error": "pass", "listCups/no-server-error": "not applicable", "walk": "waived",
    }  # fmt: skip
    assert report_document(merged)["requirements"][-1]["waiver"] == waiver
    assert outcomes(merge_ledgers([first, shard("listCups", verdicts=missing)]))["listCups/no-server-error"] == "fail"


def test_waiver_of_one_shard_does_not_cover_the_failure_of_another() -> None:
    waived = {"walk": {"verdict": "waived", "reason": "waived by Ada", "waiver": {"owner": "Ada"}}}
    failed = {"walk": {"verdict": "fail", "reason": "some"}}
    merged = merge_ledgers(
        [shard("listTrays", walk="fail", verdicts=waived), shard("listCups", walk="fail", verdicts=failed)]
    )
    assert outcomes(merged)["walk"] == "fail"


@pytest.mark.parametrize(
    ("other", "told"),
    [
        ({"target": "http://y"}, "another target: http://y, not http://x"),
        ({"profile": "documented"}, "another profile"),
        ({"contract": {"title": "Tray", "version": "2", "digest": "e" * 64}}, "another contract: Tray 2"),
    ],
)
def test_ledgers_that_do_not_belong_together_are_refused(other: dict[str, Any], told: str) -> None:
    with pytest.raises(LedgerError, match=told):
        merge_ledgers([shard("listTrays"), shard("listCups", **other)])


def test_ledger_without_verdicts_is_refused() -> None:
    cut = [line for line in shard("listCups") if line["kind"] not in ("verdict", "end")]
    with pytest.raises(LedgerError, match="ledger 2 ends before its verdicts"):
        merge_ledgers([shard("listTrays"), cut])


def test_shard_without_an_operation_adds_nothing() -> None:
    idle = Ledger()
    idle.add("run", **{**RUN, "operations": [], "started": "2024-01-01"})
    idle.add("end", conclusion="idle", seconds=0.0)
    merged = merge_ledgers([shard("listTrays"), idle.lines])
    assert outcomes(merged) == {"listTrays/no-server-error": "pass", "walk": "pass"}
    assert merged[-1]["conclusion"] == "conformant"


def test_merging_one_ledger_changes_no_verdict() -> None:
    one = shard("listTrays", walk="fail", conclusion="violations", verdicts={"walk": {"verdict": "fail"}})
    assert outcomes(merge_ledgers([one])) == outcomes(one)
