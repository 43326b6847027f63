from __future__ import annotations

from collections.abc import Callable
from typing import Any

SOME = "6a1f0c52-3b1d-4e8a-9c00-000000000002"
MANY = "6a1f0c52-3b1d-4e8a-9c00-000000000003"
OTHERS = "6a1f0c52-3b1d-4e8a-9c00-000000000004"
SCRIPT = "get_service_instance_backups.py"
NIMBUS = ("Nimbus", "any secret will do")

Client = Callable[..., Any]


def test_the_generic_get_answers_a_service_instances_backups(client: Client, url: str) -> None:
    told = client(SCRIPT, url, *NIMBUS, SOME)
    assert [backup["id"][-2:] for backup in told["backups"]] == ["01", "02", "03"]
    assert all(isinstance(backup["created_at"], int) for backup in told["backups"])


def test_the_generic_get_hands_a_limit_on(client: Client, url: str) -> None:
    assert len(client(SCRIPT, url, *NIMBUS, MANY, "limit=7")["backups"]) == 7


def test_a_refusal_has_the_code_and_title_that_the_client_reads(client: Client, url: str) -> None:
    told = client(SCRIPT, url, *NIMBUS, OTHERS)
    assert told["status"] == 404
    assert [(error["code"], error["title"]) for error in told["body"]["errors"]] == [(10010, "CF-ResourceNotFound")]


def test_a_workspace_is_reached_by_its_url_alone(client: Client, url: str) -> None:
    # The token is issued in that workspace as well, and good there only.
    assert len(client(SCRIPT, f"{url}/__mock/w/cloud", *NIMBUS, SOME)["backups"]) == 3
