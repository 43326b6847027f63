"""One raw request, and one ASGI application that answers it in this process."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote


@dataclass(frozen=True, slots=True)
class Request:
    """A request as it goes over the wire; `label` says what is special about it, `target` is still encoded."""

    label: str
    method: str
    target: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    is_chunked: bool = False

    def but(self, label: str, **changes: Any) -> Request:
        """The same request with something changed."""
        return replace(self, label=f"{self.label}: {label}", **changes)

    def with_headers(self, label: str, **headers: str | None) -> Request:
        """The same request with header fields added, or taken away where the value is None."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        kept = {name: value for name, value in self.headers.items() if name not in named}
        return self.but(label, headers=kept | {name: value for name, value in named.items() if value is not None})


@dataclass(frozen=True, slots=True)
class Verdict:
    """What an engine made of a request: `values` are what a handler got, None where the request was refused.

    fields: header fields of the answer, lower-case.
    """

    status: int
    values: Mapping[str, Any] | None
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_accepted(self) -> bool:
        """Whether a handler was reached."""
        return self.values is not None


async def send(app: Any, request: Request) -> tuple[int, dict[str, str], bytes]:
    """Status, header fields and body of the answer."""
    path, _, query = request.target.partition("?")
    fields = {"host": "mock.example", **request.headers}
    if request.body:
        framing = {"transfer-encoding": "chunked"} if request.is_chunked else {"content-length": str(len(request.body))}
        fields = {**framing, **fields}
    scope = {
        "type": "http",
        "http_version": "1.1",
        "scheme": "http",
        "method": request.method,
        "path": unquote(path),
        "raw_path": path.encode(),
        "query_string": query.encode(),
        "root_path": "",
        "headers": [(name.lower().encode(), value.encode("latin-1")) for name, value in fields.items()],
        "server": ("127.0.0.1", 80),
        "client": ("127.0.0.1", 1),
    }
    half = len(request.body) // 2 if request.is_chunked else 0
    waiting = [request.body[:half], request.body[half:]] if half else [request.body]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        if not waiting:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": waiting.pop(0), "more_body": bool(waiting)}

    async def note(message: Any) -> None:
        sent.append(message)

    try:
        await app(scope, receive, note)
    except Exception:
        if not sent:
            raise
    names = {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in sent[0]["headers"]}
    return sent[0]["status"], names, b"".join(message.get("body", b"") for message in sent[1:])
