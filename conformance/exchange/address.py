"""Addresses: one value for each path parameter of an operation, made from the ids of a thing and its parents."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote

from spec.contract import Operation

Address = Mapping[str, str]
"""Path parameter to its value."""


def address_of(operation: Operation, chain: Mapping[str, str]) -> dict[str, str] | None:
    """The address of an operation for a chain of ids by resource name; None when an id is missing."""
    path = operation.resource.path if operation.resource else ()
    found = {parameter: chain[resource] for parameter, resource in path if resource in chain}
    return found if len(found) == len(path) and len(path) == operation.path.count("{") else None


def chain_of(operation: Operation, address: Mapping[str, object]) -> dict[str, str]:
    """The ids that an address gives, by resource name, outermost first."""
    path = operation.resource.path if operation.resource else ()
    return {resource: str(address[parameter]) for parameter, resource in path if parameter in address}


def path_values(template: str, path: str) -> list[tuple[str, str]]:
    """Path parameters of a path, decoded; empty when the path does not have the template's shape.

    Dot segments and a missing segment make another path of it, so that nothing can be said about parameters.
    """
    parts, wanted = path.lstrip("/").split("/"), template.lstrip("/").split("/")
    offset = len(parts) - len(wanted)  # a base path in front of the template is skipped
    if offset < 0:
        return []
    found = []
    for segment, part in zip(wanted, parts[offset:], strict=True):
        head, brace, rest = segment.partition("{")
        if brace:
            name, _, tail = rest.partition("}")
            end = len(part) - len(tail)
            found.append((name, unquote(part[len(head) : end])))
        elif segment != part:
            return []
    return found
