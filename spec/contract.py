"""The contract as frozen values: what the mock serves and the kit checks.

`spec.contract_reader` makes them of an OpenAPI 3.0 document. What an `x-` member of an operation or a resource means is
read there and in `spec.behaviour_reader`; `spec.promise` and `spec.lint` only look whether somebody said it, and who.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from types import MappingProxyType
from typing import Any, Final
from urllib.parse import urlsplit

from spec.errors import ContractError
from spec.lifecycle import Lifecycle
from spec.pointer import resolve_pointer

METHODS = ("get", "put", "post", "delete", "options", "head", "patch", "trace")
"""HTTP methods that may stand in a path item, in the order in which OpenAPI lists them."""

JsonObject = Mapping[str, Any]


class Role(StrEnum):
    """What an operation does to its resource."""

    LIST = "list"
    CREATE = "create"
    READ = "read"
    UPDATE = "update"
    REPLACE = "replace"
    DELETE = "delete"
    ACTION = "action"


@dataclass(frozen=True, slots=True)
class Parameter:
    """A declared parameter: `location` is path, query, header or cookie."""

    name: str
    location: str
    required: bool
    schema: JsonObject
    style: str
    explode: bool
    description: str = ""


@dataclass(frozen=True, slots=True)
class MediaType:
    """One representation of a body: its schema (may hold `$ref`) and its named examples."""

    name: str
    schema: JsonObject | None
    examples: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Body:
    """A declared request body."""

    required: bool
    media_types: Mapping[str, MediaType]


@dataclass(frozen=True, slots=True)
class Response:
    """A declared response: `status` is "200", "4XX" or "default"; `headers` maps name to header object."""

    status: str
    description: str
    headers: Mapping[str, JsonObject]
    media_types: Mapping[str, MediaType]
    links: Mapping[str, JsonObject]


@dataclass(frozen=True, slots=True)
class Resource:
    """A kind of thing the interface keeps (source: `x-resources` at the document root).

    id: the field that identifies an item among its siblings.
    parent: name of the resource it lives under, or None.
    schema: JSON pointer of its schema in the document, or None for things that are never shown.
    foreign: how an item of somebody else is answered: "not-found" or "forbidden".
    flat: no two items have the same id, whatever their parents, so that a path may name an item without them.
    assumed: items are not kept; whatever id a path gives is taken to exist, for the sake of what lives below.
    """

    name: str
    id: str
    parent: str | None
    schema: str | None
    foreign: str
    lifecycle: Lifecycle | None
    flat: bool = False
    assumed: bool = False


@dataclass(frozen=True, slots=True)
class ResourceUse:
    """What one operation does with a resource (source: `x-resource` on the operation).

    path: the resources that the path parameters identify, in path order, as (parameter, resource name); begins
    with a flat resource where the path leaves its parents out.
    envelope: member of the answer that holds the list or item; None where it is the body itself.
    part: "content" where the operation answers with the item's bytes instead of its fields.
    states: the operation reads the one item whose lifecycle is in one of these states.
    renews: field that an action gives a fresh value.
    references: request field to the rule for the sibling it names: {"name": resource, "default": "latest"}.
    """

    name: str
    role: Role
    path: tuple[tuple[str, str], ...]
    envelope: str | None = None
    part: str | None = None
    states: tuple[str, ...] = ()
    renews: str | None = None
    references: Mapping[str, JsonObject] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Page:
    """How a list is cut (source: `x-page` on the operation).

    style: "page-number" (page and size parameters), "limit" (size only), "marker" (id of the last item seen),
    "cursor" (what the page before gave, opaque to clients), or None where no source says how a client asks for
    another page.
    order_by: field; always ascending unless `descending`. sort_parameter: query parameter that names another
    field to order by, `-field` for descending (`order: {parameter: …}`).
    default_size: items per page when the client does not ask; None means all.
    relations: link relations the answer offers; link_header: header field that carries them.
    link_member: body member that carries them instead. total_header: header field with the total count.
    total_member: body member with it. cursor_member: body member with the cursor of the next page, null on the
    last one.
    """

    style: str | None
    order_by: str
    descending: bool
    size_parameter: str | None
    default_size: int | None
    maximum_size: int | None
    page_parameter: str | None
    marker_parameter: str | None
    link_header: str | None
    link_member: str | None
    relations: tuple[str, ...]
    total_header: str | None
    cursor_parameter: str | None = None
    cursor_member: str | None = None
    sort_parameter: str | None = None
    total_member: str | None = None


@dataclass(frozen=True, slots=True)
class ErrorStyle:
    """The shape of an interface's error answers (source: `x-error-styles` at the document root).

    body: template; strings `{status}`, `{code}`, `{title}`, `{detail}`, `{violations}` are filled in, also in keys.
    cases: reason to {status?, code?, title?}; the reasons are listed in `mockserver.errors`.
    """

    name: str
    media_type: str
    body: Any
    cases: Mapping[str, JsonObject]


TOKEN_TYPES: Final = ("oauth2", "openIdConnect")
"""Types of security schemes whose tokens travel as `Bearer`, wherever they are to be got."""


@dataclass(frozen=True, slots=True)
class SecurityScheme:
    """Where a credential travels: `header` names the field; `bearer` means the `Bearer` scheme is used."""

    name: str
    header: str
    bearer: bool


@dataclass(frozen=True, slots=True)
class Operation:
    """Method and path template, known by its operationId.

    security: alternatives, each a tuple of scheme names that must all hold; empty means open to anyone.
    filters: query parameter to the field that it filters by (source: `x-filter`); a parameter of a list that is
    named after a field with plain values filters by it unasked.
    idempotency: header field whose value makes a repeated create harmless (source: `x-idempotency: {header: …}`).
    has_entity_tag: answers carry an ETag, and conditional requests are honoured (source: `x-entity-tag`; without
    it, a declared ETag response header field, or a declared If-Match or If-None-Match parameter). An operation
    with `part: content` has entity tags and byte ranges in any case.
    """

    id: str
    method: str
    path: str
    tags: tuple[str, ...]
    summary: str
    description: str
    parameters: tuple[Parameter, ...]
    body: Body | None
    responses: Mapping[str, Response]
    security: tuple[tuple[str, ...], ...]
    resource: ResourceUse | None
    page: Page | None
    errors: str | None
    document: JsonObject = field(repr=False)
    filters: Mapping[str, str] = field(default_factory=dict)
    idempotency: str | None = None
    has_entity_tag: bool = False

    @property
    def pointer(self) -> str:
        """JSON pointer of the operation in its contract."""
        escaped = self.path.replace("~", "~0").replace("/", "~1")
        return f"#/paths/{escaped}/{self.method}"

    def response_for(self, status: int) -> Response | None:
        """The declared response that speaks of a status code: exact, then range, then default."""
        return (
            self.responses.get(str(status)) or self.responses.get(f"{status // 100}XX") or self.responses.get("default")
        )

    @property
    def success(self) -> Response | None:
        """The first declared 2xx response."""
        return next((response for status, response in self.responses.items() if status.startswith("2")), None)


@dataclass(frozen=True)
class Contract:
    """One canonical contract, all of it frozen.

    document: the plain OpenAPI document. data: the bytes it was read from.
    inferred: operationId to the reasons for what was inferred of it (`spec.inference`); empty where the
    document has `x-resources` of its own.
    """

    document: JsonObject = field(repr=False)
    data: bytes = field(repr=False)
    operations: tuple[Operation, ...]
    resources: Mapping[str, Resource]
    error_styles: Mapping[str, ErrorStyle]
    security_schemes: Mapping[str, SecurityScheme]
    inferred: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def title(self) -> str:
        """Title, from `info`."""
        return str(self.document["info"]["title"])

    @property
    def version(self) -> str:
        """Version of the contract, from `info`."""
        return str(self.document["info"]["version"])

    @cached_property
    def base_path(self) -> str:
        """Path of the first server, without a trailing slash: what every operation's path is under."""
        servers = self.document.get("servers") or [{"url": ""}]
        variables = {name: raw["default"] for name, raw in servers[0].get("variables", {}).items()}
        url: str = servers[0]["url"].format(**variables)
        return urlsplit(url).path.rstrip("/")

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the contract's bytes, in hex."""
        return hashlib.sha256(self.data).hexdigest()

    @cached_property
    def by_id(self) -> Mapping[str, Operation]:
        """Operations by operationId."""
        return MappingProxyType({operation.id: operation for operation in self.operations})

    def operation(self, operation_id: str) -> Operation:
        """The operation of that id; raises ContractError with the nearest names if there is none."""
        found = self.by_id.get(operation_id)
        if found is None:
            raise ContractError(f"no operation {operation_id!r}", hint=f"known: {', '.join(sorted(self.by_id))}")
        return found

    def methods_of(self, path: str) -> tuple[str, ...]:
        """Upper-case methods that a path template declares, sorted."""
        return tuple(sorted(operation.method.upper() for operation in self.operations if operation.path == path))

    def uses_of(self, resource: str, role: Role) -> tuple[Operation, ...]:
        """Operations with that role on that resource."""
        return tuple(
            operation
            for operation in self.operations
            if operation.resource and operation.resource.name == resource and operation.resource.role is role
        )

    def schema_at(self, pointer: str) -> JsonObject:
        """The object at a `#/…` pointer of the document."""
        found: JsonObject = resolve_pointer(self.document, pointer)
        return found
