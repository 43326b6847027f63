"""What the model knows of things: read as created and changed, gone when deleted, states in order, tags that fit."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import Any

from conformance.exchange.shape import Item, created_at, same_value
from conformance.model.memory import Memory, Thing
from conformance.model.view import View
from conformance.verdict.sighting import Sighting, failed, outcome_of
from spec.contract import Contract, Role
from spec.resource import Meaning, Shape

Told = Iterator[tuple[str, str, Sighting]]
"""Operation, behaviour, and what was seen."""

_GONE = (404, 410)


def see_read(view: View, memory: Memory) -> Told:
    """What is wrong with one read of a thing by its id."""
    name, identifier = view.operation.id, view.identifier
    if identifier is None or view.use.states or not view.is_plain:
        return
    key = view.key_of(identifier)
    item = view.item()
    if item is None:
        if view.answer.status in _GONE and memory.created.get(key) == view.identity and key in memory.things:
            sender = memory.things[key].sender or name
            told = failed(view.exchange, f"{identifier}, which was created", outcome_of(view.exchange))
            yield sender, "create-read-back", told
        if view.answer.status in _GONE and memory.created.get(key) == view.identity:
            memory.created.pop(key, None)  # its id may be used again
        return
    shown = view.id_in(item)
    if shown is not None and not _same_id(shown, identifier):
        yield name, "read-by-id", failed(view.exchange, f"the item {identifier}", f"the item {shown}")
        return
    if memory.is_back(key, item):
        told = failed(view.exchange, f"404 for {identifier}, which was deleted", outcome_of(view.exchange))
        yield memory.deleted[key], "delete-gone", told
    known = memory.thing(key)
    yield from _kept(view, known, item)
    yield from _tagged(view, known)
    yield from _stated(view, known, item)
    yield from _timed(view, item)
    known.fields, known.sent, known.sender, known.others = item, {}, "", {}


def see_items(view: View, memory: Memory) -> Told:
    """States of listed things: what a list shows must follow what was seen before."""
    for item in view.items() or ():
        identifier = view.id_in(item)
        if identifier is not None and item.get(view.shape.resource.id) is not None:
            yield from _stated(view, memory.thing(view.key_of(identifier)), item)


def see_create(view: View, memory: Memory) -> Told:
    """What is wrong with the answer to a create, and what it promises."""
    item = view.item()
    memory.version += view.answer.is_success
    identifier = view.id_in(item) if item is not None else None
    if item is None or identifier is None:
        return
    name, key = view.operation.id, view.key_of(identifier)
    is_keyed = (
        view.operation.idempotency is not None and view.operation.idempotency.lower() in view.exchange.request.headers
    )
    if is_keyed and key in memory.made:
        return  # the answer of before, once more: by now the thing may be another one, or gone
    # A target may answer a repeated create with what is there already; whether an id is given twice, a scenario sees.
    is_repeat = is_keyed or key in memory.created
    lifecycle = view.shape.resource.lifecycle
    state = item.get(lifecycle.field) if lifecycle is not None else None
    if lifecycle is not None and state in lifecycle.states and lifecycle.is_terminal(str(state)) and not is_repeat:
        yield name, "lifecycle-start", failed(view.exchange, f"a new item in the state {lifecycle.initial}", str(state))
    memory.deleted.pop(key, None)  # an id may be used again
    memory.created[key] = view.identity
    memory.made[key] = created_at(item)
    seen = state if lifecycle is not None and state in lifecycle.states else None
    # The same key with another body answers with what the first one made.
    memory.things[key] = Thing(state=seen, sent={} if is_repeat else view.sent(), sender=name)
    if not is_repeat:
        _note_tag(view, memory.things[key])


def see_change(view: View, memory: Memory) -> Told:
    """What a change promises; and whether its answer shows it."""
    identifier = view.identifier
    if identifier is None or not view.answer.is_success:
        return
    key = view.key_of(identifier)
    memory.touch(key)
    sent = view.sent()
    lifecycle = view.shape.resource.lifecycle
    if lifecycle is not None and lifecycle.field in sent:
        memory.things[key].state = None
    if view.use.role in (Role.UPDATE, Role.REPLACE):
        memory.things[key].sent, memory.things[key].sender = sent, view.operation.id
        memory.note_change(key, sent, view.operation.id)
    _note_tag(view, memory.things[key])
    item = view.item() or {}
    for name, value in sent.items():
        if name in item and value is not None and _is_simple(value, item[name]) and not same_value(value, item[name]):
            told = failed(view.exchange, f"{name} of {value!r}, as sent", f"{item[name]!r}")
            yield view.operation.id, "update-echo", told
            return


def see_delete(view: View, memory: Memory) -> None:
    """What a deletion promises: the thing is gone, and what was below it may be."""
    identifier = view.identifier
    if identifier is None or not view.answer.is_success:
        return
    memory.version += 1
    memory.forget(_below(view.contract, view.use.name))
    key = view.key_of(identifier)
    memory.things.pop(key, None)
    memory.created.pop(key, None)
    memory.deleted[key] = view.operation.id


def see_content(view: View, memory: Memory) -> Told:
    """Whether downloaded bytes are what was told of them."""
    identifier = view.identifier
    known = memory.things.get(view.key_of(identifier)) if identifier is not None else None
    if known is None or view.answer.status != 200 or not view.is_plain:  # a part has other bytes
        return
    for name in view.shape.fields_meaning(Meaning.SIZE):
        told = known.fields.get(name)
        if isinstance(told, int) and told != len(view.answer.body):
            seen = f"{len(view.answer.body)} bytes"
            yield view.operation.id, "content-bytes", failed(view.exchange, f"{told} bytes, as {name} says", seen)
    for name in view.shape.fields_meaning(Meaning.DIGEST):
        told = known.fields.get(name)
        right = hashlib.sha256(view.answer.body).hexdigest()
        if isinstance(told, str) and len(told) == len(right) and told != right:
            yield view.operation.id, "content-bytes", failed(view.exchange, f"bytes whose {name} is {told}", right)


def _kept(view: View, known: Thing, item: Item) -> Told:
    moving = _moving(view.shape)
    behaviour = "create-read-back"
    if known.sender and (sender := view.contract.by_id[known.sender].resource) is not None:
        behaviour = "create-read-back" if sender.role is Role.CREATE else "update-persists"
    for name, value in known.sent.items():
        # An empty text may stand for nothing, as in a form left blank: what is put there is the target's affair.
        if name not in item or name in moving or value in (None, "") or not _is_simple(value, item[name]):
            continue
        if not same_value(value, item[name]):
            told = failed(view.exchange, f"{name} of {value!r}, as sent", f"{item[name]!r}")
            elsewhere, changer = known.others.get(name, (None, ""))
            if changer and same_value(elsewhere, item[name]):  # a change of another thing has come through to this one
                yield changer, "update-alone", told
            else:
                yield known.sender, behaviour, told
            return


def _is_simple(*values: Any) -> bool:
    """Whether values can be compared as they travel: a form may write a list in several ways."""
    return not any(isinstance(value, (dict, list)) for value in values)


def _note_tag(view: View, known: Thing) -> None:
    """The tag that the answer to a write gives the item in its body; only of a strong one another can be told apart."""
    tag = view.answer.headers.get("etag")
    if tag is not None and not tag.startswith("W/") and view.item() is not None:
        known.tag, known.body, known.is_told = tag, view.answer.body, True


def _tagged(view: View, known: Thing) -> Told:
    tag = view.answer.headers.get("etag")
    if not view.operation.has_entity_tag or tag is None:
        return
    if known.tag is not None and known.body == view.answer.body and known.tag != tag:
        expected = f"the ETag {known.tag}, as the item is the same"
        yield view.operation.id, "entity-tag", failed(view.exchange, expected, tag)
    is_other = known.body != view.answer.body and not known.is_told
    if known.tag is not None and known.tag == tag and is_other and not tag.startswith("W/"):
        yield view.operation.id, "entity-tag", failed(view.exchange, "another ETag, as the item is another", tag)
    known.tag, known.body, known.is_told = tag, view.answer.body, False


def _stated(view: View, known: Thing, item: Mapping[str, Any]) -> Told:
    lifecycle = view.shape.resource.lifecycle
    state = item.get(lifecycle.field) if lifecycle is not None else None
    if lifecycle is None or state not in lifecycle.states:
        return
    if known.state is not None and not lifecycle.can_become(known.state, str(state)):
        behaviour = "lifecycle-end" if lifecycle.is_terminal(known.state) else "lifecycle-order"
        told = failed(view.exchange, f"{known.state}, or what follows it", str(state))
        yield _reader(view), behaviour, told
        return
    known.state = str(state)


def _timed(view: View, item: Item) -> Told:
    """Something cannot have ended before it was made."""
    made = [item[name] for name in view.shape.fields_meaning(Meaning.CREATED) if item.get(name) is not None]
    for name in view.shape.fields_meaning(Meaning.ENDED):
        end = item.get(name)
        if made and end is not None and type(end) is type(made[0]) and end < made[0]:
            told = failed(view.exchange, f"{name} not before {made[0]}", str(end))
            yield view.operation.id, "moments-in-order", told


def _reader(view: View) -> str:
    """The operation that reads things of the resource by their id."""
    for read in view.contract.uses_of(view.use.name, Role.READ):
        use = read.resource
        if use is not None and use.part is None and not use.states:
            return read.id
    return view.operation.id


def _moving(shape: Shape) -> set[str]:
    lifecycle = shape.resource.lifecycle
    stamps = {name for meaning in Meaning for name in shape.fields_meaning(meaning)}
    return stamps | {*shape.renewable, *([lifecycle.field] if lifecycle is not None else [])}


def _below(contract: Contract, name: str) -> frozenset[str]:
    """Resources that lie below one."""
    children = {one.name for one in contract.resources.values() if one.parent == name}
    return frozenset(children.union(*(_below(contract, child) for child in children)))


def _same_id(one: str, other: str) -> bool:
    if one.lower() == other.lower():
        return True
    return one.isdecimal() and other.isdecimal() and one.lstrip("0") == other.lstrip("0")
