"""Stock connexion on the same contract, as its documentation tells: its own router, security, validation, handlers.

Run as `python -m bench.stock PORT`. Strict request validation and response validation are on, as in the mock; state
is a dict; there is no access log. Operations that no scenario asks for answer 501.
"""

from __future__ import annotations

import json
import logging
import sys
import warnings
from collections.abc import Callable, Mapping
from itertools import islice
from typing import Any

from bench.scenario import TOKEN
from mockserver.server import serve
from spec.contract_reader import load_contract
from spec.fixtures import load_fixtures

with warnings.catch_warnings():
    # connexion imports starlette's test client, which warns about a library that nobody here uses.
    warnings.simplefilter("ignore")
    from connexion import AsyncApp
    from connexion.resolver import Resolver

Reply = tuple[Any, int, dict[str, str]]
_TYPE = {"Content-Type": "application/json"}


class _Instances:
    """Backup instances in a dict, by id."""

    def __init__(self, items: Mapping[int, Mapping[str, Any]]) -> None:
        self._items: dict[int, Mapping[str, Any]] = dict(items)

    async def list_all(self, page: int = 1, per_page: int = 20, **_query: Any) -> Reply:
        # Ids are given out in rising order, so that the dict is in the order of the page.
        chosen = list(islice(self._items.values(), (page - 1) * per_page, page * per_page))
        headers = {"Link": '</v1/backup_instances?page=1>; rel="first"', "X-Total-Count": str(len(self._items))}
        return chosen, 200, _TYPE | headers

    async def get(self, backup_instance_id: str) -> Reply:
        item = self._items.get(int(backup_instance_id)) if backup_instance_id.isdecimal() else None
        if item is None:
            return {"error": "not_found", "message": "there is no such backup instance"}, 404, _TYPE
        return item, 200, _TYPE

    async def create(self, body: Mapping[str, Any]) -> Reply:
        fields = {name.removeprefix("backup_instance[").removesuffix("]"): value for name, value in body.items()}
        number = len(self._items) + 1
        moment = "2026-01-15T12:00:00Z"
        self._items[number] = {"id": number, **fields, "created_at": moment, "updated_at": moment}
        return self._items[number], 200, _TYPE


async def _missing(**_values: Any) -> Reply:
    return {"error": "not_implemented", "message": "not part of the benchmark"}, 501, _TYPE


def check_token(token: str, *_more: Any) -> dict[str, str] | None:
    """What connexion asks about a bearer token or an API key."""
    return {"sub": "nimbus"} if token == TOKEN else None


def create_stock_app() -> AsyncApp:
    """The packaged contract and the instances of the packaged fixtures in a plain connexion application."""
    contract = load_contract()
    items = load_fixtures(contract).items["backup_instance"]
    instances = _Instances({int(item.key[-1]): dict(item.fields) for item in items})
    functions: dict[str, Callable[..., Any]] = {
        "listBackupInstances": instances.list_all,
        "getBackupInstance": instances.get,
        "createBackupInstance": instances.create,
    }
    app = AsyncApp(__name__)
    app.add_api(
        _with_token_check(json.loads(json.dumps(contract.document, default=dict))),
        resolver=Resolver(lambda operation_id: functions.get(operation_id, _missing)),
        strict_validation=True,
        validate_responses=True,
    )
    return app


def _with_token_check(document: dict[str, Any]) -> dict[str, Any]:
    for scheme in document["components"]["securitySchemes"].values():
        kind = "x-bearerInfoFunc" if scheme["type"] == "http" else "x-apikeyInfoFunc"
        scheme[kind] = "bench.stock.check_token"
    return document


if __name__ == "__main__":
    logging.disable()
    serve(create_stock_app(), port=int(sys.argv[1]))
