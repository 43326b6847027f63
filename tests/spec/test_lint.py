"""Every lint rule finds its fault, and the packaged contracts have none."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest

from spec import packaged
from spec.contract_reader import contract_from, load_contract
from spec.explain import load_provenance
from spec.lint import LINT_RULES, leaf_pointers, lint

GOOD: dict[str, Any] = {
    "openapi": "3.0.3",
    "info": {"title": "t", "version": "1"},
    "paths": {
        "/things/{id}": {
            "get": {
                "operationId": "getThing",
                "parameters": [
                    {"name": "id", "in": "path", "required": True, "schema": {"type": "string"}, "example": "1"}
                ],
                "responses": {
                    "200": {
                        "description": "OK",
                        "content": {
                            "application/json": {
                                "schema": {"$ref": "#/components/schemas/Thing"},
                                "example": {"id": "1"},
                            }
                        },
                        "links": {"self": {"operationId": "getThing", "parameters": {"id": "$response.body#/id"}}},
                    }
                },
                "security": [{"token": []}],
                "x-resource": {"name": "thing", "role": "read"},
            }
        }
    },
    "components": {
        "schemas": {
            "Thing": {
                "type": "object",
                "properties": {"id": {"type": "string", "pattern": "^[0-9]+$"}, "status": {"type": "string"}},
                "x-lifecycle": {
                    "field": "status",
                    "initial": "new",
                    "states": ["new", "old"],
                    "transitions": {"new": ["old"]},
                },
            }
        },
        "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
    },
    "x-resources": {"thing": {"id": "id", "schema": "#/components/schemas/Thing"}},
}

OPERATION = ("paths", "/things/{id}", "get")


def change(document: dict[str, Any], *path: Any, to: Any) -> None:
    for part in path[:-1]:
        document = document[part]
    document[path[-1]] = to


def overlapping(document: dict[str, Any]) -> None:
    other = copy.deepcopy(document["paths"]["/things/{id}"])
    other["get"].update(operationId="other", parameters=[], responses={"200": {"description": "OK"}})
    del other["get"]["x-resource"]
    other["get"]["parameters"] = [{"name": "kind", "in": "path", "required": True, "schema": {"type": "string"}}]
    document["paths"]["/{kind}/all"] = other


def reserved(document: dict[str, Any]) -> None:
    other = copy.deepcopy(document["paths"]["/things/{id}"])
    other["get"].update(operationId="active", parameters=[], responses={"200": {"description": "OK"}})
    del other["get"]["x-resource"]
    document["paths"]["/things/active"] = other
    change(document, *OPERATION, "parameters", 0, "example", to="active")


ANSWER = (*OPERATION, "responses", "200")
FAULTS: dict[str, Callable[[dict[str, Any]], None]] = {
    "openapi": lambda d: change(d, "info", to={"title": "no version"}),
    "unknown-reference": lambda d: change(
        d, *ANSWER, "content", "application/json", "schema", "$ref", to="#/components/schemas/No"
    ),
    "unknown-link-target": lambda d: change(d, *ANSWER, "links", "self", "operationId", to="nobody"),
    "unknown-security": lambda d: change(d, *OPERATION, "security", to=[{"nobody": []}]),
    "example-against-schema": lambda d: change(d, *ANSWER, "content", "application/json", "example", to={"id": 7}),
    "overlapping-paths": overlapping,
    "reserved-id": reserved,
    "unreachable-operation": lambda d: change(d, *OPERATION, "responses", to={"404": {"description": "no"}}),
    "slow-pattern": lambda d: change(
        d, "components", "schemas", "Thing", "properties", "id", "pattern", to="^(?=a)(a+)+$"
    ),
    "lifecycle-states": lambda d: change(
        d, "components", "schemas", "Thing", "x-lifecycle", "transitions", to={"new": ["gone"]}
    ),
    "behaviour-names": lambda d: change(d, *OPERATION, "x-idempotency", to={"header": "Key"}),
    "behaviour-level": lambda d: change(d, *OPERATION, "x-sources", to=["a"]),
}


def test_the_good_contract_has_no_problem() -> None:
    assert lint(contract_from(GOOD)) == ()


def test_every_rule_has_a_fault_here() -> None:
    assert set(FAULTS) == {rule.name for rule in LINT_RULES}


@pytest.mark.parametrize("rule", FAULTS)
def test_the_fault_is_found_by_its_rule(rule: str) -> None:
    document = copy.deepcopy(GOOD)
    FAULTS[rule](document)
    assert rule in {problem.rule for problem in lint(contract_from(document))}


def test_a_link_that_passes_an_unknown_parameter_is_found() -> None:
    document = copy.deepcopy(GOOD)
    change(document, *ANSWER, "links", "self", "parameters", to={"zzz": "1"})
    assert [problem.rule for problem in lint(contract_from(document))] == ["unknown-link-target"]


def test_a_leaf_without_a_level_is_found() -> None:
    provenance = {"leaves": {pointer: {"level": "stated"} for pointer in leaf_pointers(GOOD)}}
    assert lint(contract_from(GOOD), provenance) == ()
    del provenance["leaves"]["#/info/title"]
    (problem,) = lint(contract_from(GOOD), provenance)
    assert (problem.rule, problem.pointer) == ("missing-level", "#/info/title")


@pytest.mark.parametrize("profile", packaged.PROFILES)
def test_the_packaged_contracts_have_no_problem(profile: str) -> None:
    provenance = load_provenance() if profile == "full" else None
    assert lint(load_contract(packaged.contract_path(profile)), provenance) == ()
