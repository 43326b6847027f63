"""Requests judged wrongly: what breaks the contract is taken, and what fits it is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mockserver.exchange import Judged, Refusal, Violation
from mockserver.judgement.bodies import is_json
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
from mockserver.mutants.reach import Applies, Field, body_fields, takes_field, takes_parameter
from spec.resource import follow

if TYPE_CHECKING:
    from mockserver.mutant import Judge
    from mockserver.passage import Passage
    from spec.contract import Contract, Operation


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


def _takes_any_body(_contract: Contract, operation: Operation) -> bool:
    return operation.body is not None


def _takes_json(_contract: Contract, operation: Operation) -> bool:
    return operation.body is not None and any(is_json(name.lower()) for name in operation.body.media_types)


def _takes_typed_field(contract: Contract, operation: Operation) -> bool:
    """Operations whose body has a field that can be of the wrong type; in a form, everything is a text."""
    types = {field.type for field in body_fields(contract, operation)}
    return bool(types & {"integer", "number", "boolean"}) or ("string" in types and _takes_json(contract, operation))


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


def _takes_date(field: Field) -> bool:
    return field.type == "string" and (field.schema.get("format") == "date" or "date" in field.name)


MUTANTS: Final = (
    _forgives(
        "number-above-maximum-accepted",
        "A query parameter beyond its maximum is taken.",
        "parameters",
        takes_parameter("query", lambda schema: "maximum" in schema),
        ("query", ("maximum", "exclusiveMaximum")),
        drop_parameter,
    ),
    _forgives(
        "number-below-minimum-accepted",
        "A query parameter below its minimum is taken.",
        "parameters",
        takes_parameter("query", lambda schema: "minimum" in schema),
        ("query", ("minimum", "exclusiveMinimum")),
        drop_parameter,
    ),
    _forgives(
        "wrong-type-in-query-accepted",
        "A word is taken for a query parameter that is a number or a flag.",
        "parameters",
        takes_parameter("query", lambda schema: schema.get("type") in ("integer", "number", "boolean")),
        ("query", ("type",)),
        drop_parameter,
    ),
    _forgives(
        "unlisted-value-in-query-accepted",
        "A query parameter is taken with a value that its enumeration does not list.",
        "parameters",
        takes_parameter("query", lambda schema: "enum" in schema),
        ("query", ("enum",)),
        drop_parameter,
    ),
    _forgives(
        "bad-header-accepted",
        "A header field that is not in its format is taken.",
        "parameters",
        takes_parameter("header", lambda schema: {"format", "pattern", "minimum", "maximum"} & set(schema)),
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
        takes_field(lambda field: "enum" in field.schema),
        ("body", ("enum",)),
        fill_in,
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
        _takes_typed_field,
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
)
