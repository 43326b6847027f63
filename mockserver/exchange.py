"""What handlers see and give: a frozen context in, a reply or a refusal out; never HTTP, never connexion.

What is made for every request is a named tuple: it costs a third of what a frozen dataclass does. A changed copy of
one is `context._replace(body=…)`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from operator import itemgetter
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from mockserver.prefer.preference import NO_PREFERENCE, Preference

if TYPE_CHECKING:
    from datetime import datetime

    from mockserver.state.workspace import Workspace
    from spec.contract import Operation

_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is asking, from the token table of the fixtures.

    sees: resource name to {field: allowed values}; an item of a named resource is visible when every field
    holds one of the allowed values. A resource that is not named is visible through its parent.
    sights: the same as conditions on stored items, by resource name.
    """

    name: str
    sees: Mapping[str, Mapping[str, frozenset[Any]]] = field(default_factory=dict)
    sights: Mapping[str, tuple[tuple[str, frozenset[Any]], ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        sights = {resource: tuple(sorted(seen.items(), key=itemgetter(0))) for resource, seen in self.sees.items()}
        object.__setattr__(self, "sights", sights)


class Address(NamedTuple):
    """The URL that was asked for, as far as an answer needs it to write links.

    base: scheme and authority without a trailing slash. path: as sent, still percent-encoded.
    query: decoded pairs in the order sent.
    """

    base: str
    path: str
    query: tuple[tuple[str, str], ...] = ()


class Judged(NamedTuple):
    """A request's values, coerced, with defaults filled in; all of them fit the contract."""

    path: Mapping[str, Any]
    query: Mapping[str, Any]
    headers: Mapping[str, Any]
    cookies: Mapping[str, Any]
    body: Any


class Context(NamedTuple):
    """One judged request: everything in it fits the contract.

    path, query, headers, cookies: declared parameters, coerced to their types, defaults filled in.
    fields: every header field of the request, lower-case names, as sent.
    body: the decoded body; bracketed form names (`thing[name]`) are already unwrapped to {"name": …}.
    now: UTC, from the workspace's clock.
    """

    operation: Operation
    path: Mapping[str, Any]
    query: Mapping[str, Any]
    headers: Mapping[str, Any]
    body: Any
    identity: Identity | None
    address: Address
    workspace: Workspace
    now: datetime
    cookies: Mapping[str, Any] = _NOTHING
    fields: Mapping[str, str] = _NOTHING
    preference: Preference = NO_PREFERENCE


class Reply(NamedTuple):
    """An answer: `body` is JSON-ready data, or bytes with their `media_type`; None means no body."""

    status: int
    body: Any = None
    media_type: str = "application/json"
    headers: Mapping[str, str] = _NOTHING


Handler = Callable[[Context], Reply]
"""What answers an operation; raises Refusal."""

Around = Callable[[Context, Handler], Reply]
"""What answers an operation in place of a handler, which it may call: extensions and mutants have this form."""


class Answer(NamedTuple):
    """An answer as it leaves: whole, checked, in bytes.

    headers: all but Content-Type and Content-Length; printable ASCII. media_type: None where there is no body.
    why: where it comes from: "state", "example", "generated", "forced", "refused", "fault", "handler", or "admin".
    """

    status: int
    body: bytes
    media_type: str | None
    headers: tuple[tuple[str, str], ...] = ()
    why: str = "state"
    violations: tuple[Violation, ...] = ()


class Violation(NamedTuple):
    """One way in which a request breaks the contract.

    place: "path", "query", "header", "cookie" or "body". pointer: parameter name, or JSON pointer into the body.
    keyword: JSON Schema keyword, or "required", "type", "media type", "syntax". got: the value seen, shortened.
    """

    place: str
    pointer: str
    keyword: str
    message: str
    got: str = ""


class Refusal(Exception):
    """An answer that is an error: `reason` is one of `mockserver.errors.REASONS`; the style decides the shape."""

    def __init__(
        self,
        reason: str,
        detail: str,
        *,
        violations: tuple[Violation, ...] = (),
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
        self.violations = violations
        self.headers = dict(headers or {})
