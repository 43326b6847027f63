"""Urlencoded forms, read by a plan that is made once for each list of names that clients send.

What is to be done with a form follows from the names of its fields alone, mostly: which fields they are, how each is
coerced, and what they are called once they are out of their common wrapper. Forms that ask for more (a field given
twice or not declared, lists, objects) are read the long way.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from sys import intern
from typing import TYPE_CHECKING, Any, Final

from mockserver.exchange import Refusal
from mockserver.forms.folding import MOST_FIELDS, decode, gather, parse_pairs, unwrap

if TYPE_CHECKING:
    from mockserver.exchange import Violation
    from mockserver.forms.field import FormFields
    from mockserver.judgement.coercion import Coercer

_LONGEST: Final = 1024
"""Bytes of a form that is read by a plan: names come from clients, and plans remember them."""

_REMEMBERED: Final = 128


@dataclass(frozen=True, slots=True)
class _Plan:
    """fields: name and coercer of each, in the order sent. members: what each is called outside of the wrapper."""

    fields: tuple[tuple[str, Coercer], ...]
    members: tuple[tuple[str, str], ...]


class FormReader:
    """Reads the forms of one request body."""

    def __init__(self, fields: FormFields) -> None:
        self._fields = fields
        self._plan_of = lru_cache(maxsize=_REMEMBERED)(self._plan)

    def read(self, data: bytes) -> tuple[dict[str, Any], dict[str, Any], list[Violation]]:
        """The values by name as sent, those that handlers see, and what is wrong with how they are written.

        Raises Refusal(malformed).
        """
        if len(data) <= _LONGEST and data.isascii():
            pairs = [piece.partition("=") for piece in data.decode("ascii").split("&") if piece]
            plan = self._plan_of(tuple([pair[0] for pair in pairs]))
            if plan is not None:
                # Values repeat as well: one text for all items that hold it.
                values = {
                    name: coerce(intern(raw if "%" not in raw and "+" not in raw else decode(raw, "body")))
                    for (name, coerce), (_, _, raw) in zip(plan.fields, pairs, strict=True)
                }
                return values, {member: values[name] for member, name in plan.members}, []
        values = {}
        found = self._fields.read(gather(parse_pairs(data, "body")), values)
        return values, unwrap(values), found

    def _plan(self, raw: tuple[str, ...]) -> _Plan | None:
        """The plan for these encoded names; None where a form with them has to be looked at as a whole."""
        try:
            names = [decode(name, "body") for name in raw]
        except Refusal:
            return None
        fields = [(name, self._fields.plain(name)) for name in names]
        known = tuple((name, coerce) for name, coerce in fields if coerce is not None)
        if len(known) < len(raw) or len(set(names)) < len(names) or len(names) >= MOST_FIELDS:
            return None
        members = unwrap({name: name for name in names})
        if any(not isinstance(name, str) for name in members.values()):
            return None
        return _Plan(known, tuple(members.items()))
