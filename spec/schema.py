"""Schemas of OpenAPI 3.0 as compiled validators.

OpenAPI 3.0 is not quite JSON Schema: `nullable`, boolean exclusive bounds and the place of `$ref` differ.
`compile_schema` translates once and compiles with the linear-time regular expression engine, so that no
pattern of a contract can stall whoever validates.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jsonschema_rs

from spec.errors import ContractError

_NESTED_MAPS = frozenset({"properties", "patternProperties"})
_NESTED_LISTS = frozenset({"allOf", "anyOf", "oneOf"})
_NESTED = frozenset({"items", "additionalProperties", "not"})
_ANNOTATIONS = frozenset({"example", "externalDocs", "xml", "discriminator", "deprecated"})


def compile_schema(schema: Any, document: Mapping[str, Any]) -> jsonschema_rs.Draft202012Validator:
    """A validator of one schema; `$ref`s lead into `document`, formats are enforced.

    Raises ContractError where the schema cannot be compiled, for example for a pattern with look-around.
    """
    translated = translate(schema)
    components = document.get("components", {}).get("schemas", {})
    root = {**translated, "components": {"schemas": {name: translate(part) for name, part in components.items()}}}
    try:
        return jsonschema_rs.Draft202012Validator(
            root, validate_formats=True, pattern_options=jsonschema_rs.RegexOptions()
        )
    except jsonschema_rs.ValidationError as error:
        raise ContractError(f"a schema cannot be compiled: {error.message}", hint="correct the schema") from error


def translate(schema: Any) -> Any:
    """The JSON Schema 2020-12 of an OpenAPI 3.0 schema object."""
    if not isinstance(schema, Mapping):
        return schema
    if "$ref" in schema:
        return {"$ref": schema["$ref"]}
    result: dict[str, Any] = {}
    for key, member in schema.items():
        if key in _NESTED_MAPS:
            result[key] = {name: translate(part) for name, part in member.items()}
        elif key in _NESTED_LISTS:
            result[key] = [translate(part) for part in member]
        elif key in _NESTED:
            result[key] = translate(member)
        elif key not in _ANNOTATIONS and key != "nullable" and not key.startswith("x-"):
            result[key] = member
    _bound(result, "minimum", "exclusiveMinimum")
    _bound(result, "maximum", "exclusiveMaximum")
    return _nullable(result) if schema.get("nullable") else result


def _bound(schema: dict[str, Any], inclusive: str, exclusive: str) -> None:
    flag = schema.get(exclusive)
    if flag is True and inclusive in schema:
        schema[exclusive] = schema.pop(inclusive)
    elif isinstance(flag, bool):
        del schema[exclusive]


def _nullable(schema: dict[str, Any]) -> dict[str, Any]:
    if "type" not in schema:
        return {"anyOf": [{"type": "null"}, schema]}
    widened = {**schema, "type": [schema["type"], "null"]}
    if "enum" in widened and None not in widened["enum"]:
        widened["enum"] = [*widened["enum"], None]
    return widened
