"""Fields that a contract declares: of a resource, of a body, and those that a list is filtered by."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from spec.contract import Contract, Operation, Role
from spec.pointer import resolve_pointer
from spec.resource import follow
from spec.schema import compile_schema

_PLAIN: Final = ("string", "integer", "number", "boolean")


def filters_of(contract: Contract, operation: Operation) -> dict[str, str]:
    """Query parameters of a list to the fields that they filter by: as declared, or named alike."""
    use, page = operation.resource, operation.page
    if use is None or use.role is not Role.LIST:
        return {}
    properties = resource_properties(contract, use.name)
    paging = (
        {page.page_parameter, page.size_parameter, page.marker_parameter, page.cursor_parameter, page.sort_parameter}
        if page
        else set()
    )
    names = (one.name for one in operation.parameters if one.location == "query" and one.name not in paging)
    alike = {name: name for name in names if properties.get(name, {}).get("type") in _PLAIN}
    return {**alike, **operation.filters}


def resource_properties(contract: Contract, name: str) -> Mapping[str, Mapping[str, Any]]:
    """The top-level fields of a resource with their `$ref`s followed; empty without a schema."""
    schema = contract.resources[name].schema
    if schema is None:
        return {}
    whole = follow(contract.document, resolve_pointer(contract.document, schema))
    return {field: follow(contract.document, part) for field, part in whole.get("properties", {}).items()}


def body_properties(contract: Contract, operation: Operation) -> Mapping[str, Mapping[str, Any]]:
    """The top-level fields of the first request body, under the names by which they travel."""
    if operation.body is None:
        return {}
    schema = next(iter(operation.body.media_types.values())).schema
    if schema is None:
        return {}
    whole = follow(contract.document, schema)
    return {field: follow(contract.document, part) for field, part in whole.get("properties", {}).items()}


def can_be_cleared(contract: Contract, operation: Operation) -> bool:
    """Whether a change may leave out a field that may be null or has a default."""
    use, sent = operation.resource, body_properties(contract, operation)
    if use is None or operation.body is None:
        return False
    shown = resource_properties(contract, use.name)
    schema = next(iter(operation.body.media_types.values())).schema or {}
    required = follow(contract.document, schema).get("required", ())
    names = (name.rpartition("[")[2].rstrip("]") for name in sent if name not in required)
    return any(shown.get(name, {}).get("nullable") or "default" in shown.get(name, {}) for name in names)


def states_date(contract: Contract, schema: Mapping[str, Any]) -> bool:
    """Whether a field takes dates in one form, and no other."""
    if schema.get("format") == "date":
        return True
    if "pattern" not in schema:
        return False
    validator = compile_schema(schema, contract.document)
    return validator.is_valid("2024-02-29") and not any(map(validator.is_valid, ("29.02.2024", "not-a-date")))


def is_flag(schema: Mapping[str, Any]) -> bool:
    """Whether a field is a flag, also where it travels as a text."""
    return schema.get("type") == "boolean" or "true" in schema.get("enum", ())
