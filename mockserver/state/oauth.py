"""The token endpoint of OAuth 2.0 without the HTTP around it: client credentials in, a token of the workspace out.

Sources: RFC 6749, 2.3.1 (how a client names itself), 4.4 (client credentials), 5.1 and 5.2 (answers).
"""

from __future__ import annotations

import base64
import binascii
import hmac
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final
from urllib.parse import unquote_plus

from mockserver.errors import shorten
from mockserver.exchange import Reply

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from spec.fixtures import Token
    from spec.fixtures.client import Client

_NAMESPACE: Final = uuid.uuid5(uuid.NAMESPACE_URL, "tag:mockproof,2026:tokens")
"""Makes issued tokens the same on every machine."""

_UNSTORED: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}


@dataclass(frozen=True, slots=True)
class IssuedToken:
    """A token that was handed out. token: the one of the fixtures whose rights it has."""

    value: str
    token: Token
    expires: datetime


class IssuedTokens:
    """The tokens that one workspace handed out; the oldest is forgotten where there are too many.

    The same requests get the same values, workspace by workspace. It is false while it is empty.
    """

    def __init__(self, limit: int = 1000) -> None:
        self._limit = limit
        self._count = 0
        self._tokens: dict[str, IssuedToken] = {}

    def __len__(self) -> int:
        return len(self._tokens)

    def issue(self, client: Client, now: datetime) -> IssuedToken:
        """A new token for a client, good from now on for its lifetime."""
        self._count += 1
        value = uuid.uuid5(_NAMESPACE, f"{self._count}/{client.id}").hex
        token = self._tokens[value] = IssuedToken(value, client.token, now + timedelta(seconds=client.lifetime))
        while len(self._tokens) > self._limit:
            del self._tokens[next(iter(self._tokens))]
        return token

    def find(self, value: str) -> IssuedToken | None:
        """The token with this value, expired or not; None if there is none."""
        return self._tokens.get(value)

    def reset(self) -> None:
        """Forget all, and begin to count anew."""
        self._tokens.clear()
        self._count = 0


class _Error(Exception):
    """A refusal in the words of RFC 6749, 5.2."""

    def __init__(self, error: str, detail: str, status: int = 400) -> None:
        super().__init__(detail)
        self.error = error
        self.status = status


def issue_token(
    form: Mapping[str, object],
    authorization: str | None,
    clients: Mapping[str, Client],
    issued: IssuedTokens,
    now: datetime,
) -> Reply:
    """Answer a token request.

    form: the decoded body; a name that was sent several times has a list. authorization: that header field.
    clients: by id. Never raises: errors are replies, too.
    """
    try:
        client = _authenticate(form, authorization, clients)
        scope = _scope(form, client)
    except _Error as error:
        told = {"error": error.error, "error_description": str(error)}
        challenge = {"WWW-Authenticate": 'Basic realm="token endpoint"'} if error.status == 401 else {}
        return Reply(error.status, told, headers=_UNSTORED | challenge)
    token = issued.issue(client, now)
    body = {"access_token": token.value, "token_type": "Bearer", "expires_in": client.lifetime}
    return Reply(200, body | ({"scope": scope} if scope else {}), headers=_UNSTORED)


def _authenticate(form: Mapping[str, object], authorization: str | None, clients: Mapping[str, Client]) -> Client:
    # What is wrong with the request is told before who asks for it: that helps whoever writes a client.
    grant = _text(form, "grant_type")
    if grant is None:
        raise _Error("invalid_request", "grant_type is missing; client_credentials is expected")
    if grant != "client_credentials":
        detail = f"only client_credentials is served, not {shorten(_ascii(grant), 60)}"
        raise _Error("unsupported_grant_type", detail)
    name, secret = _text(form, "client_id"), _text(form, "client_secret")
    if authorization is not None:
        given, proof = _basic(authorization)
        # Clients should not say it twice (RFC 6749, 2.3), but public ones do; what agrees leaves no doubt.
        if name not in (None, given) or secret not in (None, proof):
            raise _Error("invalid_request", "the client names itself twice, in the header and in the body, not alike")
        name, secret = given, proof
    if name is None or secret is None:
        raise _Error("invalid_client", "client_id and client_secret are needed, in the body or by HTTP Basic", 401)
    client = clients.get(name)
    if client is None or not _is_secret(client, secret):
        raise _Error("invalid_client", "no client has this id and this secret", 401)
    return client


def _basic(authorization: str) -> tuple[str, str]:
    """Id and secret of the header; each was encoded as in a form before they were joined."""
    kind, _, encoded = authorization.strip().partition(" ")
    try:
        name, colon, secret = base64.b64decode(encoded.strip(), validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError) as error:
        raise _Error("invalid_client", "the header Authorization is not HTTP Basic", 401) from error
    if kind.lower() != "basic" or not colon:
        raise _Error("invalid_client", "the header Authorization is not HTTP Basic", 401)
    return unquote_plus(name), unquote_plus(secret)


def _is_secret(client: Client, secret: str) -> bool:
    if client.secret is None:
        return bool(secret)
    # A half surrogate can be asked for, but no secret of the fixtures holds one.
    return hmac.compare_digest(client.secret.encode(), secret.encode("utf-8", "surrogatepass"))


def _scope(form: Mapping[str, object], client: Client) -> str:
    """The scopes of the token, in the order asked for; all that the client may have if it asks for none."""
    asked = (_text(form, "scope") or "").split()
    for scope in asked:
        if scope not in client.scopes:
            known = " ".join(client.scopes) or "none"
            raise _Error("invalid_scope", f"{shorten(_ascii(scope), 60)} is not for this client; known: {known}")
    return " ".join(dict.fromkeys(asked or client.scopes))


def _text(form: Mapping[str, object], name: str) -> str | None:
    """A field of the form; an empty one is as good as none (RFC 6749, 3.2)."""
    value = form.get(name)
    if value is not None and not isinstance(value, str):
        raise _Error("invalid_request", f"{name} is sent more than once")
    return value or None


def _ascii(text: str) -> str:
    # error and error_description are printable ASCII without quotes and backslashes (RFC 6749, 5.2).
    return "".join(letter if " " <= letter <= "~" and letter not in '"\\' else "?" for letter in text)
