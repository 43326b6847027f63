from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mockproof.cli import main
from spec.contract_reader import load_contract

PLAIN = {
    "openapi": "3.0.3",
    "info": {"title": "Plain", "version": "1"},
    "paths": {
        "/cups": {
            "post": {
                "operationId": "createCup",
                "requestBody": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Cup"}}}},
                "responses": {
                    "201": {
                        "description": "made",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Cup"}}},
                    }
                },
            }
        },
        "/cups/{cupId}": {
            "get": {
                "operationId": "getCup",
                "parameters": [{"name": "cupId", "in": "path", "required": True, "schema": {"type": "integer"}}],
                "responses": {
                    "200": {
                        "description": "it",
                        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Cup"}}},
                    }
                },
            }
        },
    },
    "components": {
        "schemas": {
            "Cup": {
                "type": "object",
                "required": ["id"],
                "properties": {"id": {"type": "integer"}, "colour": {"type": "string"}},
            }
        }
    },
}


def test_every_operation_is_told_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["routes"]) == 0
    told = capsys.readouterr().out
    contract = load_contract()
    assert all(operation.id in told for operation in contract.operations)
    assert told.count("because") >= len(contract.operations)
    assert "list of backup_instance, pages by page-number" in told


def test_what_a_plain_contract_does_not_say_is_inferred(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "plain.json"
    path.write_text(json.dumps(PLAIN))
    assert main(["routes", str(path), "--json"]) == 0
    told: list[dict[str, Any]] = json.loads(capsys.readouterr().out)
    assert [(one["operation_id"], one["role"]) for one in told] == [("createCup", "create"), ("getCup", "read")]
    assert all(one["why"] != ["declared by x-resource"] for one in told)
