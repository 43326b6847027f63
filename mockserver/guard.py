"""The outermost layer, plain ASGI: a raw request in, one answer out, and everything around it.

What reaches the engine has passed here: its body is complete and within the limits, its media type is in
lower case or absent, and its workspace is open. What leaves has passed here, too: nobody else sends.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from functools import partial
from time import perf_counter
from typing import TYPE_CHECKING, Final

from mockserver.admin.desk import make_admin
from mockserver.connection.arrival import Arrival, arrival_of
from mockserver.connection.head import HeadReader
from mockserver.connection.limits import Limits
from mockserver.exchange import Answer, Refusal
from mockserver.inbound import DisconnectedError, judge_head, open_passage, read_body, read_query, take_body
from mockserver.prefer.reader import read_preference
from mockserver.sending import App, Parcel, Receive, Send, shape_answer, write_lines
from mockserver.trouble.disturbance import answer_instead, send_disturbed

if TYPE_CHECKING:
    from mockserver.admin.gate import AdminGate
    from mockserver.connection.head import Head
    from mockserver.engine import Engine
    from mockserver.mock import Mock
    from mockserver.passage import Passage, Scope
    from mockserver.state.workspace import Workspace

Observer = Callable[["Passage", Answer, float], None]
"""Is told of every answer, with the seconds that it took."""

OWN: Final = "/__mock/"
"""Paths below belong to the mock and to no contract."""

CONNECTION: Final = "mockserver.connection"
"""Under this name, the scope's extensions hold the connection, if the server lends it."""

_ENTRANCE: Final = f"{OWN}w/"
_WORKSPACE: Final = "x-mock-workspace"
_PREFLIGHT_SECONDS: Final = "600"


class Turn:
    """One request in the hands of the guard.

    engine: the one that was there when the request came, which answers it. workspace: the name that it gave.
    is_own: whether it is for the mock itself. answer: what it gets; settled once the body is there.
    """

    __slots__ = ("answer", "awaits_body", "engine", "head", "is_own", "is_refused", "passage", "started", "workspace")

    answer: Answer

    def __init__(self, engine: Engine, passage: Passage, head: Head) -> None:
        self.started = perf_counter()
        self.engine = engine
        self.passage = passage
        self.head = head
        self.workspace: str | None = None
        self.is_own = self.is_refused = self.awaits_body = False

    def refuse(self, refusal: Refusal) -> None:
        """Let the answer be a refusal, whatever comes."""
        self.answer = self.engine.refuse(refusal, self.passage)
        self.is_refused = True
        self.awaits_body = False

    @property
    def needs_time(self) -> bool:
        """Whether the answer is to be held back, or to be disturbed on its way."""
        passage = self.passage
        return passage.strike is not None or passage.preference.delay > 0 or any(one.wait for one in passage.mutants)


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
        self._read_head = HeadReader(self._limits).read
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

    def answer_at_once(self, arrival: Arrival, body: bytes) -> Parcel | App:
        """The answer to a request that is here as a whole; an application that gives it, if that takes time.

        Nearly every answer of a mock is there as soon as it is asked for; without an event for each step it costs
        half as much.
        """
        turn = self._begin(arrival)
        self._answer(turn, body)
        if turn.needs_time:
            return partial(self._finish, turn)
        head, content = shape_answer(turn.answer, turn.passage, turn.engine.exposed)
        self._note(turn)
        return Parcel(turn.answer.status, write_lines(head), b"" if arrival.method == "HEAD" else content)

    async def _serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The same for a request whose body may be on its way, from a server that knows ASGI alone."""
        turn = self._begin(arrival_of(scope))
        body = b""
        if turn.awaits_body:
            try:
                body = await read_body(receive, self._limits)
            except DisconnectedError:
                return
            except Refusal as refusal:
                turn.refuse(refusal)
        self._answer(turn, body)
        await self._finish(turn, scope, receive, send)

    def _begin(self, arrival: Arrival) -> Turn:
        """Let a request in, or refuse it for what its head says."""
        head = self._read_head(arrival.fields)
        passage = open_passage(arrival, head)
        turn = Turn(self.mock.engine, passage, head)
        try:
            name = passage.headers.get(_WORKSPACE)
            if passage.path.startswith(OWN):
                if passage.path.startswith(_ENTRANCE):
                    name = _enter(passage)
                turn.is_own = passage.path.startswith(OWN)
            turn.workspace = name
            if not turn.is_own:
                passage.workspace = self.mock.registry.open(name)
            judge_head(arrival, head, passage, self._limits)
            if passage.entrance:
                passage.address = passage.address._replace(base=passage.address.base + passage.entrance)
            # Without either field, a request of HTTP/1.1 has no body (RFC 9112, 6.3).
            turn.awaits_body = head.has_body or arrival.version != "1.1"
        except Refusal as refusal:
            turn.refuse(refusal)
        return turn

    def _answer(self, turn: Turn, body: bytes) -> None:
        """Answer a request that is complete, unless it was refused already."""
        passage, engine = turn.passage, turn.engine
        if not turn.is_refused:
            try:
                take_body(passage, turn.head, body, self._limits)
                turn.answer = self._answer_complete(turn, passage, engine)
            except Refusal as refusal:
                turn.refuse(refusal)
        for mutant in passage.mutants:
            if mutant.finish is not None:
                turn.answer = mutant.finish(passage, turn.answer)

    def _answer_complete(self, turn: Turn, passage: Passage, engine: Engine) -> Answer:
        """The answer to a complete request; raises Refusal."""
        if passage.path in engine.sheets and passage.method in ("GET", "HEAD"):
            return engine.sheets[passage.path].answer(passage)
        if turn.is_own and passage.path not in engine.sheets:
            return self._admin.answer(passage, turn.workspace)
        workspace = passage.workspace or self.mock.registry.default
        if passage.method == "HEAD" and "range" in passage.headers:
            # Ranges are of GET alone (RFC 9110, 14.2).
            passage.headers = {name: value for name, value in passage.headers.items() if name != "range"}
        if turn.head.wishes or passage.query:
            _prefer(engine, passage)
        if workspace.faults or workspace.mutants or passage.preference.mutants:
            _trouble(engine, passage, workspace)
            if passage.strike is not None and passage.strike.instead is not None:
                return answer_instead(passage.strike, engine.renderer, passage.operation)
        if passage.method == "OPTIONS" and not _is_declared(engine, passage):
            return _tell_options(engine, passage)
        return engine.answer(passage)

    async def _finish(self, turn: Turn, scope: Scope, _receive: Receive, send: Send) -> None:
        """Give an answer in its time."""
        passage = turn.passage
        for mutant in passage.mutants:
            if mutant.wait:
                await asyncio.sleep(mutant.wait)
        if passage.preference.delay:
            await asyncio.sleep(passage.preference.delay)
        head, body = shape_answer(turn.answer, passage, turn.engine.exposed)
        body = b"" if passage.method == "HEAD" else body
        if passage.strike is not None:
            connection = scope.get("extensions", {}).get(CONNECTION)
            await send_disturbed(passage.strike, turn.answer.status, head, body, send, connection)
        else:
            await send({"type": "http.response.start", "status": turn.answer.status, "headers": head})
            await send({"type": "http.response.body", "body": body})
        self._note(turn)

    def _note(self, turn: Turn) -> None:
        """Write down what happened; what the mock says of itself is nobody's traffic."""
        passage, answer, seconds = turn.passage, turn.answer, perf_counter() - turn.started
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
        passage.address = passage.address._replace(query=read_query(rest))


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
