"""Text from a URL, a header or a form becomes a value of the type that the schema asks for.

Text is read as JSON would write it, in ASCII: `1_0`, `٣`, `+5`, `nan` and `True` stay text, and
the schema then says what is wrong with them. Coercion itself never fails.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from mockserver.judgement.schema import Schema, SchemaCompiler
from spec.schema import resolved

if TYPE_CHECKING:
    from spec.contract import JsonObject

Coercer = Callable[[Any], Any]
"""Takes a text, a list of texts or a mapping of texts, as the schema's shape has it."""

_INTEGER = re.compile(r"-?(0|[1-9][0-9]*)", re.ASCII)
_NUMBER = re.compile(r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)
_LONGEST_NUMBER = 1000
_EVERY_TYPE = frozenset({"integer", "number", "boolean", "null", "string", "array", "object"})
_DEEPEST = 20


def types_of(document: JsonObject, schema: JsonObject, depth: int = 0) -> frozenset[str]:
    """The JSON types that a schema lets through, "null" included; all of them where it does not say."""
    if depth > _DEEPEST:
        return _EVERY_TYPE
    schema = resolved(document, schema)
    types = frozenset({schema["type"]}) if "type" in schema else _EVERY_TYPE
    if "type" not in schema and "enum" in schema:
        types = frozenset(_type_name(value) for value in schema["enum"])
    for part in schema.get("allOf", ()):
        types &= types_of(document, part, depth + 1)
    for keyword in ("anyOf", "oneOf"):
        if keyword in schema:
            types &= frozenset().union(*(types_of(document, part, depth + 1) for part in schema[keyword]))
    return types | {"null"} if schema.get("nullable") else types


def properties_of(document: JsonObject, schema: JsonObject, depth: int = 0) -> dict[str, JsonObject]:
    """Properties that a schema names, also through `$ref` and `allOf`."""
    schema = resolved(document, schema)
    found: dict[str, JsonObject] = {}
    if depth <= _DEEPEST:
        for part in schema.get("allOf", ()):
            found.update(properties_of(document, part, depth + 1))
    found.update(schema.get("properties", {}))
    return found


def shape_of(document: JsonObject, schema: JsonObject) -> str:
    """How a value of the schema is spelled outside JSON: "array", "object" or "scalar"."""
    types = types_of(document, schema) - {"null"}
    if types == {"array"}:
        return "array"
    return "object" if types == {"object"} else "scalar"


def compile_coercer(document: JsonObject, schema: JsonObject, compiler: SchemaCompiler, place: str) -> Coercer:
    """The coercer of a schema; `place` is named if a part of it cannot be compiled."""
    shape = shape_of(document, schema)
    if shape == "array":
        items = compile_coercer(document, resolved(document, schema).get("items", {}), compiler, place)
        return lambda raw: [items(text) for text in raw] if isinstance(raw, list) else raw
    if shape == "object":
        members = {
            name: compile_coercer(document, part, compiler, place) if _is_flat(document, part) else _as_it_is
            for name, part in properties_of(document, schema).items()
        }
        return lambda raw: _coerce_members(raw, members)
    types = types_of(document, schema)
    if len(types) == 1:
        return _BY_TYPE[next(iter(types))]
    return _chooser(types, compiler.compile(schema, place))


def _is_flat(document: JsonObject, schema: JsonObject) -> bool:
    # An object inside an object has no spelling outside JSON, and may hold itself.
    return shape_of(document, schema) != "object"


def _coerce_members(raw: Any, members: Mapping[str, Coercer]) -> Any:
    if not isinstance(raw, Mapping):
        return raw
    return {name: members.get(name, _as_it_is)(text) for name, text in raw.items()}


def _chooser(types: frozenset[str], schema: Schema) -> Coercer:
    """The first reading that fits the schema, the narrowest type first; the text itself if none does."""
    readings = [_BY_TYPE[name] for name in ("integer", "number", "boolean", "null", "string") if name in types]
    narrowest = readings[0] if readings else _as_it_is

    def choose(raw: Any) -> Any:
        for read in readings:
            value = read(raw)
            if schema.is_valid(value):
                return value
        return narrowest(raw)

    return choose


def _as_it_is(raw: Any) -> Any:
    return raw


def _integer(raw: Any) -> Any:
    if isinstance(raw, str) and len(raw) <= _LONGEST_NUMBER and _INTEGER.fullmatch(raw):
        return int(raw)
    return raw


def _number(raw: Any) -> Any:
    if not isinstance(raw, str) or len(raw) > _LONGEST_NUMBER or not _NUMBER.fullmatch(raw):
        return raw
    if _INTEGER.fullmatch(raw):
        return int(raw)
    value = float(raw)
    return value if math.isfinite(value) else raw


def _boolean(raw: Any) -> Any:
    return {"true": True, "false": False}.get(raw, raw) if isinstance(raw, str) else raw


def _null(raw: Any) -> Any:
    return None if raw in ("", "null") else raw


_BY_TYPE: Mapping[str, Coercer] = {
    "integer": _integer,
    "number": _number,
    "boolean": _boolean,
    "null": _null,
    "string": _as_it_is,
    "array": _as_it_is,
    "object": _as_it_is,
}


def _type_name(value: Any) -> str:
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "boolean"
    if isinstance(value, int):
        return "integer"
    if isinstance(value, float):
        return "number"
    if isinstance(value, str):
        return "string"
    return "array" if isinstance(value, list) else "object"
