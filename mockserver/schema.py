"""OpenAPI 3.0 schemas compiled to validators, once per place where one stands.

OpenAPI 3.0 speaks a dialect of its own: `nullable`, a boolean `exclusiveMinimum`, `readOnly` that
lifts `required` in requests, `$ref` that silences its neighbours. A schema is translated to JSON
Schema 2020-12 together with everything it refers to, so that recursion stays a reference and is
never unrolled. Patterns run in linear time; one that needs look-around runs under a step limit.
"""

from __future__ import annotations

import base64
import binascii
from enum import StrEnum
from itertools import islice
from typing import TYPE_CHECKING, Any

import jsonschema_rs

from mockserver.errors import shorten
from mockserver.exchange import Violation
from spec.contract import JsonObject, resolve_pointer
from spec.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

MOST_VIOLATIONS = 50
"""As many violations as one answer tells."""

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


class Schema:
    """One compiled schema."""

    def __init__(self, validator: Any) -> None:
        # jsonschema_rs gives one class per draft and no common one; the type stops here.
        self._validator = validator

    def is_valid(self, value: Any) -> bool:
        """Whether the value fits."""
        return bool(self._validator.is_valid(value))

    def violations(self, value: Any, place: str, prefix: str = "") -> tuple[Violation, ...]:
        """Every way in which the value does not fit, at most MOST_VIOLATIONS; `prefix` leads each pointer."""
        if self._validator.is_valid(value):
            return ()
        found = islice(self._validator.iter_errors(value), MOST_VIOLATIONS)
        return tuple(violation for error in found for violation in _violations(error, place, prefix))


class SchemaCompiler:
    """Compiles the schemas of one document for one direction."""

    def __init__(self, document: JsonObject, direction: Direction) -> None:
        self._document = document
        self._direction = direction

    def compile(self, schema: JsonObject, place: str) -> Schema:
        """The compiled schema; raises ContractError naming `place` if it is not a schema we understand."""
        names: dict[str, str] = {}
        root = self._translate(schema, names)
        definitions: dict[str, Any] = {}
        # Translating a definition may name further ones; each is translated once, so recursion ends.
        while missing := [pointer for pointer, name in names.items() if name not in definitions]:
            for pointer in missing:
                definitions[names[pointer]] = self._translate(resolve_pointer(self._document, pointer), names)
        draft = "https://json-schema.org/draft/2020-12/schema"
        return Schema(_compiled({"$schema": draft, **root, "$defs": definitions}, place))

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
        flag = "readOnly" if self._direction is Direction.REQUEST else "writeOnly"
        foreign = {name for name, value in properties.items() if resolved(self._document, value).get(flag)}
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


def _compiled(bundle: dict[str, Any], place: str) -> Any:
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
            f"a schema that cannot be compiled: {shorten(str(error).splitlines()[0])} (at {place})",
            hint="run 'mockproof contract lint' for the full list",
        ) from error


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return False
    return True


_TEXTS = {
    "type": "expected {types}",
    "enum": "expected one of {options}",
    "format": "is not a valid {format}",
    "pattern": "does not match the pattern {pattern}",
    "minLength": "must have at least {limit} characters",
    "maxLength": "must have at most {limit} characters",
    "minItems": "must have at least {limit} items",
    "maxItems": "must have at most {limit} items",
    "minProperties": "must have at least {limit} members",
    "maxProperties": "must have at most {limit} members",
    "minimum": "must be at least {limit}",
    "maximum": "must be at most {limit}",
    "exclusiveMinimum": "must be more than {limit}",
    "exclusiveMaximum": "must be less than {limit}",
    "multipleOf": "must be a multiple of {multiple_of}",
    "uniqueItems": "must not hold the same item twice",
    "anyOf": "fits none of the alternatives",
    "oneOf": "must fit exactly one of the alternatives",
    "not": "is what the contract rules out",
}


def _violations(error: Any, place: str, prefix: str) -> Iterator[Violation]:
    keyword, facts = error.kind.name, error.kind.as_dict()
    pointer = prefix + "".join(f"/{_escaped(part)}" for part in error.instance_path)
    if keyword == "required":
        yield Violation(place, f"{pointer}/{_escaped(facts['property'])}", keyword, "is required")
        return
    if keyword == "additionalProperties":
        for name in facts["unexpected"]:
            yield Violation(place, f"{pointer}/{_escaped(name)}", keyword, "is not a known member")
        return
    if keyword in ("anyOf", "oneOf") and (meant := _meant(error, facts.get("context", ()))):
        for inner in meant:
            yield from _violations(inner, place, prefix)
        return
    text = _TEXTS[keyword].format(**_readable(facts)) if keyword in _TEXTS else error.message
    yield Violation(place, pointer, keyword, shorten(text), shorten(error.instance))


def _meant(error: Any, alternatives: Sequence[Sequence[Any]]) -> Sequence[Any]:
    """What is wrong with the one alternative of the value's own type; nothing if there are several or none.

    That alternative is what the client meant, and `null` beside it, say, is not.
    """
    own = [
        errors
        for errors in alternatives
        if not any(inner.kind.name == "type" and inner.instance_path == error.instance_path for inner in errors)
    ]
    return own[0] if len(own) == 1 else ()


def _readable(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: shorten(" or ".join(map(str, value)) if isinstance(value, list) else str(value))
        for key, value in facts.items()
        if key != "context"
    }


def _escaped(part: str | int) -> str:
    return str(part).replace("~", "~0").replace("/", "~1")
