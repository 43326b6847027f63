"""Changes that do not last, or change too much."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from mockserver.exchange import Refusal
from mockserver.mutant import Mutant
from mockserver.mutants.reach import CHANGES, body_fields, declared_fields, every, has_lifecycle, has_role
from mockserver.mutants.reply import change_items, content_of, with_content
from mockserver.mutants.world import keep, named_entry, other_entries, rewrite, shape_of, show_entry
from mockserver.resource.fitting import field_name, fields_of
from spec.contract import Role
from spec.resource import Meaning

if TYPE_CHECKING:
    from mockserver.exchange import Context, Handler, Reply
    from spec.contract import Contract, Operation

_changes: Final = has_role(*CHANGES)


def _undo(context: Context, handler: Handler) -> Reply:
    former, reply = named_entry(context), handler(context)
    if former is not None:
        keep(context, former)
    return reply


def _tell_former(context: Context, handler: Handler) -> Reply:
    former, reply = named_entry(context), handler(context)
    if former is None:
        return reply
    return with_content(context, reply, content_of(context, show_entry(context, former)))


def _wipe_absent(context: Context, handler: Handler) -> Reply:
    """Clears the fields that may be null or have a default, unless they were sent."""
    reply, entry = handler(context), named_entry(context)
    blank = _blank(context)
    if entry is None or not blank:
        return reply
    rewrite(context, entry, blank)
    return change_items(context, reply, lambda item: {**item, **blank})


def _blank(context: Context) -> dict[str, Any]:
    shape, given = shape_of(context), fields_of(context.body)
    state = shape.resource.lifecycle.field if shape.resource.lifecycle else None
    return {
        name: None if schema.get("nullable") else schema["default"]
        for name, schema in shape.properties.items()
        if name not in given
        and name != state
        and ("default" in schema or schema.get("nullable"))
        and not schema.get("readOnly")
    }


def _keep_absent(context: Context, handler: Handler) -> Reply:
    """Leaves the fields alone that a replacement does not give."""
    former, reply = named_entry(context), handler(context)
    entry = named_entry(context)
    stamps = shape_of(context).fields_meaning(Meaning.UPDATED)
    if former is None or entry is None:
        return reply
    given = fields_of(context.body)
    kept = {name: value for name, value in former.fields.items() if name not in given and name not in stamps}
    rewrite(context, entry, kept)
    return change_items(context, reply, lambda item: {**item, **kept})


def _change_sibling(context: Context, handler: Handler) -> Reply:
    reply, entry = handler(context), named_entry(context)
    others = other_entries(context, entry.key) if entry is not None else ()
    if entry is not None and others:
        names = [name for name in fields_of(context.body) if name in entry.fields]
        rewrite(context, others[0], {name: entry.fields[name] for name in names})
    return reply


def _keep_stamp(context: Context, handler: Handler) -> Reply:
    former, reply = named_entry(context), handler(context)
    entry = named_entry(context)
    if former is None or entry is None:
        return reply
    stamps = {name: former.fields.get(name) for name in shape_of(context).fields_meaning(Meaning.UPDATED)}
    rewrite(context, entry, stamps)
    return change_items(context, reply, lambda item: {**item, **stamps})


def _move_anyhow(context: Context, handler: Handler) -> Reply:
    """Moves an item to any state that is asked for."""
    lifecycle, entry = shape_of(context).resource.lifecycle, named_entry(context)
    try:
        return handler(context)
    except Refusal as refusal:
        state = fields_of(context.body).get(lifecycle.field) if lifecycle else None
        if refusal.reason != "conflict" or lifecycle is None or entry is None or state is None:
            raise
        moved = replace(entry, fields={**entry.fields, lifecycle.field: state}, hold=True)
        keep(context, moved)
        return show_entry(context, moved)


def _can_be_wiped(contract: Contract, operation: Operation) -> bool:
    """Changes of a resource with a field that a client may clear."""
    sent = {field_name(field.name) for field in body_fields(contract, operation) if not field.required}
    fields = [field.schema for field in declared_fields(contract, operation) if field.name in sent]
    return any(schema.get("nullable") or "default" in schema for schema in fields)


def _takes_state(contract: Contract, operation: Operation) -> bool:
    lifecycle = contract.resources[operation.resource.name].lifecycle if operation.resource else None
    sent = {field_name(field.name) for field in body_fields(contract, operation)}
    return lifecycle is not None and lifecycle.field in sent


def _is_stamped(contract: Contract, operation: Operation) -> bool:
    names = {field.name for field in declared_fields(contract, operation)}
    return bool(names & {"updated_at", "updated"})


MUTANTS: Final = (
    Mutant(
        "update-not-persisted",
        "A change is answered, and gone with the next read.",
        "update-persists",
        _changes,
        answer=_undo,
    ),
    Mutant(
        "update-answers-former",
        "A change lasts, and its answer shows the item as it was before.",
        "update-echo",
        _changes,
        answer=_tell_former,
    ),
    Mutant(
        "update-changes-sibling",
        "A change also changes another item.",
        "update-alone",
        _changes,
        answer=_change_sibling,
    ),
    Mutant(
        "update-wipes-absent",
        "A partial change clears the fields that were not sent.",
        "patch-keeps",
        every(has_role(Role.UPDATE), _can_be_wiped),
        answer=_wipe_absent,
    ),
    Mutant(
        "replace-keeps-absent",
        "A replacement leaves the fields alone that were not sent.",
        "replace-whole",
        every(has_role(Role.REPLACE), _can_be_wiped),
        answer=_keep_absent,
    ),
    Mutant(
        "update-time-stale",
        "A change leaves the time of the last change as it was.",
        "moments-in-order",
        every(_changes, _is_stamped),
        answer=_keep_stamp,
    ),
    Mutant(
        "any-state-accepted",
        "An item can be moved to a state that cannot follow its present one.",
        "lifecycle-order",
        every(_changes, has_lifecycle, _takes_state),
        answer=_move_anyhow,
    ),
)
