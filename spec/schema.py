"""OpenAPI 3.0 schemas compiled to validators.

OpenAPI 3.0 speaks a dialect of its own: `nullable`, a boolean `exclusiveMinimum`, `readOnly` that
lifts `required` in requests, `$ref` that silences its neighbours. A schema is translated to JSON
Schema 2020-12 together with everything it refers to, so that recursion stays a reference and is
never unrolled. Patterns run in linear time; one that needs look-around runs under a step limit.
"""

from __future__ import annotations

import base64
import binascii
from enum import StrEnum
from typing import Any

import jsonschema_rs

from spec.contract import JsonObject
from spec.errors import ContractError
from spec.pointer import resolve_pointer

_BACKTRACK_LIMIT = 100_000
_ONE = ("items", "not", "additionalProperties")
_MANY = ("allOf", "anyOf", "oneOf")
_KEPT = (
    "type", "enum", "multipleOf", "maximum", "minimum", "maxLength", "minLength", "pattern", "maxItems", "minItems",
    "uniqueItems", "maxProperties", "minProperties", "format",
)  # fmt: skip
_RANGES = {"int32": (-(2**31), 2**31 - 1), "int64": (-(2**63), 2**63 - 1)}


class Direction(StrEnum):
    """Which way a body travels: `readOnly` binds answers, `writeOnly` requests."""

    REQUEST = "request"
    RESPONSE = "response"


FOREIGN = {Direction.REQUEST: "readOnly", Direction.RESPONSE: "writeOnly"}
"""The flag of what does not belong into a body of that direction."""


def compile_schema(
    schema: JsonObject, document: JsonObject, direction: Direction | None = None, place: str = "a schema"
) -> jsonschema_rs.Draft202012Validator:
    """A validator of one schema, whose `$ref`s lead into `document`; formats are enforced.

    direction: makes `readOnly` or `writeOnly` count; without one they say nothing.
    Raises ContractError naming `place` for a schema that cannot be compiled.
    """
    return _compiled(_Translation(document, direction).bundle(schema), place)


class _Translation:
    """Translates one schema of a document, and everything it refers to, for one direction."""

    def __init__(self, document: JsonObject, direction: Direction | None) -> None:
        self._document = document
        self._direction = direction

    def bundle(self, schema: JsonObject) -> dict[str, Any]:
        """The JSON Schema, with what it refers to under `$defs`."""
        names: dict[str, str] = {}
        root = self._translate(schema, names)
        definitions: dict[str, Any] = {}
        # Translating a definition may name further ones; each is translated once, so recursion ends.
        while missing := [pointer for pointer, name in names.items() if name not in definitions]:
            for pointer in missing:
                definitions[names[pointer]] = self._translate(resolve_pointer(self._document, pointer), names)
        return {"$schema": "https://json-schema.org/draft/2020-12/schema", **root, "$defs": definitions}

    def _translate(self, schema: JsonObject, names: dict[str, str]) -> dict[str, Any]:
        if "$ref" in schema:
            name = names.setdefault(schema["$ref"], str(len(names)))
            return {"$ref": f"#/$defs/{name}"}
        result: dict[str, Any] = {keyword: schema[keyword] for keyword in _KEPT if keyword in schema}
        for keyword in _ONE:
            if keyword in schema:
                value = schema[keyword]
                result[keyword] = value if isinstance(value, bool) else self._translate(value, names)
        for keyword in _MANY:
            if keyword in schema:
                result[keyword] = [self._translate(part, names) for part in schema[keyword]]
        self._translate_properties(schema, result, names)
        _translate_bounds(schema, result)
        return _nullable(result) if schema.get("nullable") else result

    def _translate_properties(self, schema: JsonObject, result: dict[str, Any], names: dict[str, str]) -> None:
        properties = schema.get("properties", {})
        flag = FOREIGN.get(self._direction) if self._direction else None
        foreign = {name for name, value in properties.items() if flag and resolved(self._document, value).get(flag)}
        if properties:
            result["properties"] = {name: self._translate(value, names) for name, value in properties.items()}
        if self._direction is Direction.RESPONSE:
            result.get("properties", {}).update(dict.fromkeys(foreign, False))
        if required := [name for name in schema.get("required", ()) if name not in foreign]:
            result["required"] = required


def resolved(document: JsonObject, schema: JsonObject) -> JsonObject:
    """The schema itself, or what its `$ref` leads to."""
    hops = 0
    while "$ref" in schema:
        hops += 1
        if hops > 20:
            raise ContractError(f"a $ref that leads back to itself: {schema['$ref']}")
        schema = resolve_pointer(document, schema["$ref"])
    return schema


def _translate_bounds(schema: JsonObject, result: dict[str, Any]) -> None:
    for bound, exclusive in (("minimum", "exclusiveMinimum"), ("maximum", "exclusiveMaximum")):
        if schema.get(exclusive) is True and bound in result:
            result[exclusive] = result.pop(bound)
    if result.get("type") == "integer" and result.get("format") in _RANGES:
        lowest, highest = _RANGES[result["format"]]
        result["minimum"] = max(lowest, result.get("minimum", lowest))
        result["maximum"] = min(highest, result.get("maximum", highest))


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    if "type" not in schema:
        return {"anyOf": [schema, {"type": "null"}]}
    # An enum that does not list null leaves no room for it (OpenAPI 3.0.3, proposal on `nullable`).
    return {**schema, "type": [schema["type"], "null"]}


def _compiled(bundle: dict[str, Any], place: str) -> jsonschema_rs.Draft202012Validator:
    formats = {"byte": _is_base64}
    try:
        return jsonschema_rs.Draft202012Validator(
            bundle, validate_formats=True, formats=formats, pattern_options=jsonschema_rs.RegexOptions()
        )
    except ValueError:
        # Perhaps only a look-around, which the linear engine does not know.
        options = jsonschema_rs.FancyRegexOptions(backtrack_limit=_BACKTRACK_LIMIT)
    try:
        return jsonschema_rs.Draft202012Validator(
            bundle, validate_formats=True, formats=formats, pattern_options=options
        )
    except ValueError as error:
        raise ContractError(
            f"a schema that cannot be compiled: {str(error).splitlines()[0][:200]} (at {place})",
            hint="run 'mockproof contract lint' for the full list",
        ) from error


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True
