"""The outermost layer, plain ASGI: a raw request in, one answer out, and everything around it.

What reaches the engine has passed here: its body is complete and within the limits, its media type is in
lower case or absent, and its workspace is open. What leaves has passed here, too: nobody else sends.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from time import perf_counter
from typing import TYPE_CHECKING, Final

from mockserver.exchange import Address, Answer, Refusal
from mockserver.inbound import DisconnectedError, Limits, judge_frame, open_passage, request_id_of
from mockserver.sending import Receive, Send, send_answer

if TYPE_CHECKING:
    from mockserver.engine import Engine
    from mockserver.mock import Mock
    from mockserver.passage import Passage, Scope

App = Callable[["Scope", Receive, Send], Awaitable[None]]
Observer = Callable[["Passage", Answer, float], None]
"""Is told of every answer, with the seconds that it took."""

OWN: Final = "/__mock/"
"""Paths below belong to the mock and to no contract."""

_ENTRANCE: Final = f"{OWN}w/"
_WORKSPACE: Final = "x-mock-workspace"
_PREFLIGHT_SECONDS: Final = "600"


class Guard:
    """The mock as an ASGI application.

    mock: what it serves and everybody's state. observe: is told of every answer. background: runs as long as
    the server does.
    """

    def __init__(
        self,
        mock: Mock,
        *,
        limits: Limits | None = None,
        observe: Observer | None = None,
        background: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self.mock = mock
        self._background = background
        self._limits = limits or Limits()
        self._observe = observe

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one ASGI event."""
        if scope["type"] == "http":
            await self._serve(scope, receive, send)
        elif scope["type"] == "lifespan":
            await self._live(receive, send)
        elif scope["type"] == "websocket":
            # Closing before accepting makes the server answer the handshake with 403.
            await receive()
            await send({"type": "websocket.close", "code": 1000})

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        started = perf_counter()
        engine = self.mock.engine
        passage = open_passage(scope, request_id_of(scope))
        try:
            await judge_frame(scope, receive, passage, self._limits)
            answer = await self._answer(engine, scope, receive, passage)
        except DisconnectedError:
            return
        except Refusal as refusal:
            answer = engine.refuse(refusal, passage)
        for mutant in passage.mutants:
            if mutant.finish is not None:
                answer = mutant.finish(passage, answer)
        await send_answer(send, answer, passage, engine.exposed)
        if self._observe is not None:
            self._observe(passage, answer, perf_counter() - started)

    async def _answer(self, engine: Engine, scope: Scope, receive: Receive, passage: Passage) -> Answer:
        name = _enter(passage) if passage.path.startswith(_ENTRANCE) else passage.headers.get(_WORKSPACE)
        if passage.method in ("GET", "HEAD") and (sheet := engine.sheets.get(passage.path)) is not None:
            return sheet.answer(passage.headers.get("if-none-match"))
        passage.workspace = workspace = self.mock.registry.open(name)
        if workspace.mutants or passage.preference.mutants:
            self._arm(engine, passage, workspace.mutants)
        if passage.method == "OPTIONS" and not _is_declared(engine, passage):
            return _tell_options(engine, passage)
        return await engine.answer(scope, receive, passage)

    async def _live(self, receive: Receive, send: Send) -> None:
        """Run the background as long as the server lives."""
        running: asyncio.Future[None] | None = None
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup" and self._background is not None:
                running = asyncio.ensure_future(self._background())
            if message["type"] == "lifespan.shutdown" and running is not None:
                running.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await running
            await send({"type": f"{message['type']}.complete"})
            if message["type"] == "lifespan.shutdown":
                return

    def _arm(self, engine: Engine, passage: Passage, ids: frozenset[str]) -> None:
        """Switch on the mutants that the operation can show; one that is not declared counts as the nearest."""
        try:
            operation = engine.routes.match(passage.method, passage.path).operation
        except Refusal:
            found = engine.routes.nearest(passage.path)
            if found is None:
                return
            operation = found
        passage.mutants = engine.mutants({*ids, *passage.preference.mutants}, operation.id)


def _enter(passage: Passage) -> str:
    """Take the name of the workspace off the path; links keep it, so that a client stays where it is."""
    name, slash, rest = passage.path.removeprefix(_ENTRANCE).partition("/")
    passage.path = f"/{rest}" if slash else ""
    address = passage.address
    passage.address = Address(f"{address.base}{_ENTRANCE}{name}", passage.path, address.query)
    return name


def _is_declared(engine: Engine, passage: Passage) -> bool:
    is_preflight = "access-control-request-method" in passage.headers
    return not is_preflight and engine.routes.declares("OPTIONS", passage.path)


def _tell_options(engine: Engine, passage: Passage) -> Answer:
    allowed = ("GET", "HEAD", "OPTIONS") if passage.path in engine.sheets else engine.routes.allowed(passage.path)
    is_preflight = "access-control-request-method" in passage.headers
    if not allowed and not is_preflight:
        raise Refusal("unknown-route", "no operation has this path")
    headers = {"Allow": ", ".join(allowed)} if allowed else {}
    if is_preflight:
        headers["Access-Control-Allow-Methods"] = ", ".join(allowed) or "*"
        headers["Access-Control-Allow-Headers"] = passage.headers.get("access-control-request-headers", "*")
        headers["Access-Control-Max-Age"] = _PREFLIGHT_SECONDS
    return Answer(204, b"", None, tuple(headers.items()), "refused" if not allowed else "state")
