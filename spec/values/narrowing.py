"""Several schemas that must all hold, as one that can be made a value for."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from spec.errors import ContractError
from spec.schema import resolved

if TYPE_CHECKING:
    from spec.contract import JsonObject

_BOUNDS: Final = {"minimum": "exclusiveMinimum", "maximum": "exclusiveMaximum"}
_HOPS: Final = 20


def flatten(document: JsonObject, schema: JsonObject, hops: int = 0) -> dict[str, Any]:
    """The schema with its `$ref` followed and its `allOf` parts drawn in; `oneOf`, `anyOf` and `not` stay.

    Raises ContractError for a schema that is made of itself.
    """
    if hops > _HOPS:
        raise ContractError("a schema that is made of itself", hint="break the circle of $ref or allOf")
    schema = resolved(document, schema)
    if "allOf" not in schema:
        return dict(schema)
    own = {key: value for key, value in schema.items() if key != "allOf"}
    parts = [flatten(document, part, hops + 1) for part in schema["allOf"]]
    # One part that takes no null rules it out for all; a nullable whole of such parts says null beside them.
    nullable = bool(own.get("nullable")) or (bool(parts) and all(part.get("nullable") for part in parts))
    return {**narrow([*parts, own]), "nullable": nullable}


def narrow(schemas: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """One schema that lets through what all of these do, as far as schemas can be laid over each other."""
    result: dict[str, Any] = {}
    for schema in schemas:
        for key, value in schema.items():
            result[key] = _joined(key, result[key], value) if key in result else value
        for bound, flag in _BOUNDS.items():
            # The flag belongs to the bound that it stood beside.
            if bound in schema and result[bound] == schema[bound] and flag not in schema:
                result.pop(flag, None)
    return result


def _joined(key: str, one: Any, other: Any) -> Any:
    if join := _JOINS.get(key):
        return join(one, other)
    if key == "additionalProperties" and False in (one, other):
        return False
    return other


def _united(one: Sequence[str], other: Sequence[str]) -> list[str]:
    return [*one, *(name for name in other if name not in one)]


def _shared(one: Sequence[Any], other: Sequence[Any]) -> list[Any]:
    return [value for value in one if value in other]


def _crossed(one: Sequence[Any], other: Sequence[Any]) -> Sequence[Any]:
    # Each choice of the one goes with each of the other.
    return one if one == other else [{"allOf": [left, right]} for left in one for right in other]


def _joined_properties(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    joined: dict[str, Any] = {}
    for name in (*one, *(name for name in other if name not in one)):
        both = [part[name] for part in (one, other) if name in part]
        joined[name] = both[0] if len(both) == 1 else {"allOf": both}
    return joined


_JOINS: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    **dict.fromkeys(("minLength", "minItems", "minProperties", "minimum"), max),
    **dict.fromkeys(("maxLength", "maxItems", "maxProperties", "maximum"), min),
    "required": _united,
    "enum": _shared,
    "properties": _joined_properties,
    "oneOf": _crossed,
    "anyOf": _crossed,
}
