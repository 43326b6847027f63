"""The outermost layer, plain ASGI: limits, the request id, CORS, OPTIONS, and the answers that are ours.

What reaches connexion has passed here: its body is complete and within the limits, its media type
is in lower case or absent, and the scope carries a `Passage`.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import TYPE_CHECKING

from mockserver.exchange import Refusal
from mockserver.inbound import DisconnectedError, Limits, judge_frame, open_passage, request_id_of
from mockserver.passage import Passage, Scope, attach
from mockserver.sending import Message, Receive, Send, encode_header, send_answer

if TYPE_CHECKING:
    from mockserver.admin import Sheet
    from mockserver.rendering import Renderer
    from mockserver.routing import Routes

App = Callable[[Scope, Receive, Send], Awaitable[None]]

_EXPOSED = "Link, X-Total-Count, Location, X-Request-Id, X-Mock-Violations, ETag"
_PREFLIGHT_SECONDS = "600"


class Guard:
    """Wraps the inner app; owns nothing that changes."""

    def __init__(
        self, app: App, *, routes: Routes, renderer: Renderer, sheets: Mapping[str, Sheet], limits: Limits | None = None
    ) -> None:
        self._app = app
        self._routes = routes
        self._renderer = renderer
        self._sheets = sheets
        self._limits = limits or Limits()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI event."""
        if scope["type"] == "http":
            await self._answer(scope, receive, send)
        elif scope["type"] == "lifespan":
            await _live(receive, send)
        elif scope["type"] == "websocket":
            # Closing before accepting makes the server answer the handshake with 403.
            await receive()
            await send({"type": "websocket.close", "code": 1000})

    async def _answer(self, scope: Scope, receive: Receive, send: Send) -> None:
        request_id = request_id_of(scope)
        passage = open_passage(scope, request_id)
        send = _finishing(send, passage)
        try:
            await judge_frame(scope, receive, passage, self._limits)
        except DisconnectedError:
            return
        except Refusal as refusal:
            await self._refuse(refusal, passage, send)
            return
        if passage.method in ("GET", "HEAD") and passage.path in self._sheets:
            await _send_sheet(self._sheets[passage.path], passage, send)
        elif passage.method == "OPTIONS" and not self._is_declared(passage):
            await self._tell_options(passage, send)
        else:
            attach(scope, passage)
            await self._app(scope, _replay(passage.body, receive), send)

    async def _refuse(self, refusal: Refusal, passage: Passage, send: Send) -> None:
        answer = self._renderer.render(refusal, self._routes.nearest(passage.path))
        await send_answer(send, answer.status, answer.body, answer.media_type, answer.headers)

    def _is_declared(self, passage: Passage) -> bool:
        is_preflight = "access-control-request-method" in passage.headers
        try:
            return not is_preflight and self._routes.declares("OPTIONS", passage.path)
        except Refusal:
            return True

    async def _tell_options(self, passage: Passage, send: Send) -> None:
        allowed = ("GET", "HEAD", "OPTIONS") if passage.path in self._sheets else self._routes.allowed(passage.path)
        is_preflight = "access-control-request-method" in passage.headers
        if not allowed and not is_preflight:
            refusal = Refusal("unknown-route", "no operation has this path")
            await self._refuse(refusal, passage, send)
            return
        headers = {"Allow": ", ".join(allowed)} if allowed else {}
        if is_preflight:
            headers["Access-Control-Allow-Methods"] = ", ".join(allowed) or "*"
            headers["Access-Control-Allow-Headers"] = passage.headers.get("access-control-request-headers", "*")
            headers["Access-Control-Max-Age"] = _PREFLIGHT_SECONDS
        await send_answer(send, 204, b"", None, headers)


def _finishing(send: Send, passage: Passage) -> Send:
    """Adds what every answer carries, and keeps the body back from HEAD."""
    fields = [encode_header("x-request-id", passage.request_id)]
    if "origin" in passage.headers:
        fields.append((b"access-control-allow-origin", b"*"))
        fields.append((b"access-control-expose-headers", _EXPOSED.encode()))

    async def finish(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [*message.get("headers", ()), *fields]
        elif passage.method == "HEAD" and message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return finish


def _replay(body: bytes, receive: Receive) -> Receive:
    """A channel that gives the body that was read already, and then what the server says."""
    is_given = False

    async def replayed() -> Message:
        nonlocal is_given
        if is_given:
            return await receive()
        is_given = True
        return {"type": "http.request", "body": body, "more_body": False}

    return replayed


async def _send_sheet(sheet: Sheet, passage: Passage, send: Send) -> None:
    headers = {"ETag": sheet.etag, "Cache-Control": "no-cache"}
    if sheet.is_known(passage.headers.get("if-none-match")):
        await send_answer(send, 304, b"", None, headers)
    else:
        await send_answer(send, 200, sheet.body, sheet.media_type, headers)


async def _live(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
