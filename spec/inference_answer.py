"""The success answers of a plain OpenAPI document, as far as they tell whether an item fits into them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from spec.contract import JsonObject
from spec.errors import ContractError
from spec.pointer import join_pointer, resolve_pointer, split_pointer
from spec.resource import follow

_IDENTIFIERS: Final = ("id", "uuid", "guid", "name", "key", "slug", "code")
_HOPS: Final = 20


@dataclass(frozen=True, slots=True)
class Answer:
    """The first success answer of an operation.

    schema: of its JSON body, references followed; None where it has no body. pointer: where that schema stands.
    """

    document: JsonObject
    schema: JsonObject | None
    pointer: str | None

    @property
    def properties(self) -> Mapping[str, Any]:
        """The top-level members of the body."""
        found: Mapping[str, Any] = (self.schema or {}).get("properties", {})
        return found

    @property
    def required(self) -> frozenset[str]:
        """The members that the body must have."""
        return frozenset((self.schema or {}).get("required", ()))

    def envelope_for(self, identifier: str) -> str | None:
        """The only member that holds an item with this id field; None where the body is the item itself."""
        if identifier in self.properties:
            return None
        return next((name for name, _ in self._wrapped(identifier)), None)

    def takes(self, item: Answer, identifier: str) -> bool:
        """Whether an item fits: there is no body, or any, or it is an item, or it wraps one and needs nothing else."""
        if not self.schema:
            return True
        inner, envelope = self, self.envelope_for(identifier)
        if envelope is not None:
            if not self.required <= {envelope}:
                return False
            inner = dict(self._wrapped(identifier))[envelope]
        return identifier in inner.properties and inner.required <= set(item.properties)

    def unwrapped(self, identifier: str) -> Answer:
        """The item in the body, out of its envelope where it has one."""
        envelope = self.envelope_for(identifier)
        return self if envelope is None else dict(self._wrapped(identifier))[envelope]

    def _wrapped(self, identifier: str) -> list[tuple[str, Answer]]:
        found = []
        for name, raw in self.properties.items():
            inner = _answer(self.document, raw, f"{self.pointer}/properties/{name}")
            if inner.schema is not None and identifier in inner.properties:
                found.append((name, inner))
        return found if len(found) == 1 else []


@dataclass(frozen=True, slots=True)
class ListShape:
    """How a list stands in its answer: in a member or bare. needed: what else the answer must have.

    members: all members of the answer; none where the list is bare.
    """

    envelope: str | None
    needed: frozenset[str]
    members: Mapping[str, Any]


def answer_of(document: JsonObject, operation: JsonObject, pointer: str) -> Answer | None:
    """The first success answer of an operation; None where it has none, or one that is no JSON."""
    for status, node in operation.get("responses", {}).items():
        if str(status).startswith("2"):
            content = _dereferenced(document, node).get("content", {})
            name = next((name for name in content if name.endswith("json") and "*" not in name), None)
            if not content:
                return Answer(document, None, None)
            schema = content[name].get("schema") if name else None
            where = (*split_pointer(pointer), "responses", str(status), "content", str(name), "schema")
            # A response that stands in components cannot be pointed into from here.
            usable = schema is not None and ("$ref" in schema or "$ref" not in node)
            return _answer(document, schema, join_pointer(where)) if schema is not None and usable else None
    return None


def headers_of(document: JsonObject, operation: JsonObject) -> frozenset[str]:
    """Names of the header fields of the first success answer."""
    for status, node in operation.get("responses", {}).items():
        if str(status).startswith("2"):
            return frozenset(_dereferenced(document, node).get("headers", {}))
    return frozenset()


def identifier_of(answer: Answer, parameter: str, name: str) -> tuple[Answer, str] | None:
    """The item in an answer and the field that a path parameter means; None where no field tells."""
    plain = parameter.replace("_", "").replace("-", "").lower()
    ending = plain.removeprefix(name.replace("_", ""))
    wrapped = [raw for raw in answer.properties.values() if isinstance(raw, Mapping)]
    for part in (answer, *(_answer(answer.document, raw, None) for raw in wrapped)):
        fields = {field.replace("_", "").replace("-", "").lower(): field for field in part.properties}
        for candidate in (plain, ending, *_IDENTIFIERS):
            found = fields.get(candidate)
            if found and _followed(answer.document, part.properties[found]).get("type") in ("string", "integer"):
                item = answer.unwrapped(found)
                return (item, found) if found in item.properties and item.pointer else None
    return None


def list_shape(answer: Answer | None, identifier: str) -> ListShape | None:
    """How items with that id field stand in a list's answer; None where it is not a list of such."""
    if answer is None or answer.schema is None:
        return None
    if answer.schema.get("type") == "array":
        holds = _holds(answer.document, answer.schema, identifier)
        return ListShape(None, frozenset(), {}) if holds else None
    found = [
        name
        for name, raw in answer.properties.items()
        if (schema := _followed(answer.document, raw)).get("type") == "array"
        and _holds(answer.document, schema, identifier)
    ]
    if len(found) != 1:
        return None
    return ListShape(found[0], answer.required - {found[0]}, answer.properties)


def _holds(document: JsonObject, array: JsonObject, identifier: str) -> bool:
    return identifier in _followed(document, array.get("items", {})).get("properties", {})


def _followed(document: JsonObject, schema: JsonObject) -> JsonObject:
    """The schema itself; empty for a reference that leads round or nowhere, of which lint tells."""
    try:
        return follow(document, schema)
    except ContractError:
        return {}


def _answer(document: JsonObject, schema: JsonObject, pointer: str | None) -> Answer:
    """The answer with a schema; its pointer is the last reference on the way, else where it stands."""
    whole, hops = _followed(document, schema), 0
    while whole and "$ref" in schema and hops < _HOPS:
        pointer, hops = schema["$ref"], hops + 1
        schema = resolve_pointer(document, schema["$ref"])
    return Answer(document, whole, pointer)


def _dereferenced(document: JsonObject, node: JsonObject) -> JsonObject:
    hops = 0
    while "$ref" in node and hops < _HOPS:
        node, hops = resolve_pointer(document, node["$ref"]), hops + 1
    return node
