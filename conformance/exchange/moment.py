"""Moments: one point in time has many spellings (RFC 3339), and a target may mix them.

`09:00:00Z`, `09:00:00.000Z`, `09:00:00+00:00` and `11:00:00+02:00` are the same moment, though as texts they differ,
and sort in another order.
"""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

_MOMENT = re.compile(r"\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII)


def moment_of(value: Any) -> datetime | None:
    """The moment that a text with date, time and zone tells; None for whatever else, such as a time without a zone."""
    if not isinstance(value, str) or _MOMENT.fullmatch(value) is None:
        return None
    try:
        return datetime.fromisoformat(value.upper())
    except ValueError:
        return None  # a day that no calendar has, or a leap second


def is_same(one: Any, other: Any) -> bool:
    """Whether two values are equal, or spell the same moment."""
    first, second = moment_of(one), moment_of(other)
    return bool(one == other) or (first is not None and first == second)


def is_later(one: Any, other: Any) -> bool:
    """Whether the first of two values of one type is later: as a moment where both tell one, else as it is."""
    first, second = moment_of(one), moment_of(other)
    return first > second if first is not None and second is not None else bool(one > other)
