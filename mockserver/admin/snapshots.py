"""Snapshots: taken, brought back, compared."""

from __future__ import annotations

from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final

from mockserver.admin.wording import refusing, told_key, told_moment
from mockserver.exchange import Context, Refusal, Reply

if TYPE_CHECKING:
    from mockserver.admin.served import Acts, Served
    from mockserver.state.workspace import Difference, Snapshot

_MOST: Final = 100
"""Snapshots that one workspace may have: each keeps what was written before it."""


def list_snapshots(_served: Served, context: Context) -> Reply:
    """All snapshots, by name."""
    return Reply(200, [_told(name, taken) for name, taken in sorted(context.workspace.snapshots.items())])


def take_snapshot(_served: Served, context: Context) -> Reply:
    """Keep the present state; raises Refusal where there are too many."""
    name, workspace = context.path["name"], context.workspace
    if name not in workspace.snapshots and len(workspace.snapshots) >= _MOST:
        raise Refusal("quota-exceeded", f"there are {_MOST} snapshots already; drop one that is not needed any more")
    return Reply(200, _told(name, workspace.take_snapshot(name)))


def restore_snapshot(_served: Served, context: Context) -> Reply:
    """Bring back the state and the time of a snapshot."""
    name = context.path["name"]
    with refusing("not-found"):
        context.workspace.restore(name)
    return Reply(200, _told(name, context.workspace.snapshots[name]))


def drop_snapshot(_served: Served, context: Context) -> Reply:
    """Forget a snapshot."""
    if context.workspace.snapshots.pop(context.path["name"], None) is None:
        raise Refusal("not-found", f"there is no snapshot {context.path['name']!r}")
    return Reply(204)


def compare_state(_served: Served, context: Context) -> Reply:
    """What is not as it was in a snapshot, or in the fixtures."""
    with refusing("not-found"):
        found = list(context.workspace.differences(context.query.get("snapshot")))
    return Reply(200, [_told_difference(difference) for difference in found])


def _told(name: str, taken: Snapshot) -> dict[str, Any]:
    return {"name": name, "now": told_moment(taken.now)}


def _told_difference(difference: Difference) -> dict[str, Any]:
    before, after = difference.before, difference.after
    return {
        "resource": difference.resource,
        "key": told_key(difference.key),
        "change": difference.change,
        "before": dict(before.fields) if before is not None else None,
        "after": dict(after.fields) if after is not None else None,
    }


ACTS: Final[Acts] = MappingProxyType(
    {
        "listSnapshots": list_snapshots,
        "takeSnapshot": take_snapshot,
        "restoreSnapshot": restore_snapshot,
        "dropSnapshot": drop_snapshot,
        "compareState": compare_state,
    }
)
