"""The workshop: makes the things that a check needs, so that nothing is changed or deleted that was there before."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.exchange.address import Address, address_of, chain_of
from conformance.exchange.sample import chosen_id, full_body, sample_body
from conformance.exchange.shape import id_of, plain_name
from conformance.manners.manners import named, naming_field
from conformance.scenarios.scene import Chain, Made, Scene
from spec.contract import Operation, Role
from spec.field import body_properties

_PLACES = 4
"""Parents below which something is tried to be made."""


def create_of(scene: Scene, resource: str) -> Operation | None:
    """The operation that creates things of a resource."""
    creates = scene.uses(resource, Role.CREATE)
    return next((create for create in creates if create.resource and create.resource.part is None), None)


def make(
    scene: Scene,
    operation: Operation,
    body: Mapping[str, Any] | None = None,
    *,
    address: Address | None = None,
    extra: Mapping[str, str] | None = None,
) -> Made | None:
    """Create one thing with a body, or a sample; None when nothing with an id came of it.

    address: of the create; by default below something of ours, else below what is known.
    """
    sent = body if body is not None else new_body(scene, operation)
    if sent is not None and extra is None:
        sent = _with_an_id_of_its_own(scene, operation, sent)
    places = [address] if address is not None else list(_places(scene, operation))
    for place in places:
        exchange = scene.client.send(operation, place, body=dict(sent) if sent is not None else None, extra=extra)
        made = note(scene, operation, place, sent or {}, exchange)
        if made is not None:
            scene.memory["place", operation.id] = place
            return made
    return None


def note(scene: Scene, operation: Operation, address: Address, sent: Mapping[str, Any], exchange: Any) -> Made | None:
    """What an answer to a create tells was made, remembered for others; None when it tells of nothing."""
    item = scene.item(operation, exchange)
    use = operation.resource
    identifier = id_of(item, scene.model.resources[use.name].id) if use is not None and item is not None else None
    if use is None or item is None or identifier is None:
        return None
    above = next(
        (
            place.chain
            for place in scene.atlas.places.get(_parent(use.path), ())
            if _fits(place.chain, operation, address)
        ),
        {},
    )
    made = Made({**above, **chain_of(operation, address), use.name: identifier}, address, sent, item, exchange)
    scene.made.append(made)
    scene.note_created(operation, exchange, address)
    return made


def spare(scene: Scene, resource: str) -> Made | None:
    """Something of a resource that the checks made and left alone, with every field given; made once."""
    key = ("spare", resource)
    if key not in scene.memory:
        scene.memory[key] = None  # a resource below itself ends here
        operation = create_of(scene, resource)
        scene.memory[key] = make(scene, operation, whole_body(scene, operation)) if operation is not None else None
        if scene.memory[key] is None and operation is not None:
            scene.memory[key] = make(scene, operation)
    found: Made | None = scene.memory[key]
    return found


def new_body(scene: Scene, operation: Operation) -> dict[str, Any] | None:
    """A sample body whose free text is like no other's."""
    body = sample_body(scene.model, operation)
    return renamed(scene, operation, body) if isinstance(body, dict) else body


def whole_body(scene: Scene, operation: Operation) -> dict[str, Any] | None:
    """Likewise, with every field given."""
    body = full_body(scene.model, operation)
    return renamed(scene, operation, body) if body else sample_body(scene.model, operation)


def renamed(scene: Scene, operation: Operation, body: Mapping[str, Any]) -> dict[str, Any]:
    """The body with a free text that no other body has."""
    field = naming_field(scene.model, operation)
    if field is None or not isinstance(body.get(field[0]), str):
        return dict(body)
    scene.memory["names"] = scene.memory.get("names", 0) + 1
    name, longest = field
    return {**body, name: named(body[name], longest, f"-{scene.memory['names']}")}


def _with_an_id_of_its_own(scene: Scene, operation: Operation, body: Mapping[str, Any]) -> Mapping[str, Any]:
    """The body with an id that nothing else has, where it gives one: clients of this contract choose ids."""
    identifier = scene.model.resources[operation.resource.name].id if operation.resource is not None else None
    schemas = body_properties(scene.model, operation)
    field = next((name for name in body if name in schemas and plain_name(name) == identifier), None)
    if field is None:
        return body
    scene.memory["ids"] = scene.memory.get("ids", 0) + 1
    return {**body, field: chosen_id(scene.model, schemas[field], f"{scene.name}-{scene.memory['ids']}")}


def _places(scene: Scene, operation: Operation) -> Iterator[Address]:
    """Addresses for a create: where it worked before, below something of ours, below what is known."""
    if "{" not in operation.path:
        yield {}
        return
    found: list[Address] = []
    if ("place", operation.id) in scene.memory:
        found.append(scene.memory["place", operation.id])
    use = operation.resource
    parent = spare(scene, use.path[-1][1]) if use is not None and use.path else None
    ours = address_of(operation, parent.chain) if parent is not None else None
    found += [ours] if ours else []
    found += scene.atlas.addresses(operation)
    yield from found[:_PLACES]


def _parent(path: tuple[tuple[str, str], ...]) -> str:
    return path[-1][1] if path else ""


def _fits(chain: Chain, operation: Operation, address: Address) -> bool:
    return all(chain.get(resource) == value for resource, value in chain_of(operation, address).items())


__all__ = ["create_of", "make", "new_body", "note", "renamed", "spare", "whole_body"]
