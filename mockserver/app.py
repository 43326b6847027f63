"""The mock as one ASGI application: the only module that knows connexion.

connexion loads the contract, judges it, and makes its model of the operations; a course is hung on each of them.
What it would rebuild for every request (router, security, validators, decorators) is ours and compiled here, once
an operation. Its layers are left with nothing to do for a request then, and passing one through them costs as much
as half a handler; so they are built, for what they find in the contract, and the guard calls the courses.

    guard → routes → course: credentials, judgement, handler, check of the reply
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, NoReturn

from mockserver.answer import AnswerCheck
from mockserver.auth import Gate
from mockserver.course import Course
from mockserver.engine import Engine, Perform
from mockserver.errors import shorten
from mockserver.exchange import Answer, Identity
from mockserver.extension import Extension, check_extensions, wrap
from mockserver.guard import Guard, Observer
from mockserver.judgement.schema import SchemaCompiler
from mockserver.judgement.strictness import Strictness
from mockserver.judgement.validation import RequestJudge, request_compiler
from mockserver.mock import Mock, Read, Sources
from mockserver.passage import Passage
from mockserver.prefer.forcing import Forcer
from mockserver.rendering import Renderer
from mockserver.resource.handlers import Handlers
from mockserver.routing import Routes
from mockserver.sending import App
from mockserver.sheet import make_sheets
from mockserver.state.clock import Clock
from mockserver.state.registry import DEFAULT, Bounds, Registry
from mockserver.state.workspace import Workspace, World
from spec.errors import ContractError
from spec.schema import Direction

with warnings.catch_warnings():
    # connexion imports starlette's test client, which warns about a library that nobody here uses.
    warnings.simplefilter("ignore")
    from connexion.exceptions import InvalidSpecification
    from connexion.middleware import ConnexionMiddleware
    from connexion.middleware.abstract import RoutedAPI, RoutedMiddleware
    from connexion.resolver import Resolution, Resolver

if TYPE_CHECKING:
    from connexion.operations import AbstractOperation

    from mockserver.admin.gate import AdminGate
    from mockserver.connection.limits import Limits
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
    requests, answers = request_compiler(contract, strictness), SchemaCompiler(contract.document, Direction.RESPONSE)
    by_hand = {name for extension in extensions for name in extension.arounds}

    def course(operation: Operation) -> Course:
        gate = Gate(contract, operation, sources.fixtures.tokens)
        why = "handler" if operation.id in by_hand else "state" if operation.resource else "example"
        return Course(
            operation=operation,
            admit=partial(_admit, gate),
            force=partial(_force, Forcer(contract, operation, renderer)),
            judge=RequestJudge(contract, operation, strictness=strictness, compiler=requests).judge,
            handle=wrap(handlers.handler_of(operation), operation.id, extensions),
            seal=AnswerCheck(contract, operation, answers).seal,
            why=why,
        )

    courses = _register(contract, lambda operation_id: course(contract.operation(operation_id)).run)
    return Engine(
        World(contract, sources.fixtures),
        sources.fixtures,
        routes=routes,
        renderer=renderer,
        perform=partial(_perform, routes, courses),
        sheets=make_sheets(contract, sources.fixtures.documents),
    )


def _perform(routes: Routes, courses: Mapping[str, Perform], passage: Passage) -> Answer:
    """Find the operation of a request, and let it run its course; raises Refusal."""
    passage.operation, passage.values = match = routes.match(passage.method, passage.path)
    return courses[match.operation.id](passage)


def _admit(gate: Gate, passage: Passage) -> Identity | None:
    workspace = passage.workspace
    assert workspace is not None, "the guard opens the workspace first"  # noqa: S101
    return gate.admit(passage.headers, workspace.issued, workspace.clock.now)


def _force(forcer: Forcer, passage: Passage) -> Answer:
    assert passage.workspace is not None, "the guard opens the workspace first"  # noqa: S101
    return forcer.answer(passage.preference, passage.workspace.next_seed(), passage.address)


class _CourseApi(RoutedAPI[App]):
    """What connexion makes of a contract, with a course for each of its operations in `courses`."""

    def __init__(
        self, *args: Any, course_for: Callable[[str], Perform], courses: dict[str, Perform], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self._course_for = course_for
        self._courses = courses
        self.add_paths()

    def make_operation(self, operation: AbstractOperation) -> App:
        self._courses[operation.operation_id] = self._course_for(operation.operation_id)
        return _unreachable


class _NoResolver(Resolver):
    """Operations are answered by their courses; connexion needs to import nothing for them."""

    def resolve(self, operation: AbstractOperation) -> Resolution:
        """The operation's own id, with a function that is never called."""
        return Resolution(_unreachable, operation.operation_id)


def _unreachable(*_args: object) -> NoReturn:
    raise AssertionError("connexion must not call handlers by itself")


def _register(contract: Contract, course_for: Callable[[str], Perform]) -> Mapping[str, Perform]:
    """Let connexion load a contract; gives the course of each operation that it finds in there, by id."""
    courses: dict[str, Perform] = {}

    def layer(app: Any) -> RoutedMiddleware[_CourseApi]:
        made: RoutedMiddleware[_CourseApi] = RoutedMiddleware(app)
        made.api_cls = partial(_CourseApi, course_for=course_for, courses=courses)
        return made

    loader = ConnexionMiddleware(_unreachable, middlewares=[layer], resolver=_NoResolver())
    try:
        # A dict and not a file, which connexion would render as a template first.
        loader.add_api(_plain_copy(contract.document))
    except InvalidSpecification as error:
        raise ContractError(
            f"connexion refuses the contract: {shorten(error.message)}",
            hint="run 'mockproof contract lint' for the full list",
        ) from error
    # connexion puts its layers together at the first request; ours compile, so they do it now.
    loader._build_middleware_stack()  # noqa: SLF001
    return courses


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
