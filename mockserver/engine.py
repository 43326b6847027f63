"""One contract, compiled to be served: never changes, and is replaced whole when the contract does."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from mockserver.errors import shorten
from mockserver.exchange import Answer, Refusal
from mockserver.gallery import Gallery
from mockserver.passage import attach

if TYPE_CHECKING:
    from mockserver.passage import Passage, Scope
    from mockserver.rendering import Renderer
    from mockserver.routing import Routes
    from mockserver.sending import Message, Receive, Send
    from mockserver.sheet import FrontDoor, Sheet
    from mockserver.workspace import World
    from spec.contract import Contract
    from spec.fixtures import Fixtures

_LOG = logging.getLogger("mockserver")

_OWN_FIELDS = ("X-Request-Id", "X-Mock-Violations", "Preference-Applied", "ETag", "Content-Range", "Accept-Ranges")


class Engine:
    """Answers requests by a contract; keeps no state of its own.

    stack: the application that finds a request's operation and lets it run its course. sheets: documents
    that are the mock's own, by path. gallery: the mutants that it can show.
    """

    def __init__(
        self,
        world: World,
        fixtures: Fixtures,
        *,
        routes: Routes,
        renderer: Renderer,
        stack: Callable[[Scope, Receive, Send], Awaitable[None]],
        sheets: Mapping[str, Sheet | FrontDoor],
        gallery: Gallery | None = None,
    ) -> None:
        self.world = world
        self.fixtures = fixtures
        self.contract: Contract = world.contract
        self.routes = routes
        self.renderer = renderer
        self.sheets = sheets
        self.gallery = gallery or Gallery(world.contract)
        self.exposed = ", ".join(_exposed_fields(world.contract))
        self._stack = stack

    async def answer(self, scope: Scope, receive: Receive, passage: Passage) -> Answer:
        """The answer to a request that the guard let in."""
        attach(scope, passage)
        try:
            await self._stack(scope, receive, _deaf)
        except Refusal as refusal:
            if refusal.reason == "internal":
                _LOG.error("%s %s: %s", passage.method, shorten(passage.path), refusal.detail)
            return self.refuse(refusal, passage)
        except Exception:  # noqa: BLE001  (logged with its traceback, and answered)
            # Whatever fails in here is our mistake, and costs this request only.
            _LOG.exception("%s %s failed", passage.method, shorten(passage.path))
            return self.refuse(Refusal("internal", "the mock failed; its log tells why"), passage)
        assert passage.answer is not None, "the course of an operation ends with an answer"  # noqa: S101
        return passage.answer

    def refuse(self, refusal: Refusal, passage: Passage) -> Answer:
        """A refusal in the error style of the operation that was asked for, or of the nearest one."""
        rendered = self.renderer.render(refusal, passage.operation or self.routes.nearest(passage.path))
        return Answer(
            rendered.status,
            rendered.body,
            rendered.media_type,
            tuple(rendered.headers.items()),
            "refused",
            refusal.violations,
        )


async def _deaf(_message: Message) -> None:
    """Nothing is sent from inside: the guard sends, once the answer is complete."""


def _exposed_fields(contract: Contract) -> Iterable[str]:
    """Header fields that a page of another origin may read: our own, and what the contract declares."""
    declared = (
        name
        for operation in contract.operations
        for response in operation.responses.values()
        for name in response.headers
    )
    return dict.fromkeys((*_OWN_FIELDS, *sorted({name.title() for name in declared})))
