"""Judging the shape of a body by the part of its schema that was broken. Copied into reproducers."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from conformance.reproduction.runtime.answer import Answer, Unclear


def shaped(got: Answer, status: int, schema: Mapping[str, Any]) -> str:
    """What is wrong unless the body is JSON of a shape; asked of answers with one status only."""
    if got.status != status:
        if 200 <= status < 300:
            raise Unclear(f"{got.target}: status {got.status}, not {status}")
        return ""
    try:
        value = json.loads(got.body.decode("utf-8"))
    except ValueError as error:
        return f"expected a JSON body, saw {got.body[:60]!r} ({error})"
    return misfit(value, schema, "")


_TYPES: dict[str, Any] = {
    "object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool,
    "null": type(None),
}  # fmt: skip
_FORMATS = {
    "date-time": r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)",
    "date": r"\d{4}-\d\d-\d\d",
    "uuid": r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
    "email": r"[^@\s]+@[^@\s]+",
    "uri": r"[A-Za-z][A-Za-z0-9+.-]*:\S*",
    "byte": r"[A-Za-z0-9+/]*={0,2}",
}


def misfit(value: Any, schema: Mapping[str, Any], place: str) -> str:
    """Where and how a value does not fit a schema of OpenAPI 3.0; an empty text if it does."""
    if value is None and schema.get("nullable"):
        return ""
    kind = schema.get("type")
    if kind is not None and not is_type(value, kind):
        return f"{place or '/'}: expected {kind}, saw {json.dumps(value)[:80]}"
    if "enum" in schema and value not in schema["enum"]:
        return f"{place or '/'}: expected one of {schema['enum']}, saw {json.dumps(value)[:80]}"
    if found := misfit_of_parts(value, schema, place):
        return found
    if isinstance(value, dict):
        return misfit_of_object(value, schema, place)
    return (misfit_of_list if isinstance(value, list) else misfit_of_scalar)(value, schema, place)


def misfit_of_parts(value: Any, schema: Mapping[str, Any], place: str) -> str:
    """Likewise, for the schemas that a schema is put together from."""
    for part in schema.get("allOf", ()):
        if found := misfit(value, part, place):
            return found
    for word in ("anyOf", "oneOf"):
        if word in schema and all(misfit(value, part, place) for part in schema[word]):
            return f"{place or '/'}: none of the shapes fits {json.dumps(value)[:80]}"
    return ""


def is_type(value: Any, kind: str) -> bool:
    """Whether a value is of a type of JSON; true and false are no numbers, 1.0 is an integer."""
    if isinstance(value, bool):
        return kind == "boolean"
    if kind == "integer" and isinstance(value, float):
        return value.is_integer()
    return isinstance(value, _TYPES[kind])


def misfit_of_object(value: Mapping[str, Any], schema: Mapping[str, Any], place: str) -> str:
    """Likewise, for the members of an object."""
    known = schema.get("properties", {})
    for name in schema.get("required", ()):
        if name not in value:
            return f"{place or '/'}: without {name}"
    for name, member in value.items():
        if name in known:
            found = misfit(member, known[name], f"{place}/{name}")
        elif schema.get("additionalProperties") is False:
            found = f"{place or '/'}: {name} is not documented"
        else:
            other = schema.get("additionalProperties")
            found = misfit(member, other, f"{place}/{name}") if isinstance(other, dict) else ""
        if found:
            return found
    return ""


def misfit_of_list(value: list[Any], schema: Mapping[str, Any], place: str) -> str:
    """Likewise, for the items of a list."""
    if not schema.get("minItems", 0) <= len(value) <= schema.get("maxItems", len(value)):
        return f"{place or '/'}: {len(value)} items"
    if schema.get("uniqueItems") and len({json.dumps(one, sort_keys=True) for one in value}) < len(value):
        return f"{place or '/'}: an item twice"
    for number, one in enumerate(value):
        if found := misfit(one, schema.get("items", {}), f"{place}/{number}"):
            return found
    return ""


def misfit_of_scalar(value: Any, schema: Mapping[str, Any], place: str) -> str:
    """Likewise, for texts and numbers."""
    shown = json.dumps(value)[:80]
    if isinstance(value, str):
        if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", len(value)):
            return f"{place}: the length of {shown}"
        if "pattern" in schema and not re.search(schema["pattern"], value):
            return f"{place}: {shown} does not match {schema['pattern']}"
        form = _FORMATS.get(schema.get("format", ""))
        return f"{place}: {shown} is no {schema['format']}" if form and not re.fullmatch(form, value) else ""
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        low, high = schema.get("minimum"), schema.get("maximum")
        too_low = low is not None and (value < low or (value == low and schema.get("exclusiveMinimum")))
        too_high = high is not None and (value > high or (value == high and schema.get("exclusiveMaximum")))
        return f"{place}: {shown} is out of range" if too_low or too_high else ""
    return ""


def header_shaped(got: Answer, name: str, schema: Mapping[str, Any], status: int) -> str:
    """What is wrong unless a header field is there and its text is a value of a schema."""
    if got.status != status:
        raise Unclear(f"{got.target}: status {got.status}, not {status}")
    text = got.headers.get(name.lower())
    if text is None:
        return f"expected a header field {name}, saw none"
    number = re.fullmatch(r"-?\d+(\.\d+)?", text)
    value = json.loads(text) if number and schema.get("type") in ("integer", "number") else text
    return misfit(value, schema, name)
