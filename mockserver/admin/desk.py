"""The admin interface at work: requests are routed, judged and answered by its own contract."""

from __future__ import annotations

import json
import logging
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from mockserver.admin import clocks, items, journals, service, snapshots, trouble, workspaces
from mockserver.admin.gate import AdminGate
from mockserver.admin.served import Act, Acts, Served
from mockserver.answer import AnswerCheck
from mockserver.errors import shorten
from mockserver.exchange import Answer, Context, Refusal, Reply
from mockserver.extension import Extension, check_extensions, wrap
from mockserver.judgement.strictness import Strictness
from mockserver.judgement.validation import RequestJudge
from mockserver.rendering import Renderer
from mockserver.routing import Routes
from mockserver.sheet import Sheet
from spec.contract_reader import load_contract

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mockserver.exchange import Handler, Judged
    from mockserver.passage import Passage
    from mockserver.state.workspace import Workspace
    from spec.contract import Contract, Operation

BASE: Final = "/__mock"
"""Paths below are the admin interface's."""

DESCRIPTION: Final = f"{BASE}/openapi.json"

CONTRACT: Final = Path(__file__).with_name("contract.yaml")
"""The description of the interface."""

_TOPICS: Final[tuple[Acts, ...]] = (
    service.ACTS,
    workspaces.ACTS,
    items.ACTS,
    snapshots.ACTS,
    clocks.ACTS,
    journals.ACTS,
    trouble.ACTS,
)
_LOG = logging.getLogger("mockserver")
_PREFLIGHT_SECONDS: Final = "600"


class Admin:
    """Answers the requests of one mock's admin interface. Compiled when it is first asked for anything."""

    def __init__(self, served: Served, gate: AdminGate) -> None:
        self._served = served
        self._gate = gate

    def answer(self, passage: Passage, workspace: str | None = None) -> Answer:
        """The answer to a request below /__mock/; workspace is the name that the header or the URL gave."""
        try:
            return self._compiled.answer(passage, workspace)
        except Refusal as refusal:
            return self._compiled.refuse(refusal, passage)
        except Exception:  # noqa: BLE001  (logged, and answered as our mistake)
            _LOG.exception("%s %s failed", passage.method, shorten(passage.path))
            return self._compiled.refuse(Refusal("internal", "the mock failed; its log tells why"), passage)

    @cached_property
    def _compiled(self) -> _Compiled:
        return _Compiled(load_contract(CONTRACT), self._served, self._gate)


def make_admin(served: Served, gate: AdminGate | None = None) -> Admin:
    """The admin interface of a mock; without a gate, for a mock that only this machine can reach."""
    return Admin(served, gate or AdminGate())


def make_extension(served: Served) -> Extension:
    """What answers the admin interface's operations, as an extension like anybody's."""
    extension = Extension()
    for acts in _TOPICS:
        for operation_id, act in acts.items():
            extension.operation(operation_id)(partial(_perform, act, served))
    return extension


def _perform(act: Act, served: Served, context: Context, _answer: Handler) -> Reply:
    return act(served, context)


class _Compiled:
    """Everything that is made once of the admin interface's contract."""

    def __init__(self, contract: Contract, served: Served, gate: AdminGate) -> None:
        self._served = served
        self._gate = gate
        self._routes = Routes(contract)
        self._renderer = Renderer(contract)
        self._sheet = Sheet("application/json", json.dumps(contract.document).encode())
        extension = make_extension(served)
        check_extensions((extension,), contract)
        self._handlers = {
            operation.id: wrap(_unanswered, operation.id, (extension,)) for operation in contract.operations
        }
        self._judges = {
            operation.id: RequestJudge(contract, operation, strictness=Strictness.STRICT)
            for operation in contract.operations
        }
        self._checks = {operation.id: AnswerCheck(contract, operation) for operation in contract.operations}

    def answer(self, passage: Passage, name: str | None) -> Answer:
        """The answer; raises Refusal."""
        if passage.method == "OPTIONS":
            return self._tell_options(passage)
        try:
            match = self._routes.match(passage.method, passage.path)
        except Refusal:
            # Strangers are not even told what there is.
            self._gate.check(passage)
            raise
        operation = match.operation
        self._gate.check(passage, is_public=operation.security == ())
        if passage.path == DESCRIPTION:
            return self._sheet.answer(passage)
        passage.values = match.values
        judged = self._judges[operation.id].judge(passage)
        workspace = self._workspace(operation, judged, name)
        reply = self._handlers[operation.id](_context(operation, judged, passage, workspace))
        body = self._checks[operation.id].seal(reply)
        media_type = reply.media_type if reply.body is not None else None
        return Answer(reply.status, body, media_type, tuple(reply.headers.items()), "admin")

    def refuse(self, refusal: Refusal, passage: Passage) -> Answer:
        """A refusal in the form of the operation that was asked for, or of the nearest."""
        if refusal.reason == "internal":
            _LOG.error("%s %s: %s", passage.method, shorten(passage.path), refusal.detail)
        shown = self._renderer.render(refusal, self._routes.nearest(passage.path))
        headers = tuple(shown.headers.items())
        return Answer(shown.status, shown.body, shown.media_type, headers, "admin", refusal.violations)

    def _workspace(self, operation: Operation, judged: Judged, name: str | None) -> Workspace:
        """The workspace that a request speaks of; nothing is opened for one that speaks of none."""
        registry = self._served.registry
        if not any(parameter.name == "workspace" for parameter in operation.parameters):
            return registry.default
        return registry.open(judged.query.get("workspace", name))

    def _tell_options(self, passage: Passage) -> Answer:
        self._gate.check(passage, is_public=True)
        allowed = self._routes.allowed(passage.path)
        if not allowed:
            raise Refusal("unknown-route", f"the admin interface has no {shorten(passage.path)}")
        return Answer(204, b"", None, tuple(_option_headers(passage, ", ".join(allowed))), "admin")


def _option_headers(passage: Passage, allowed: str) -> Iterator[tuple[str, str]]:
    yield "Allow", allowed
    if "access-control-request-method" in passage.headers:
        yield "Access-Control-Allow-Methods", allowed
        yield "Access-Control-Allow-Headers", passage.headers.get("access-control-request-headers", "*")
        yield "Access-Control-Max-Age", _PREFLIGHT_SECONDS


def _context(operation: Operation, judged: Judged, passage: Passage, workspace: Workspace) -> Context:
    return Context(
        operation=operation,
        path=judged.path,
        query=judged.query,
        headers=judged.headers,
        body=judged.body,
        identity=None,
        address=passage.address,
        workspace=workspace,
        now=workspace.clock.now(),
        fields=passage.headers,
    )


def _unanswered(context: Context) -> Reply:
    raise Refusal("not-implemented", f"nobody answers {context.operation.id}")
