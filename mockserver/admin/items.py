"""Items of a workspace: counted, read as they are now, and written if they fit the schema of their resource."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import islice
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

from mockserver.admin.wording import told_key
from mockserver.errors import shorten
from mockserver.exchange import Context, Refusal, Reply
from mockserver.judgement.schema import Schema
from mockserver.resource.progress import Progress
from mockserver.state.collection import Entry, Key
from spec.schema import compile_schema

if TYPE_CHECKING:
    from mockserver.admin.served import Acts, Served
    from mockserver.state.workspace import Workspace
    from spec.contract import Contract
    from spec.resource import Shape


def count_items(_served: Served, context: Context) -> Reply:
    """How many items of each resource there are."""
    workspace = context.workspace
    return Reply(200, {name: sum(1 for _ in _all(workspace, shape)) for name, shape in workspace.shapes.items()})


def list_items(_served: Served, context: Context) -> Reply:
    """Items of one resource; raises Refusal for a parent that is not there."""
    workspace, shape = context.workspace, _shape(context)
    parent = context.query.get("parent")
    if parent is None:
        found = _all(workspace, shape)
    else:
        key = _key(workspace, shape.chain[:-1], parent)
        _check_parent(workspace, shape, key)
        found = iter(workspace.store.collection(shape.name, key))
    progress = Progress(shape)
    return Reply(200, [_told(context, progress, entry) for entry in islice(found, context.query["limit"])])


def get_item(_served: Served, context: Context) -> Reply:
    """One item; raises Refusal where there is none."""
    shape = _shape(context)
    return Reply(200, _told(context, Progress(shape), _entry(context, shape)))


def put_item(served: Served, context: Context) -> Reply:
    """Store an item as it is given; raises Refusal if it does not fit, or its parent is not there."""
    workspace, shape, body = context.workspace, _shape(context), context.body
    key = _key(context.workspace, shape.chain, context.path["key"])
    _check_parent(workspace, shape, key[:-1])
    fields = _completed(shape, key, body["fields"])
    _check_fields(served.engine.contract, shape, fields)
    _check_outcome(shape, body.get("outcome"))
    former = workspace.store.get(shape.name, key)
    entry = replace(
        former or Entry(key, fields),
        fields=fields,
        entered=context.now,
        hold=body.get("hold", False),
        outcome=body.get("outcome"),
    )
    workspace.store.put(shape.name, entry)
    workspace.note_id(shape.name, key[-1])
    return Reply(200, _told(context, Progress(shape), entry))


def drop_item(_served: Served, context: Context) -> Reply:
    """Forget an item and all that is under it; raises Refusal where there is none."""
    shape = _shape(context)
    entry = _entry(context, shape)
    _clear_below(context.workspace, shape.name, entry.key)
    context.workspace.store.drop(shape.name, entry.key)
    return Reply(204)


def _shape(context: Context) -> Shape:
    shapes, name = context.workspace.shapes, context.path["resource"]
    if name not in shapes:
        known = ", ".join(shapes) or "none"
        raise Refusal("not-found", f"the contract has no resource {shorten(name, 60)!r}; known: {known}")
    return shapes[name]


def _key(workspace: Workspace, chain: tuple[str, ...], text: str) -> Key:
    """The key that a text means, one id for each resource of the chain; raises Refusal for what cannot be one."""
    parts = [unquote(part) for part in text.split("/")] if text else []
    if len(parts) != len(chain):
        expected = "/".join(f"{{{name}}}" for name in chain) or "nothing"
        raise Refusal("malformed", f"expected {expected} (a slash as %2F); saw {shorten(text, 80)!r}")
    key = tuple(workspace.shapes[name].identify(part) for name, part in zip(chain, parts, strict=True))
    ids = tuple(part for part in key if part is not None and part != "")
    if len(ids) != len(key):
        raise Refusal("malformed", f"{shorten(text, 80)!r} holds what is no id; ids here are whole numbers, or texts")
    return ids


def _entry(context: Context, shape: Shape) -> Entry:
    key = _key(context.workspace, shape.chain, context.path["key"])
    entry = context.workspace.store.get(shape.name, key)
    if entry is None:
        raise Refusal("not-found", f"there is no {shape.name} {shorten(context.path['key'], 80)!r}")
    return entry


def _all(workspace: Workspace, shape: Shape) -> Iterator[Entry]:
    """Every item of a resource, parents in their order."""
    parent = shape.resource.parent
    if parent is None:
        yield from workspace.store.collection(shape.name)
        return
    for above in _all(workspace, workspace.shapes[parent]):
        yield from workspace.store.collection(shape.name, above.key)


def _check_parent(workspace: Workspace, shape: Shape, key: Key) -> None:
    if key and workspace.store.get(shape.chain[-2], key) is None:
        raise Refusal("not-found", f"there is no {shape.chain[-2]} {told_key(key)!r} for it to be under")


def _completed(shape: Shape, key: Key, given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields with those that follow from the key; raises Refusal where they are given otherwise."""
    placed = {name: key[position] for name, position in shape.inherited.items()}
    placed[shape.resource.id] = key[-1]
    for name, value in placed.items():
        if given.get(name, value) != value:
            raise Refusal("unprocessable", f"{name} is {shorten(given[name], 60)}, but the key says {value!r}")
    known = [name for name in shape.properties if name in given or name in placed]
    fields = {name: given.get(name, placed.get(name)) for name in known}
    return fields | {name: value for name, value in {**placed, **given}.items() if name not in fields}


def _check_fields(contract: Contract, shape: Shape, fields: Mapping[str, Any]) -> None:
    if shape.resource.schema is None:
        return
    schema = Schema(compile_schema(contract.schema_at(shape.resource.schema), contract.document))
    if violations := schema.violations(dict(fields), "body", "/fields"):
        told = "; ".join(f"{one.pointer}: {one.message}" for one in violations[:3])
        raise Refusal("unprocessable", f"this is no {shape.name}: {told}", violations=violations)


def _check_outcome(shape: Shape, outcome: str | None) -> None:
    lifecycle = shape.resource.lifecycle
    states = lifecycle.states if lifecycle else ()
    if outcome is not None and outcome not in states:
        known = ", ".join(states) or "none"
        raise Refusal("unprocessable", f"a {shape.name} never is {shorten(outcome, 60)!r}; its states: {known}")


def _clear_below(workspace: Workspace, name: str, key: Key) -> None:
    for child, shape in workspace.shapes.items():
        if shape.resource.parent == name:
            for entry in workspace.store.collection(child, key):
                _clear_below(workspace, child, entry.key)
            workspace.store.clear(child, key)


def _told(context: Context, progress: Progress, entry: Entry) -> dict[str, Any]:
    current = progress.at(entry, context.now, context.workspace.began)
    return {
        "key": told_key(current.key),
        "fields": dict(current.fields),
        "hold": current.hold,
        "outcome": current.outcome,
        "content_size": len(current.content) if current.content is not None else None,
    }


ACTS: Final[Acts] = MappingProxyType(
    {
        "countItems": count_items,
        "listItems": list_items,
        "getItem": get_item,
        "putItem": put_item,
        "dropItem": drop_item,
    }
)
