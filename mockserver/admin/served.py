"""What the admin interface needs to know of a mock."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Protocol

from mockserver.exchange import Context, Reply

if TYPE_CHECKING:
    from mockserver.engine import Engine
    from mockserver.journal.coverage import Coverage
    from mockserver.state.carrying import Misfit
    from mockserver.state.registry import Registry
    from spec.fixtures import Fixtures


class Served(Protocol):
    """A mock: what it serves, everybody's state, and what was used of it."""

    @property
    def engine(self) -> Engine:
        """What is served at present."""
        ...

    @property
    def registry(self) -> Registry:
        """The workspaces."""
        ...

    @property
    def fixtures(self) -> Fixtures:
        """The world that workspaces start from, and its tokens."""
        ...

    @property
    def coverage(self) -> Coverage:
        """What was used of the contract."""
        ...

    def reload(self) -> Sequence[Misfit]:
        """Read everything anew; raises MockproofError, and then nothing has changed."""
        ...


Act = Callable[[Served, Context], Reply]
"""What answers one operation of the admin interface; raises Refusal."""

Acts = Mapping[str, Act]
"""Acts by operationId."""
