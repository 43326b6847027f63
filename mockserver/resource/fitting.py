"""Values as they travel in forms and URLs, turned into what a field holds."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spec.contract import JsonObject

_INTEGER: Final = re.compile(r"-?(0|[1-9][0-9]{0,17})", re.ASCII)
_NUMBER: Final = re.compile(r"-?(0|[1-9][0-9]{0,17})(\.[0-9]{1,18})?([eE][+-]?[0-9]{1,2})?", re.ASCII)
_WRAPPED: Final = re.compile(r"[^\[\]]+\[([^\[\]]+)\]")
_FLAGS: Final = {"true": True, "1": True, "false": False, "0": False}


def fit(schema: JsonObject, value: Any) -> Any:
    """The value in the type of a field; as it is where it has that type already, or cannot have it."""
    kind = schema.get("type")
    if not isinstance(value, str) or kind == "string":
        return value
    if value == "" and schema.get("nullable"):
        return None
    if kind == "integer" and _INTEGER.fullmatch(value):
        return int(value)
    if kind == "number" and _NUMBER.fullmatch(value):
        return float(value)
    return _FLAGS.get(value.lower(), value) if kind == "boolean" else value


def fields_of(body: Any) -> Mapping[str, Any]:
    """The fields that a body gives: names in brackets without what is around them; none if it is no object."""
    if not isinstance(body, dict):
        return {}
    return {field_name(name): value for name, value in body.items()}


def field_name(name: str) -> str:
    """The field that a form's name means: `size` for `box[size]`."""
    wrapped = _WRAPPED.fullmatch(name) if "[" in name else None
    return wrapped.group(1) if wrapped else name


def merge_patch(target: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """The target with a patch applied (RFC 7396): null takes a member away, objects are merged, the rest replaces."""
    merged = dict(target)
    for name, value in patch.items():
        if value is None:
            merged.pop(name, None)
        elif isinstance(value, dict):
            inner = merged.get(name)
            merged[name] = merge_patch(inner if isinstance(inner, dict) else {}, value)
        else:
            merged[name] = value
    return merged
