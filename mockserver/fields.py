"""The fields of a stored item: a dict that nobody changes, and that remembers how it was written down."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NoReturn


class Fields(dict[str, Any]):
    """What a reader of an item is shown; whoever wants another one makes it: `{**fields, "name": "new"}`.

    Since it never changes, neither does its JSON, nor whether it fits a schema: `sealed` keeps, for each schema
    that it was found to fit, its bytes.
    """

    __slots__ = ("_sealed",)

    def __init__(self, fields: Mapping[str, Any]) -> None:
        super().__init__(fields)
        self._sealed: dict[object, bytes] | None = None

    def sealed(self, schema: object) -> bytes | None:
        """The bytes that were written for a schema, if they were."""
        return self._sealed.get(schema) if self._sealed is not None else None

    def seal(self, schema: object, data: bytes) -> None:
        """Remember the bytes for a schema that these fields fit."""
        if self._sealed is None:
            self._sealed = {}
        self._sealed[schema] = data

    def _refuse(self, *_args: object, **_kwargs: object) -> NoReturn:
        raise TypeError("the fields of an item never change: make others of them, {**fields, …}")

    __setitem__ = __delitem__ = __ior__ = update = pop = popitem = clear = setdefault = _refuse


def as_fields(fields: Mapping[str, Any]) -> Fields:
    """The same fields, unchangeable."""
    return fields if isinstance(fields, Fields) else Fields(fields)
