from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

ACCOUNT = "1234"
ORDERS = "d4603f69-ec7e-4e9b-803f-600b9205576f"
SCRIPT = "list_trove_backups.py"
NAMES = [
    "orders_monday",
    "orders_tuesday",
    "orders_wednesday",
    "orders_before_migration",
    "orders_old",
    "orders_saving",
    "orders_building",
    "orders_new",
]

Client = Callable[..., Any]


def test_an_instances_backups_are_listed_with_a_fixed_token_and_no_keystone(client: Client, url: str) -> None:
    (page,) = client(SCRIPT, url, "nimbus-token", ACCOUNT, ORDERS)["pages"]
    assert [backup["name"] for backup in page] == NAMES
    assert {backup["status"] for backup in page} >= {"COMPLETED", "FAILED", "NEW"}


def test_the_client_follows_the_markers_to_the_last_page(client: Client, url: str) -> None:
    pages = client(SCRIPT, url, "nimbus-token", ACCOUNT, ORDERS, "3")["pages"]
    assert [len(page) for page in pages] == [3, 3, 2]
    assert [backup["name"] for page in pages for backup in page] == NAMES


@pytest.mark.parametrize(
    ("token", "instance", "error"),
    [("nimbus-token", "no-such-instance", "NotFound"), ("no-such-token", ORDERS, "Unauthorized")],
    ids=["unknown instance", "unknown token"],
)
def test_a_refusal_is_the_clients_own_error(client: Client, url: str, token: str, instance: str, error: str) -> None:
    told = client(SCRIPT, url, token, ACCOUNT, instance)
    assert told["error"] == error
    assert told["message"]


def test_a_workspace_is_reached_by_its_url_alone(client: Client, url: str) -> None:
    pages = client(SCRIPT, f"{url}/__mock/w/trove", "nimbus-token", ACCOUNT, ORDERS, "3")["pages"]
    assert [backup["name"] for page in pages for backup in page] == NAMES
