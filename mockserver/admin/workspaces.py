"""Workspaces: listed, opened, dropped, and brought back to how they began."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import count
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from mockserver.admin.wording import refusing, told_moment
from mockserver.exchange import Context, Reply
from mockserver.state.registry import DEFAULT

if TYPE_CHECKING:
    from mockserver.admin.served import Acts, Served
    from mockserver.state.registry import Registry
    from mockserver.state.workspace import Workspace


def list_workspaces(served: Served, _context: Context) -> Reply:
    """All workspaces."""
    return Reply(200, [_told(workspace) for workspace in served.registry.all()])


def open_workspace(served: Served, context: Context) -> Reply:
    """A workspace of the given name, or of a fresh one; raises Refusal where there are too many."""
    name = (context.body or {}).get("name") or _fresh_name(served.registry)
    return Reply(200, _told(served.registry.open(name)))


def drop_workspace(served: Served, context: Context) -> Reply:
    """Forget a workspace; the default one stays."""
    name = context.path["name"]
    with refusing("conflict" if name == DEFAULT else "not-found"):
        served.registry.drop(name)
    return Reply(204)


def reset_workspace(_served: Served, context: Context) -> Reply:
    """Bring back what is asked for, or everything."""
    wanted = (context.body or {}).get("what")
    parts = [part for part in _RESETS if wanted is None or part in wanted]
    for part in parts:
        _RESETS[part](context.workspace)
    return Reply(200, {"workspace": context.workspace.name, "reset": parts})


# The clock comes before the state: jobs of the fixtures begin at the time that it shows then.
_RESETS: Final[Mapping[str, Callable[[Workspace], None]]] = MappingProxyType(
    {
        "clock": lambda workspace: workspace.clock.restart(),
        "state": lambda workspace: workspace.reset_items(),
        "snapshots": lambda workspace: workspace.snapshots.clear(),
        "mutants": lambda workspace: workspace.reset_mutants(),
        "faults": lambda workspace: workspace.faults.clear(),
        "journal": lambda workspace: workspace.journal.clear(),
    }
)


def _told(workspace: Workspace) -> dict[str, Any]:
    return {
        "name": workspace.name,
        "now": told_moment(workspace.clock.now()),
        "entries": len(workspace.journal),
        "dropped": workspace.journal.dropped,
        "faults": len(workspace.faults.rules),
        "mutants": sorted(workspace.mutants),
        "snapshots": sorted(workspace.snapshots),
    }


def _fresh_name(registry: Registry) -> str:
    taken = {workspace.name for workspace in registry.all()}
    return next(name for number in count(1) if (name := f"workspace-{number}") not in taken)


ACTS: Final[Acts] = MappingProxyType(
    {
        "listWorkspaces": list_workspaces,
        "openWorkspace": open_workspace,
        "dropWorkspace": drop_workspace,
        "resetWorkspace": reset_workspace,
    }
)
