"""Samples: one valid value for a schema or request body, the same one every time.

An example of the contract is best, because its author knows which values belong together. Without one, the
smallest value that the schema allows is made.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from spec.contract import Contract, Operation
from spec.pointer import resolve_pointer

_DEEPEST = 5

_FORMATS: Mapping[str, str] = {
    "date": "2024-02-29",
    "date-time": "2024-02-29T12:00:00Z",
    "email": "someone@example.test",
    "uri": "https://example.test/",
    "uuid": "3f2b8c1e-5a4d-4e6f-8a7b-9c0d1e2f3a4b",
}


def sample_body(contract: Contract, operation: Operation) -> Any:
    """A body that an operation should accept: its first example, else one made from the schema; None without a body."""
    if operation.body is None:
        return None
    media = next(iter(operation.body.media_types.values()))
    for example in media.examples.values():
        return example
    return sample_value(contract, media.schema) if media.schema is not None else {}


def sample_value(contract: Contract, schema: Mapping[str, Any], depth: int = 0) -> Any:
    """A value of a schema: example, default, first enum member, or the smallest one of its type."""
    schema = _resolved(contract, schema)
    for known in ("example", "default"):
        if known in schema:
            return schema[known]
    if schema.get("enum"):
        return schema["enum"][0]
    for group in ("allOf", "anyOf", "oneOf"):
        if schema.get(group):
            parts = schema[group] if group == "allOf" else schema[group][:1]
            return _merged([sample_value(contract, part, depth) for part in parts])
    kind = schema.get("type", "object" if "properties" in schema else "string")
    return _made(contract, schema, kind, depth)


def _made(contract: Contract, schema: Mapping[str, Any], kind: str, depth: int) -> Any:
    if kind == "object":
        required = schema.get("required", ()) if depth < _DEEPEST else ()
        properties = schema.get("properties", {})
        return {name: sample_value(contract, properties.get(name, {}), depth + 1) for name in required}
    if kind == "array":
        count = min(schema.get("minItems", 0), _DEEPEST)
        return [sample_value(contract, schema.get("items", {}), depth + 1) for _ in range(count)]
    if kind == "boolean":
        return False
    if kind in ("integer", "number"):
        step = schema.get("multipleOf", 1)
        least = schema.get("minimum", 1)
        return least + step if schema.get("exclusiveMinimum") is True else least
    return _text(schema)


def _text(schema: Mapping[str, Any]) -> str:
    text = _FORMATS.get(schema.get("format", ""), "sample")
    return text.ljust(schema.get("minLength", 0), "x")[: schema.get("maxLength", len(text) + 64)]


def _merged(parts: list[Any]) -> Any:
    if parts and all(isinstance(part, dict) for part in parts):
        return {name: value for part in parts for name, value in part.items()}
    return parts[0] if parts else None


def _resolved(contract: Contract, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    for _ in range(20):
        if "$ref" not in schema:
            return schema
        schema = resolve_pointer(contract.document, schema["$ref"])
    return {}
