"""Deletions that leave something, take too much, or succeed where there is nothing."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from mockserver.exchange import Refusal, Reply
from mockserver.mutant import Mutant
from mockserver.mutants.reach import every, has_role, reads_one
from mockserver.mutants.reply import content_of, with_content
from mockserver.mutants.world import all_entries, keep, named_entry, other_entries, shape_of
from mockserver.plan import status_of
from spec.contract import Role

if TYPE_CHECKING:
    from mockserver.exchange import Context, Handler
    from spec.contract import Contract, Operation

_MARK: Final = "deleted by a mutant"
"""Stands in an item's outcome, where no state can have this name: it is stored, and counts as deleted."""

_deletes: Final = has_role(Role.DELETE)


def _deletable(contract: Contract, operation: Operation) -> bool:
    """Operations on a resource that can be deleted."""
    return operation.resource is not None and bool(contract.uses_of(operation.resource.name, Role.DELETE))


def _keep_it(context: Context, handler: Handler) -> Reply:
    entry, reply = named_entry(context), handler(context)
    if entry is not None:
        keep(context, entry)
    return reply


def _mark_it(context: Context, handler: Handler) -> Reply:
    entry, reply = named_entry(context), handler(context)
    if entry is not None:
        keep(context, replace(entry, outcome=_MARK))
    return reply


def _readable(context: Context, handler: Handler) -> Reply:
    """Deletes for lists only."""
    role = _role(context)
    if role is Role.DELETE:
        return _mark_it(context, handler)
    return _unlisted(context, handler(context)) if role is Role.LIST else handler(context)


def _listed(context: Context, handler: Handler) -> Reply:
    """Deletes for readers only."""
    role, entry = _role(context), named_entry(context)
    if entry is not None and entry.outcome == _MARK:
        raise Refusal("not-found", "it was deleted")
    return _mark_it(context, handler) if role is Role.DELETE else handler(context)


def _role(context: Context) -> Role | None:
    return context.operation.resource.role if context.operation.resource else None


def _unlisted(context: Context, reply: Reply) -> Reply:
    identifier = shape_of(context).resource.id
    marked = {entry.key[-1] for entry in all_entries(context) if entry.outcome == _MARK}
    rows: Any = content_of(context, reply)
    kept = [row for row in rows if row.get(identifier) not in marked] if isinstance(rows, list) else rows
    return with_content(context, reply, kept)


def _take_sibling(context: Context, handler: Handler) -> Reply:
    entry, reply = named_entry(context), handler(context)
    others = other_entries(context, entry.key) if entry is not None else ()
    if others:
        context.workspace.store.drop(shape_of(context).name, others[0].key)
    return reply


def _take_all(context: Context, handler: Handler) -> Reply:
    entry, reply = named_entry(context), handler(context)
    if entry is not None:
        context.workspace.store.clear(shape_of(context).name, entry.key[:-1])
    return reply


def _succeed_anyhow(context: Context, handler: Handler) -> Reply:
    try:
        return handler(context)
    except Refusal as refusal:
        if refusal.reason != "not-found":
            raise
        return Reply(status_of(context.operation))


MUTANTS: Final = (
    Mutant(
        "delete-does-nothing",
        "A deletion is answered, and the item is still there.",
        "delete-gone",
        _deletes,
        answer=_keep_it,
    ),
    Mutant(
        "deleted-still-readable",
        "A deleted item is no longer listed, and can still be read.",
        "delete-gone",
        every(_deletable, has_role(Role.DELETE, Role.LIST)),
        answer=_readable,
    ),
    Mutant(
        "deleted-still-listed",
        "A deleted item can no longer be read, and is still listed.",
        "delete-gone",
        every(_deletable, lambda contract, operation: _deletes(contract, operation) or reads_one(contract, operation)),
        answer=_listed,
    ),
    Mutant(
        "delete-takes-sibling",
        "A deletion takes another item with it.",
        "delete-alone",
        _deletes,
        answer=_take_sibling,
    ),
    Mutant("delete-takes-all", "A deletion takes all its siblings.", "delete-alone", _deletes, answer=_take_all),
    Mutant(
        "delete-unknown-succeeds",
        "Deleting what does not exist succeeds.",
        "unknown-id-is-refused",
        _deletes,
        answer=_succeed_anyhow,
    ),
)
