"""A request on its way inwards: each layer adds what it found out, the next one reads it.

A `Passage` is the one value of this package that changes while a request lives, and it dies with the request.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from mockserver.prefer.preference import NO_PREFERENCE, Preference

if TYPE_CHECKING:
    from datetime import datetime

    from mockserver.exchange import Address, Identity, Judged
    from mockserver.mutant import Mutant
    from mockserver.state.workspace import Workspace
    from mockserver.trouble.fault import Strike
    from spec.contract import Operation

Scope = MutableMapping[str, Any]


@dataclass(slots=True)
class Passage:
    """What is known of one request so far.

    headers: lower-case names; a field sent several times is joined by ", " (cookies by "; ").
    media_type: type/subtype in lower case, or None where no usable one was sent; options: its parameters.
    path, query: as sent, still percent-encoded. body: all of it, already within its limit.
    workspace, preference, mutants, strike: chosen by the guard, the last two once the operation is known.
    entrance: the start of the path that named the workspace, which stands before every link.
    size: bytes of the header fields. now: on the workspace's clock, once somebody asked it.
    operation, values: set by routing; identity: by security; judged: by validation.
    """

    method: str
    path: str
    query: bytes
    headers: Mapping[str, str]
    address: Address
    request_id: str
    body: bytes = b""
    media_type: str | None = None
    options: Mapping[str, str] = field(default_factory=dict)
    workspace: Workspace | None = None
    preference: Preference = NO_PREFERENCE
    mutants: tuple[Mutant, ...] = ()
    strike: Strike | None = None
    size: int = 0
    now: datetime | None = None
    entrance: str = ""
    operation: Operation | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    identity: Identity | None = None
    judged: Judged | None = None
