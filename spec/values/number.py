"""Numbers made up at random within the bounds of a schema, never beyond what every client can hold."""

from __future__ import annotations

import math
from decimal import Decimal
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from random import Random

    from spec.contract import JsonObject

SAFE: Final = 2**53 - 1
"""The largest integer that a JavaScript client reads without changing it."""

_USUAL: Final = 1000
_CENT: Final = Decimal("0.01")


def invent_number(schema: JsonObject, random: Random, *, whole: bool) -> float:
    """A number within the bounds, small where nothing says otherwise; an int where `whole`."""
    step = Decimal(str(schema["multipleOf"])) if "multipleOf" in schema else Decimal(1) if whole else _CENT
    if whole and step != step.to_integral_value():
        step = Decimal(1)
    lowest, highest = _bounds(schema)
    first, last = math.ceil(lowest / step), math.floor(highest / step)
    if schema.get("exclusiveMinimum") is True and first * step == lowest:
        first += 1
    if schema.get("exclusiveMaximum") is True and last * step == highest:
        last -= 1
    if first > last:
        return int(lowest) if whole else float((lowest + highest) / 2)
    value = random.randint(first, last) * step
    return int(value) if whole else float(value)


def _bounds(schema: JsonObject) -> tuple[Decimal, Decimal]:
    lowest = Decimal(str(schema["minimum"])) if "minimum" in schema else None
    highest = Decimal(str(schema["maximum"])) if "maximum" in schema else None
    if lowest is None:
        lowest = Decimal(0) if highest is None or highest >= 0 else highest - _USUAL
    if highest is None:
        # A schema that starts at 1 speaks of ids and pages; all of them are small by default.
        highest = lowest + _USUAL
    return max(lowest, Decimal(-SAFE)), min(highest, Decimal(SAFE))
