"""What grows with the size of the contract, and with what is stored; in process, so that only our code counts."""

from __future__ import annotations

import math
import random
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any, Final

from bench.inprocess import InProcess
from bench.measure import Note
from bench.scenario import SCENARIOS, Scenario
from mockserver.routing import Routes
from spec.contract import Contract
from spec.contract_reader import contract_from, load_contract
from spec.fixtures import Fixtures, bare_fixtures, load_fixtures
from spec.fixtures.item import Item

OPERATIONS: Final = (17, 200, 1000, 4000)
STORED: Final = (100, 100_000)
_GROUP: Final = 17
_CALLS: Final = 400
_THINGS: Final = 1500
"""Different paths to one operation: more than the mock remembers, so that each of them is looked for."""


@dataclass(frozen=True, slots=True)
class Point:
    """One figure. kind: "route", "request" (both by number of operations), "get" or "create" (by items stored).

    cpu: microseconds each.
    """

    kind: str
    size: int
    cpu: float


def measure_growth(note: Note) -> tuple[Point, ...]:
    """All points."""
    points: list[Point] = []
    for count in OPERATIONS:
        note(f"growth: {count} operations")
        contract = contract_of(count)
        points.append(Point("route", count, _route_cost(contract)))
        with _mock(contract, bare_fixtures(contract)) as mock:
            points.append(
                Point("request", count, mock.cheapest([last_request(count, thing) for thing in range(_THINGS)]))
            )
    return (*points, *_stored_points(note))


def exponent(points: Sequence[Point]) -> float:
    """The slope of cost against size, both as logarithms, by least squares: 0 is flat, 1 is linear."""
    across = [math.log(point.size) for point in points]
    up = [math.log(point.cpu) for point in points]
    middle, height = sum(across) / len(across), sum(up) / len(up)
    spread = sum((x - middle) ** 2 for x in across)
    return sum((x - middle) * (y - height) for x, y in zip(across, up, strict=True)) / spread


def contract_of(count: int) -> Contract:
    """A contract with that many operations, in groups that share the front of their paths."""
    paths = {_template(number): {"get": _operation(number)} for number in range(count)}
    return contract_from({"openapi": "3.0.3", "info": {"title": "Growth", "version": "1"}, "paths": paths})


def last_request(count: int, thing: int = 7) -> Scenario:
    """A request for the last operation of `contract_of(count)`."""
    return Scenario("last", "the last operation", "GET", _template(count - 1).replace("{thing_id}", str(thing)))


def _template(number: int) -> str:
    return f"/v1/tenant{number // _GROUP}/kind{number % _GROUP}/{{thing_id}}"


def _operation(number: int) -> dict[str, Any]:
    schema = {"type": "object", "required": ["id"], "properties": {"id": {"type": "string"}}}
    content = {"application/json": {"schema": schema, "example": {"id": "7"}}}
    return {
        "operationId": f"getThing{number}",
        "parameters": [{"name": "thing_id", "in": "path", "required": True, "schema": {"type": "string"}}],
        "responses": {"200": {"description": "OK", "content": content}},
    }


def _route_cost(contract: Contract) -> float:
    routes, count = Routes(contract), len(contract.operations)
    paths = [last_request(count, thing).path for thing in range(_THINGS)]
    best = math.inf
    for _ in range(9):
        began = time.process_time()
        for path in paths:
            routes.match("GET", path)
        best = min(best, (time.process_time() - began) / len(paths))
    return best * 1e6


def _stored_points(note: Note) -> Iterator[Point]:
    contract = load_contract()
    create = next(scenario for scenario in SCENARIOS if scenario.name == "post")
    for count in STORED:
        note(f"growth: {count} stored items")
        chance = random.Random(1)  # noqa: S311  (which items are read, the same in every run)
        reads = [
            Scenario("get", "get one", "GET", f"/v1/backup_instances/{chance.randint(1, count)}") for _ in range(_CALLS)
        ]
        with _mock(contract, world_of(contract, count)) as mock:
            # The first write gives the workspace a copy of its own; what follows reads from that.
            yield Point("create", count, mock.cheapest([create] * 50))
            yield Point("get", count, mock.cheapest(reads))


def world_of(contract: Contract, count: int) -> Fixtures:
    """The packaged world with that many backup instances in place of its own."""
    moment = datetime(2026, 1, 1, tzinfo=UTC).isoformat().replace("+00:00", "Z")
    items = tuple(
        Item("backup_instance", (number,), MappingProxyType(_instance(number, moment)))
        for number in range(1, count + 1)
    )
    return replace(load_fixtures(contract), items=MappingProxyType({"backup_instance": items}))


def _instance(number: int, moment: str) -> dict[str, Any]:
    return {
        "id": number,
        "backup_definition_id": "def-workspace",
        "customer_id": "cust-100",
        "backup_frequency": "daily",
        "created_at": moment,
        "updated_at": moment,
    }


@contextmanager
def _mock(contract: Contract, fixtures: Fixtures) -> Iterator[InProcess]:
    mock = InProcess(contract, fixtures)
    try:
        yield mock
    finally:
        mock.close()
