"""What the peers are given, so that they answer as the mock does: derived from the contract and from its answers."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from bench.exchange import Answer
from bench.scenario import Scenario
from spec.contract_reader import load_contract

_LIST: Final = "/v1/backup_instances"


def write_contract(path: Path, answers: Mapping[str, Answer]) -> None:
    """Write the packaged contract as JSON with two additions that Prism needs to answer the list like the mock.

    The example of the list becomes the mock's own page of 20 items. The header field X-Total-Count gets an example:
    without one Prism makes up a 0, drops it as empty, and then refuses its own answer because the field is missing.
    """
    document = json.loads(json.dumps(load_contract().document, default=dict))
    if "list" in answers:
        answer = document["paths"][_LIST]["get"]["responses"]["200"]
        answer["content"]["application/json"]["example"] = json.loads(answers["list"].body)
        answer["headers"]["X-Total-Count"]["schema"]["example"] = len(json.loads(answers["list"].body))
    path.write_text(json.dumps(document), encoding="utf-8")


def write_environment(path: Path, answers: Mapping[Scenario, Answer]) -> None:
    """Write a Mockoon environment with the mock's bodies, templates off: the least that it can have to do.

    It has one answer for a route and judges no request, so the invalid form gets the answer of the valid one.
    """
    routes = [_route(scenario, answer) for scenario, answer in answers.items() if scenario.is_valid]
    environment = {
        "uuid": _identifier("environment"),
        "lastMigration": 33,
        "name": "bench",
        "port": 0,
        "hostname": "127.0.0.1",
        "endpointPrefix": "",
        "latency": 0,
        "folders": [],
        "routes": routes,
        "rootChildren": [{"type": "route", "uuid": route["uuid"]} for route in routes],
        "proxyMode": False,
        "cors": False,
        "headers": [],
        "data": [],
        "callbacks": [],
    }
    path.write_text(json.dumps(environment), encoding="utf-8")


def _route(scenario: Scenario, answer: Answer) -> dict[str, Any]:
    response = {
        "uuid": _identifier(scenario.name + " answer"),
        "body": answer.body.decode("utf-8"),
        "latency": 0,
        "statusCode": answer.status,
        "label": "",
        "headers": [{"key": name, "value": value} for name, value in answer.headers],
        "bodyType": "INLINE",
        "filePath": "",
        "databucketID": "",
        "sendFileAsBody": False,
        "rules": [],
        "rulesOperator": "OR",
        "disableTemplating": True,
        "fallbackTo404": False,
        "default": True,
        "crudKey": "id",
        "callbacks": [],
    }
    return {
        "uuid": _identifier(scenario.name),
        "type": "http",
        "documentation": "",
        "method": scenario.method.lower(),
        "endpoint": scenario.path.lstrip("/"),
        "responses": [response],
        "responseMode": None,
    }


def _identifier(name: str) -> str:
    return str(uuid.uuid5(uuid.NAMESPACE_URL, name))
