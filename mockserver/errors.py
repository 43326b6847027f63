"""Reasons why a request is refused, and the errors of the server itself.

Reasons, in the order in which a request can meet them: the guard (uri-too-long, headers-too-large,
too-large, malformed, unsupported-media-type), routing (unknown-route, method-not-allowed), security
(missing-credentials, invalid-credentials), validation (malformed, unsupported-media-type,
invalid-request), handlers (not-found, forbidden, conflict, unprocessable, …), and last the check of
our own answer (internal).
"""

from __future__ import annotations

from http import HTTPStatus
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from spec.errors import MockproofError

if TYPE_CHECKING:
    from collections.abc import Mapping

REASONS: Final[Mapping[str, int]] = MappingProxyType(
    {
        "malformed": 400,
        "invalid-request": 400,
        "missing-credentials": 401,
        "invalid-credentials": 401,
        "forbidden": 403,
        "not-found": 404,
        "unknown-route": 404,
        "method-not-allowed": 405,
        "not-acceptable": 406,
        "timeout": 408,
        "conflict": 409,
        "gone": 410,
        "precondition-failed": 412,
        "too-large": 413,
        "uri-too-long": 414,
        "unsupported-media-type": 415,
        "range-not-satisfiable": 416,
        "misdirected": 421,
        "unprocessable": 422,
        "too-many-requests": 429,
        "headers-too-large": 431,
        "internal": 500,
        "not-implemented": 501,
        "unavailable": 503,
        "quota-exceeded": 507,
    }
)
"""Reason to status code, where an error style does not say otherwise."""


_RENAMED: Final[Mapping[int, str]] = MappingProxyType(
    {413: "Content Too Large", 414: "URI Too Long", 416: "Range Not Satisfiable", 422: "Unprocessable Content"}
)
"""Phrases of RFC 9110; Python has them from 3.13 on, and an answer should not depend on that."""


def title_of(status: int) -> str:
    """The registered phrase of a status code, such as "Not Found"; "Error" for one that has none."""
    if status in _RENAMED:
        return _RENAMED[status]
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Error"


def reason_for(status: int) -> str:
    """The first reason with this status; failing that, the one of its class (400 or 500)."""
    for reason, known in REASONS.items():
        if known == status:
            return reason
    return "invalid-request" if 400 <= status < 500 else "internal"


def shorten(value: object, limit: int = 200) -> str:
    """Text of a value from outside, cut so that an answer never echoes a large input."""
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= limit else text[: limit - 1] + "…"


class MockError(MockproofError):
    """Base of every error that stops the server from running."""


class BindError(MockError):
    """The address to listen on cannot be had."""


class ClockError(MockError):
    """A clock cannot be moved or set as somebody asks."""


class WorkspaceError(MockError):
    """A workspace or a snapshot cannot be had: its name is no name, or there is none, or there are too many."""


class ExtensionError(MockError):
    """A file with handlers cannot be used."""


class MutantError(MockError):
    """A misbehaviour that nobody knows, or that a contract cannot show."""
