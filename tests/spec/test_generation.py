from __future__ import annotations

from typing import Any

import pytest

from spec.errors import ContractError
from spec.schema import compile_schema
from spec.values.generation import generate


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "string", "example": "e", "default": "d"}, "e"),
        ({"type": "string", "default": "d", "enum": ["c", "d"]}, "d"),
        ({"type": "string", "enum": ["c", "d"]}, "c"),
        ({"type": "integer", "minimum": 3, "exclusiveMinimum": True}, 4),
        ({"type": "integer", "minimum": 3, "multipleOf": 5}, 5),
        ({"type": "number", "maximum": -2}, -2),
        ({"type": "boolean"}, False),
        ({"type": "array", "items": {"type": "boolean"}, "minItems": 2}, [False, False]),
        ({"type": "string", "maxLength": 2}, "te"),
        ({"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}, "b": {}}}, {"a": 0}),
        ({"oneOf": [{"type": "boolean"}, {"type": "string"}]}, False),
        ({"allOf": [{"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}]}, {"a": "text"}),
    ],
)
def test_the_plain_value_is_the_contracts_own_or_the_simplest(schema: dict[str, Any], value: Any) -> None:
    assert generate(schema, {}, "a test") == value


@pytest.mark.parametrize("pattern", [r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$", r"^[A-Z]{2}\d+$", r"^(?:a|b){3}$"])
def test_a_pattern_has_one_plain_value(pattern: str) -> None:
    schema = {"type": "string", "pattern": pattern}
    value = generate(schema, {}, "a test")
    assert compile_schema(schema, {}).is_valid(value)
    assert generate(schema, {}, "a test") == value


@pytest.mark.parametrize("schema", [{"type": "string", "pattern": "(?=b)a"}, {"type": "integer", "not": {"enum": [0]}}])
def test_what_has_no_value_that_we_find_asks_for_an_example(schema: dict[str, Any]) -> None:
    with pytest.raises(ContractError, match="give its schema an example"):
        generate(schema, {}, "a test")
