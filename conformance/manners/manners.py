"""Manners: what the kit may create, change and delete at a target, and how it names what it creates.

The rule of the house is that only what the kit made is changed or deleted. A vendor may allow more, or less:

    created-only   things that this run created, and whatever lies below them
    anything       everything, for a test system that nobody else uses
    false          nothing

What a request would do is judged from the contract: the role of its operation, else its method.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from spec.contract import Contract, Operation, Role
from spec.errors import ContractError
from spec.pointer import resolve_pointer

PREFIX = "mockproof-"
"""How names of created things begin, unless the declaration says otherwise."""

_NOBODYS = re.compile(r"9{9,}|ffffffff-ffff-4fff-bfff-ffffffffffff", re.ASCII)
"""Numbers and UUIDs that scenarios use for things that do not exist."""

_FREE_NAMES = ("name", "title", "label", "description", "note", "comment", "display_name", "summary")
"""Field names that say that any text will do, best first; another free string may be a reference to something."""


class Extent(StrEnum):
    """How far a permission goes."""

    CREATED = "created-only"
    ANYTHING = "anything"
    NOTHING = "nothing"


class Deed(StrEnum):
    """What a request does to the target."""

    READ = "read"
    CREATE = "create"
    CHANGE = "change"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Manners:
    """What may be done to a target.

    may_create: with "created-only", things at the top and below created ones. prefix: begins every name that the
    kit gives.
    """

    may_create: Extent = Extent.ANYTHING
    may_change: Extent = Extent.CREATED
    may_delete: Extent = Extent.CREATED
    prefix: str = PREFIX

    def extent(self, deed: Deed) -> Extent:
        """How far the permission for a deed goes."""
        extents = {Deed.CREATE: self.may_create, Deed.CHANGE: self.may_change, Deed.DELETE: self.may_delete}
        return extents.get(deed, Extent.ANYTHING)


DISPOSABLE = Manners(Extent.ANYTHING, Extent.ANYTHING, Extent.ANYTHING)
"""Manners at a target that nobody else uses, and that may be thrown away afterwards."""


def deed_of(operation: Operation, method: str | None = None) -> Deed:
    """What a request of an operation does; `method` where another one than the operation's is sent."""
    sent = (method or operation.method).lower()
    if sent in ("get", "head", "options", "trace"):
        return Deed.READ
    if sent == "delete":
        return Deed.DELETE
    role = operation.resource.role if operation.resource else None
    if sent != operation.method:
        return Deed.CHANGE
    if role is Role.CREATE or (role is None and sent == "post"):
        return Deed.CREATE
    return Deed.DELETE if role is Role.DELETE else Deed.CHANGE


def can_be_deleted(contract: Contract, operation: Operation) -> bool:
    """Whether the contract has an operation that deletes what another one creates."""
    return operation.resource is not None and bool(contract.uses_of(operation.resource.name, Role.DELETE))


def is_nobodys(identifier: str, prefix: str = PREFIX) -> bool:
    """Whether an id is one that the kit made up so that nothing has it."""
    return identifier.startswith((PREFIX, prefix)) or _NOBODYS.fullmatch(identifier) is not None


def naming_field(contract: Contract, operation: Operation) -> tuple[str, int | None] | None:
    """The field of a request body that takes any text, with its greatest length; None where there is none.

    A free text is a string without enum, format and pattern whose name says that it is for people.
    """
    if operation.body is None or deed_of(operation) is not Deed.CREATE:
        return None
    schema = next(iter(operation.body.media_types.values())).schema or {}
    found: dict[str, tuple[str, int | None]] = {}
    for name, raw in _properties(contract, schema).items():
        field = _resolved(contract, raw)
        bare = name.rpartition("[")[2].rstrip("]").lower()
        free = field.get("type") == "string" and not {"enum", "format", "pattern", "x-list"} & set(field)
        if free and not field.get("readOnly") and bare in _FREE_NAMES:
            found[bare] = (name, field.get("maxLength"))
    return next((found[bare] for bare in _FREE_NAMES if bare in found), None)


def named(name: str, longest: int | None, text: str = "") -> str:
    """A name that begins with `name`, goes on with `text`, and is no longer than the field allows."""
    return (name + text)[:longest] if longest is not None else name + text


def _properties(contract: Contract, schema: Mapping[str, Any]) -> dict[str, Any]:
    whole = _resolved(contract, schema)
    found: dict[str, Any] = {}
    for part in whole.get("allOf", ()):
        found.update(_properties(contract, part))
    return {**found, **whole.get("properties", {})}


def _resolved(contract: Contract, schema: Mapping[str, Any]) -> Mapping[str, Any]:
    for _ in range(20):
        if "$ref" not in schema:
            return schema
        try:
            schema = resolve_pointer(contract.document, schema["$ref"])
        except ContractError:
            return {}
    return {}
