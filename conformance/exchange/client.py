"""The client: sends the kit's own requests, each with a deadline and a size limit, and writes them down.

A target may stall, drip, inflate or cut its answers. Whatever it does, `Client.send` comes back within
`DEADLINE` seconds with an exchange, whole or with the trouble named. What the manners forbid is not sent at all:
the exchange then has no answer, and its trouble says why. Once the time of the run is over, nothing is sent any more:
`BudgetError` says so.
"""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpx

from conformance.errors import ThrottledError, TransportError
from conformance.exchange.exchange import Answer, Exchange, Request, exchange_line
from conformance.exchange.transport import DEADLINE, Stopwatch, plain_http, read_body
from conformance.ledger import Ledger
from conformance.manners.etiquette import Etiquette, makes_something
from conformance.manners.manners import Deed, deed_of
from conformance.manners.pacing import RETRIES, Pace, asked_to_wait
from conformance.manners.settling import Settling
from conformance.target import Target
from conformance.verdict.examiner import Examiner
from spec.contract import Contract, Operation, Role

__all__ = [
    "DEADLINE",
    "FIRST",
    "LENGTHENED",
    "NOBODY",
    "READ_ONLY",
    "SECOND",
    "STRANGER",
    "Client",
    "encoded",
    "filled",
    "plain_http",
]

FIRST, SECOND, READ_ONLY, NOBODY, STRANGER = "first", "second", "read-only", "nobody", "stranger"
LENGTHENED = "lengthened"
"""Identities: those of the declaration, no credentials at all, credentials that nobody issued, and those of the first
identity with letters after them."""

PREFLIGHT = "preflight"
"""Phase whose exchanges are no evidence."""

_SAFE = ("GET", "HEAD")
_PATIENT_TRIES = 5
"""How often one request is sent again because the target asked to wait."""

_WRONG = "mockproof-wrong-credential"
_MORE = "mockproof"


