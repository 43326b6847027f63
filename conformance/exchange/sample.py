"""Samples: one valid value for a schema or request body, the same one every time.

An example of the contract is best, because its author knows which values belong together. Without one, the
smallest value that the schema allows is made.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.exchange.shape import plain_name
from spec.contract import Contract, Operation
from spec.pointer import resolve_pointer
from spec.schema import compile_schema

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


def full_body(contract: Contract, operation: Operation) -> dict[str, Any]:
    """A body that gives every field, each with another value than its default where there is one.

    What an example tells is kept, because its author knows which values belong together; fields that name another
    thing (`references`) are only given where the example gives them.
    """
    body = sample_body(contract, operation)
    if not isinstance(body, dict) or operation.body is None:
        return {}
    use = operation.resource
    references = use.references if use else {}
    schema = _resolved(contract, next(iter(operation.body.media_types.values())).schema or {})
    for name, raw in schema.get("properties", {}).items():
        field = _resolved(contract, raw)
        is_reference = plain_name(name) in references or name.endswith(("_id", "_id]"))
        if name in body or field.get("readOnly") or is_reference:
            continue
        value = _unlike_default(contract, field)
        if compile_schema(field, contract.document).is_valid(value):
            body = {**body, name: value}
    return body


def _unlike_default(contract: Contract, schema: Mapping[str, Any]) -> Any:
    known = schema.get("default")
    if schema.get("type") == "boolean":
        return not known
    if schema.get("enum"):
        return next((one for one in schema["enum"] if one != known), known)
    if schema.get("type") in ("integer", "number") and isinstance(known, (int, float)):
        near = (known + schema.get("multipleOf", 1), known - schema.get("multipleOf", 1))
        return next((one for one in near if schema.get("minimum", one) <= one <= schema.get("maximum", one)), known)
    if schema.get("type") == "object" and not schema.get("properties"):
        inner = schema.get("additionalProperties")
        return {"shelf": sample_value(contract, inner)} if isinstance(inner, Mapping) else {}
    if schema.get("x-list") == "comma":
        example = str(schema.get("example", ""))
        return example if "," in example else "text/plain,text/html"[: schema.get("maxLength", 80)]
    return sample_value(contract, {name: value for name, value in schema.items() if name != "default"})


def nobodys_id(schema: Mapping[str, Any]) -> str:
    """An id that is well-formed for a path parameter, and that nobody has."""
    if schema.get("type") in ("integer", "number"):
        most = schema.get("maximum", 999_999_999)
        return str(min(most, 999_999_999))
    if schema.get("format") == "uuid":
        return "ffffffff-ffff-4fff-bfff-ffffffffffff"
    return "mockproof-nobody-has-this-id"[: schema.get("maxLength", 28)]


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
        properties = schema.get("properties", {})
        required = list(schema.get("required", ())) if depth < _DEEPEST else []
        spare = [name for name in properties if name not in required]
        required += spare[: max(schema.get("minProperties", 0) - len(required), 0)]
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
