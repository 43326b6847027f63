"""Discovery: finds ids that exist at the target, so that every operation can be reached.

Ids come, in this order, from the declaration, from walking the lists of the target, and from examples of the
contract. An *address* is one value for each path parameter of an operation; addresses of children are only
made below parents that exist together.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.exchange.address import Address, address_of, chain_of
from conformance.exchange.client import Client
from conformance.exchange.shape import Item, id_of, items_in
from conformance.manners.etiquette import Etiquette
from conformance.manners.manners import DISPOSABLE, Deed, deed_of
from spec.contract import Contract, Operation, Resource, Role

_OURS_FIRST = 2
_PARENTS, _CHILDREN, _WALKED = 8, 4, 3
"""Outermost things and children of each that are kept, and parents that are asked for children until one has some."""

__all__ = ["Address", "Atlas", "Place", "discover", "reach"]


@dataclass(frozen=True, slots=True)
class Place:
    """One thing that exists: ids of its chain by resource name, outermost first, and its fields where a list told."""

    chain: Mapping[str, str]
    item: Item = field(default_factory=dict)


@dataclass(slots=True)
class Atlas:
    """What is known to exist at the target, by resource; and, per operation, the address that answered first.

    etiquette: with one, an operation that changes or deletes is only given addresses where it may.
    """

    contract: Contract
    places: dict[str, list[Place]] = field(default_factory=dict)
    reached: dict[str, Address] = field(default_factory=dict)
    etiquette: Etiquette | None = None

    def addresses(self, operation: Operation) -> list[Address]:
        """Addresses to try for an operation: the one that answered before, then all known ones; [{}] without path.

        For an operation that creates, changes or deletes, what the run created comes first, unless the target is
        disposable, and what it may not touch is left out.
        """
        found = self._known(operation)
        if self.etiquette is None or deed_of(operation) is Deed.READ:
            return found
        ours = [address_of(operation, creation.chain) for creation in self.etiquette.trace.alive()]
        created = [one for one in ours if one and self.etiquette.trace.is_ours(chain_of(operation, one))]
        if self.etiquette.manners == DISPOSABLE:
            found = [*found, *(address for address in created if address not in found)]
        else:
            created.sort(key=lambda address: address != self.reached.get(operation.id))
            # Some of each: what is young may not be ready for what the operation asks of it.
            others = [address for address in found if address not in created]
            found = [*created[:_OURS_FIRST], *others, *created[_OURS_FIRST:]]
        return [address for address in found if self.etiquette.is_allowed(operation, address)]

    def _known(self, operation: Operation) -> list[Address]:
        use = operation.resource
        if "{" not in operation.path:
            return [{}]
        if use is None or not use.path:
            near = self._above(operation)
            own = [self.reached[operation.id]] if operation.id in self.reached else []
            return own or (self._known(near) if near is not None else [])
        found = [self.reached[operation.id]] if operation.id in self.reached else []
        deepest = use.path[-1][1]
        for place in self.places.get(deepest, ()):
            address = {parameter: place.chain[resource] for parameter, resource in use.path if resource in place.chain}
            if len(address) == len(use.path) and address not in found:
                found.append(address)
        return found

    def _above(self, operation: Operation) -> Operation | None:
        """The operation on a thing that the path of one leads through, where no contract tells what it is about."""
        through = (
            one
            for one in self.contract.operations
            if one.resource is not None and one.resource.path and f"{operation.path}/".startswith(f"{one.path}/")
        )
        return next((one for one in through if one.path.count("{") == operation.path.count("{")), None)

    def add_chain(self, resource: str, chain: Mapping[str, str]) -> None:
        """Note that the thing at a chain of ids exists."""
        self.add(resource, Place(dict(chain)))

    def add(self, resource: str, place: Place) -> None:
        """Note that something exists; what is known already is not noted twice."""
        known = self.places.setdefault(resource, [])
        if all(place.chain != other.chain for other in known):
            known.append(place)


def discover(client: Client, ids: Mapping[str, tuple[str, ...]], selected: frozenset[str]) -> Atlas:
    """Walk the target from the outermost resources inwards, then find for each selected GET an address that answers."""
    model = client.contract
    atlas = Atlas(model, etiquette=client.etiquette)
    for resource in _outermost_first(model):
        lists = model.uses_of(resource.name, Role.LIST)
        given = _given(model, resource, ids) or (() if lists else tuple(_examples(model, resource)))
        _declared(atlas, resource, given)
        for operation in lists:
            _walk(atlas, client, operation, resource)
    for operation in model.operations:
        if operation.method == "get" and operation.id in selected and operation.id not in atlas.reached:
            reach(atlas, client, operation)
    return atlas


def _outermost_first(contract: Contract) -> list[Resource]:
    def depth(resource: Resource) -> int:
        return 0 if resource.parent is None else 1 + depth(contract.resources[resource.parent])

    return sorted(contract.resources.values(), key=lambda resource: (depth(resource), resource.name))


def _declared(atlas: Atlas, resource: Resource, given: tuple[str, ...]) -> None:
    """Ids that the declaration or an example gives, below every known parent."""
    parents = atlas.places.get(resource.parent, []) if resource.parent else [Place({})]
    for parent in parents[:_PARENTS]:
        for identifier in given:
            atlas.add(resource.name, Place({**parent.chain, resource.name: identifier}))


def _given(contract: Contract, resource: Resource, ids: Mapping[str, tuple[str, ...]]) -> tuple[str, ...]:
    names = [resource.name, *_parameters_of(contract, resource)]
    return next((ids[name] for name in names if name in ids), ())


def _parameters_of(contract: Contract, resource: Resource) -> list[str]:
    uses = [operation.resource for operation in contract.operations if operation.resource]
    return sorted({parameter for use in uses for parameter, name in use.path if name == resource.name})


def _examples(model: Contract, resource: Resource) -> Iterator[str]:
    names = set(_parameters_of(model, resource))
    for operation in model.operations:
        for raw in operation.document.get("parameters", ()):
            resolved = raw if "$ref" not in raw else model.schema_at(raw["$ref"])
            if resolved.get("in") == "path" and resolved.get("name") in names:
                yield from _example_of(resolved)


def _example_of(parameter: Mapping[str, Any]) -> Iterator[str]:
    if "example" in parameter:
        yield str(parameter["example"])
    for example in parameter.get("examples", {}).values():
        yield str(example.get("value"))
    if "example" in parameter.get("schema", {}):
        yield str(parameter["schema"]["example"])


def _walk(atlas: Atlas, client: Client, operation: Operation, resource: Resource) -> None:
    """List the children of a parent that has some, or of the first few, and note what is there.

    One is enough to reach every operation. A check that wants to see more lists asks for them itself.
    """
    use = operation.resource
    if use is None:
        return
    parents = atlas.places.get(resource.parent, []) if resource.parent else [Place({})]
    for parent in parents[:_WALKED]:
        address = {parameter: parent.chain[name] for parameter, name in use.path if name in parent.chain}
        if len(address) < len(use.path):
            continue
        answer = client.send(operation, address).answer
        if answer is None or not answer.is_success:
            continue
        atlas.reached.setdefault(operation.id, address)
        items = items_in(answer.json(), use.envelope) or []
        for item in items[: _CHILDREN if resource.parent else _PARENTS]:
            identifier = id_of(item, resource.id)
            if identifier is not None:
                atlas.add(resource.name, Place({**parent.chain, resource.name: identifier}, item))
        if items:
            return


def reach(atlas: Atlas, client: Client, operation: Operation) -> None:
    """Note the first of the known addresses at which a GET succeeds."""
    for address in atlas.addresses(operation)[: _PARENTS * 2]:
        answer = client.send(operation, address).answer
        if answer is not None and answer.is_success:
            atlas.reached[operation.id] = address
            return
