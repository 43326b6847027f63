"""Who is asking: credentials read from the header that each security scheme names.

The alternatives of an operation are compiled once. A token counts for a scheme only where the
token table lists that scheme for it. A wrong credential is refused even where none is needed: a
client with a typo should hear of it instead of becoming anonymous.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from mockserver.exchange import Identity, Refusal
from spec.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spec.contract import Contract, Operation, SecurityScheme
    from spec.fixtures import Token

_WRONG = "wrong"


@dataclass(frozen=True, slots=True)
class _Scheme:
    name: str
    header: str
    key: str
    bearer: bool

    def token_in(self, headers: Mapping[str, str]) -> str | None:
        """The credential sent for this scheme; None where there is none."""
        value = headers.get(self.key)
        if value is None or not value.strip():
            return None
        value = value.strip()
        if not self.bearer and self.key != "authorization":
            return value
        kind, blank, rest = value.partition(" ")
        # The bare token is what several clients of the documented interfaces send.
        return rest.strip() if blank and kind.lower() == "bearer" else value


class Gate:
    """Lets requests to one operation in, or not."""

    def __init__(self, contract: Contract, operation: Operation, tokens: Mapping[str, Token]) -> None:
        self._tokens = tokens
        schemes = {name: _scheme(contract, operation, name) for names in operation.security for name in names}
        self._alternatives = tuple(tuple(schemes[name] for name in names) for names in operation.security if names)
        self._open = not operation.security or () in operation.security
        # The value of the header cannot hold a quote or a line break, whatever the title is.
        realm = "".join(letter for letter in contract.title if letter.isascii() and letter.isprintable())
        self._realm = realm.replace("\\", "").replace('"', "")
        self._identities = {value: Identity(name=token.name, sees=token.sees) for value, token in tokens.items()}

    def admit(self, headers: Mapping[str, str]) -> Identity | None:
        """Who asks, or None for anybody; raises Refusal missing-credentials or invalid-credentials."""
        is_wrong = False
        for alternative in self._alternatives:
            found = [self._check(scheme, headers) for scheme in alternative]
            if _WRONG in found:
                is_wrong = True
            elif None not in found:
                return next(identity for identity in found if isinstance(identity, Identity))
        if is_wrong:
            raise self._refuse("invalid-credentials", "the credentials are not known for this operation")
        if self._open:
            return None
        wanted = " or ".join(sorted({scheme.header for names in self._alternatives for scheme in names}))
        raise self._refuse("missing-credentials", f"credentials are needed in the header {wanted}")

    def _check(self, scheme: _Scheme, headers: Mapping[str, str]) -> Identity | str | None:
        value = scheme.token_in(headers)
        if value is None:
            return None
        token = self._tokens.get(value)
        return self._identities[value] if token is not None and scheme.name in token.schemes else _WRONG

    def _refuse(self, reason: str, detail: str) -> Refusal:
        challenges = [self._challenge(scheme, reason) for names in self._alternatives for scheme in names]
        return Refusal(reason, detail, headers={"WWW-Authenticate": ", ".join(dict.fromkeys(challenges))})

    def _challenge(self, scheme: _Scheme, reason: str) -> str:
        if not scheme.bearer:
            return f'ApiKey realm="{self._realm}", header="{scheme.header}"'
        error = ', error="invalid_token"' if reason == "invalid-credentials" else ""
        return f'Bearer realm="{self._realm}"{error}'


def _scheme(contract: Contract, operation: Operation, name: str) -> _Scheme:
    found: SecurityScheme | None = contract.security_schemes.get(name)
    if found is None:
        raise ContractError(
            f"the security scheme {name!r} is not defined (at {operation.pointer})",
            hint=f"known: {', '.join(sorted(contract.security_schemes)) or 'none'}",
        )
    return _Scheme(name, found.header, found.header.lower(), found.bearer)
