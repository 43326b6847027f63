"""Two tests of a client of backups; each has a mock of its own, as far as it can see."""

import httpx
import pytest

from mockserver.testing import MockWorkspace


@pytest.fixture
def api(mockproof: MockWorkspace) -> httpx.Client:
    """Stands for the client that you want to test: all it needs is a base URL and a token."""
    headers = {"Authorization": f"Bearer {mockproof.token('Nimbus')}"}
    with httpx.Client(base_url=mockproof.url, headers=headers) as client:
        yield client


def test_a_backup_that_was_asked_for_is_completed_after_a_while(api: httpx.Client, mockproof: MockWorkspace) -> None:
    backup = api.post("/v1/backup_instances/2/backups").json()
    assert backup["status"] == "queued"

    mockproof.clock.advance(60)

    assert api.get(f"/v1/backup_instances/2/backups/{backup['id']}").json()["status"] == "completed"
    mockproof.assert_order(["createBackup", "getBackup"])


def test_what_another_test_did_is_not_seen_here(api: httpx.Client, mockproof: MockWorkspace) -> None:
    statuses = {backup["status"] for backup in api.get("/v1/backup_instances/2/backups").json()}
    assert "queued" not in statuses
    mockproof.assert_not_called("createBackup")
