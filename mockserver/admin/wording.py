"""How the admin interface words what it tells: moments, keys, and errors of ours as refusals."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from urllib.parse import quote

from mockserver.exchange import Refusal
from mockserver.state.collection import Id
from spec.errors import MockproofError


def told_moment(moment: datetime) -> str:
    """A moment in RFC 3339, to the millisecond where it has a fraction."""
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds" if moment.microsecond else "seconds")
    return text.replace("+00:00", "Z")


def told_key(key: Sequence[Id]) -> str:
    """A key as text: ids joined by slashes, a slash within an id percent-encoded."""
    return "/".join(quote(str(part), safe="") for part in key)


@contextmanager
def refusing(reason: str) -> Iterator[None]:
    """Turn an error that we foresee into a refusal with that reason; its hint is told, too."""
    try:
        yield
    except MockproofError as error:
        # One line of what stands on several, where somebody starts a program.
        told = str(error).replace("\n  ", "; ")
        raise Refusal(reason, told) from error
