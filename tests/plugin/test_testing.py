from __future__ import annotations

from datetime import timedelta
from typing import Any

import httpx
import pytest

from mockserver.testing import AdminError, MockWorkspace, describe_entry, open_workspace

BACKUPS = "/v1/backup_instances/2/backups"


def ask(workspace: MockWorkspace, method: str, path: str, **options: Any) -> httpx.Response:
    """One request to the API, from the workspace's own client and so in the same way."""
    headers = {**workspace.headers, "Authorization": "Bearer nimbus-token"}
    return workspace.admin.http.request(method, path, headers=headers, **options)


def test_two_workspaces_do_not_see_each_other(workspace: MockWorkspace) -> None:
    with open_workspace(workspace.admin.http) as other:
        ask(workspace, "POST", BACKUPS)
        assert workspace.state.count()["backup"] == other.state.count()["backup"] + 1
        other.assert_not_called("createBackup")


def test_the_url_of_a_workspace_needs_no_header_field(workspace: MockWorkspace) -> None:
    answer = workspace.admin.http.post(f"{workspace.url}{BACKUPS}", headers={"Authorization": "nimbus-token"})
    assert answer.status_code == 200
    workspace.assert_called("createBackup", times=1)


def test_an_advanced_clock_completes_what_is_under_way(workspace: MockWorkspace) -> None:
    workspace.clock.freeze()
    before = workspace.clock.now
    backup = ask(workspace, "POST", BACKUPS).json()
    workspace.clock.advance(60)
    assert workspace.clock.now - before == timedelta(seconds=60)
    assert ask(workspace, "GET", f"{BACKUPS}/{backup['id']}").json()["status"] == "completed"


def test_a_clock_that_runs_again_moves_on_its_own(workspace: MockWorkspace) -> None:
    workspace.clock.freeze()
    before = workspace.clock.now
    workspace.clock.run(rate=100_000)
    assert workspace.clock.now > before


def test_a_token_has_the_rights_of_its_name(workspace: MockWorkspace) -> None:
    headers = {**workspace.headers, "Authorization": workspace.token("Harbor")}
    answer = workspace.admin.http.get("/v1/backup_instances", headers=headers)
    assert {instance["customer_id"] for instance in answer.json()} == {"cust-200", "cust-201"}


def test_a_token_of_nobody_is_an_error(workspace: MockWorkspace) -> None:
    with pytest.raises(AdminError, match="/__mock/oauth/token was answered with 401"):
        workspace.token("Nobody")


def test_items_are_made_read_changed_and_taken_away(workspace: MockWorkspace) -> None:
    fields = workspace.state.get("backup_instance", 2)
    workspace.state.put("backup_instance", 2, fields={**fields, "backup_frequency": "weekly"})
    assert workspace.state.get("backup_instance", 2)["backup_frequency"] == "weekly"
    assert len(workspace.state.list("backup", 2)) < len(workspace.state.list("backup"))
    workspace.state.delete("backup_instance", 2)
    with pytest.raises(AdminError, match="404"):
        workspace.state.get("backup_instance", 2)
    workspace.reset("state")
    assert workspace.state.get("backup_instance", 2) == fields


def test_an_item_that_does_not_fit_is_refused_with_a_reason(workspace: MockWorkspace) -> None:
    fields = workspace.state.get("backup_instance", 2)
    with pytest.raises(AdminError, match="backup_frequency"):
        workspace.state.put("backup_instance", 2, fields={**fields, "backup_frequency": "sometimes"})


def test_a_snapshot_brings_everything_back(workspace: MockWorkspace) -> None:
    workspace.snapshot("before")
    ask(workspace, "POST", BACKUPS)
    assert [(one["resource"], one["change"]) for one in workspace.diff("before")] == [("backup", "added")]
    workspace.restore("before")
    assert workspace.diff() == []


def test_a_fault_strikes_until_the_faults_are_reset(workspace: MockWorkspace) -> None:
    workspace.fault("status", status=503, retry_after=2, operations=["listBackups"])
    refused = ask(workspace, "GET", BACKUPS)
    assert (refused.status_code, refused.headers["Retry-After"]) == (503, "2")
    workspace.reset("faults")
    assert ask(workspace, "GET", BACKUPS).status_code == 200


def test_a_mutant_that_does_not_exist_is_refused(workspace: MockWorkspace) -> None:
    with pytest.raises(AdminError, match="no-such-mutant"):
        workspace.mutant("no-such-mutant")


def test_mutants_are_switched_on_and_off(workspace: MockWorkspace) -> None:
    first, second = [mutant["id"] for mutant in workspace.admin.ask("GET", "/mutants")][:2]
    workspace.mutant(first, second)
    assert [one["id"] for one in workspace.admin.ask("GET", "/mutants") if one["on"]] == [first, second]
    workspace.mutant()
    assert not any(one["on"] for one in workspace.admin.ask("GET", "/mutants"))


def test_calls_are_counted_and_ordered(workspace: MockWorkspace) -> None:
    ask(workspace, "GET", BACKUPS, params={"page": 1})
    ask(workspace, "POST", BACKUPS)
    ask(workspace, "GET", BACKUPS)
    workspace.assert_called("listBackups", times=2)
    workspace.assert_called("listBackups", times=1, query={"page": "1"})
    workspace.assert_called(method="POST", at_least=1, at_most=1)
    workspace.assert_order(["listBackups", {"operation": "createBackup", "status": "2xx"}, "listBackups"])
    workspace.assert_not_called("createBackup", status="4xx")


def test_a_call_that_was_not_made_is_told_with_the_nearest(workspace: MockWorkspace) -> None:
    ask(workspace, "POST", "/v1/backup_instances/4711/backups")
    with pytest.raises(AssertionError) as caught:
        workspace.assert_called("createBackup", times=1, status="2xx")
    assert "expected exactly 1 with operation createBackup, status 2xx; found 0" in str(caught.value)
    assert "nearest: entry 1, POST /v1/backup_instances/4711/backups (404): the status is 404" in str(caught.value)


def test_calls_in_another_order_are_no_match(workspace: MockWorkspace) -> None:
    ask(workspace, "GET", BACKUPS)
    ask(workspace, "POST", BACKUPS)
    with pytest.raises(AssertionError, match="expected at least 1 with operation listBackups after entry"):
        workspace.assert_order(["createBackup", "listBackups"])


def test_an_entry_shows_both_sides_until_the_journal_is_cleared(workspace: MockWorkspace) -> None:
    ask(workspace, "GET", BACKUPS)
    (entry,) = workspace.journal.list(operation="listBackups")
    assert workspace.journal.get(entry["number"])["answer"]["json"]
    workspace.journal.clear()
    assert workspace.journal.list() == []


def test_an_entry_is_told_in_one_line_with_its_violations(workspace: MockWorkspace) -> None:
    ask(workspace, "GET", BACKUPS, params={"page": "first"})
    line = describe_entry(workspace.journal.list()[0])
    assert f"GET {BACKUPS}?page=first  listBackups" in line
    assert "(query " in line
