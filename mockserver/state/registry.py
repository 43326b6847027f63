"""All workspaces of one mock, by name: opened on first use, bounded in number and age."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from mockserver.errors import WorkspaceError, shorten
from mockserver.exchange import Refusal

if TYPE_CHECKING:
    from mockserver.state.workspace import Workspace

DEFAULT: Final = "default"
"""The workspace of requests that name none."""

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How many workspaces there may be, and after how many idle seconds one may make room for another."""

    number: int = 1000
    idle: float = 3600.0


class Registry:
    """Workspaces by name; the default one is always there.

    make: makes a fresh workspace of a name. source: counts seconds.
    """

    def __init__(
        self,
        make: Callable[[str], Workspace],
        bounds: Bounds | None = None,
        *,
        source: Callable[[], float] = time.monotonic,
    ) -> None:
        self._make = make
        self._bounds = bounds or Bounds()
        self._source = source
        self.default = make(DEFAULT)
        # In the order of their last use, the longest unused first.
        self._named: dict[str, tuple[Workspace, float]] = {}

    def open(self, name: str | None) -> Workspace:
        """The workspace of a name, made if there is none; the default one for no name.

        Raises Refusal malformed for what is no name, quota-exceeded where all are in use.
        """
        if not name or name == DEFAULT:
            return self.default
        found = self._named.pop(name, None)
        workspace = found[0] if found is not None else self._new(name)
        self._named[name] = workspace, self._source()
        return workspace

    def find(self, name: str) -> Workspace | None:
        """The workspace of a name, if there is one; asking for it does not count as use."""
        if name == DEFAULT:
            return self.default
        found = self._named.get(name)
        return found[0] if found is not None else None

    def all(self) -> tuple[Workspace, ...]:
        """Every workspace, the default one first, then those last used the longest ago."""
        return (self.default, *(workspace for workspace, _ in self._named.values()))

    def drop(self, name: str) -> None:
        """Forget a workspace; raises WorkspaceError for an unknown one, and for the default one."""
        if name == DEFAULT:
            raise WorkspaceError("the default workspace cannot be dropped", hint="reset it instead")
        if self._named.pop(name, None) is None:
            raise WorkspaceError(f"there is no workspace {shorten(name, 80)!r}", hint="see the list of workspaces")

    def _new(self, name: str) -> Workspace:
        if not _NAME.fullmatch(name):
            raise Refusal(
                "malformed",
                f"{shorten(name, 80)!r} is no name of a workspace: use 1 to 64 letters, digits, '.', '_' and '-'",
            )
        if len(self._named) + 1 >= self._bounds.number:
            self._make_room()
        return self._make(name)

    def _make_room(self) -> None:
        name, (_, used) = next(iter(self._named.items()), ("", (None, self._source())))
        idle = self._source() - used
        if idle < self._bounds.idle:
            raise Refusal(
                "quota-exceeded",
                f"there are {self._bounds.number} workspaces already, and none was idle for "
                f"{self._bounds.idle:.0f} seconds; drop one that is not needed any more",
            )
        del self._named[name]
