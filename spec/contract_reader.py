"""Reads a contract: one OpenAPI 3.0 document becomes frozen values.

A construct that is not understood is refused here instead of being ignored later.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any

from spec import packaged
from spec.behaviour_reader import (
    has_entity_tag,
    read_filters,
    read_idempotency,
    read_page,
    read_resources,
    read_use,
)
from spec.contract import (
    METHODS,
    TOKEN_TYPES,
    Body,
    Contract,
    ErrorStyle,
    JsonObject,
    MediaType,
    Operation,
    Parameter,
    Response,
    SecurityScheme,
)
from spec.errors import ContractError
from spec.inference import infer_behaviours
from spec.loading import bundle
from spec.pointer import join_pointer, resolve_pointer
from spec.template import concrete_first


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
    except ContractError as error:
        raise ContractError(error.message, file=error.file or name, line=error.line, hint=error.hint) from error
    except (KeyError, TypeError, AttributeError) as error:
        raise ContractError(
            f"the document does not have the shape of OpenAPI 3.0 ({error})",
            file=name,
            hint="run 'mockproof contract lint' for the full list",
        ) from error


class _Reader:
    """Turns one plain document into frozen values; lives for one call."""

    def __init__(self, document: JsonObject, name: str) -> None:
        self._document = document
        self._name = name
        # A document that tells of resources is taken at its word, even if it says that there are none.
        self._guess = infer_behaviours(document if "x-resources" not in document else {})
        self._resources = read_resources(document.get("x-resources", self._guess.resources), document)

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
            resources=self._resources,
            error_styles=MappingProxyType(dict(self._error_styles())),
            security_schemes=MappingProxyType(dict(self._security_schemes())),
            inferred=MappingProxyType(
                {
                    operation.id: self._guess.reasons[operation.path, operation.method]
                    for operation in operations
                    if (operation.path, operation.method) in self._guess.reasons
                }
            ),
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
        parameters = self._parameters(item.get("parameters", ()), raw.get("parameters", ()))
        responses = MappingProxyType({str(code): self._response(str(code), r) for code, r in raw["responses"].items()})
        told: JsonObject = {**self._guess.members.get((path, method), {}), **raw}
        return Operation(
            id=raw["operationId"],
            method=method,
            path=path,
            tags=tuple(raw.get("tags", ())),
            summary=raw.get("summary", ""),
            description=raw.get("description", ""),
            parameters=parameters,
            body=Body(bool(body.get("required", False)), self._media_types(body["content"])) if body else None,
            responses=responses,
            security=tuple(tuple(sorted(alternative)) for alternative in security),
            errors=raw.get("x-errors"),
            document=raw,
            resource=read_use(told["x-resource"], self._resources, path, pointer) if "x-resource" in told else None,
            page=read_page(told["x-page"], pointer) if "x-page" in told else None,
            filters=read_filters(told.get("x-filter", {}), _names(parameters, "query"), pointer),
            idempotency=read_idempotency(told["x-idempotency"], pointer) if "x-idempotency" in told else None,
            has_entity_tag=has_entity_tag(told, _names(parameters, "header"), responses),
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

    def _error_styles(self) -> Iterator[tuple[str, ErrorStyle]]:
        for name, raw in self._document.get("x-error-styles", {}).items():
            yield name, ErrorStyle(name, raw["media_type"], raw["body"], MappingProxyType(dict(raw.get("cases", {}))))

    def _security_schemes(self) -> Iterator[tuple[str, SecurityScheme]]:
        for name, raw in self._document.get("components", {}).get("securitySchemes", {}).items():
            if raw["type"] in TOKEN_TYPES or (raw["type"] == "http" and raw["scheme"].lower() == "bearer"):
                yield name, SecurityScheme(name, "Authorization", bearer=True)
            elif raw["type"] == "apiKey" and raw["in"] == "header":
                yield name, SecurityScheme(name, raw["name"], bearer=False)
            else:
                raise self._error(
                    f"security scheme {name!r} is of a kind we do not serve ({_kind(raw)})",
                    f"#/components/securitySchemes/{name}",
                )


def _kind(scheme: JsonObject) -> str:
    return " ".join(str(scheme[key]) for key in ("type", "scheme", "in") if key in scheme)


def _names(parameters: Sequence[Parameter], location: str) -> Iterator[str]:
    return (parameter.name for parameter in parameters if parameter.location == location)
