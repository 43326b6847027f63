"""An ASGI application between the kit and the mock: it rewrites what is asked, what is answered, or both."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote

from mockserver.sending import App

CONTROL = "/__mock"


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, whole. path: still percent-encoded. query: without the question mark. headers: as they came."""

    method: str
    path: str
    query: str
    headers: tuple[tuple[bytes, bytes], ...]
    body: bytes


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer, whole. headers: names in lower case, without the length."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""

    @property
    def data(self) -> Any:
        """The JSON of the body; None where it is none."""
        is_json = "json" in self.headers.get("content-type", "")
        return json.loads(self.body) if is_json and self.body else None

    def with_data(self, data: Any) -> Answered:
        """The answer with other JSON in it."""
        return replace(self, body=json.dumps(data).encode())


Before = Callable[[Asked], Asked]
After = Callable[[Asked, Answered], Answered]


def same_request(asked: Asked) -> Asked:
    """Leaves a request as it is."""
    return asked


def same_answer(_asked: Asked, answered: Answered) -> Answered:
    """Leaves an answer as it is."""
    return answered


def rewriting(app: App, before: Before = same_request, after: After = same_answer) -> App:
    """The application with its requests and answers rewritten; its admin interface and its start are left alone."""

    async def rewritten(scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http" or scope["path"].startswith(CONTROL):
            await app(scope, receive, send)
            return
        asked = await _read(scope, receive)
        # HEAD is answered as GET would be, so that what it says of the length is true of what was rewritten.
        is_head = asked.method == "HEAD"
        changed = before(replace(asked, method="GET") if is_head else asked)
        final = after(asked, await _ask(app, scope, changed))
        head = {**final.headers, "content-length": str(len(final.body))}
        pairs = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in head.items()]
        await send({"type": "http.response.start", "status": final.status, "headers": pairs})
        await send({"type": "http.response.body", "body": b"" if is_head else final.body})

    return rewritten


async def _read(scope: Any, receive: Any) -> Asked:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    path = scope.get("raw_path") or scope["path"].encode()
    query = scope["query_string"].decode("latin-1")
    return Asked(scope["method"], path.decode("latin-1"), query, tuple(map(tuple, scope["headers"])), body)


async def _ask(app: App, scope: Any, asked: Asked) -> Answered:
    sent: list[Any] = []
    # What is compressed cannot be rewritten.
    ours = {b"accept-encoding": b"identity", b"content-length": str(len(asked.body)).encode()}
    inner = {
        **scope,
        "method": asked.method,
        "raw_path": asked.path.encode("latin-1"),
        "path": unquote(asked.path),
        "query_string": asked.query.encode("latin-1"),
        "headers": [(name, ours.get(name.lower(), value)) for name, value in asked.headers],
    }

    async def receive() -> Any:
        return {"type": "http.request", "body": asked.body, "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(inner, receive, send)
    start, *rest = sent
    pairs = [(name.decode("latin-1").lower(), value.decode("latin-1")) for name, value in start["headers"]]
    head = {name: value for name, value in pairs if name != "content-length"}
    return Answered(start["status"], head, b"".join(message.get("body", b"") for message in rest))
