"""Moments as the fields of a contract write them."""

from __future__ import annotations

from datetime import UTC
from functools import partial
from typing import TYPE_CHECKING, Any

import jsonschema_rs

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from spec.contract import JsonObject


def write_moment(schema: JsonObject, moment: datetime) -> Any:
    """A moment in the form that a field's schema asks for, to the second.

    Integers and numbers are seconds since 1970; texts are RFC 3339 in UTC, a date where the format says so,
    and without a zone where the field's pattern allows nothing else.
    """
    if schema.get("type") in ("integer", "number"):
        return int(moment.timestamp())
    text = moment.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds")
    if schema.get("format") == "date":
        return text[:10]
    pattern = schema.get("pattern")
    return text if pattern is not None and not _fits(pattern, f"{text}Z") and _fits(pattern, text) else f"{text}Z"


def moment_writer(schema: JsonObject) -> Callable[[datetime], Any]:
    """What writes moments for one field, as `write_moment` does."""
    is_plain = "pattern" not in schema and schema.get("format") in (None, "date-time")
    return _write_plain if is_plain and schema.get("type") == "string" else partial(write_moment, schema)


def _write_plain(moment: datetime) -> str:
    if moment.tzinfo is not UTC:
        moment = moment.astimezone(UTC)
    return f"{moment.isoformat()[:19]}Z"


def _fits(pattern: str, text: str) -> bool:
    return jsonschema_rs.is_valid({"pattern": pattern}, text, pattern_options=jsonschema_rs.RegexOptions())