@dataclass(slots=True)
class Client:
    """Sends requests of a contract's operations to one target and appends them to the ledger.

    contract: the one that tells how to ask. examiner: holds the answers against the one that is enforced.
    etiquette: what may be sent, and the list of what was created. settle: seconds that it may take until what was
    created, changed or deleted is seen to be so; 0 expects it at once. Items are asked for until they show it, lists
    only once the time is over: where something is missing there, nobody can tell whether it is late. phase: stands in
    the ledger's lines.
    """

    contract: Contract
    target: Target
    ledger: Ledger
    http: httpx.Client
    examiner: Examiner
    deadline: float = DEADLINE
    etiquette: Etiquette | None = None
    pace: Pace = field(default_factory=Pace)
    settle: float = 0.0
    watch: Stopwatch | None = None
    phase: str = "scenario"
    onlooker: Callable[[Exchange], None] | None = None
    """Is shown every exchange once it is written down."""
    writes: int = 0
    """Counts requests that went through and may have changed something."""
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    _settled: float = 0.0
    """Monotonic second from which lists show all that was done."""

    def send(
        self,
        operation: Operation,
        path: Mapping[str, Any] | None = None,
        query: Sequence[tuple[str, str]] = (),
        body: Any = None,
        identity: str = FIRST,
        *,
        extra: Mapping[str, str] | None = None,
        raw: tuple[str, bytes] | None = None,
        method: str | None = None,
    ) -> Exchange:
        """Send one request of an operation; `body` is encoded in the first media type that the operation declares.

        extra: further header fields, names in lower case. raw: media type and bytes in place of `body`; a media type
        of "" is not sent. method: another one than the operation's, in upper case.
        """
        address = path or {}
        target = filled(operation.path, address) + ("?" + urlencode(query) if query else "")
        media_type, content = encoded(operation, body) if raw is None else raw
        headers = {"accept": "*/*", **self.credentials(operation, identity), **(extra or {})}
        if media_type:
            headers["content-type"] = media_type
        request = Request(method or operation.method.upper(), target, headers, content)
        if self.etiquette is None:
            return self._exchange(operation, request)
        objection = self.etiquette.objection(operation, address, method)
        if objection is not None:
            return Exchange(f"held-{next(self.numbers)}", operation.id, request, None, objection)
        if method is not None or not makes_something(operation):
            exchange = self._exchange(operation, request)
            if deed_of(operation, method) is Deed.DELETE and exchange.answer is not None and exchange.answer.is_success:
                self.etiquette.note_deleted(operation, address)
            if method is None:
                self._await_sight(operation, address, body, exchange, identity)
            return exchange
        number = self.etiquette.intend(operation, address, body, identity)
        exchange = self._exchange(operation, request)
        self.etiquette.settle(number, operation, address, exchange.answer)
        self._await_sight(operation, address, body, exchange, identity)
        return exchange

    def follow(self, operation: Operation, url: str, identity: str = FIRST) -> Exchange:
        """Send a GET to a link of an answer; only its path and query are used, so no other host gets a credential."""
        try:
            parts = urlsplit(url)
        except ValueError as error:
            return Exchange(f"held-{next(self.numbers)}", operation.id, Request("GET", url), None, f"no URL ({error})")
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
            credential = self.target.credential_of(FIRST if identity == LENGTHENED else identity, scheme)
            if credential is None:
                return None
            value = credential.value
            if identity == LENGTHENED:
                # After padding, lenient readers of base64 look at nothing.
                if " " in value or value.endswith("="):
                    return None
                value += _MORE
        return where.header.lower(), f"Bearer {value}" if where.bearer else value

    def _exchange(self, operation: Operation, request: Request) -> Exchange:
        number = f"plain-{next(self.numbers)}"
        is_safe = request.method in _SAFE
        if self.settle and is_safe and operation.resource is not None and operation.resource.role is Role.LIST:
            self.pace.sleep(max(self._settled - self.pace.clock(), 0.0))
        try:
            exchange = Exchange(number, operation.id, request, self._patient_answer(operation, request))
        except TransportError as error:
            exchange = Exchange(number, operation.id, request, None, str(error))
        self._write_down(operation, exchange)
        if not is_safe and (exchange.answer is None or not exchange.answer.is_refusal):
            self._settled = self.pace.clock() + self.settle
        if exchange.answer is not None and exchange.answer.is_success and not is_safe:
            self.writes += 1
        if self.onlooker is not None:
            self.onlooker(exchange)
        return exchange

    def _write_down(self, operation: Operation, exchange: Exchange) -> None:
        line = exchange_line(exchange, self.target.secrets)
        answer = exchange.answer
        # What the preflight meets may be another server altogether, and is held against nobody.
        is_evidence = self.phase != PREFLIGHT
        found = self.examiner.examine(operation.id, answer, exchange.request) if answer and is_evidence else {}
        self.ledger.add(
            "exchange",
            source="scenario" if is_evidence else PREFLIGHT,
            phase=self.phase,
            negative=[],
            checks={code: "failure" if wrong else "success" for code, wrong in found.items()},
            failures=[_finding(code, wrong) for code, wrong in found.items() if wrong],
            **line,
        )

    def _patient_answer(self, operation: Operation, request: Request) -> Answer:
        """The answer, after the waiting that the target asks for, and after retries of a GET that ended in 503."""
        safe, retries, waits = request.method in _SAFE, 0, 0
        while True:
            self.pace.await_turn()
            answer = self._answer(request)
            wait = asked_to_wait(answer.status, answer.headers)
            if wait is not None and waits < _PATIENT_TRIES and (safe or answer.status == 429):
                waits += 1
                if not self.pace.grant(wait):
                    raise ThrottledError(
                        f"the target asks to wait {wait:g} s more (status {answer.status}, {operation.id}), after "
                        f"{self.pace.waited:g} s of waiting",
                        hint="declare a rate limit under [target], or raise the one of the target",
                    )
            elif wait is None and answer.status == 503 and safe and retries < RETRIES:
                retries += 1
            else:
                break
        if retries and answer.status != 503:
            self.ledger.add("flaky", operation=operation.id, target=request.target, status=503, times=retries)
        return answer

    def _await_sight(
        self, operation: Operation, address: Mapping[str, Any], sent: Any, exchange: Exchange, identity: str
    ) -> None:
        """Ask for what was created, changed or deleted until it is seen to be so; nobody writes the questions down."""

        def ask(read: Operation, place: Mapping[str, str]) -> Answer | None:
            headers = {"accept": "*/*", **self.credentials(read, identity)}
            self.pace.await_turn()
            try:
                return self._answer(Request("GET", filled(read.path, place), headers))
            except TransportError:
                return None

        settling = Settling(self.contract, self.settle, self.pace)
        seconds = settling.seen_after(operation, address, sent, exchange, ask)
        if seconds is not None:
            self.ledger.add("visible", operation=operation.id, exchange=exchange.id, seconds=seconds)

    def _answer(self, request: Request) -> Answer:
        watch = self.watch or Stopwatch(self.deadline)
        watch.start()  # a transport of `plain_http` does so by itself
        started = time.monotonic()
        # A tag of the target's goes back to it in a header field, in whatever letters.
        headers = [(name.encode(), value.encode()) for name, value in request.headers.items()]
        try:
            with self.http.stream(
                request.method, self.target.url + request.target, headers=headers, content=request.body
            ) as response:
                body = read_body(response, watch.left, watch.deadline)
                fields = {name.lower(): value for name, value in response.headers.items()}
                return Answer(response.status_code, fields, body, time.monotonic() - started)
        except TransportError:
            watch.check()
            raise
        except httpx.TimeoutException as error:
            watch.check()  # cut off by us, it says nothing of the target
            raise TransportError("no answer in time", kind="slow") from error
        except httpx.ConnectError as error:
            raise TransportError(f"cannot connect ({error})", kind="unreachable") from error
        except (httpx.HTTPError, httpx.InvalidURL, zlib.error) as error:
            raise TransportError(f"the answer broke off ({error})", kind="broken") from error


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
