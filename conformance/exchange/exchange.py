"""An exchange: one request as it was sent and the answer as it came, whoever sent it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qsl, urlsplit

from conformance.exchange.decoding import BoundlessError, UnreadableError, read_json

if TYPE_CHECKING:
    from conformance.secret import Secrets
    from spec.contract import Operation

KEPT_CHARACTERS = 8192
"""How much of a body the ledger keeps."""
_NOT_MODIFIED = 304


@dataclass(frozen=True, slots=True)
class Request:
    """A request: `target` is path and query as sent; header names are lower-case."""

    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def path(self) -> str:
        """The path as sent, still percent-encoded."""
        return urlsplit(self.target).path

    @property
    def query(self) -> list[tuple[str, str]]:
        """Decoded query pairs, in the order sent."""
        return parse_qsl(urlsplit(self.target).query, keep_blank_values=True)


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer, complete: header names are lower-case, repeated fields joined by a comma."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    seconds: float = 0.0

    @property
    def is_success(self) -> bool:
        """Whether the status is 2xx."""
        return 200 <= self.status < 300

    @property
    def is_refusal(self) -> bool:
        """Whether the status is 4xx."""
        return 400 <= self.status < 500

    def is_elsewhere(self, operation: Operation | None) -> bool:
        """Whether it leads elsewhere and the operation does not document that: it neither takes nor refuses anything.

        304 speaks of the thing itself.
        """
        if not 300 <= self.status < 400 or self.status == _NOT_MODIFIED:
            return False
        return operation is None or not {str(self.status), "3XX"} & set(operation.responses)

    @property
    def is_boundless(self) -> bool:
        """Whether the body may be JSON, but is more than we can read: nobody can say then what shape it has."""
        try:
            read_json(self.body)
        except BoundlessError:
            return True
        except UnreadableError:
            return False
        return False

    def json(self) -> Any:
        """The decoded body, or None when it is not JSON that we can read."""
        try:
            return read_json(self.body)
        except UnreadableError:
            return None


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request of an operation with its answer; `trouble` says why there is none."""

    id: str
    operation: str
    request: Request
    answer: Answer | None
    trouble: str | None = None


def exchange_line(exchange: Exchange, secrets: Secrets) -> dict[str, Any]:
    """The members of an `exchange` line of the ledger; bodies as masked text, cut to `KEPT_CHARACTERS`.

    Bodies are masked here and whole, because half a secret at the edge of a cut would pass any mask.
    """
    request, answer = exchange.request, exchange.answer
    line: dict[str, Any] = {
        "id": exchange.id,
        "operation": exchange.operation,
        "request": {
            "method": request.method,
            "target": request.target,
            "headers": dict(request.headers),
            "body": _text_of(request.body, secrets),
        },
        "answer": None,
        "trouble": exchange.trouble,
    }
    if answer is not None:
        line["answer"] = {
            "status": answer.status,
            "headers": dict(answer.headers),
            "body": _text_of(answer.body, secrets),
            "bytes": len(answer.body),
            "seconds": round(answer.seconds, 4),
        }
    return line


def _text_of(body: bytes, secrets: Secrets) -> str:
    text = secrets.mask(body.decode("utf-8", errors="replace"))
    return text if len(text) <= KEPT_CHARACTERS else f"{text[:KEPT_CHARACTERS]} … {len(body)} bytes in all"
