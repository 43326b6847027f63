"""Cursors: where a list goes on, opaque to clients and good for one list only.

A cursor holds the place in the order after which the next page begins, and a mark that only the list it was
made for puts there: one that was made up, changed, or taken from another list is told apart, not followed.
"""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

import orjson

if TYPE_CHECKING:
    from mockserver.state.collection import Condition, Id, Key

_MARK: Final = 9
_LONGEST: Final = 4096


def name_list(operation_id: str, parent: Key, order_by: str, condition: Condition, *, descending: bool) -> bytes:
    """What tells one list from another: the operation, the parent, the order, and who and what it is limited to."""
    limits = [(name, sorted(map(repr, allowed))) for name, allowed in condition]
    return repr((operation_id, parent, order_by, descending, limits)).encode("utf-8", "backslashreplace")


def write_cursor(name: bytes, value: Any, identifier: Id) -> str:
    """The cursor of a place: the value that the list is ordered by, and the id of the item that has it."""
    place = orjson.dumps([value, identifier])
    return urlsafe_b64encode(_mark(name, place) + place).rstrip(b"=").decode("ascii")


def read_cursor(name: bytes, cursor: str) -> tuple[Any, Id] | None:
    """The place that a cursor means; None for one that this list never gave."""
    if len(cursor) > _LONGEST or not cursor.isascii():
        return None
    try:
        data = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except (binascii.Error, ValueError):
        return None
    mark, place = data[:_MARK], data[_MARK:]
    # Letters that base64 skips, or spare bits at its end, must not make a second cursor for the same place.
    if mark != _mark(name, place) or urlsafe_b64encode(data).rstrip(b"=").decode("ascii") != cursor:
        return None
    value, identifier = orjson.loads(place)
    return value, identifier


def _mark(name: bytes, place: bytes) -> bytes:
    return blake2b(place, digest_size=_MARK, key=blake2b(name, digest_size=32).digest()).digest()
