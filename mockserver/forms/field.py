"""The fields that a form's schema names: how each is spelled, coerced, and what becomes of the others.

A form is `application/x-www-form-urlencoded` or `multipart/form-data`. Without an `encoding` a list is one field
for each item and an object is JSON (OpenAPI 3.0.3, 4.7.15.1); with one, a field may have the styles of a query.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mockserver.exchange import Refusal, Violation
from mockserver.forms.folding import decode
from mockserver.judgement.coercion import Coercer, compile_coercer, properties_of, shape_of
from mockserver.judgement.schema import escape_pointer
from mockserver.judgement.spelling import ABSENT, STYLES, SpellingError, Take, compile_ownership, compile_spelling
from mockserver.judgement.strictjson import parse_json
from mockserver.judgement.strictness import Strictness
from spec.contract import Parameter
from spec.errors import ContractError
from spec.schema import resolved

if TYPE_CHECKING:
    from mockserver.judgement.schema import SchemaCompiler
    from spec.contract import Contract, JsonObject

_STYLED = frozenset({"style", "explode", "allowReserved"})


@dataclass(frozen=True, slots=True)
class FormField:
    """One declared field.

    take, owns: find it among all fields, and tell which ones it is made of, where its encoding says how it is spelled.
    media_types: what a part of that name may be, in lower case, `type/*` included; empty for anything.
    """

    name: str
    shape: str
    coerce: Coercer
    take: Take | None
    owns: Callable[[str], bool]
    media_types: tuple[str, ...]

    def value(self, texts: list[str]) -> Any:
        """The coerced value; of several texts for a single value, the last."""
        if self.shape == "object":
            return parse_json(texts[-1].encode(), f"/{escape_pointer(self.name)}")
        return self.coerce(texts if self.shape == "array" else texts[-1])


class FormFields:
    """All fields of one form.

    Whether a field without a declaration is refused, kept or dropped, `strictness` says.
    """

    def __init__(
        self,
        contract: Contract,
        schema: JsonObject,
        compiler: SchemaCompiler,
        place: str,
        encoding: Mapping[str, JsonObject],
        strictness: Strictness,
    ) -> None:
        properties = properties_of(contract.document, schema)
        self._fields = {
            name: _compile(contract, name, part, compiler, f"{place}, field {name!r}", encoding.get(name, {}))
            for name, part in properties.items()
        }
        self._styled = tuple(field for field in self._fields.values() if field.take is not None)
        # A schema that says something of further fields has declared them; one that closes itself speaks for itself.
        is_settled = "additionalProperties" in resolved(contract.document, schema) or not properties
        self._refuses = strictness is Strictness.STRICT and not is_settled
        self._drops = strictness is Strictness.LENIENT and not is_settled

    def find(self, name: str) -> FormField | None:
        """The declared field of that name."""
        return self._fields.get(name)

    def plain(self, name: str) -> Coercer | None:
        """The coercer of a field that is one text under its own name; None for any other."""
        field = self._fields.get(name)
        return field.coerce if field is not None and field.shape == "scalar" and not self._styled else None

    def read(self, gathered: Mapping[str, list[str]], values: dict[str, Any]) -> list[Violation]:
        """Add the value of each field to `values`; return what is wrong with how they are written.

        gathered: raw texts by name, still encoded.
        """
        violations: list[Violation] = []
        for field in self._styled:
            violations += _take(field, gathered, values)
        for name, raws in gathered.items():
            if self._styled and any(field.owns(name) for field in self._styled):
                continue
            texts = [decode(raw, "body") for raw in raws]
            found = self._fields.get(name)
            if found is None:
                violations += self.undeclared(name, texts, values)
                continue
            if len(raws) > 1:
                violations += self.repeated(name, len(raws))
            try:
                values[name] = found.value(texts)
            except Refusal as refusal:
                violations += refusal.violations
        return violations

    def undeclared(self, name: str, texts: Sequence[Any], values: dict[str, Any]) -> Iterator[Violation]:
        """Keep, drop or refuse a field that nobody declared."""
        if self._refuses:
            yield Violation("body", f"/{escape_pointer(name)}", "unknown", "is not a known field")
        if not self._drops:
            # Nobody said what it is: one text is a text, several are a list, and the schema has the last word.
            values[name] = list(texts) if len(texts) > 1 else texts[0]

    def repeated(self, name: str, count: int) -> Iterator[Violation]:
        """A violation if a single value was sent several times."""
        field = self._fields.get(name)
        if count > 1 and field is not None and field.shape != "array":
            told = f"must be given once, was given {count} times"
            yield Violation("body", f"/{escape_pointer(name)}", "repeated", told)


def _compile(
    contract: Contract, name: str, schema: JsonObject, compiler: SchemaCompiler, place: str, encoding: JsonObject
) -> FormField:
    document = contract.document
    style = encoding.get("style", "form")
    spelled = Parameter(name, "query", False, schema, style, bool(encoding.get("explode", style == "form")))
    if style not in STYLES["query"]:
        raise ContractError(
            f"style {style!r} is not served (at {place})", hint=f"use one of: {', '.join(sorted(STYLES['query']))}"
        )
    told = str(encoding.get("contentType", ""))
    return FormField(
        name=name,
        shape=shape_of(document, schema),
        coerce=compile_coercer(document, schema, compiler, place),
        take=compile_spelling(spelled, document, "body") if _STYLED & encoding.keys() else None,
        owns=compile_ownership(spelled, document),
        media_types=tuple(one.strip().partition(";")[0].lower() for one in told.split(",") if one.strip()),
    )


def _take(field: FormField, gathered: Mapping[str, list[str]], values: dict[str, Any]) -> Iterator[Violation]:
    """Add the value of a field that has a style of its own."""
    assert field.take is not None, "only fields with a style are taken"  # noqa: S101
    try:
        raw = field.take(gathered)
    except SpellingError as error:
        yield Violation("body", f"/{escape_pointer(error.name)}", error.keyword, error.message, error.got)
        return
    if raw is not ABSENT:
        values[field.name] = field.coerce(raw)
