"""The mock as one ASGI application: the only module that knows connexion.

connexion loads the contract, keeps its model of operations and finds what belongs to each. What it would
rebuild for every request (router, security, validators, decorators) is ours and compiled here, once an
operation. Errors are ours, too: its funnel makes request and response objects for each of them.

    guard → connexion [routing → operation] → course: credentials, judgement, handler, check of the reply
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

from mockserver.answer import AnswerCheck
from mockserver.auth import Gate
from mockserver.clock import Clock
from mockserver.course import Course
from mockserver.engine import Engine
from mockserver.errors import shorten
from mockserver.exchange import Answer, Identity
from mockserver.extension import Extension, check_extensions, wrap
from mockserver.forcing import Forcer
from mockserver.guard import App, Guard, Observer
from mockserver.handlers import Handlers
from mockserver.mock import Mock, Read, Sources
from mockserver.passage import Passage, Scope, passage_of
from mockserver.registry import DEFAULT, Bounds, Registry
from mockserver.rendering import Renderer
from mockserver.routing import Routes
from mockserver.sending import Receive, Send
from mockserver.sheet import make_sheets
from mockserver.strictness import Strictness
from mockserver.validation import RequestJudge
from mockserver.workspace import Workspace, World
from spec.errors import ContractError

with warnings.catch_warnings():
    # connexion imports starlette's test client, which warns about a library that nobody here uses.
    warnings.simplefilter("ignore")
    from connexion.exceptions import InvalidSpecification
    from connexion.middleware import ConnexionMiddleware
    from connexion.middleware.abstract import ROUTING_CONTEXT, RoutedAPI, RoutedMiddleware, SpecMiddleware
    from connexion.resolver import Resolution, Resolver

if TYPE_CHECKING:
    from connexion.operations import AbstractOperation
    from connexion.spec import Specification

    from mockserver.admin.gate import AdminGate
    from mockserver.inbound import Limits
    from spec.contract import Contract, Operation
    from spec.fixtures import Fixtures


def create_app(
    contract: Contract,
    fixtures: Fixtures,
    *,
    clock: Clock | None = None,
    strictness: Strictness = Strictness.NORMAL,
    limits: Limits | None = None,
    bounds: Bounds | None = None,
    mutants: Sequence[str] = (),
    extensions: Sequence[Extension] = (),
    gate: AdminGate | None = None,
    observe: Observer | None = None,
    read: Read | None = None,
    watch: Callable[[Mock], Awaitable[None]] | None = None,
) -> Guard:
    """The mock of one contract; it shares nothing with any other.

    clock: the default workspace's; others get one that starts alike. By default it starts at the fixtures' own time
    and runs on. strictness: what happens to what nobody declared. bounds: how many workspaces there may be.
    mutants: ids of the misbehaviours that every workspace starts with. extensions: answers written by hand.
    gate: who may use the admin interface. observe: is told of every answer. read: where newer sources come from.
    watch: runs as long as the mock does.
    Raises MockproofError for what cannot be served.
    """
    build = partial(build_engine, strictness=strictness)
    engine = build(Sources(contract, fixtures, tuple(extensions)))
    if mutants:
        engine.gallery.check(mutants)
    first = clock or Clock(fixtures.now)
    started_with = frozenset(mutants)

    def open_workspace(name: str) -> Workspace:
        if name == DEFAULT:
            return Workspace(engine.world, first, name=name, mutants=started_with)
        return Workspace(mock.engine.world, first.fresh(), name=name, mutants=started_with)

    mock = Mock(build, engine, Registry(open_workspace, bounds), read=read)
    return Guard(mock, gate=gate, limits=limits, observe=observe, background=partial(watch, mock) if watch else None)


def build_engine(sources: Sources, *, strictness: Strictness = Strictness.NORMAL) -> Engine:
    """Compile a contract; raises ContractError or ExtensionError."""
    contract, extensions = sources.contract, sources.extensions
    check_extensions(extensions, contract)
    routes, renderer, handlers = Routes(contract), Renderer(contract), Handlers(contract)
    by_hand = {name for extension in extensions for name in extension.arounds}

    def course(operation: Operation) -> Course:
        gate = Gate(contract, operation, sources.fixtures.tokens)
        why = "handler" if operation.id in by_hand else "state" if operation.resource else "example"
        return Course(
            operation=operation,
            admit=partial(_admit, gate),
            force=partial(_force, Forcer(contract, operation, renderer)),
            judge=RequestJudge(contract, operation, strictness=strictness).judge,
            handle=wrap(handlers.answer, operation.id, extensions),
            seal=AnswerCheck(contract, operation).seal,
            why=why,
        )

    courses = {operation.id: course(operation) for operation in contract.operations}
    stack = ConnexionMiddleware(
        _unreachable,
        middlewares=[
            lambda app: _Routing(app, routes),
            lambda app: _layer(app, lambda operation_id: courses[operation_id].run),
        ],
        resolver=_NoResolver(),
    )
    _register(stack, contract)
    return Engine(
        World(contract, sources.fixtures),
        sources.fixtures,
        routes=routes,
        renderer=renderer,
        stack=stack,
        sheets=make_sheets(contract, sources.fixtures.documents),
    )


def _admit(gate: Gate, passage: Passage) -> Identity | None:
    workspace = passage.workspace
    assert workspace is not None, "the guard opens the workspace first"  # noqa: S101
    return gate.admit(passage.headers, workspace.issued, workspace.clock.now)


def _force(forcer: Forcer, passage: Passage) -> Answer:
    assert passage.workspace is not None, "the guard opens the workspace first"  # noqa: S101
    return forcer.answer(passage.preference, passage.workspace.next_seed(), passage.address)


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
    """One course for each operation, found when the contract is registered."""

    def __init__(self, *args: Any, course_for: Callable[[str], Callable[[Passage], Answer]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._course_for = course_for
        self.add_paths()

    def make_operation(self, operation: AbstractOperation) -> App:
        run_course = self._course_for(operation.operation_id)

        async def run(scope: Scope, _receive: Receive, _send: Send) -> None:
            passage = passage_of(scope)
            passage.answer = run_course(passage)

        return run


def _layer(app: App, course_for: Callable[[str], Callable[[Passage], Answer]]) -> RoutedMiddleware[_LayerApi]:
    """The connexion layer that lets a request run the course of its operation; what is under it is never reached."""
    layer: RoutedMiddleware[_LayerApi] = RoutedMiddleware(app)
    layer.api_cls = partial(_LayerApi, course_for=course_for)
    return layer


class _NoResolver(Resolver):
    """Operations are answered by their courses; connexion needs to import nothing for them."""

    def resolve(self, operation: AbstractOperation) -> Resolution:
        """The operation's own id, with a function that is never called."""
        return Resolution(_unreachable, operation.operation_id)


def _unreachable(*_args: object) -> NoReturn:
    raise AssertionError("connexion must not call handlers by itself")


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
