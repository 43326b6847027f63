"""Values made up for a schema: plain, valid, and the same every time.

They fill in what the mock needs and nobody gave: fields that a server would make, and answers of
operations that keep nothing. The contract's own words come first: an example, a default, the first of
an enumeration. `spec.values.invention` makes the varied values that a client asks for.
"""

from __future__ import annotations

import math
from random import Random
from typing import TYPE_CHECKING, Any, Final

from spec.errors import ContractError
from spec.resource import follow
from spec.schema import compile_schema
from spec.values.text import propose_texts

if TYPE_CHECKING:
    from spec.contract import JsonObject

_TEXTS: Final = {
    "date-time": "2026-01-15T12:00:00Z",
    "date": "2026-01-15",
    "time": "12:00:00Z",
    "duration": "PT1H",
    "email": "someone@mail.example",
    "hostname": "host.example",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "uri": "https://data.example/",
    "uri-reference": "/data",
    "uuid": "5c0f3b9e-6d1f-4c0f-9a53-0d8f5d6c2b11",
    "byte": "bW9jaw==",
}


def generate(schema: JsonObject, document: JsonObject, name: str) -> Any:
    """A value that fits a schema; `name` says what it is for, in errors.

    Raises ContractError where none can be made, which is for the author of the contract to mend.
    """
    value = _value(schema, document, frozenset())
    if not compile_schema(schema, document).is_valid(value):
        raise ContractError(f"no value could be made up for {name}", hint="give its schema an example or a default")
    return value


def _value(schema: JsonObject, document: JsonObject, within: frozenset[str]) -> Any:
    """A value for a schema; `within` holds the references that lead here, so that none is followed into itself."""
    reference = schema.get("$ref")
    if reference in within:
        return None
    inner = within | {reference} if reference else within
    schema = follow(document, schema)
    for keyword in ("example", "default"):
        if keyword in schema:
            return schema[keyword]
    if schema.get("enum"):
        return schema["enum"][0]
    for keyword in ("oneOf", "anyOf"):
        if schema.get(keyword):
            return _value(schema[keyword][0], document, inner)
    if "properties" in schema or schema.get("type") == "object":
        return _object(schema, document, inner)
    return _plain(schema, document, inner)


def _plain(schema: JsonObject, document: JsonObject, within: frozenset[str]) -> Any:
    kind = schema.get("type")
    if kind == "array":
        return [_value(schema.get("items", {}), document, within) for _ in range(schema.get("minItems", 0))]
    if kind in ("integer", "number"):
        return _number(schema, whole=kind == "integer")
    if kind == "boolean":
        return False
    return _text(schema) if kind == "string" else None


def _object(schema: JsonObject, document: JsonObject, within: frozenset[str]) -> dict[str, Any]:
    # Only what must be there: whatever else an object may hold could lead round in circles.
    properties = schema.get("properties", {})
    return {name: _value(properties.get(name, {}), document, within) for name in schema.get("required", ())}


def _number(schema: JsonObject, *, whole: bool) -> float:
    lowest, highest = schema.get("minimum"), schema.get("maximum")
    step = schema.get("multipleOf", 1 if whole else None)
    value: float = lowest if lowest is not None else min(0, highest) if highest is not None else 0
    if step:
        value = math.ceil(value / step) * step
    if value == lowest and schema.get("exclusiveMinimum") is True:
        value += step or (0.5 if highest is None else (highest - value) / 2)
    return int(value) if whole else value


def matching_text(schema: JsonObject) -> str:
    """The same text every time for a string schema with a pattern; empty where none was found that fits."""
    judge = compile_schema({**schema, "nullable": False}, {})
    proposed = propose_texts(schema, "", Random(0))  # noqa: S311  (the same text every time is what is wanted)
    return next((text for text in proposed if judge.is_valid(text)), "")


def _text(schema: JsonObject) -> str:
    if "pattern" in schema:
        return matching_text(schema)
    known = _TEXTS.get(schema.get("format", ""))
    if known is not None:
        return known
    text = "text"[: schema.get("maxLength", 4)]
    return text.ljust(schema.get("minLength", 0), "x")
