"""The outermost layer, plain ASGI: a raw request in, one answer out, and everything around it.

What reaches the engine has passed here: its body is complete and within the limits, its media type is in
lower case or absent, and its workspace is open. What leaves has passed here, too: nobody else sends.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import replace
from time import perf_counter
from typing import TYPE_CHECKING, Final

from mockserver.admin.desk import make_admin
from mockserver.disturbance import answer_instead, send_disturbed
from mockserver.exchange import Answer, Refusal
from mockserver.inbound import DisconnectedError, Limits, judge_frame, open_passage, read_query
from mockserver.preference_reader import read_preference
from mockserver.sending import Receive, Send, send_answer, shape_answer

if TYPE_CHECKING:
    from mockserver.admin.gate import AdminGate
    from mockserver.engine import Engine
    from mockserver.mock import Mock
    from mockserver.passage import Passage, Scope
    from mockserver.workspace import Workspace

App = Callable[["Scope", Receive, Send], Awaitable[None]]
Observer = Callable[["Passage", Answer, float], None]
"""Is told of every answer, with the seconds that it took."""

OWN: Final = "/__mock/"
"""Paths below belong to the mock and to no contract."""

CONNECTION: Final = "mockserver.connection"
"""Under this name, the scope's extensions hold the connection, if the server lends it."""

_ENTRANCE: Final = f"{OWN}w/"
_WORKSPACE: Final = "x-mock-workspace"
_PREFLIGHT_SECONDS: Final = "600"


class Guard:
    """The mock as an ASGI application.

    mock: what it serves and everybody's state. gate: who may use the admin interface. observe: is told of every
    answer. background: runs as long as the server does.
    """

    def __init__(
        self,
        mock: Mock,
        *,
        gate: AdminGate | None = None,
        limits: Limits | None = None,
        observe: Observer | None = None,
        background: Callable[[], Awaitable[None]] | None = None,
    ) -> None:
        self.mock = mock
        self._admin = make_admin(mock, gate)
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
        passage = open_passage(scope)
        try:
            answer = await self._answer(engine, scope, receive, passage)
        except DisconnectedError:
            return
        except Refusal as refusal:
            answer = engine.refuse(refusal, passage)
        for mutant in passage.mutants:
            if mutant.finish is not None:
                answer = mutant.finish(passage, answer)
            if mutant.wait:
                await asyncio.sleep(mutant.wait)
        if passage.preference.delay:
            await asyncio.sleep(passage.preference.delay)
        await self._send(send, answer, passage, engine.exposed, scope)
        self._note(passage, answer, perf_counter() - started)

    async def _answer(self, engine: Engine, scope: Scope, receive: Receive, passage: Passage) -> Answer:
        """The answer to a request; raises Refusal, or DisconnectedError."""
        name = _enter(passage) if passage.path.startswith(_ENTRANCE) else passage.headers.get(_WORKSPACE)
        is_own = passage.path.startswith(OWN)
        if not is_own:
            passage.workspace = self.mock.registry.open(name)
        await judge_frame(scope, receive, passage, self._limits)
        if passage.entrance:
            passage.address = replace(passage.address, base=passage.address.base + passage.entrance)
        sheet = engine.sheets.get(passage.path)
        if sheet is not None and passage.method in ("GET", "HEAD"):
            return sheet.answer(passage)
        if is_own and sheet is None:
            return self._admin.answer(passage, name)
        return await self._answer_by_contract(engine, scope, receive, passage)

    async def _answer_by_contract(self, engine: Engine, scope: Scope, receive: Receive, passage: Passage) -> Answer:
        workspace = passage.workspace or self.mock.registry.default
        if passage.method == "HEAD" and "range" in passage.headers:
            # Ranges are of GET alone (RFC 9110, 14.2).
            passage.headers = {name: value for name, value in passage.headers.items() if name != "range"}
        _prefer(engine, passage)
        if workspace.faults or workspace.mutants or passage.preference.mutants:
            _trouble(engine, passage, workspace)
        if passage.strike is not None and passage.strike.instead is not None:
            return answer_instead(passage.strike, engine.renderer, passage.operation)
        if passage.method == "OPTIONS" and not _is_declared(engine, passage):
            return _tell_options(engine, passage)
        return await engine.answer(scope, receive, passage)

    async def _send(self, send: Send, answer: Answer, passage: Passage, exposed: str, scope: Scope) -> None:
        if passage.strike is None:
            await send_answer(send, answer, passage, exposed)
            return
        head, body = shape_answer(answer, passage, exposed)
        body = b"" if passage.method == "HEAD" else body
        connection = scope.get("extensions", {}).get(CONNECTION)
        await send_disturbed(passage.strike, answer.status, head, body, send, connection)

    def _note(self, passage: Passage, answer: Answer, seconds: float) -> None:
        """Write down what happened; what the mock says of itself is nobody's traffic."""
        if answer.why != "admin":
            self.mock.coverage.note(passage, answer)
            workspace = passage.workspace or self.mock.registry.default
            workspace.journal.note(passage, answer, seconds, passage.strike.rules if passage.strike else ())
        if self._observe is not None:
            self._observe(passage, answer, seconds)

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


def _enter(passage: Passage) -> str:
    """Take the name of the workspace off the path; links keep it, so that a client stays where it is."""
    name, slash, rest = passage.path.removeprefix(_ENTRANCE).partition("/")
    passage.path = f"/{rest}" if slash else ""
    passage.entrance = f"{_ENTRANCE}{name}"
    return name


def _prefer(engine: Engine, passage: Passage) -> None:
    """Read what the client asks of the mock itself, and take it out of the query."""
    passage.preference, rest = read_preference(passage.headers, passage.query, engine.gallery)
    if rest is not passage.query:
        passage.query = rest
        passage.address = replace(passage.address, query=read_query(rest))


def _trouble(engine: Engine, passage: Passage, workspace: Workspace) -> None:
    """Choose the mutants and faults of this request, which may mean no operation."""
    try:
        passage.operation = engine.routes.match(passage.method, passage.path).operation
        operation_id: str | None = passage.operation.id
    except Refusal:
        operation_id = None
    if workspace.faults:
        passage.strike = workspace.faults.strike(operation_id, workspace.clock.now())
    if workspace.mutants or passage.preference.mutants:
        passage.mutants = engine.gallery.chosen({*workspace.mutants, *passage.preference.mutants}, operation_id)


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
