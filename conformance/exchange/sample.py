"""Samples: one valid value for a schema or request body, the same one every time.

An example of the contract is best, because its author knows which values belong together. Without one, the
smallest value that the schema allows is made, or where that takes more than a look at each keyword, one made up.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress
from random import Random
from typing import Any
from zlib import crc32

from conformance.exchange.shape import plain_name
from spec.contract import Contract, Operation
from spec.errors import ContractError
from spec.resource import follow
from spec.schema import Direction, compile_schema
from spec.values.generation import matching_text
from spec.values.invention import invent

_DEEPEST, _TRIES, _LARGE = 5, 8, 999_999_999

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
    return _fitting(contract, media.schema, operation.id) if media.schema is not None else {}


def _fitting(contract: Contract, schema: Mapping[str, Any], name: str) -> Any:
    """The plain sample where it fits the schema, else one that was made up for it, if any can be."""
    plain = sample_value(contract, schema)
    if compile_schema(schema, contract.document, Direction.REQUEST).is_valid(plain):
        return plain
    try:
        return invent(schema, contract.document, Random(0), f"the body of {name}", Direction.REQUEST)  # noqa: S311  (the same one every time)
    except ContractError:
        return plain


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
    if schema.get("type") == "array" or (schema.get("type") == "object" and not schema.get("properties")):
        return known or _with_one(contract, schema)
    if schema.get("x-list") == "comma":
        example = str(schema.get("example", ""))
        return example if "," in example else "text/plain,text/html"[: schema.get("maxLength", 80)]
    return sample_value(contract, {name: value for name, value in schema.items() if name != "default"})


def _with_one(contract: Contract, schema: Mapping[str, Any]) -> Any:
    """A list or map with something in it: empty, it would tell nothing, and a form cannot even say so."""
    if schema["type"] == "array":
        least = max(schema.get("minItems", 0), min(schema.get("maxItems", 1), 1))
        return sample_value(contract, {**schema, "minItems": least})
    inner = schema.get("additionalProperties")
    return {"shelf": sample_value(contract, inner)} if isinstance(inner, Mapping) else {}


def other_value(contract: Contract, schema: Mapping[str, Any], shown: Any) -> Any:
    """A value that a field may have, and that is not the one it has; None where none was found."""
    schema = _resolved(contract, schema)
    judge = compile_schema(schema, contract.document)
    found = (one for one in _others(contract, schema, shown) if one != shown and judge.is_valid(one))
    return next(found, None)


def _others(contract: Contract, schema: Mapping[str, Any], shown: Any) -> Iterator[Any]:
    if schema.get("enum"):
        yield from schema["enum"]
    elif isinstance(shown, bool):
        yield not shown
    elif isinstance(shown, (int, float)):
        yield from (shown + schema.get("multipleOf", 1), shown - schema.get("multipleOf", 1))
    elif isinstance(shown, str) and "pattern" not in schema and "format" not in schema:
        yield (shown + "x")[-schema.get("maxLength", 1 << 16) :]
    elif isinstance(shown, str):
        for seed in range(_TRIES):
            with suppress(ContractError):
                yield invent(schema, contract.document, Random(seed), "a field", Direction.REQUEST)  # noqa: S311


def chosen_id(contract: Contract, schema: Mapping[str, Any], name: str) -> Any:
    """An id for something new, made from a name that is given once."""
    if schema.get("type") == "integer":
        least, most = schema.get("minimum", 1), schema.get("maximum", _LARGE)
        return least + crc32(name.encode()) % (most - least + 1)
    if {"pattern", "format", "enum"} & set(schema):
        return invent(schema, contract.document, Random(name), "an id", Direction.REQUEST)  # noqa: S311
    return name[-schema.get("maxLength", _LARGE) :]


def nobodys_id(schema: Mapping[str, Any]) -> str:
    """An id that is well-formed for a path parameter, and that nobody has."""
    if schema.get("type") in ("integer", "number"):
        return str(min(schema.get("maximum", _LARGE), _LARGE))
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
    for group in ("anyOf", "oneOf"):
        if schema.get(group):
            return sample_value(contract, schema[group][0], depth)
    kind = schema.get("type", "object" if "properties" in schema else "string")
    return _made(contract, schema, kind, depth)


def _made(contract: Contract, schema: Mapping[str, Any], kind: str, depth: int) -> Any:
    if kind == "object":
        properties = schema.get("properties", {})
        named = schema.get("required", ()) if depth < _DEEPEST else ()
        required = [name for name in named if not _resolved(contract, properties.get(name, {})).get("readOnly")]
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
    if "pattern" in schema:
        return matching_text(schema)
    text = _FORMATS.get(schema.get("format", ""), "sample")
    return text.ljust(schema.get("minLength", 0), "x")[: schema.get("maxLength", len(text) + 64)]


def _resolved(contract: Contract, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    try:
        return follow(contract.document, schema)
    except ContractError:
        return {}
