"""Requests judged wrongly: what breaks the contract is taken, and what fits it is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from mockserver.bodies import is_json
from mockserver.exchange import Judged, Refusal, Violation
from mockserver.mutant import Mutant
from mockserver.mutants.mending import (
    Mend,
    cut_text,
    declared_type,
    drop_member,
    drop_parameter,
    fill_in,
    judge_leniently,
    read_body,
    turn,
    write_body,
)
from mockserver.mutants.reach import Applies, Field, cuts_pages, takes_field
from spec.resource import follow

if TYPE_CHECKING:
    from mockserver.mutant import Judge
    from mockserver.passage import Passage
    from spec.contract import Contract, Operation, Parameter


def _forgives(
    name: str, text: str, breaks: str, where: Applies, forgiven: tuple[str, tuple[str, ...]], mend: Mend
) -> Mutant:
    """Forgives violations of some keywords in one place of the request."""
    place, keywords = forgiven

    def forgives(violation: Violation) -> bool:
        return violation.place == place and violation.keyword in keywords

    def judge(passage: Passage, stage: Judge) -> Judged:
        return judge_leniently(passage, stage, forgives, mend)

    return Mutant(name, text, breaks, where, judge=judge)


def _takes_parameter(location: str, test: Callable[[Any], Any]) -> Applies:
    """Operations with a parameter in this place whose schema passes a test."""

    def applies(contract: Contract, operation: Operation) -> bool:
        return any(test(_schema(contract, one)) for one in operation.parameters if one.location == location)

    return applies


def _schema(contract: Contract, parameter: Parameter) -> Any:
    return follow(contract.document, parameter.schema)


def _takes_any_body(_contract: Contract, operation: Operation) -> bool:
    return operation.body is not None


def _takes_json(_contract: Contract, operation: Operation) -> bool:
    return operation.body is not None and any(is_json(name.lower()) for name in operation.body.media_types)


def _takes_closed_body(contract: Contract, operation: Operation) -> bool:
    media_types = operation.body.media_types.values() if operation.body else ()
    schemas = (follow(contract.document, media.schema) for media in media_types if media.schema)
    return any(schema.get("additionalProperties") is False for schema in schemas)


def _take_any_media_type(passage: Passage, stage: Judge) -> Judged:
    """Reads what was sent as what it looks like."""
    try:
        return stage(passage)
    except Refusal as refusal:
        body = read_body(passage) if refusal.reason == "unsupported-media-type" else None
        mended = write_body(passage, body, declared_type(passage)) if body is not None else None
        if mended is None:
            raise
        return stage(mended)


def _take_sloppy_json(passage: Passage, stage: Judge) -> Judged:
    """Reads JSON up to where it ends, and the last of several members of one name."""
    try:
        return stage(passage)
    except Refusal as refusal:
        body = read_body(passage) if refusal.reason == "malformed" else None
        mended = write_body(passage, body, passage.media_type or declared_type(passage)) if body is not None else None
        if mended is None:
            raise
        return stage(mended)


def _refuse_ids_as_methods(passage: Passage, stage: Judge) -> Judged:
    try:
        return stage(passage)
    except Refusal as refusal:
        if not any(violation.place == "path" for violation in refusal.violations):
            raise
        raise Refusal("method-not-allowed", refusal.detail, headers={"Allow": "OPTIONS"}) from None


def _refuse_largest_page(passage: Passage, stage: Judge) -> Judged:
    judged, page = stage(passage), passage.operation.page if passage.operation else None
    name = page.size_parameter if page else None
    if page is not None and name is not None and judged.query.get(name) == page.maximum_size:
        violation = Violation("query", name, "maximum", "is too large", str(page.maximum_size))
        raise Refusal("invalid-request", f"{name} is too large", violations=(violation,))
    return judged


def _refuses_body(name: str, text: str, breaks: str, where: Applies, is_refused: Callable[[Any], bool]) -> Mutant:
    """Refuses bodies with a value that passes a test, though they fit the contract."""

    def judge(passage: Passage, stage: Judge) -> Judged:
        judged = stage(passage)
        values = judged.body.items() if isinstance(judged.body, dict) else ()
        found = next((member for member, value in values if is_refused(value)), None)
        if found is not None:
            violation = Violation("body", f"/{found}", "type", "cannot be read")
            raise Refusal("invalid-request", f"{found} cannot be read", violations=(violation,))
        return judged

    return Mutant(name, text, breaks, where, judge=judge)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool) or value in ("true", "false")


def _takes_flag(field: Field) -> bool:
    return field.type == "boolean" or "true" in field.schema.get("enum", ())


def _is_astral(value: Any) -> bool:
    return isinstance(value, str) and any(ord(letter) > 0xFFFF for letter in value)


def _takes_date(field: Field) -> bool:
    return field.type == "string" and (field.schema.get("format") == "date" or "date" in field.name)


MUTANTS: Final = (
    _forgives(
        "number-above-maximum-accepted",
        "A query parameter beyond its maximum is taken.",
        "parameters",
        _takes_parameter("query", lambda schema: "maximum" in schema),
        ("query", ("maximum", "exclusiveMaximum")),
        drop_parameter,
    ),
    _forgives(
        "number-below-minimum-accepted",
        "A query parameter below its minimum is taken.",
        "parameters",
        _takes_parameter("query", lambda schema: "minimum" in schema),
        ("query", ("minimum", "exclusiveMinimum")),
        drop_parameter,
    ),
    _forgives(
        "wrong-type-in-query-accepted",
        "A word is taken for a query parameter that is a number or a flag.",
        "parameters",
        _takes_parameter("query", lambda schema: schema.get("type") in ("integer", "number", "boolean")),
        ("query", ("type",)),
        drop_parameter,
    ),
    _forgives(
        "unlisted-value-in-query-accepted",
        "A query parameter is taken with a value that its enumeration does not list.",
        "parameters",
        _takes_parameter("query", lambda schema: "enum" in schema),
        ("query", ("enum",)),
        drop_parameter,
    ),
    _forgives(
        "repeated-parameter-accepted",
        "A query parameter that is given twice is taken.",
        "parameters",
        _takes_parameter("query", lambda schema: schema.get("type") != "array"),
        ("query", ("repeated",)),
        drop_parameter,
    ),
    _forgives(
        "bad-header-accepted",
        "A header field that is not in its format is taken.",
        "parameters",
        _takes_parameter("header", lambda schema: {"format", "pattern", "minimum", "maximum"} & set(schema)),
        ("header", ("format", "pattern", "minimum", "maximum", "type")),
        drop_parameter,
    ),
    _forgives(
        "overlong-text-accepted",
        "A text that is longer than allowed is taken, and cut.",
        "body",
        takes_field(lambda field: "maxLength" in field.schema),
        ("body", ("maxLength",)),
        cut_text,
    ),
    _forgives(
        "missing-field-accepted",
        "A body without a required field is taken.",
        "body",
        takes_field(lambda field: field.required),
        ("body", ("required",)),
        fill_in,
    ),
    _forgives(
        "unlisted-value-in-body-accepted",
        "A field of the body is taken with a value that its enumeration does not list.",
        "body",
        takes_field(lambda field: "enum" in field.schema and not field.required),
        ("body", ("enum",)),
        drop_member,
    ),
    _forgives(
        "number-out-of-range-accepted",
        "A number in the body outside its bounds is taken.",
        "body",
        takes_field(lambda field: {"minimum", "maximum"} & set(field.schema) != set() and not field.required),
        ("body", ("minimum", "maximum")),
        drop_member,
    ),
    _forgives(
        "wrong-type-in-body-accepted",
        "A field of the body is taken in another type than its own.",
        "body",
        takes_field(lambda field: field.type in ("string", "integer", "number", "boolean")),
        ("body", ("type",)),
        turn,
    ),
    _forgives(
        "undeclared-field-accepted",
        "A field that the contract rules out is taken.",
        "body",
        _takes_closed_body,
        ("body", ("additionalProperties",)),
        drop_member,
    ),
    _forgives(
        "any-date-accepted",
        "A date is taken in any form.",
        "date-format",
        takes_field(_takes_date),
        ("body", ("format", "pattern")),
        drop_member,
    ),
    Mutant(
        "any-media-type-accepted",
        "A body is taken whatever its Content-Type says.",
        "body",
        _takes_any_body,
        judge=_take_any_media_type,
    ),
    Mutant(
        "sloppy-json-accepted",
        "JSON with a member given twice, or with text after its end, is taken.",
        "body",
        _takes_json,
        judge=_take_sloppy_json,
    ),
    Mutant(
        "malformed-id-as-method",
        "An id that is none is refused with 405.",
        "status",
        _takes_parameter(
            "path", lambda schema: set(schema) - {"type", "description"} or schema.get("type") != "string"
        ),
        judge=_refuse_ids_as_methods,
    ),
    Mutant(
        "largest-page-refused",
        "The largest allowed page is refused.",
        "parameters",
        cuts_pages(lambda page: page.size_parameter and page.maximum_size),
        judge=_refuse_largest_page,
    ),
    _refuses_body(
        "flag-refused", "A body with a flag is refused.", "flag-accepted", takes_field(_takes_flag), _is_flag
    ),
    _refuses_body(
        "astral-text-refused",
        "A body with a character beyond the basic plane is refused.",
        "body",
        takes_field(lambda field: field.type == "string" and not {"enum", "format", "pattern"} & set(field.schema)),
        _is_astral,
    ),
)
