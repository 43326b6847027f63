"""Obstacles: why nobody can talk to a target at all, and what to do next."""

from __future__ import annotations

import os
import socket
import ssl
from collections.abc import Iterator, Mapping
from typing import Final
from urllib.parse import urlsplit

import httpx

from conformance.exchange.trust import VARIABLE

_PROXIES: Final = ("https_proxy", "http_proxy", "all_proxy")
_OTHER_NAME: Final = 62
_EXPIRED: Final = 10
"""Codes by which OpenSSL tells why a certificate is refused."""


def unreachable(url: str, error: Exception, environment: Mapping[str, str] = os.environ) -> str:
    """Why a first request never had an answer, in words, with the next step.

    error: what the HTTP library raised. environment: tells of proxies, which the kit does not use.
    """
    return f"{_diagnosis(url, error)}{_word_on_proxies(environment)}"


def _diagnosis(url: str, error: Exception) -> str:
    parts = urlsplit(url)
    host = parts.hostname or url
    place = f"{host}:{parts.port or (443 if parts.scheme == 'https' else 80)}"
    known = next(filter(None, (_of_cause(cause, host, place) for cause in _causes(error))), None)
    if known is not None:
        return known
    if isinstance(error, httpx.TimeoutException):
        return f"{place} gave no answer in time. Look whether the target runs, and whether a firewall stands between"
    told = f"nothing that speaks HTTP answers at {url} ({type(error).__name__}: {error})"
    if isinstance(error, httpx.ProtocolError | httpx.ReadError) and parts.scheme == "http":
        return f"{told}. Where the target speaks TLS, write https://"
    return f"{told}. Look whether the target runs, and at host and port"


def _of_cause(cause: BaseException, host: str, place: str) -> str | None:
    if isinstance(cause, ssl.SSLCertVerificationError):
        return f"the certificate of {host} is refused: {cause.verify_message}. {_on_certificate(cause.verify_code)}"
    if isinstance(cause, ssl.SSLError):
        return (
            f"{place} does not speak TLS as we do ({cause.reason or cause}). Look at the port; where the target "
            "speaks plain HTTP, write http:// instead of https://"
        )
    if isinstance(cause, socket.gaierror):
        return f"no address is known for the name {host} ({cause.strerror}). Look at the URL of the target"
    if isinstance(cause, ConnectionRefusedError):
        return f"nobody listens at {place}. Look whether the target runs, and at host and port"
    return None


def _on_certificate(code: int) -> str:
    if code == _OTHER_NAME:
        return "It was made for other names: look at the host in the URL"
    if code == _EXPIRED:
        return "The target needs a new one"
    return f"Name the file with the authority's certificate: ca = … under [target], or {VARIABLE}"


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__


def _word_on_proxies(environment: Mapping[str, str]) -> str:
    named = sorted({name for name in environment if name.lower() in _PROXIES and environment[name]})
    if not named:
        return ""
    return f". The kit asks the target directly and uses no proxy, although {', '.join(named)} is set"
