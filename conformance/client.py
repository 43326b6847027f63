"""The client: sends the kit's own requests, each with a deadline and a size limit, and writes them down.

A target may stall, drip, inflate or cut its answers. Whatever it does, `Client.send` comes back within
`DEADLINE` seconds with an exchange, whole or with the trouble named.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpx

from conformance.errors import TransportError
from conformance.examiner import Examiner
from conformance.exchange import Answer, Exchange, Request, exchange_line
from conformance.ledger import Ledger
from conformance.target import Target
from spec.contract import Contract, Operation

DEADLINE = 30.0
"""Seconds that one exchange may take, from the first byte sent to the last one received."""
LARGEST_ANSWER = 16 * 1024 * 1024
"""Bytes of a body, after decompression, that are read before the answer counts as too large."""

FIRST, SECOND, NOBODY, STRANGER = "first", "second", "nobody", "stranger"
"""Identities: the two of the declaration, no credentials at all, and credentials that nobody issued."""

_WRONG = "mockproof-wrong-credential"


@dataclass(slots=True)
class Client:
    """Sends requests of a contract's operations to one target and appends them to the ledger.

    contract: the one that tells how to ask. examiner: holds the answers against the one that is enforced.
    """

    contract: Contract
    target: Target
    ledger: Ledger
    http: httpx.Client
    examiner: Examiner
    deadline: float = DEADLINE
    _numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def send(
        self,
        operation: Operation,
        path: Mapping[str, Any] | None = None,
        query: Sequence[tuple[str, str]] = (),
        body: Any = None,
        identity: str = FIRST,
    ) -> Exchange:
        """Send one request of an operation; `body` is encoded in the first media type that the operation declares."""
        target = filled(operation.path, path or {}) + ("?" + urlencode(query) if query else "")
        media_type, content = encoded(operation, body)
        headers = {"accept": "*/*", **self.credentials(operation, identity)}
        if content or media_type:
            headers["content-type"] = media_type
        return self._exchange(operation, Request(operation.method.upper(), target, headers, content))

    def follow(self, operation: Operation, url: str, identity: str = FIRST) -> Exchange:
        """Send a GET to a link of an answer; only its path and query are used, so no other host gets a credential."""
        parts = urlsplit(url)
        base = urlsplit(self.target.url).path
        path = parts.path.removeprefix(base) if base else parts.path
        target = path + (f"?{parts.query}" if parts.query else "")
        headers = {"accept": "*/*", **self.credentials(operation, identity)}
        return self._exchange(operation, Request("GET", target, headers))

    def credentials(self, operation: Operation, identity: str = FIRST) -> dict[str, str]:
        """Header fields that let an identity in: the first alternative whose schemes all have a credential."""
        if identity == NOBODY:
            return {}
        for alternative in operation.security:
            headers = [self._credential(scheme, identity) for scheme in alternative]
            if all(header is not None for header in headers):
                return dict(header for header in headers if header is not None)
        return {}

    def _credential(self, scheme: str, identity: str) -> tuple[str, str] | None:
        where = self.contract.security_schemes[scheme]
        if identity == STRANGER:
            value = _WRONG
        else:
            credential = self.target.credential(scheme, second=identity == SECOND)
            if credential is None:
                return None
            value = credential.value
        return where.header.lower(), f"Bearer {value}" if where.bearer else value

    def _exchange(self, operation: Operation, request: Request) -> Exchange:
        number = f"plain-{next(self._numbers)}"
        try:
            exchange = Exchange(number, operation.id, request, self._answer(request))
        except TransportError as error:
            exchange = Exchange(number, operation.id, request, None, str(error))
        line = exchange_line(exchange, self.target.secrets)
        found = self.examiner.examine(operation.id, exchange.answer) if exchange.answer is not None else {}
        self.ledger.add(
            "exchange",
            source="scenario",
            phase="scenario",
            negative=[],
            checks={code: "failure" if wrong else "success" for code, wrong in found.items()},
            failures=[_finding(code, wrong) for code, wrong in found.items() if wrong],
            **line,
        )
        return exchange

    def _answer(self, request: Request) -> Answer:
        started = time.monotonic()
        try:
            with self.http.stream(
                request.method, self.target.url + request.target, headers=dict(request.headers), content=request.body
            ) as response:
                body = self._read(response, started)
                headers = {name.lower(): value for name, value in response.headers.items()}
                return Answer(response.status_code, headers, body, time.monotonic() - started)
        except httpx.TimeoutException as error:
            raise TransportError("no answer in time", kind="slow") from error
        except httpx.ConnectError as error:
            raise TransportError(f"cannot connect ({error})", kind="unreachable") from error
        except (httpx.HTTPError, httpx.InvalidURL, zlib.error) as error:
            raise TransportError(f"the answer broke off ({error})", kind="broken") from error

    def _read(self, response: httpx.Response, started: float) -> bytes:
        # A timeout per read never ends a body that comes one byte at a time; only a clock over all reads does.
        body = bytearray()
        for chunk in response.iter_bytes(65536):
            body += chunk
            if time.monotonic() - started > self.deadline:
                raise TransportError(f"slow body: {len(body)} bytes in {self.deadline:g} s", kind="slow")
            if len(body) > LARGEST_ANSWER:
                raise TransportError(f"an answer of more than {LARGEST_ANSWER} bytes", kind="large")
        return bytes(body)


def plain_http(timeout: float = 10.0) -> httpx.Client:
    """An HTTP client that follows no redirect, reads no proxy setting, and waits `timeout` seconds per read."""
    return httpx.Client(timeout=timeout, follow_redirects=False, trust_env=False)


def filled(template: str, path: Mapping[str, Any]) -> str:
    """The path of a template with every parameter filled in and percent-encoded."""
    for name, value in path.items():
        template = template.replace("{" + name + "}", quote(str(value), safe=""))
    return template


def encoded(operation: Operation, body: Any) -> tuple[str, bytes]:
    """Media type and bytes of a request body; empty both when there is none to send."""
    if operation.body is None or body is None:
        return "", b""
    media_type = next(iter(operation.body.media_types))
    if media_type == "application/x-www-form-urlencoded":
        return media_type, urlencode([(name, _form_text(value)) for name, value in dict(body).items()]).encode()
    if media_type.endswith("json"):
        return media_type, httpx.Request("POST", "http://x", json=body).content
    return media_type, body if isinstance(body, bytes) else str(body).encode()


def _finding(code: str, message: str) -> dict[str, Any]:
    return {"code": code, "check": code, "title": code, "message": message, "dismissed": None}


def _form_text(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (list, tuple)):
        return ",".join(map(str, value))
    return "" if value is None else str(value)
