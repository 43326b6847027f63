"""The shape of each resource: its place among the others, its fields, and what their names tell.

A contract says what a resource looks like; a few things are told by names alone (`created_at`, `size`,
`<parent>_id`). Those conventions stand here, once, for whoever stores, fills in or checks an item.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any, Final

from spec.contract import Contract, JsonObject, Resource, ResourceUse
from spec.errors import ContractError
from spec.pointer import resolve_pointer


class Meaning(StrEnum):
    """What a field is for, as far as its name tells."""

    CREATED = "created"
    UPDATED = "updated"
    STARTED = "started"
    ENDED = "ended"
    EXPIRES = "expires"
    SIZE = "size"
    MEDIA_TYPE = "media type"
    DIGEST = "digest"


_NAMES: Final[Mapping[str, Meaning]] = MappingProxyType(
    {
        "created_at": Meaning.CREATED,
        "created": Meaning.CREATED,
        "updated_at": Meaning.UPDATED,
        "updated": Meaning.UPDATED,
        "started_at": Meaning.STARTED,
        "finished_at": Meaning.ENDED,
        "completed_at": Meaning.ENDED,
        "ended_at": Meaning.ENDED,
        "expires_at": Meaning.EXPIRES,
        "expires": Meaning.EXPIRES,
        "size": Meaning.SIZE,
        "sha256": Meaning.DIGEST,
        "content_type": Meaning.MEDIA_TYPE,
        "media_type": Meaning.MEDIA_TYPE,
    }
)

# No leading zeros and no sign: "007" is not the address of item 7. Bounded, so that no huge number is ever made.
_WHOLE = re.compile(r"0|[1-9][0-9]{0,17}", re.ASCII)

_HOPS = 20


@dataclass(frozen=True, slots=True)
class Shape:
    """One resource as items are made of it.

    chain: names of its ancestors and itself, outermost first; an item's key holds one id for each.
    properties: top-level fields with their `$ref`s followed, in the order of the schema; empty without one.
    inherited: field to the position in the key whose id it repeats, such as `shelf_id` of a book.
    reserved: ids that no item may have, since a path means something else by them.
    renewable: fields that an operation renews; they hold links that run out.
    has_content: an operation answers with an item's bytes.
    """

    resource: Resource
    chain: tuple[str, ...]
    properties: Mapping[str, JsonObject]
    required: frozenset[str]
    inherited: Mapping[str, int]
    reserved: frozenset[str]
    renewable: tuple[str, ...]
    has_content: bool = False

    @property
    def name(self) -> str:
        """Name of the resource."""
        return self.resource.name

    @property
    def has_integer_ids(self) -> bool:
        """Whether ids are integers; ids of a resource without a schema are strings."""
        return bool(self.properties.get(self.resource.id, {}).get("type") == "integer")

    def identify(self, value: Any) -> str | int | None:
        """The id that a path or a form means by a value, or None if no item can have such an id."""
        if not self.has_integer_ids:
            return str(value)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        return int(value) if isinstance(value, str) and _WHOLE.fullmatch(value) else None

    def fields_meaning(self, meaning: Meaning) -> tuple[str, ...]:
        """The fields whose name tells that they are for this."""
        return tuple(name for name in self.properties if _NAMES.get(name) is meaning)


def read_shapes(contract: Contract) -> Mapping[str, Shape]:
    """The shape of every resource of a contract, by name."""
    reserved = _reserved_ids(contract)
    return MappingProxyType(
        {
            name: _shape(contract, resource, reserved.get(name, frozenset()))
            for name, resource in contract.resources.items()
        }
    )


def follow(document: JsonObject, schema: JsonObject, hops: int = 0) -> JsonObject:
    """The schema itself or what its `$ref` leads to, with `allOf` parts laid over each other.

    Raises ContractError for a schema that is made of itself.
    """
    if hops > _HOPS:
        raise ContractError("a schema that is made of itself", hint="break the circle of $ref or allOf")
    if "$ref" in schema:
        return follow(document, resolve_pointer(document, schema["$ref"]), hops + 1)
    if "allOf" not in schema:
        return schema
    rest = {key: value for key, value in schema.items() if key != "allOf"}
    whole: dict[str, Any] = {}
    for part in (*(follow(document, part, hops + 1) for part in schema["allOf"]), rest):
        properties = {**whole.get("properties", {}), **part.get("properties", {})}
        required = [*whole.get("required", ()), *part.get("required", ())]
        whole |= part
        whole |= ({"properties": properties} if properties else {}) | ({"required": required} if required else {})
    return whole


def _shape(contract: Contract, resource: Resource, reserved: frozenset[str]) -> Shape:
    document, chain = contract.document, _chain(contract, resource.name)
    schema = follow(document, contract.schema_at(resource.schema)) if resource.schema else {}
    properties = {name: follow(document, part) for name, part in schema.get("properties", {}).items()}
    inherited = {
        field: position
        for position, ancestor in enumerate(chain[:-1])
        if (field := f"{ancestor}_{contract.resources[ancestor].id}") in properties and field != resource.id
    }
    renewable = {use.renews for use in _uses(contract, resource.name) if use.renews in properties}
    return Shape(
        resource=resource,
        chain=chain,
        properties=MappingProxyType(properties),
        required=frozenset(schema.get("required", ())),
        inherited=MappingProxyType(inherited),
        reserved=reserved,
        renewable=tuple(name for name in properties if name in renewable),
        has_content=any(use.part == "content" for use in _uses(contract, resource.name)),
    )


def _uses(contract: Contract, name: str) -> Iterator[ResourceUse]:
    uses = (operation.resource for operation in contract.operations)
    return (use for use in uses if use and use.name == name)


def _chain(contract: Contract, name: str) -> tuple[str, ...]:
    parent = contract.resources[name].parent
    return (*_chain(contract, parent), name) if parent else (name,)


def _reserved_ids(contract: Contract) -> Mapping[str, frozenset[str]]:
    """Literal segments that stand where another path has an id."""
    paths = [(_segments(operation.path), operation) for operation in contract.operations]
    found: dict[str, set[str]] = {}
    for segments, operation in paths:
        owners = dict(operation.resource.path) if operation.resource else {}
        for position, segment in enumerate(segments):
            owner = owners.get(segment[1:-1]) if segment.startswith("{") else None
            if owner is not None:
                found.setdefault(owner, set()).update(_literals_at(position, segments, [other for other, _ in paths]))
    return {name: frozenset(literals) for name, literals in found.items()}


def _literals_at(position: int, segments: Sequence[str], others: Sequence[Sequence[str]]) -> Iterator[str]:
    before = [_blank(segment) for segment in segments[:position]]
    for other in others:
        beside = len(other) > position and [_blank(segment) for segment in other[:position]] == before
        if beside and not other[position].startswith("{"):
            yield other[position]


def _segments(path: str) -> list[str]:
    return path.split("/")


def _blank(segment: str) -> str:
    return "{}" if segment.startswith("{") else segment
