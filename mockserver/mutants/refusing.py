"""Requests refused wrongly: what fits the contract is refused, or refused as something else."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from mockserver.exchange import Judged, Refusal, Violation
from mockserver.mutant import Mutant
from mockserver.mutants.reach import Applies, Field, cuts_pages, is_plain_text, takes_field, takes_parameter

if TYPE_CHECKING:
    from mockserver.mutant import Judge
    from mockserver.passage import Passage


def _refuse_ids_as_methods(passage: Passage, stage: Judge) -> Judged:
    try:
        return stage(passage)
    except Refusal as refusal:
        if not any(violation.place == "path" for violation in refusal.violations):
            raise
        raise Refusal("method-not-allowed", refusal.detail, headers={"Allow": "OPTIONS"}) from None


def _refuse_long_ids(passage: Passage, stage: Judge) -> Judged:
    judged = stage(passage)
    long = next((name for name, value in judged.path.items() if len(str(value)) > 1), None)
    if long is not None:
        violation = Violation("path", long, "maxLength", "is too long")
        raise Refusal("invalid-request", f"{long} is too long", violations=(violation,))
    return judged


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


MUTANTS: Final = (
    Mutant(
        "malformed-id-as-method",
        "An id that is none is refused with 405.",
        "method-not-allowed",
        takes_parameter("path", lambda schema: set(schema) - {"type", "description"} or schema.get("type") != "string"),
        judge=_refuse_ids_as_methods,
    ),
    Mutant(
        "long-id-refused",
        "An id of more than one character is refused as malformed.",
        "parameters",
        takes_parameter("path", lambda _: True),
        judge=_refuse_long_ids,
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
        takes_field(is_plain_text),
        _is_astral,
    ),
)
