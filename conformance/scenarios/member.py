"""Checks of what a list holds, and of ids that nobody has."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from conformance.exchange.address import Address
from conformance.exchange.exchange import Exchange
from conformance.exchange.sample import nobodys_id, sample_body
from conformance.exchange.shape import Item, created_at, ids_of
from conformance.scenarios.scene import Scene
from conformance.scenarios.walk import Listed
from conformance.verdict.sighting import Sighting, failed, outcome_of, passed, unknown, unseen
from spec.contract import Operation
from spec.resource import Meaning, follow, read_shapes

_MORE = "-mockproof"


def scope_of_list(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """A list below a parent holds that parent's items and no others."""
    asked = [scene.first_page(operation, address) for address in scene.atlas.addresses(operation)[:6]]
    found = [listed for listed in asked if listed is not None]
    filled = [listed for listed in found if listed.items]
    if not found:
        yield unknown("no address of this list answered with items that have a shape we know")
    elif not filled:
        yield unseen("every list is empty")
    for number, listed in enumerate(filled):
        yield _own(operation, listed, filled[:number])


def item_members(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """Every item of a list has an id and says when it was made."""
    listed = scene.fullest(operation)
    if listed is None:
        yield unknown("no address of this list answered with items that have a shape we know")
    elif not listed.items:
        yield unseen("every list is empty")
    else:
        bare = [item for item in listed.items if not _is_complete(scene, operation, item)]
        if bare:
            yield failed(
                listed.exchange, "items with an id and a time of creation", f"{len(bare)} without, such as {bare[0]}"
            )
        else:
            yield passed(listed.exchange, f"{len(listed.items)} items, each with id and time")


def unknown_id_is_refused(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """An id that nobody has is refused with 4xx."""
    for address in scene.atlas.addresses(operation)[:1]:
        if not address:
            yield unseen("the operation takes no id")
            continue
        last = list(address)[-1]
        schema = next((follow(scene.model.document, p.schema) for p in operation.parameters if p.name == last), {})
        sent = sample_body(scene.model, operation)
        exchange = scene.client.send(operation, {**address, last: nobodys_id(schema)}, body=sent)
        yield _refused(exchange)
        for other in _lengthened(address) if operation.method == "get" else ():
            yield _refused(scene.client.send(operation, other))


def _lengthened(address: Address) -> Iterator[Address]:
    """The address with letters after one of its ids, each in turn: reading only how an id begins finds another's."""
    for name, value in address.items():
        yield {**address, name: f"{value}{_MORE}"}


def _refused(exchange: Exchange) -> Sighting:
    if exchange.answer is None or exchange.answer.status >= 500:
        return unknown(outcome_of(exchange), exchange)
    if exchange.answer.is_refusal:
        return passed(exchange, outcome_of(exchange))
    return failed(exchange, "a refusal with 4xx", outcome_of(exchange))


def _own(operation: Operation, listed: Listed, others: list[Listed]) -> Sighting:
    parameter, parent = operation.resource.path[-1] if operation.resource and operation.resource.path else ("", "")
    names = _parent_fields(listed.items, parameter, parent)
    if names:
        wanted = str(listed.address[parameter])
        strangers = [item for item in listed.items if str(item[names[0]]) != wanted]
        if strangers:
            return failed(listed.exchange, f"{names[0]} of {wanted} in every item", f"{strangers[0][names[0]]}")
        return passed(listed.exchange, f"{len(listed.items)} items, all of {wanted}")
    mine = ids_of(listed.items)
    shared = set(mine or ()) & {one for other in others for one in ids_of(other.items) or ()}
    if mine is None or not others:
        return unseen("items do not name their parent, and there is no second list to compare with")
    if shared:
        return failed(listed.exchange, "items of one parent only", f"{min(shared)} in two lists")
    return passed(listed.exchange, "no item of another parent")


def _parent_fields(items: Sequence[Item], parameter: str, parent: str) -> list[str]:
    """Fields that every item has and whose name says that they hold the parent's id, however it is spelled."""
    spellings = {_bare(name) for name in (parameter, f"{parent}_id", f"{parent.rpartition('_')[2]}_id") if parameter}
    return [name for name in items[0] if _bare(name) in spellings and all(name in item for item in items)]


def _bare(name: str) -> str:
    return name.replace("_", "").replace("-", "").lower()


def _is_complete(scene: Scene, operation: Operation, item: Item) -> bool:
    use = operation.resource
    shape = read_shapes(scene.law)[use.name] if use is not None else None
    if shape is None or not scene.is_strict or shape.resource.id not in shape.required:
        # It is a sentence that asks for this, and no schema.
        return scene.id_in(operation, item) is not None and created_at(item) is not None
    moments = (name for name in shape.fields_meaning(Meaning.CREATED) if name in shape.required)
    wanted = [shape.resource.id, *(name for name in moments if not shape.properties[name].get("nullable"))]
    return all(item.get(name) is not None for name in wanted)
