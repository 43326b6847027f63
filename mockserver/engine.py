"""One contract, compiled to be served: never changes, and is replaced whole when the contract does."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

from mockserver.errors import shorten
from mockserver.exchange import Answer, Refusal
from mockserver.gallery import Gallery

if TYPE_CHECKING:
    from mockserver.passage import Passage
    from mockserver.rendering import Renderer
    from mockserver.routing import Routes
    from mockserver.sheet import FrontDoor, Sheet
    from mockserver.state.workspace import World
    from spec.contract import Contract
    from spec.fixtures import Fixtures

_LOG = logging.getLogger("mockserver")

_OWN_FIELDS = ("X-Request-Id", "X-Mock-Violations", "Preference-Applied", "ETag", "Content-Range", "Accept-Ranges")


Perform = Callable[["Passage"], Answer]
"""Answers a request that the guard let in; raises Refusal."""


class Engine:
    """Answers requests by a contract; keeps no state of its own.

    perform: finds a request's operation and lets it run its course; raises Refusal. sheets: documents
    that are the mock's own, by path. gallery: the mutants that it can show.
    """

    def __init__(
        self,
        world: World,
        fixtures: Fixtures,
        *,
        routes: Routes,
        renderer: Renderer,
        perform: Perform,
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
        self._perform = perform

    def answer(self, passage: Passage) -> Answer:
        """The answer to a request that the guard let in."""
        try:
            return self._perform(passage)
        except Refusal as refusal:
            if refusal.reason == "internal":
                _LOG.error("%s %s: %s", passage.method, shorten(passage.path), refusal.detail)
            return self.refuse(refusal, passage)
        except Exception:  # noqa: BLE001  (logged with its traceback, and answered)
            # Whatever fails in here is our mistake, and costs this request only.
            _LOG.exception("%s %s failed", passage.method, shorten(passage.path))
            return self.refuse(Refusal("internal", "the mock failed; its log tells why"), passage)

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


def _exposed_fields(contract: Contract) -> Iterable[str]:
    """Header fields that a page of another origin may read: our own, and what the contract declares."""
    declared = (
        name
        for operation in contract.operations
        for response in operation.responses.values()
        for name in response.headers
    )
    return dict.fromkeys((*_OWN_FIELDS, *sorted({name.title() for name in declared})))
