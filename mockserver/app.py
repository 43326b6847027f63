"""The mock as one ASGI application: the only module that knows connexion.

connexion loads the contract, keeps its model of operations, finds the layers of each operation and
funnels errors. What it would rebuild for every request (router, security, validators, decorators)
is ours and compiled here, once per operation:

    guard → connexion [exceptions → routing → security → validation] → dispatch → handlers
"""

from __future__ import annotations

import json
import logging
import warnings
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

from starlette.exceptions import HTTPException

from mockserver.admin import make_sheets
from mockserver.answer import AnswerCheck, encode
from mockserver.auth import Gate
from mockserver.errors import reason_for, shorten
from mockserver.exchange import Context, Refusal
from mockserver.guard import App, Guard
from mockserver.handlers import Handlers
from mockserver.passage import Passage, Scope, passage_of
from mockserver.rendering import Renderer
from mockserver.routing import Routes
from mockserver.sending import Receive, Send, send_answer
from mockserver.validation import RequestJudge
from mockserver.workspace import Workspace
from spec.errors import ContractError

with warnings.catch_warnings():
    # connexion imports starlette's test client, which warns about a library that nobody here uses.
    warnings.simplefilter("ignore")
    from connexion.exceptions import InvalidSpecification, ProblemException
    from connexion.lifecycle import ConnexionRequest, ConnexionResponse
    from connexion.middleware import ConnexionMiddleware
    from connexion.middleware.abstract import ROUTING_CONTEXT, RoutedAPI, RoutedMiddleware, SpecMiddleware
    from connexion.middleware.exceptions import ExceptionMiddleware
    from connexion.resolver import Resolution, Resolver

if TYPE_CHECKING:
    from connexion.operations import AbstractOperation
    from connexion.spec import Specification

    from mockserver.clock import Clock
    from mockserver.inbound import Limits
    from spec.contract import Contract
    from spec.fixtures import Fixtures

_LOG = logging.getLogger("mockserver")

Step = Callable[[Passage], None]
"""What a layer does to a request before the next one sees it; raises Refusal."""


def create_app(
    contract: Contract,
    fixtures: Fixtures,
    *,
    clock: Clock | None = None,
    strict: bool = False,
    limits: Limits | None = None,
) -> App:
    """The mock of one contract; it shares nothing with any other.

    clock: where "now" comes from; the wall clock by default. strict: unknown query parameters are refused.
    Raises ContractError for a contract that cannot be served.
    """
    routes = Routes(contract)
    renderer = Renderer(contract)
    workspace = Workspace(contract, fixtures, clock)
    gates = {operation.id: Gate(contract, operation, fixtures.tokens) for operation in contract.operations}
    judges = {operation.id: RequestJudge(contract, operation, strict=strict) for operation in contract.operations}
    stack = ConnexionMiddleware(
        _Dispatch(contract, workspace),
        middlewares=[
            ExceptionMiddleware,
            lambda app: _Routing(app, routes),
            lambda app: _layer(app, lambda operation_id: _admit(gates[operation_id])),
            lambda app: _layer(app, lambda operation_id: _judge(judges[operation_id])),
        ],
        resolver=_NoResolver(),
    )
    answer_error = _error_answerer(renderer, routes)
    for kind in (ProblemException, HTTPException, Exception):
        stack.add_error_handler(kind, answer_error)
    _register(stack, contract)
    return Guard(stack, routes=routes, renderer=renderer, sheets=make_sheets(contract), limits=limits)


class _Dispatch:
    """The innermost application: a judged request in, a checked answer out."""

    def __init__(self, contract: Contract, workspace: Workspace) -> None:
        self._handlers = Handlers(contract)
        self._checks = {operation.id: AnswerCheck(contract, operation) for operation in contract.operations}
        self._workspace = workspace

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        passage = passage_of(scope)
        operation, judged = passage.operation, passage.judged
        assert operation is not None and judged is not None, "routing and validation come first"  # noqa: S101, PT018
        context = Context(
            operation=operation,
            path=judged.path,
            query=judged.query,
            headers=judged.headers,
            body=judged.body,
            identity=passage.identity,
            address=passage.address,
            workspace=self._workspace,
            now=self._workspace.clock.now(),
            cookies=judged.cookies,
            fields=passage.headers,
        )
        reply = self._handlers.answer(context)
        self._checks[operation.id].check(reply)
        await send_answer(send, reply.status, encode(reply), reply.media_type, reply.headers)


