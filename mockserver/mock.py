"""What one mock serves at present, and everybody's state; the guard asks it, the admin interface changes it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mockserver.errors import MockError
from mockserver.journal.coverage import Coverage

if TYPE_CHECKING:
    from mockserver.engine import Engine
    from mockserver.extension import Extension
    from mockserver.state.carrying import Misfit
    from mockserver.state.registry import Registry
    from spec.contract import Contract
    from spec.fixtures import Fixtures


@dataclass(frozen=True, slots=True)
class Sources:
    """What a mock is made from."""

    contract: Contract
    fixtures: Fixtures
    extensions: tuple[Extension, ...] = ()


Build = Callable[[Sources], "Engine"]
"""Compiles sources; raises MockproofError for what cannot be served."""

Read = Callable[[], Sources]
"""Reads sources anew from where they stand; raises MockproofError."""


class Mock:
    """The running parts of a mock.

    engine: what is served; a request keeps the one that it started with. registry: the workspaces.
    coverage: what was used of the contract.
    read: where to look for newer sources; None where they came from no file.
    """

    def __init__(self, build: Build, engine: Engine, registry: Registry, *, read: Read | None = None) -> None:
        self._build = build
        self._read = read
        self.engine = engine
        self.registry = registry
        self.coverage = Coverage(engine.contract)

    @property
    def fixtures(self) -> Fixtures:
        """The world that workspaces start from, and its tokens."""
        return self.engine.fixtures

    def prepare(self) -> Engine:
        """Read and compile the sources anew; nothing is served differently yet. Raises MockproofError."""
        if self._read is None:
            raise MockError("this mock was not made from files", hint="start a new one to serve something else")
        return self._build(self._read())

    def adopt(self, engine: Engine) -> tuple[Misfit, ...]:
        """Serve something else from now on, with all state that still fits; gives what does not.

        Requests that are under way end as they began.
        """
        misfits = tuple(lost for workspace in self.registry.all() for lost in workspace.adopt(engine.world))
        self.engine = engine
        # What was used of another contract says nothing of this one.
        self.coverage = Coverage(engine.contract)
        return misfits

    def reload(self) -> tuple[Misfit, ...]:
        """`prepare` and `adopt`; where preparing fails, nothing has changed."""
        return self.adopt(self.prepare())
