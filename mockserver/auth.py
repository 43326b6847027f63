"""Who is asking: credentials read from the header that each security scheme names.

The alternatives of an operation are compiled once. A token counts for a scheme only where the
token table lists that scheme for it. A wrong credential is refused even where none is needed: a
client with a typo should hear of it instead of becoming anonymous.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import Enum
from typing import TYPE_CHECKING

from mockserver.exchange import Identity, Refusal
from spec.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mockserver.state.oauth import IssuedTokens
    from spec.contract import Contract, Operation, SecurityScheme
    from spec.fixtures import Token

_SAFE = frozenset({"get", "head", "options", "trace"})


class _Flaw(Enum):
    """Why a credential is not good enough."""

    MISSING = 0
    WRONG = 1
    EXPIRED = 2


@dataclass(frozen=True, slots=True)
class _Grant:
    """What a token is worth: whom it stands for, and how long."""

    identity: Identity
    read_only: bool
    expires: datetime | None


@dataclass(frozen=True, slots=True)
class _Scheme:
    """One scheme with the tokens that count for it. known: grants by the whole value of the header."""

    name: str
    header: str
    key: str
    bearer: bool
    known: Mapping[str, _Grant]

    def token_in(self, value: str) -> str:
        """The credential in the value of this scheme's header."""
        value = value.strip()
        if not self.bearer and self.key != "authorization":
            return value
        kind, blank, rest = value.partition(" ")
        # The bare token is what several clients of the documented interfaces send.
        return rest.strip() if blank and kind.lower() == "bearer" else value


class Gate:
    """Lets requests to one operation in, or not."""

    def __init__(self, contract: Contract, operation: Operation, tokens: Mapping[str, Token]) -> None:
        names = {name for alternative in operation.security for name in alternative}
        schemes = {name: _scheme(contract, operation, name, tokens) for name in names}
        self._alternatives = tuple(tuple(schemes[name] for name in names) for names in operation.security if names)
        first = self._alternatives[0] if self._alternatives else ()
        self._first = first[0] if len(first) == 1 else None
        self._open = not operation.security or () in operation.security
        self._only_reads = operation.method in _SAFE
        # The value of the header cannot hold a quote or a line break, whatever the title is.
        realm = "".join(letter for letter in contract.title if letter.isascii() and letter.isprintable())
        self._realm = realm.replace("\\", "").replace('"', "")

    def admit(
        self,
        headers: Mapping[str, str],
        issued: IssuedTokens | None = None,
        now: Callable[[], datetime] | None = None,
    ) -> Identity | None:
        """Who asks, or None for anybody.

        headers: lower-case names. issued: tokens that the workspace gave out, besides those of the fixtures.
        now: the workspace's clock, asked only where a token can expire; the machine's by default.
        Raises Refusal missing-credentials, invalid-credentials, or forbidden for a write with a token that only reads.
        """
        grant = self._first.known.get(headers.get(self._first.key, "")) if self._first is not None else None
        if grant is not None and grant.expires is None and (self._only_reads or not grant.read_only):
            # Nearly every request: one scheme, and a token that is known as it stands there.
            return grant.identity
        flaw = _Flaw.MISSING
        for alternative in self._alternatives:
            grants: list[_Grant] = []
            for scheme in alternative:
                found = _find(scheme, headers, issued, now)
                if isinstance(found, _Grant):
                    grants.append(found)
                elif found.value > flaw.value:
                    flaw = found
            if len(grants) == len(alternative):
                return self._allow(grants)
        if flaw is _Flaw.MISSING and self._open:
            return None
        raise self._refuse(flaw)

    def _allow(self, grants: list[_Grant]) -> Identity:
        if not self._only_reads and any(grant.read_only for grant in grants):
            detail = "the token may read, and not write"
            raise Refusal("forbidden", detail, headers=self._challenge_with('error="insufficient_scope"'))
        return grants[0].identity

    def _refuse(self, flaw: _Flaw) -> Refusal:
        if flaw is _Flaw.MISSING:
            wanted = " or ".join(sorted({scheme.header for names in self._alternatives for scheme in names}))
            detail = f"credentials are needed in the header {wanted}"
            return Refusal("missing-credentials", detail, headers=self._challenge_with())
        if flaw is _Flaw.EXPIRED:
            told = 'error="invalid_token", error_description="the token has expired"'
            return Refusal("invalid-credentials", "the token has expired", headers=self._challenge_with(told))
        detail = "the credentials are not known for this operation"
        return Refusal("invalid-credentials", detail, headers=self._challenge_with('error="invalid_token"'))

    def _challenge_with(self, error: str = "") -> dict[str, str]:
        """The challenge of every scheme, each once (RFC 9110, 11.6.1); `error` is for Bearer (RFC 6750, 3)."""
        challenges = [self._challenge(scheme, error) for names in self._alternatives for scheme in names]
        return {"WWW-Authenticate": ", ".join(dict.fromkeys(challenges))}

    def _challenge(self, scheme: _Scheme, error: str) -> str:
        if not scheme.bearer:
            return f'ApiKey realm="{self._realm}", header="{scheme.header}"'
        return f'Bearer realm="{self._realm}"{", " if error else ""}{error}'


def _find(
    scheme: _Scheme,
    headers: Mapping[str, str],
    issued: IssuedTokens | None,
    now: Callable[[], datetime] | None,
) -> _Grant | _Flaw:
    """What the credential sent for a scheme is worth, or what is wrong with it."""
    value = headers.get(scheme.key)
    if value is None:
        return _Flaw.MISSING
    grant = scheme.known.get(value)
    if grant is None:
        token = scheme.token_in(value)
        if not value.strip():
            return _Flaw.MISSING
        grant = scheme.known.get(token) or (_issued_grant(scheme, token, issued) if issued else None)
        if grant is None:
            return _Flaw.WRONG
    if grant.expires is not None and (now() if now is not None else datetime.now(UTC)) >= grant.expires:
        return _Flaw.EXPIRED
    return grant


def _issued_grant(scheme: _Scheme, value: str, issued: IssuedTokens) -> _Grant | None:
    found = issued.find(value)
    if found is None or scheme.name not in found.token.schemes:
        return None
    # Its own end counts, and not that of the token whose rights it has.
    return _Grant(Identity(found.token.name, found.token.sees), found.token.read_only, found.expires)


def _scheme(contract: Contract, operation: Operation, name: str, tokens: Mapping[str, Token]) -> _Scheme:
    found: SecurityScheme | None = contract.security_schemes.get(name)
    if found is None:
        raise ContractError(
            f"the security scheme {name!r} is not defined (at {operation.pointer})",
            hint=f"known: {', '.join(sorted(contract.security_schemes)) or 'none'}",
        )
    known = {}
    takes_bearer = found.bearer or found.header.lower() == "authorization"
    for value, token in tokens.items():
        if name in token.schemes:
            known[value] = _Grant(Identity(token.name, token.sees), token.read_only, token.expires)
            if takes_bearer:
                known[f"Bearer {value}"] = known[value]
    return _Scheme(name, found.header, found.header.lower(), found.bearer, known)
