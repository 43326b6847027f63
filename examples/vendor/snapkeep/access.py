"""Who is asking. Each interface carries the same tokens in a header field of its own."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from flask import g, request

from snapkeep.database import database
from snapkeep.faults import faulty
from snapkeep.refusals import Refusal

View = Callable[..., Any]


@dataclass(frozen=True, slots=True)
class Caller:
    """The tenant that a token belongs to, and whether it may change things."""

    tenant: str
    may_write: bool


def bearer() -> str | None:
    """`Authorization: Bearer SECRET`."""
    scheme, _, secret = request.headers.get("Authorization", "").partition(" ")
    return secret.strip() if scheme.lower() == "bearer" else None


def access_token() -> str | None:
    """`Access-Token: SECRET`, for downloads."""
    return request.headers.get("Access-Token")


def authorization() -> str | None:
    """`Authorization: SECRET`, with or without a scheme in front."""
    value = request.headers.get("Authorization", "")
    return bearer() or value or None


def auth_token() -> str | None:
    """`X-Auth-Token: SECRET`."""
    return request.headers.get("X-Auth-Token")


def signed_in(
    secret_of: Callable[[], str | None], *, writes: bool = False, json: bool = True, hole: str | None = None
) -> Callable[[View], View]:
    """Let a view be reached with a valid token only; the caller is `g.caller`.

    writes: the token must allow changes. json: the client must take JSON. hole: the mistake that opens the door.
    """

    def protect(view: View) -> View:
        @wraps(view)
        def checked(**arguments: str) -> Any:
            if hole is not None and faulty(hole):
                # Left over from the days when there was one customer.
                g.caller = Caller("northwind", may_write=True)
            else:
                g.caller = _caller(secret_of())
            if writes and not g.caller.may_write:
                raise Refusal("forbidden", "This token may read, but change nothing.")
            if json and request.accept_mimetypes and not request.accept_mimetypes.accept_json:
                raise Refusal("not-acceptable", "The answer is application/json.")
            return view(**arguments)

        return checked

    return protect


def _caller(secret: str | None) -> Caller:
    if not secret:
        raise Refusal("missing-credentials", "Send the token that you were given.")
    row = database().execute("SELECT tenant, may_write FROM token WHERE secret = ?", (secret,)).fetchone()
    if row is None:
        if faulty("any-token-goes") and request.path.startswith("/v3/"):
            return Caller("northwind", may_write=False)
        raise Refusal("invalid-credentials", "The token is unknown.")
    return Caller(row["tenant"], bool(row["may_write"]))
