"""What a workspace holds, looked through from beginning to end: only misbehaving needs to know that much."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from mockserver.exchange import Reply
from mockserver.plan import is_visible, json_type_of, status_of
from mockserver.resource.progress import Progress
from spec.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mockserver.exchange import Context
    from mockserver.state.collection import Entry, Key
    from spec.contract import Operation, ResourceUse
    from spec.resource import Shape


def use_of(operation: Operation) -> ResourceUse:
    """What an operation does with its resource; raises ContractError for one without."""
    if operation.resource is None:
        raise ContractError(f"{operation.id} is about no resource", hint="give it an x-resource")
    return operation.resource


def shape_of(context: Context) -> Shape:
    """The shape of the resource that a request is about."""
    return context.workspace.shapes[use_of(context.operation).name]


def all_entries(context: Context) -> Iterator[Entry]:
    """Every stored item of the resource, whoever it belongs to."""
    wanted = use_of(context.operation).name
    for (resource, _), collection in sorted(context.workspace.store.freeze().items(), key=lambda table: repr(table[0])):
        if resource == wanted:
            yield from collection


def entries_on_path(context: Context) -> Iterator[Entry]:
    """The stored items that all ids of the path lead to: one item, or all below a parent."""
    shape, wanted = shape_of(context), dict[int, Any]()
    for parameter, name in use_of(context.operation).path:
        wanted[shape.chain.index(name)] = context.workspace.shapes[name].identify(context.path[parameter])
    for entry in all_entries(context):
        if all(entry.key[place] == identifier for place, identifier in wanted.items()):
            yield entry


def named_entry(context: Context) -> Entry | None:
    """The stored item that the path names."""
    shape = shape_of(context)
    if not any(name == shape.name for _, name in use_of(context.operation).path):
        return None
    return next(entries_on_path(context), None)


def told_entry(context: Context, item: Mapping[str, Any]) -> Entry | None:
    """The stored item that an answer shows, if it is below the path."""
    identifier = item.get(shape_of(context).resource.id)
    return next((entry for entry in entries_on_path(context) if entry.key[-1] == identifier), None)


def other_entries(context: Context, key: Key) -> tuple[Entry, ...]:
    """The siblings of an item that its reader may see, as they are stored."""
    shape = shape_of(context)
    siblings = context.workspace.store.collection(shape.name, key[:-1])
    return tuple(entry for entry in siblings if entry.key != key and is_visible(context.identity, shape, entry))


def as_now(context: Context, entry: Entry) -> Entry:
    """An item as it is at the time of the request."""
    return Progress(shape_of(context)).at(entry, context.now, context.workspace.began)


def keep(context: Context, entry: Entry) -> None:
    """Store an item, in place of the one that had its key."""
    context.workspace.store.put(shape_of(context).name, entry)


def rewrite(context: Context, entry: Entry, fields: Mapping[str, Any]) -> None:
    """Store an item with some fields changed."""
    keep(context, replace(entry, fields={**entry.fields, **fields}))


def show(context: Context, content: Any) -> Reply:
    """A success answer with this list or item, where no handler made one."""
    operation = context.operation
    envelope = use_of(operation).envelope
    body = {envelope: content} if envelope else content
    return Reply(status_of(operation), body, json_type_of(operation) or "application/json")


def show_entry(context: Context, entry: Entry) -> Reply:
    """A success answer with one item as it is now."""
    return show(context, dict(as_now(context, entry).fields))
