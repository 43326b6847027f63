"""Secrets taken out of what is written down: header fields, query parameters, fields of bodies.

What a client sends is masked when it is captured, not when it is shown: what is not kept cannot leak. Each
function looks first whether there is anything to mask, which there hardly ever is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from spec.contract import Contract

MASK: Final = "***"

_ALWAYS: Final = frozenset(
    {"authorization", "proxy-authorization", "cookie", "set-cookie", "x-auth-token", "x-api-key", "x-mock-admin-token"}
)
_SECRET: Final = rb"(?:passw(?:or)?d|secret|token|api[_-]?key)"

_HINTS: Final = (b"passw", b"secret", b"token", b"key")
"""One of them stands, in lower case, in whatever has something to mask."""

_QUERY_HINT: Final = re.compile(rb"(?i)passw|secret|token|key|auth|sig")

_NAME: Final = re.compile(r"(?i)(?:passw(?:or)?d|secret|token|api[_-]?key|authorization|signature)\]?$")
_QUERY: Final = re.compile(
    rb"(?i)(^|&)([^=&]*(?:passw(?:or)?d|secret|token|api[_-]?key|authorization|signature)|auth|sig|key)=([^&]*)"
)
# Every repetition that could fail is bounded, so that no body takes more than a few milliseconds.
# A value is a text, also one that was cut, or a number; objects keep their form, and their fields are judged alone.
_JSON: Final = re.compile(
    rb'(?i)("[^"\\]{0,100}' + _SECRET + rb'\]?"\s*:\s*)("(?:[^"\\]|\\.)*(?:"|\\?$)|-?[0-9][0-9.eE+-]*)'
)
_FORM: Final = re.compile(rb"(?i)(^|&)([^=&]{0,200}" + _SECRET + rb"(?:\]|%5D)?)=([^&]*)")
_PART: Final = re.compile(
    rb'(?i)(name="[^"\r\n]{0,100}'
    + _SECRET
    + rb'\]?"[^\r\n]{0,200}\r\n(?:[^\r\n]{1,200}\r\n){0,5}\r\n)((?:(?!\r\n--)[\s\S])*)'
)


class Mask:
    """What one mock must not write down: `headers` holds lower-case names."""

    __slots__ = ("_headers", "_hides")

    def __init__(self, headers: Iterable[str] = ()) -> None:
        self._headers = _ALWAYS.union(name.lower() for name in headers)
        # Names of answers are the contract's, or of those who extend it.
        self._hides = lru_cache(maxsize=256)(lambda name: name.lower() in self._headers)

    def headers(self, fields: Mapping[str, str]) -> Mapping[str, str]:
        """Header fields with the values of credentials masked; the same object where there are none."""
        if self._headers.isdisjoint(fields):
            return fields
        masked = dict(fields)
        for name in self._headers.intersection(fields):
            masked[name] = MASK
        return masked

    def pairs(self, fields: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
        """Header fields of an answer, masked; the same object where there is nothing to mask."""
        for name, _ in fields:
            if self._hides(name):
                break
        else:
            return fields
        return tuple((name, MASK if name.lower() in self._headers else value) for name, value in fields)

    def query(self, query: bytes) -> bytes:
        """A query string with the values of credential-like parameters masked."""
        return query if _QUERY_HINT.search(query) is None else _QUERY.sub(rb"\1\2=***", query)


def mask_body(body: bytes) -> bytes:
    """A JSON, form or multipart body with the fields named password, secret or token masked."""
    lower = body.lower()
    for hint in _HINTS:
        if hint in lower:
            return _masked(body)
    return body


def mask_for(contract: Contract) -> Mask:
    """The mask of one contract: header fields that carry its credentials count as secret."""
    return Mask(scheme.header for scheme in contract.security_schemes.values())


def is_secret(pointer: str) -> bool:
    """Whether the last name of a pointer, or a parameter's name, is that of a secret."""
    return _NAME.search(pointer) is not None


def _masked(body: bytes) -> bytes:
    if body.lstrip()[:1] in (b"{", b"["):
        return _JSON.sub(rb'\1"***"', body)
    if body[:2] == b"--":
        return _PART.sub(rb"\1***", body)
    return _FORM.sub(rb"\1\2=***", body)
