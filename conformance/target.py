"""The target: where the implementation is, how to be let in, and which ids it knows.

A vendor describes it in a declaration (`conformance.declaring.declaration`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from conformance.errors import DeclarationError
from conformance.secret import Secrets, variable_for

EVERY_SCHEME = "*"
"""Key of a credential that is used for every scheme without one of its own."""

IDENTITIES = ("owner", "second", "read-only")
"""Identities of a declaration: who owns what is judged, another tenant who sees less, and one who may only read."""


@dataclass(frozen=True, slots=True)
class Credential:
    """A secret value and the environment variable that stands for it in printed commands."""

    value: str = field(repr=False)
    variable: str


Credentials = Mapping[str, Credential]


@dataclass(frozen=True, slots=True)
class Target:
    """The implementation under test.

    url: scheme, authority and base path, without a trailing slash and without user information.
    auth, second_auth, read_only_auth: credentials by security scheme, of the owner, of another tenant, and of one who
    may only read; the key `*` serves every other scheme.
    ids: ids that exist, by path parameter name or resource name.
    ca: file of the certificates that are trusted instead of those of the public authorities; None trusts the latter.
    """

    url: str
    auth: Credentials = field(default_factory=dict)
    second_auth: Credentials = field(default_factory=dict)
    ids: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    read_only_auth: Credentials = field(default_factory=dict)
    ca: Path | None = None

    @property
    def secrets(self) -> Secrets:
        """Every value that no output may hold."""
        every = (*self.read_only_auth.values(), *self.second_auth.values(), *self.auth.values())
        return Secrets({credential.variable: credential.value for credential in every})

    def credential(self, scheme: str, *, second: bool = False) -> Credential | None:
        """The credential for a security scheme, of the first or the second identity."""
        table = self.second_auth if second else self.auth
        return table.get(scheme) or table.get(EVERY_SCHEME)

    def credential_of(self, identity: str, scheme: str) -> Credential | None:
        """The credential for a security scheme, of an identity as the client names it."""
        table = {"second": self.second_auth, "read-only": self.read_only_auth}.get(identity, self.auth)
        return table.get(scheme) or table.get(EVERY_SCHEME)


def with_auth(target: Target, given: Sequence[str], second: Sequence[str], environment: Mapping[str, str]) -> Target:
    """The target with credentials from the command line; they win over those of a declaration."""
    return replace(
        target,
        auth={**target.auth, **credentials_from(dict(map(_pair, given)), environment, "first")},
        second_auth={**target.second_auth, **credentials_from(dict(map(_pair, second)), environment, "second")},
    )


def checked_url(url: str) -> str:
    """The URL without a trailing slash; raises DeclarationError when it is not http(s) or carries credentials."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise DeclarationError(f"{url!r} is not a URL of http or https", hint="give one like http://127.0.0.1:4010")
    if parts.username or parts.password:
        raise DeclarationError("the URL carries user information", hint="give credentials with --auth instead")
    if parts.query or parts.fragment:
        raise DeclarationError("the URL carries a query or a fragment", hint="give scheme, host and base path only")
    return urlunsplit((parts.scheme, parts.netloc, parts.path.rstrip("/"), "", ""))


def _pair(text: str) -> tuple[str, str]:
    # A value may hold "=", so only what looks like a name in front of the first one is a scheme.
    name, separator, value = text.partition("=")
    if separator and name.replace("-", "").replace("_", "").isalnum() and value.strip("="):
        return name, value
    return EVERY_SCHEME, text


def credentials_from(raw: Mapping[str, Any], environment: Mapping[str, str], identity: str) -> dict[str, Credential]:
    """Credentials by scheme; `env:NAME` is read from the environment. Raises DeclarationError for a missing one."""
    return {scheme: _credential(scheme, str(value), environment, identity) for scheme, value in raw.items()}


def _credential(scheme: str, value: str, environment: Mapping[str, str], identity: str) -> Credential:
    if not value.startswith("env:"):
        return _sendable(Credential(value, variable_for(scheme, identity)))
    name = value.removeprefix("env:")
    if not environment.get(name):
        raise DeclarationError(
            f"the environment variable {name} for scheme {scheme!r} is not set", hint=f"set it: export {name}=…"
        )
    return _sendable(Credential(environment[name], name))


def _sendable(credential: Credential) -> Credential:
    if not credential.value or not credential.value.isascii() or not credential.value.isprintable():
        raise DeclarationError(
            f"the credential in {credential.variable} cannot travel in a header field",
            hint="it must be one line of visible ASCII characters",
        )
    return credential
