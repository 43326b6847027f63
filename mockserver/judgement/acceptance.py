"""Content negotiation: whether an operation can answer in a media type that the client takes (RFC 9110, 12.5.1)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from mockserver.errors import shorten
from mockserver.exchange import Refusal, Violation

if TYPE_CHECKING:
    from spec.contract import Operation


_SHORT: Final = 256


@dataclass(frozen=True, slots=True)
class Range:
    """One member of an Accept field: `type` and `subtype` may be "*"; a quality of 0 rules it out."""

    type: str
    subtype: str
    quality: float

    @property
    def precision(self) -> int:
        """How closely it names a media type; the closest range decides."""
        return (self.type != "*") + (self.subtype != "*")

    def covers(self, media_type: str) -> bool:
        """Whether the range speaks of a media type; one that is not settled yet (`*`) is covered by any."""
        kind, _, subtype = media_type.partition("/")
        return _meets(self.type, kind) and _meets(self.subtype, subtype)


def _meets(one: str, other: str) -> bool:
    return one == other or "*" in (one, other)


class Acceptance:
    """What one operation answers with on success, held against what a client takes."""

    def __init__(self, operation: Operation) -> None:
        success = operation.success
        self._offers = tuple(name.partition(";")[0].lower() for name in success.media_types) if success else ()
        # A client says the same each time; only short fields are remembered, since anybody may send long ones.
        self._suits_short = lru_cache(maxsize=64)(self._suits)

    def check(self, accept: str | None) -> None:
        """Raise a "not-acceptable" Refusal if nothing on offer is taken; no field, or an unreadable one, takes all."""
        if not accept or not self._offers:
            return
        if not (self._suits_short(accept) if len(accept) <= _SHORT else self._suits(accept)):
            offered = ", ".join(self._offers)
            got = shorten(accept, 100)
            violation = Violation("header", "Accept", "media type", f"this is answered as {offered}", got)
            raise Refusal("not-acceptable", f"this is answered as {offered}, and not as {got}", violations=(violation,))

    def _suits(self, accept: str) -> bool:
        ranges = tuple(_ranges(accept))
        return not ranges or any(_is_taken(offer, ranges) for offer in self._offers)


def choose_offer(accept: str | None, offers: Sequence[str]) -> int:
    """Which of several media types a client likes best, by its place; the first of those that it likes alike."""
    ranges = tuple(_ranges(accept)) if accept else ()
    liking = [_quality_of(offer, ranges) for offer in offers] if ranges else [0.0]
    return liking.index(max(liking))


def _is_taken(offer: str, ranges: tuple[Range, ...]) -> bool:
    return _quality_of(offer, ranges) > 0


def _quality_of(offer: str, ranges: tuple[Range, ...]) -> float:
    found = [one for one in ranges if one.covers(offer)]
    return max(found, key=lambda one: (one.precision, one.quality)).quality if found else 0.0


def _ranges(accept: str) -> Iterator[Range]:
    for member in accept.lower().split(","):
        name, *options = (part.strip() for part in member.split(";"))
        kind, slash, subtype = name.partition("/")
        if not (kind and slash and subtype) and name != "*":
            continue
        yield Range(kind, subtype or "*", _quality(options))


def _quality(options: list[str]) -> float:
    for option in options:
        name, _, value = option.partition("=")
        if name.strip() == "q":
            try:
                return min(max(float(value), 0.0), 1.0)
            except ValueError:
                return 1.0
    return 1.0
