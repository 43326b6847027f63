"""A client that creates without end meets a quota, and the mock stays as quick as it was."""

from __future__ import annotations

from typing import Any

from mockserver.app import create_app
from mockserver.state.store import Store
from spec.contract import Contract
from spec.fixtures import Fixtures

ADA = {"authorization": "Bearer lib-token", "content-type": "application/json"}
BOOKS = "/shelves/1/books"


def test_ids_stay_distinct_until_the_quota_and_then_nothing_more_is_created(
    shelf: Contract, library: Fixtures, ask: Any
) -> None:
    app: Any = create_app(shelf, library)
    workspace = app.mock.registry.default
    workspace.store = Store(workspace.world.collections, most=300)
    answers = [ask(app, "POST", BOOKS, headers=ADA, body=b'{"title": "x"}') for _ in range(303)]
    assert [answer.status for answer in answers] == [201] * 300 + [507] * 3
    assert len({answer.json["book"]["id"] for answer in answers[:300]}) == 300
    assert ask(app, "GET", BOOKS, headers=ADA).status == 200
    workspace.reset()
    assert ask(app, "POST", BOOKS, headers=ADA, body=b'{"title": "x"}').status == 201
