"""The fields of stored items: dicts that nobody changes, and that remember how they were written down."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from operator import is_
from types import MappingProxyType
from typing import Any, Final, NoReturn

_UNSEALED: Final[Mapping[object, bytes]] = MappingProxyType({})


class Fields(dict[str, Any]):
    """What a reader of an item is shown; whoever wants another one makes it: `{**fields, "name": "new"}`.

    Since it never changes, neither does its JSON, nor whether it fits a schema: `seals` keeps, for each schema
    that it was found to fit, its bytes.
    """

    seals: Mapping[object, bytes] = _UNSEALED

    def seal(self, schema: object, data: bytes) -> None:
        """Remember the bytes for a schema that these fields fit."""
        self.seals = {**self.seals, schema: data}

    def _refuse(self, *_args: object, **_kwargs: object) -> NoReturn:
        raise TypeError("the fields of an item never change: make others of them, {**fields, …}")

    __setitem__ = __delitem__ = __ior__ = update = pop = popitem = clear = setdefault = _refuse


class Stretch:
    """Items that stand side by side in a list, as long as nobody writes to it; `seals` as in `Fields`."""

    __slots__ = ("fields", "seals")

    def __init__(self, fields: Sequence[Fields]) -> None:
        self.fields = fields
        self.seals: Mapping[object, bytes] = _UNSEALED

    def seal(self, schema: object, data: bytes) -> None:
        """Remember the bytes of all these items, each of which fits a schema."""
        self.seals = {**self.seals, schema: data}


class Items(list[Any]):
    """What a reader of a list is shown: a list of its own, which knows the stretch that it was taken from."""

    __slots__ = ("stretch",)

    def __init__(self, stretch: Stretch) -> None:
        super().__init__(stretch.fields)
        self.stretch = stretch

    def is_untouched(self) -> bool:
        """Whether nobody put anything else into the list."""
        return len(self) == len(self.stretch.fields) and all(map(is_, self, self.stretch.fields))


def as_fields(fields: Mapping[str, Any]) -> Fields:
    """The same fields, unchangeable."""
    return fields if isinstance(fields, Fields) else Fields(fields)