class _Routing(SpecMiddleware):
    """Finds the operation and leaves the notes by which connexion finds its layers."""

    def __init__(self, app: App, routes: Routes) -> None:
        self._app = app
        self._routes = routes
        self._base_path = ""

    def add_api(self, specification: Specification, **_options: Any) -> None:
        """Remember under which path connexion filed the contract."""
        self._base_path = specification.base_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        passage = passage_of(scope)
        match = self._routes.match(passage.method, passage.path)
        passage.operation, passage.values = match.operation, match.values
        scope["extensions"][ROUTING_CONTEXT] = {"api_base_path": self._base_path, "operation_id": match.operation.id}
        await self._app(scope, receive, send)


class _LayerApi(RoutedAPI[App]):
    """One step for each operation, made when the contract is registered."""

    def __init__(self, *args: Any, step_for: Callable[[str], Step], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._step_for = step_for
        self.add_paths()

    def make_operation(self, operation: AbstractOperation) -> App:
        step, next_app = self._step_for(operation.operation_id), self.next_app

        async def run(scope: Scope, receive: Receive, send: Send) -> None:
            step(passage_of(scope))
            await next_app(scope, receive, send)

        return run


def _layer(app: App, step_for: Callable[[str], Step]) -> RoutedMiddleware[_LayerApi]:
    """A connexion layer that runs one step of ours before the next application."""
    layer: RoutedMiddleware[_LayerApi] = RoutedMiddleware(app)
    layer.api_cls = partial(_LayerApi, step_for=step_for)
    return layer


def _admit(gate: Gate) -> Step:
    def admit(passage: Passage) -> None:
        passage.identity = gate.admit(passage.headers)

    return admit


def _judge(judge: RequestJudge) -> Step:
    def judge_request(passage: Passage) -> None:
        passage.judged = judge.judge(passage)

    return judge_request


class _NoResolver(Resolver):
    """Operations are answered by the dispatch; connexion needs to import nothing for them."""

    def resolve(self, operation: AbstractOperation) -> Resolution:
        """The operation's own id, with a function that is never called."""
        return Resolution(_unreachable, operation.operation_id)


def _unreachable() -> NoReturn:
    raise AssertionError("connexion must not call handlers by itself")


def _error_answerer(
    renderer: Renderer, routes: Routes
) -> Callable[[ConnexionRequest, Exception], Awaitable[ConnexionResponse]]:
    """The one function through which every error leaves."""

    async def answer_error(request: ConnexionRequest, error: Exception) -> ConnexionResponse:
        passage = passage_of(request.scope)
        refusal = _fault_of(error, passage)
        answer = renderer.render(refusal, passage.operation or routes.nearest(passage.path))
        return ConnexionResponse(
            status_code=answer.status, content_type=answer.media_type, body=answer.body, headers=dict(answer.headers)
        )

    return answer_error


def _fault_of(error: Exception, passage: Passage) -> Refusal:
    if isinstance(error, Refusal):
        if error.reason == "internal":
            _LOG.error("%s %s: %s", passage.method, shorten(passage.path), error.detail)
        return error
    if isinstance(error, HTTPException):
        return Refusal(reason_for(error.status_code), str(error.detail or ""), headers=error.headers)
    _LOG.error("%s %s failed", passage.method, shorten(passage.path), exc_info=error)
    return Refusal("internal", "the mock failed; its log tells why")


def _register(stack: ConnexionMiddleware, contract: Contract) -> None:
    try:
        # A dict and not a file, which connexion would render as a template first.
        stack.add_api(_plain_copy(contract.document))
    except InvalidSpecification as error:
        raise ContractError(
            f"connexion refuses the contract: {shorten(error.message)}",
            hint="run 'mockproof contract lint' for the full list",
        ) from error
    # connexion puts its layers together at the first request; ours compile, so they do it now.
    stack.app, stack.middleware_stack = stack._build_middleware_stack()  # noqa: SLF001


def _plain_copy(document: Any) -> dict[str, Any]:
    """A private copy for connexion, without examples: it would follow a `$ref` inside one."""
    copied: dict[str, Any] = json.loads(json.dumps(document))
    for media_type in _media_types(copied):
        media_type.pop("example", None)
        media_type.pop("examples", None)
    return copied


def _media_types(node: Any) -> Iterator[dict[str, Any]]:
    if isinstance(node, dict):
        content = node.get("content")
        if isinstance(content, dict):
            yield from (part for part in content.values() if isinstance(part, dict))
        for child in node.values():
            yield from _media_types(child)
    elif isinstance(node, list):
        for child in node:
            yield from _media_types(child)
