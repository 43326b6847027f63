"""Who may use the admin interface: nobody's web page but our own, and from afar only with a token.

A browser can be made to send requests to a loopback address by any page that it shows. Such requests tell
by their Host (a name that leads here only for the attacker), their Origin, or their Sec-Fetch-Site.
"""

from __future__ import annotations

import hmac
import ipaddress
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from mockserver.errors import MockError, shorten
from mockserver.exchange import Refusal

if TYPE_CHECKING:
    from mockserver.passage import Passage

TOKEN_HEADER: Final = "X-Mock-Admin-Token"  # noqa: S105  (the name of a header field)
"""Header field that carries the token."""

_WRITES: Final = frozenset({"POST", "PUT", "PATCH", "DELETE"})
_JSON: Final = "application/json"


class AdminGate:
    """Lets requests to the admin interface in, or raises Refusal.

    host: the address or name that the server is bound to. token: what callers must present, if anything.
    Raises MockError for a server that others can reach and that asks for no token.
    """

    def __init__(self, host: str = "127.0.0.1", token: str | None = None) -> None:
        if token is None and not is_loopback(host):
            raise MockError(
                f"the admin interface would be open to everybody who can reach {host}",
                hint="give an admin token, or bind to 127.0.0.1",
            )
        self._host = host.strip("[]").lower()
        self._token = token.encode() if token is not None else None

    def check(self, passage: Passage, *, is_public: bool = False) -> None:
        """Raise Refusal for a request that may not come in. is_public: the operation needs no token, nor JSON."""
        headers = passage.headers
        self._check_host(headers.get("host", ""))
        _check_site(headers.get("sec-fetch-site"), headers.get("origin"), headers.get("host", ""))
        if is_public:
            return
        self._check_token(headers.get(TOKEN_HEADER.lower()))
        if passage.method in _WRITES and (passage.body or "content-type" in headers) and passage.media_type != _JSON:
            # A form or plain text is what a foreign page can send without asking first.
            raise Refusal("unsupported-media-type", f"the admin interface reads {_JSON}", headers={"Accept": _JSON})

    def _check_host(self, host: str) -> None:
        name = _host_of(f"//{host}")
        # Where a token is needed and any address is bound, any name may be ours.
        if is_loopback(name) or name == self._host or (self._token is not None and _is_any(self._host)):
            return
        raise Refusal(
            "misdirected", f"the admin interface is not at {shorten(host, 80)!r}; use the address it is bound to"
        )

    def _check_token(self, given: str | None) -> None:
        if self._token is None:
            return
        if given is None:
            raise Refusal("missing-credentials", f"the admin interface needs its token, in {TOKEN_HEADER}")
        if not hmac.compare_digest(given.encode("utf-8", "replace"), self._token):
            raise Refusal("invalid-credentials", f"this is not the token of the admin interface, in {TOKEN_HEADER}")


def is_loopback(name: str) -> bool:
    """Whether a host name or address leads to this machine only."""
    name = name.strip("[]").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def _check_site(site: str | None, origin: str | None, host: str) -> None:
    if site == "cross-site":
        raise Refusal(
            "forbidden",
            "a page of another site may not use the admin interface; use the same host name for both, or no browser",
        )
    if origin is None:
        return
    name = _host_of(origin)
    # "null" is what a sandboxed page or a local file says; it could be anybody's.
    is_same = urlsplit(origin).netloc == host if name else False
    if not is_same and not is_loopback(name):
        raise Refusal("forbidden", f"a page of {shorten(origin, 80)!r} may not use the admin interface")


def _host_of(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").lower()
    except ValueError:
        return ""


def _is_any(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_unspecified
    except ValueError:
        return False
