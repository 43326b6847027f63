"""The judge of requests: whether one breaks the contract, by a validator that did not write it.

A fuzzer that says "invalid, and yet accepted" has been wrong before: a text like `null` or `1e3` may be a valid
value, and a mutated body may still fit. Before such a finding counts, the request as it was sent is read here,
and every reading that its text allows gets a chance. Only what no reading saves is a violation.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from email.message import Message
from itertools import product
from typing import Any
from urllib.parse import parse_qsl

import jsonschema_rs

from conformance.exchange.address import path_values
from conformance.exchange.decoding import UnreadableError, read_json
from conformance.exchange.exchange import Answer, Request
from conformance.exchange.shape import is_bytes
from spec.contract import Contract, Operation, Parameter
from spec.errors import ContractError
from spec.pointer import resolve_pointer
from spec.schema import compile_schema

_PART_NAME = re.compile(rb'content-disposition:[^\r\n]*?;\s*name="([^"]*)"', re.IGNORECASE)
_READINGS = 64
"""Combinations of readings that are tried for one object or array before the request gets the benefit of the doubt."""


@dataclass(frozen=True, slots=True)
class Offence:
    """One way in which a request breaks the contract: `place` is path, query, header or body."""

    place: str
    name: str
    message: str

    def __str__(self) -> str:
        return f"{self.place} {self.name}: {self.message}" if self.name else f"{self.place}: {self.message}"


@dataclass(slots=True)
class Judge:
    """Judges requests against the operations of one contract; validators are compiled once."""

    contract: Contract
    _compiled: dict[int, jsonschema_rs.Draft202012Validator] = field(default_factory=dict)
    _kept: list[Any] = field(default_factory=list)

    def offences(self, operation: Operation, request: Request) -> tuple[Offence, ...]:
        """Every way in which a request, as sent, breaks its operation; empty when some reading of it is valid."""
        return (*self._parameter_offences(operation, request), *self._body_offences(operation, request))

    def doubts(self, operation: Operation, request: Request) -> tuple[str, ...]:
        """Names that a form gives more than once although they stand for one value.

        Nobody says which of the values counts, so a server may refuse such a request, and may as well take it.
        """
        content = request.headers.get("content-type", "")
        if essence(content) == "multipart/form-data":
            names = [name.decode("utf-8", "replace") for name in _PART_NAME.findall(request.body)]
        elif essence(content) == "application/x-www-form-urlencoded":
            names = [name for name, _ in form_pairs(request.body)]
        else:
            return ()
        media = operation.body.media_types.get(essence(content)) if operation.body else None
        properties = self._resolved(media.schema).get("properties", {}) if media and media.schema else {}
        repeated = {name for name in names if names.count(name) > 1}
        return tuple(sorted(n for n in repeated if self._resolved(properties.get(n, {})).get("type") != "array"))

    def is_bytes(self, operation: Operation, answer: Answer) -> bool:
        """Whether the body of an answer is documented as bytes: then no media type makes a shape of them."""
        response = operation.response_for(answer.status)
        shapes = [media.schema for media in response.media_types.values()] if response is not None else []
        try:
            return bool(shapes) and all(shape is not None and is_bytes(self._resolved(shape)) for shape in shapes)
        except ContractError:
            return False  # a reference that leads nowhere says nothing

    def _parameter_offences(self, operation: Operation, request: Request) -> Iterator[Offence]:
        sent: dict[str, list[tuple[str, str]]] = {
            "path": path_values(operation.path, request.path),
            "query": request.query,
            "header": [(name.lower(), value) for name, value in request.headers.items()],
        }
        for parameter in operation.parameters:
            # A path of another shape, such as one with dot segments resolved, holds no parameters to judge.
            if sent.get(parameter.location) or parameter.location in ("query", "header"):
                yield from self._offences_of(parameter, sent[parameter.location])

    def _offences_of(self, parameter: Parameter, pairs: list[tuple[str, str]]) -> Iterator[Offence]:
        name = parameter.name.lower() if parameter.location == "header" else parameter.name
        if parameter.style == "deepObject":
            return
        texts = [value for key, value in pairs if key == name]
        if not texts:
            if parameter.required:
                yield Offence(parameter.location, parameter.name, "required, but not sent")
            return
        schema = self._resolved(parameter.schema)
        if not self._fits_any(parameter.schema, _parameter_readings(parameter, schema, texts)):
            yield Offence(parameter.location, parameter.name, f"{texts[0]!r} does not fit {_brief(schema)}")

    def _body_offences(self, operation: Operation, request: Request) -> Iterator[Offence]:
        if operation.body is None:
            return
        sent_type = essence(request.headers.get("content-type", ""))
        if not request.body:
            if operation.body.required and not self._takes_nothing(operation):
                yield Offence("body", "", "required, but not sent")
            return
        media = operation.body.media_types.get(sent_type) or operation.body.media_types.get("*/*")
        if media is None:
            known = ", ".join(operation.body.media_types)
            yield Offence("body", "", f"media type {sent_type!r} is not declared, only {known}")
        elif media.schema is None:
            return
        elif sent_type.endswith("json"):
            yield from self._json_offences(media.schema, request.body)
        elif sent_type == "application/x-www-form-urlencoded":
            yield from self._form_offences(media.schema, request.body)

    def _json_offences(self, schema: Mapping[str, Any], body: bytes) -> Iterator[Offence]:
        try:
            value = read_json(body)
        except UnreadableError:
            yield Offence("body", "", "not JSON")
            return
        if not self._fits_any(schema, [value]):
            yield Offence("body", "", f"the JSON does not fit {_brief(schema)}")

    def _form_offences(self, schema: Mapping[str, Any], body: bytes) -> Iterator[Offence]:
        pairs = form_pairs(body)
        resolved = self._resolved(schema)
        properties = resolved.get("properties", {})
        choices: dict[str, list[Any]] = {}
        for name in dict(pairs):
            texts = [value for key, value in pairs if key == name]
            choices[name] = list(_readings(self._resolved(properties.get(name, {})), texts))
        if not self._fits_any(schema, _combined(choices)):
            yield Offence("body", "", f"the form fields {sorted(choices)} do not fit {_brief(resolved)}")

    def _takes_nothing(self, operation: Operation) -> bool:
        # An empty form is an empty object: where nothing in it is required, no bytes at all say the same.
        media = operation.body.media_types.get("application/x-www-form-urlencoded") if operation.body else None
        return media is not None and media.schema is not None and self._fits_any(media.schema, [{}])

    def _fits_any(self, schema: Mapping[str, Any], values: Iterable[Any]) -> bool:
        try:
            validator = self._validator(schema)
        except ContractError:
            return True  # what we cannot judge is not held against the target
        for number, value in enumerate(values):
            if number >= _READINGS:
                return True
            if validator.is_valid(value):
                return True
        return False

    def _validator(self, schema: Mapping[str, Any]) -> jsonschema_rs.Draft202012Validator:
        found = self._compiled.get(id(schema))
        if found is None:
            found = compile_schema(schema, self.contract.document)
            self._compiled[id(schema)] = found
            self._kept.append(schema)  # an id is only good for as long as its object lives
        return found

    def _resolved(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        for _ in range(20):
            if "$ref" not in schema:
                return schema
            schema = resolve_pointer(self.contract.document, schema["$ref"])
        return {}


def _parameter_readings(parameter: Parameter, schema: Mapping[str, Any], texts: list[str]) -> Iterator[Any]:
    if schema.get("type") == "array" and not (parameter.explode and parameter.location == "query"):
        separator = {"spaceDelimited": " ", "pipeDelimited": "|"}.get(parameter.style, ",")
        texts = [piece for text in texts for piece in text.split(separator)]
    yield from _readings(schema, texts)


def _readings(schema: Mapping[str, Any], texts: list[str]) -> Iterator[Any]:
    """Every value that texts of one name may stand for."""
    if schema.get("type") == "array":
        items = [list(_scalars(text)) for text in texts]
        yield from map(list, product(*items))
        if len(texts) == 1:
            pieces = [list(_scalars(piece)) for piece in texts[0].split(",")]
            yield from map(list, product(*pieces))
    for text in texts:  # a repeated field: servers take the first or the last
        yield from _scalars(text)


def _scalars(text: str) -> Iterator[Any]:
    yield text
    if text.lower() in ("true", "false"):
        yield text.lower() == "true"
    if text in ("1", "0"):
        yield text == "1"
    if text in ("null", ""):
        yield None
    for convert in (int, float):
        try:
            yield convert(text)
        except ValueError:
            continue
    if text[:1] in ("{", "["):
        try:
            yield read_json(text)
        except UnreadableError:
            return


def _combined(choices: Mapping[str, list[Any]]) -> Iterator[dict[str, Any]]:
    for values in product(*choices.values()):
        yield dict(zip(choices, values, strict=True))


def form_pairs(body: bytes) -> list[tuple[str, str]]:
    """Names and values of an urlencoded body, in the order sent."""
    return parse_qsl(body.decode("utf-8", errors="replace"), keep_blank_values=True)


def essence(content_type: str) -> str:
    """Type and subtype of a Content-Type, without parameters."""
    message = Message()
    message["content-type"] = content_type
    return message.get_content_type() if content_type else ""


def _brief(schema: Mapping[str, Any]) -> str:
    text = json.dumps(
        {key: value for key, value in schema.items() if key not in ("description", "example")}, default=str
    )
    return text if len(text) <= 160 else f"{text[:160]}…"
