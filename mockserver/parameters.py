"""Declared parameters of one operation: taken from the request, coerced and judged."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mockserver.coercion import Coercer, compile_coercer, properties_of, shape_of
from mockserver.exchange import Violation
from mockserver.forms import decode
from mockserver.schema import Schema, SchemaCompiler
from spec.errors import ContractError
from spec.schema import resolved

if TYPE_CHECKING:
    from spec.contract import Contract, Operation, Parameter

_IGNORED_HEADERS = frozenset({"accept", "content-type", "authorization"})
"""OpenAPI 3.0 (4.7.12): a header parameter of such a name is ignored."""

_SEPARATORS = {"spaceDelimited": " ", "pipeDelimited": "|"}
_STYLES = {
    "path": {"simple"},
    "query": {"form", "spaceDelimited", "pipeDelimited", "deepObject"},
    "header": {"simple"},
    "cookie": {"form"},
}


class _Absent:
    """Marks a parameter that was not sent; None is a value."""


_ABSENT: Final = _Absent()

Fields = Mapping[str, Sequence[str]]
"""Raw values by name."""


class _RepeatedError(Exception):
    """A single value was sent several times; carries how often."""


@dataclass(frozen=True, slots=True)
class ParameterReader:
    """One parameter, compiled.

    take: finds the raw text, list or mapping among the fields of its place, or _ABSENT.
    """

    parameter: Parameter
    take: Callable[[Fields], Any]
    coerce: Coercer
    schema: Schema
    default: Any

    def read(self, fields: Fields, values: dict[str, Any]) -> tuple[Violation, ...]:
        """Add the coerced value, or the default, to `values`; return what is wrong with it."""
        name, place = self.parameter.name, self.parameter.location
        try:
            raw = self.take(fields)
        except _RepeatedError as error:
            return (Violation(place, name, "repeated", f"must be given once, was given {error} times"),)
        if raw is _ABSENT:
            if self.parameter.required:
                return (Violation(place, name, "required", "is required"),)
            if not isinstance(self.default, _Absent):
                values[name] = self.default
            return ()
        values[name] = value = self.coerce(raw)
        return self.schema.violations(value, place, name)


def compile_parameters(
    contract: Contract, operation: Operation, compiler: SchemaCompiler
) -> dict[str, tuple[ParameterReader, ...]]:
    """Readers by place; raises ContractError for a style that we do not serve."""
    readers: dict[str, list[ParameterReader]] = {place: [] for place in _STYLES}
    for parameter in operation.parameters:
        if parameter.location == "header" and parameter.name.lower() in _IGNORED_HEADERS:
            continue
        readers[parameter.location].append(_compile(contract, operation, parameter, compiler))
    return {place: tuple(found) for place, found in readers.items()}


def _compile(
    contract: Contract, operation: Operation, parameter: Parameter, compiler: SchemaCompiler
) -> ParameterReader:
    place = f"{operation.pointer}, {parameter.location} parameter {parameter.name!r}"
    if parameter.style not in _STYLES.get(parameter.location, ()):
        raise ContractError(
            f"style {parameter.style!r} is not served (at {place})",
            hint=f"use one of: {', '.join(sorted(_STYLES.get(parameter.location, ())))}",
        )
    document = contract.document
    return ParameterReader(
        parameter=parameter,
        take=_taker(parameter, shape_of(document, parameter.schema), properties_of(document, parameter.schema)),
        coerce=compile_coercer(document, parameter.schema, compiler, place),
        schema=compiler.compile(parameter.schema, place),
        default=resolved(document, parameter.schema).get("default", _ABSENT),
    )


@dataclass(frozen=True, slots=True)
class _Taker:
    """Ways in which a parameter is spelled in a request (OpenAPI 3.0.3, 4.7.12.2)."""

    parameter: Parameter
    key: str
    properties: tuple[str, ...]

    def single(self, fields: Fields) -> Any:
        """One text."""
        raw = self._only(fields)
        return raw if raw is _ABSENT else self._text(raw)

    def several(self, fields: Fields) -> Any:
        """A list, one field for each item."""
        found = fields.get(self.key)
        return [self._text(raw) for raw in found] if found else _ABSENT

    def separated(self, fields: Fields) -> Any:
        """A list in one field."""
        raw = self._only(fields)
        if raw is _ABSENT:
            return _ABSENT
        if separator := _SEPARATORS.get(self.parameter.style):
            return self._text(raw).split(separator)
        # Cut before decoding: an encoded comma belongs to its item.
        return [self._text(piece.strip()) for piece in raw.split(",")] if raw else []

    def deep(self, fields: Fields) -> Any:
        """An object, one field `key[member]` for each member."""
        start = f"{self.key}["
        members = {
            name[len(start) : -1]: self._text(raws[-1])
            for name, raws in fields.items()
            if name.startswith(start) and name.endswith("]")
        }
        return members or _ABSENT

    def spread(self, fields: Fields) -> Any:
        """An object, one field for each member, under the member's own name."""
        members = {name: self._text(fields[name][-1]) for name in self.properties if name in fields}
        return members or _ABSENT

    def alternating(self, fields: Fields) -> Any:
        """An object in one field: `name,value,name,value`, or `name=value,name=value` where exploded."""
        pieces = self.separated(fields)
        if pieces is _ABSENT:
            return _ABSENT
        if self.parameter.explode:
            return dict(piece.partition("=")[::2] for piece in pieces)
        return dict(zip(pieces[::2], pieces[1::2], strict=False))

    def _only(self, fields: Fields) -> Any:
        found = fields.get(self.key)
        if not found:
            return _ABSENT
        if len(found) > 1:
            raise _RepeatedError(len(found))
        return found[0]

    def _text(self, raw: str) -> str:
        return decode(raw, "query") if self.parameter.location == "query" else raw


def _taker(parameter: Parameter, shape: str, properties: Iterable[str]) -> Callable[[Fields], Any]:
    key = parameter.name.lower() if parameter.location == "header" else parameter.name
    taker = _Taker(parameter, key, tuple(properties))
    if shape == "array":
        return taker.several if parameter.style == "form" and parameter.explode else taker.separated
    if shape != "object":
        return taker.single
    if parameter.style == "deepObject":
        return taker.deep
    return taker.spread if parameter.style == "form" and parameter.explode else taker.alternating
