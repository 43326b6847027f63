"""Declared parameters of one operation: taken from the request, coerced and judged."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from mockserver.exchange import Violation
from mockserver.judgement.coercion import Coercer, compile_coercer, shape_of
from mockserver.judgement.schema import Schema, SchemaCompiler
from mockserver.judgement.spelling import ABSENT, STYLES, Fields, SpellingError, Take, compile_spelling
from spec.errors import ContractError
from spec.schema import resolved

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from spec.contract import Contract, Operation, Parameter

_IGNORED_HEADERS = frozenset({"accept", "content-type", "authorization"})
"""OpenAPI 3.0 (4.7.12): a header parameter of such a name is ignored."""


@dataclass(frozen=True, slots=True)
class ParameterReader:
    """One parameter, compiled.

    take: finds the raw text, list or mapping among the fields of its place, or ABSENT. default: or ABSENT.
    is_plain: whether its text stands there as it is, whole and not encoded.
    """

    parameter: Parameter
    take: Take
    coerce: Coercer
    schema: Schema
    default: Any
    is_plain: bool

    def read_text(self, text: str, values: dict[str, Any]) -> tuple[Violation, ...]:
        """`read` for a place that has every parameter once, as a path has."""
        name = self.parameter.name
        if not self.is_plain:
            return self.read({name: (text,)}, values)
        values[name] = value = self.coerce(text)
        return self.schema.violations(value, self.parameter.location, name)

    def read(self, fields: Fields, values: dict[str, Any]) -> tuple[Violation, ...]:
        """Add the coerced value, or the default, to `values`; return what is wrong with it."""
        name, place = self.parameter.name, self.parameter.location
        try:
            raw = self.take(fields)
        except SpellingError as error:
            return (Violation(place, error.name, error.keyword, error.message, error.got),)
        if raw is ABSENT:
            if self.parameter.required:
                return (Violation(place, name, "required", "is required"),)
            if self.default is not ABSENT:
                values[name] = self.default
            return ()
        values[name] = value = self.coerce(raw)
        return self.schema.violations(value, place, name)


def read_nothing(readers: Iterable[ParameterReader]) -> tuple[Mapping[str, Any], tuple[Violation, ...]]:
    """What is read where nothing was sent: defaults, and violations for what is required."""
    values: dict[str, Any] = {}
    found = tuple(violation for reader in readers for violation in reader.read({}, values))
    return MappingProxyType(values), found


def compile_parameters(
    contract: Contract, operation: Operation, compiler: SchemaCompiler
) -> dict[str, tuple[ParameterReader, ...]]:
    """Readers by place; raises ContractError for a style that we do not serve."""
    readers: dict[str, list[ParameterReader]] = {place: [] for place in STYLES}
    for parameter in operation.parameters:
        if parameter.location == "header" and parameter.name.lower() in _IGNORED_HEADERS:
            continue
        readers[parameter.location].append(_compile(contract, operation, parameter, compiler))
    return {place: tuple(found) for place, found in readers.items()}


def _compile(
    contract: Contract, operation: Operation, parameter: Parameter, compiler: SchemaCompiler
) -> ParameterReader:
    place = f"{operation.pointer}, {parameter.location} parameter {parameter.name!r}"
    if parameter.style not in STYLES.get(parameter.location, ()):
        raise ContractError(
            f"style {parameter.style!r} is not served (at {place})",
            hint=f"use one of: {', '.join(sorted(STYLES.get(parameter.location, ())))}",
        )
    document = contract.document
    return ParameterReader(
        parameter=parameter,
        take=compile_spelling(parameter, document),
        coerce=compile_coercer(document, parameter.schema, compiler, place),
        schema=compiler.compile(parameter.schema, place),
        default=resolved(document, parameter.schema).get("default", ABSENT),
        is_plain=parameter.style == "simple" and shape_of(document, parameter.schema) == "scalar",
    )
