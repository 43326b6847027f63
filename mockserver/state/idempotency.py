"""Requests that may be repeated: the same key and the same request have the same answer, and act only once."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING, Any, Final

import orjson

from mockserver.errors import shorten
from mockserver.exchange import Refusal, Reply, Violation

if TYPE_CHECKING:
    from mockserver.exchange import Context, Handler
    from spec.contract import Operation

_LONGEST: Final = 255


@dataclass(frozen=True, slots=True)
class _Kept:
    """The reply to the first request with a key; request: what tells it from another one."""

    request: bytes
    reply: Reply


class Idempotent:
    """A handler that acts once for each key; only successes are kept, so that what was refused can be tried again."""

    def __init__(self, operation: Operation, header: str, handler: Handler) -> None:
        self._handler = handler
        self._header = header
        self._field = header.lower()
        # A key for another request is unprocessable, unless the contract names 409, or knows of no 422.
        is_conflict = "409" in operation.responses or operation.response_for(422) is None
        self._reason = "conflict" if is_conflict else "unprocessable"

    def answer(self, context: Context) -> Reply:
        """The handler's reply, or the one that the key had before; raises Refusal for a key of another request."""
        key = context.fields.get(self._field)
        if not key:
            return self._handler(context)
        if len(key) > _LONGEST:
            raise self._too_long(key)
        store, asker = context.workspace.store, context.identity.name if context.identity else None
        name, request = (context.operation.id, asker, key), _digest(context)
        kept: _Kept | None = store.reply_to(name)
        if kept is None:
            reply = self._handler(context)
            store.keep_reply(name, _Kept(request, reply))
            return reply
        if kept.request != request:
            raise Refusal(self._reason, f"the {self._header} {shorten(key, 60)!r} was used for another request")
        return kept.reply

    def _too_long(self, key: str) -> Refusal:
        told = f"has {len(key)} characters; at most {_LONGEST} are kept"
        violation = Violation("header", self._header, "maxLength", told, shorten(key, 60))
        return Refusal("invalid-request", f"header {self._header}: {told}", violations=(violation,))


def _digest(context: Context) -> bytes:
    """The same for requests that ask for the same: neither the order of members nor blanks matter."""
    asked: dict[str, Any] = {"path": dict(context.path), "query": dict(context.query), "body": context.body}
    try:
        data = orjson.dumps(asked, option=orjson.OPT_SORT_KEYS)
    except TypeError:
        # Bytes of a form's file, or integers beyond 64 bits.
        data = repr(asked).encode("utf-8", "backslashreplace")
    return blake2b(data, digest_size=16).digest()
