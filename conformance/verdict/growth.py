"""Growth: a merge patch adds to what is there, so whether the sum still fits is not for the request's schema to say."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from conformance.exchange.decoding import UnreadableError, read_json
from conformance.exchange.exchange import Request
from spec.contract import Contract, Operation
from spec.field import resource_properties

_MERGE_PATCH = "application/merge-patch+json"
_BOUNDS = ("maxProperties", "minProperties")


def may_not_fit(contract: Contract, operation: Operation, request: Request) -> str | None:
    """The field of an item that a merge patch reaches into, and that may only hold so many members; None without one.

    RFC 7396 merges objects: ten labels that are allowed may be too many for an item that has labels already.
    """
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _MERGE_PATCH or operation.resource is None:
        return None
    try:
        body: Any = read_json(request.body)
    except UnreadableError:
        return None
    fields = resource_properties(contract, operation.resource.name)
    for name, value in body.items() if isinstance(body, Mapping) else ():
        if isinstance(value, Mapping) and value and any(bound in fields.get(name, {}) for bound in _BOUNDS):
            return str(name)
    return None
