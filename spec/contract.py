"""The contract as frozen values: what the mock serves and the kit checks.

`load_contract` reads an OpenAPI 3.0 document once and turns it into `Contract`, `Operation`,
`Resource`, `Page`, `Lifecycle` and `ErrorStyle`. Nobody else reads `x-` members by hand. A construct
that is not understood is refused here instead of being ignored later.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

from spec import packaged
from spec.errors import ContractError
from spec.loading import bundle

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
class Lifecycle:
    """How a resource changes on its own (source: `x-lifecycle` on its schema).

    field: name of the status field. transitions: state to the states it may move to.
    durations: state to seconds spent in it before the first listed transition happens.
    """

    field: str
    initial: str
    states: tuple[str, ...]
    transitions: Mapping[str, tuple[str, ...]]
    active: tuple[str, ...]
    durations: Mapping[str, float]

    def is_terminal(self, state: str) -> bool:
        """Whether nothing follows this state."""
        return not self.transitions.get(state)


@dataclass(frozen=True, slots=True)
class Resource:
    """A kind of thing the interface keeps (source: `x-resources` at the document root).

    id: the field that identifies an item among its siblings.
    parent: name of the resource it lives under, or None.
    schema: JSON pointer of its schema in the document, or None for things that are never shown.
    foreign: how an item of somebody else is answered: "not-found" or "forbidden".
    """

    name: str
    id: str
    parent: str | None
    schema: str | None
    foreign: str
    lifecycle: Lifecycle | None


@dataclass(frozen=True, slots=True)
class ResourceUse:
    """What one operation does with a resource (source: `x-resource` on the operation).

    path: the resources that the path parameters identify, in path order, as (parameter, resource name).
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
    or None where no source says how a client asks for another page.
    order_by: field; always ascending unless `descending`.
    default_size: items per page when the client does not ask; None means all.
    relations: link relations the answer offers; link_header: header field that carries them.
    link_member: body member that carries them instead. total_header: header field with the total count.
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
    """

    document: JsonObject = field(repr=False)
    data: bytes = field(repr=False)
    operations: tuple[Operation, ...]
    resources: Mapping[str, Resource]
    error_styles: Mapping[str, ErrorStyle]
    security_schemes: Mapping[str, SecurityScheme]

    @property
    def title(self) -> str:
        """Title, from `info`."""
        return str(self.document["info"]["title"])

    @property
    def version(self) -> str:
        """Version of the contract, from `info`."""
        return str(self.document["info"]["version"])

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


def load_contract(path: Path | str | None = None) -> Contract:
    """Read a contract; without a path, the packaged full one. What it refers to in other files is drawn in.

    Raises LoadError for an unsafe file and ContractError for a construct we do not understand.
    """
    chosen = Path(path) if path is not None else packaged.contract_path("full")
    loaded = bundle(chosen)
    return contract_from(loaded.value, loaded.data, str(path) if path is not None else chosen.name)


def contract_from(document: Any, data: bytes | None = None, name: str = "contract") -> Contract:
    """The frozen contract of a plain OpenAPI 3.0 document; `name` stands in error messages."""
    if not isinstance(document, Mapping) or "openapi" not in document:
        raise ContractError(
            "not an OpenAPI 3 document: there is no 'openapi' member",
            file=name,
            hint="give an OpenAPI 3.0 document, or merge sources with 'mockproof contract build'",
        )
    if not str(document["openapi"]).startswith("3.0."):
        raise ContractError(
            f"OpenAPI {document['openapi']} is not served; 3.0.x is", file=name, hint="convert the document to 3.0.3"
        )
    try:
        return _Reader(document, name).contract(data if data is not None else json.dumps(document).encode())
    except (KeyError, TypeError, AttributeError) as error:
        raise ContractError(
            f"the document does not have the shape of OpenAPI 3.0 ({error})",
            file=name,
            hint="run 'mockproof contract lint' for the full list",
        ) from error


def resolve_pointer(document: Any, pointer: str) -> Any:
    """The value at a `#/a/b` pointer; raises ContractError if there is none."""
    node = document
    for part in split_pointer(pointer):
        try:
            node = node[int(part)] if isinstance(node, Sequence) and not isinstance(node, str) else node[part]
        except (KeyError, IndexError, ValueError, TypeError):
            raise ContractError(f"nothing at {pointer}") from None
    return node


def split_pointer(pointer: str) -> tuple[str, ...]:
    """The unescaped parts of a `#/a~1b/c` pointer."""
    body = pointer.removeprefix("#").removeprefix("/")
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in body.split("/")) if body else ()


def join_pointer(parts: Sequence[str | int]) -> str:
    """The `#/a~1b/c` pointer of unescaped parts."""
    return "#" + "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)


def parameters_in(template: str) -> tuple[str, ...]:
    """Names of the path parameters of a template, in order."""
    return tuple(piece.partition("}")[0] for piece in template.split("{")[1:])


class _Reader:
    """Turns one plain document into frozen values; lives for one call."""

    def __init__(self, document: JsonObject, name: str) -> None:
        self._document = document
        self._name = name
        self._resources = dict(self._read_resources())

    def contract(self, data: bytes) -> Contract:
        operations = tuple(self._operations())
        seen: dict[str, Operation] = {}
        for operation in operations:
            if operation.id in seen:
                raise self._error(f"operationId {operation.id!r} is used twice", operation.pointer)
            seen[operation.id] = operation
        return Contract(
            document=self._document,
            data=data,
            operations=operations,
            resources=MappingProxyType(self._resources),
            error_styles=MappingProxyType(dict(self._error_styles())),
            security_schemes=MappingProxyType(dict(self._security_schemes())),
        )

    def _error(self, message: str, pointer: str) -> ContractError:
        return ContractError(f"{message} (at {pointer})", file=self._name)

    def _resolved(self, node: Any) -> Any:
        """Follow `$ref` at this node; refs deeper inside are left in place."""
        hops = 0
        while isinstance(node, Mapping) and "$ref" in node:
            hops += 1
            if hops > 20:
                raise self._error("a $ref that leads back to itself", node["$ref"])
            node = resolve_pointer(self._document, node["$ref"])
        return node

    def _operations(self) -> Iterator[Operation]:
        for path in sorted(self._document["paths"], key=concrete_first):
            item = self._document["paths"][path]
            for method in METHODS:
                if method in item:
                    yield self._operation(path, method, item)

    def _operation(self, path: str, method: str, item: JsonObject) -> Operation:
        raw = item[method]
        pointer = join_pointer(("paths", path, method))
        if "operationId" not in raw:
            raise self._error("an operation without operationId", pointer)
        body = self._resolved(raw["requestBody"]) if "requestBody" in raw else None
        security = raw.get("security", self._document.get("security", []))
        use = self._use(raw["x-resource"], path, pointer) if "x-resource" in raw else None
        return Operation(
            id=raw["operationId"],
            method=method,
            path=path,
            tags=tuple(raw.get("tags", ())),
            summary=raw.get("summary", ""),
            description=raw.get("description", ""),
            parameters=self._parameters(item.get("parameters", ()), raw.get("parameters", ())),
            body=Body(bool(body.get("required", False)), self._media_types(body["content"])) if body else None,
            responses=MappingProxyType(
                {str(code): self._response(str(code), r) for code, r in raw["responses"].items()}
            ),
            security=tuple(tuple(sorted(alternative)) for alternative in security),
            resource=use,
            page=_page(raw["x-page"]) if "x-page" in raw else None,
            errors=raw.get("x-errors"),
            document=raw,
        )

    def _parameters(self, shared: Sequence[Any], own: Sequence[Any]) -> tuple[Parameter, ...]:
        # The operation's own parameter wins over the path item's of the same name and place (OpenAPI 3.0.3, 4.7.9).
        merged: dict[tuple[str, str], JsonObject] = {}
        for node in (*shared, *own):
            raw = self._resolved(node)
            merged[raw["in"], raw["name"]] = raw
        return tuple(self._parameter(raw) for raw in merged.values())

    def _parameter(self, raw: JsonObject) -> Parameter:
        location = raw["in"]
        style = raw.get("style", "form" if location in ("query", "cookie") else "simple")
        if "schema" not in raw:
            raise self._error(f"parameter {raw['name']!r} has no schema", f"{location}:{raw['name']}")
        return Parameter(
            name=raw["name"],
            location=location,
            required=bool(raw.get("required", False)),
            schema=raw["schema"],
            style=style,
            explode=bool(raw.get("explode", style == "form")),
            description=raw.get("description", ""),
        )

    def _media_types(self, content: JsonObject) -> Mapping[str, MediaType]:
        return MappingProxyType({name: self._media_type(name, raw) for name, raw in content.items()})

    def _media_type(self, name: str, raw: JsonObject) -> MediaType:
        examples = {key: self._resolved(value).get("value") for key, value in raw.get("examples", {}).items()}
        if "example" in raw:
            examples = {"example": raw["example"], **examples}
        return MediaType(name, raw.get("schema"), MappingProxyType(examples))

    def _response(self, status: str, node: JsonObject) -> Response:
        raw = self._resolved(node)
        return Response(
            status=status,
            description=raw.get("description", ""),
            headers=MappingProxyType({name: self._resolved(header) for name, header in raw.get("headers", {}).items()}),
            media_types=self._media_types(raw.get("content", {})),
            links=MappingProxyType({name: self._resolved(link) for name, link in raw.get("links", {}).items()}),
        )

    def _use(self, raw: JsonObject, path: str, pointer: str) -> ResourceUse:
        name = raw["name"]
        if name not in self._resources:
            raise self._error(f"x-resource names {name!r}, which x-resources does not define", pointer)
        parameters = parameters_in(path)
        chain = self._chain(name)
        if len(parameters) > len(chain):
            raise self._error(f"{len(parameters)} path parameters, but {name!r} has only {len(chain)} levels", pointer)
        return ResourceUse(
            name=name,
            role=Role(raw["role"]),
            path=tuple(zip(parameters, chain, strict=False)),
            envelope=raw.get("envelope"),
            part=raw.get("part"),
            states=tuple(raw.get("states", ())),
            renews=raw.get("renews"),
            references=MappingProxyType(dict(raw.get("references", {}))),
        )

    def _chain(self, name: str) -> tuple[str, ...]:
        """The resource and its ancestors, outermost first."""
        chain = [name]
        while parent := self._resources[chain[0]].parent:
            if parent in chain or parent not in self._resources:
                raise self._error(
                    f"resource {chain[0]!r} has an unknown or circular parent {parent!r}", "#/x-resources"
                )
            chain.insert(0, parent)
        return tuple(chain)

    def _read_resources(self) -> Iterator[tuple[str, Resource]]:
        for name, raw in self._document.get("x-resources", {}).items():
            schema = raw.get("schema")
            lifecycle = resolve_pointer(self._document, schema).get("x-lifecycle") if schema else None
            yield (
                name,
                Resource(
                    name=name,
                    id=raw.get("id", "id"),
                    parent=raw.get("parent"),
                    schema=schema,
                    foreign=raw.get("foreign", "not-found"),
                    lifecycle=_lifecycle(lifecycle) if lifecycle else None,
                ),
            )

    def _error_styles(self) -> Iterator[tuple[str, ErrorStyle]]:
        for name, raw in self._document.get("x-error-styles", {}).items():
            yield name, ErrorStyle(name, raw["media_type"], raw["body"], MappingProxyType(dict(raw.get("cases", {}))))

    def _security_schemes(self) -> Iterator[tuple[str, SecurityScheme]]:
        for name, raw in self._document.get("components", {}).get("securitySchemes", {}).items():
            if raw["type"] == "http" and raw["scheme"].lower() == "bearer":
                yield name, SecurityScheme(name, "Authorization", bearer=True)
            elif raw["type"] == "apiKey" and raw["in"] == "header":
                yield name, SecurityScheme(name, raw["name"], bearer=False)
            else:
                raise self._error(
                    f"security scheme {name!r} is of a kind we do not serve ({raw['type']})",
                    f"#/components/securitySchemes/{name}",
                )


def concrete_first(path: str) -> tuple[tuple[int, str], ...]:
    """Sort key that puts literal segments before templated ones, as OpenAPI asks of a router."""
    return tuple((int("{" in segment), segment) for segment in path.split("/"))


def _page(raw: JsonObject) -> Page:
    size, links, order = raw.get("size", {}), raw.get("links", {}), raw.get("order", {})
    return Page(
        style=raw.get("style"),
        order_by=order.get("field", "id"),
        descending=order.get("direction", "ascending") == "descending",
        size_parameter=size.get("parameter"),
        default_size=size.get("default"),
        maximum_size=size.get("maximum"),
        page_parameter=raw.get("page", {}).get("parameter"),
        marker_parameter=raw.get("marker", {}).get("parameter"),
        link_header=links.get("header"),
        link_member=links.get("member"),
        relations=tuple(links.get("relations", ())),
        total_header=raw.get("total", {}).get("header"),
    )


def _lifecycle(raw: JsonObject) -> Lifecycle:
    return Lifecycle(
        field=raw["field"],
        initial=raw["initial"],
        states=tuple(raw["states"]),
        transitions=MappingProxyType({state: tuple(to) for state, to in raw["transitions"].items()}),
        active=tuple(raw.get("active", ())),
        durations=MappingProxyType({state: float(seconds) for state, seconds in raw.get("durations", {}).items()}),
    )
