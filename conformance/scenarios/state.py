"""Checks that need the lifecycle: the one active item, and the most recent one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from conformance.exchange.sample import sample_body
from conformance.exchange.shape import Item, created_at, plain_name
from conformance.run.discovery import Address
from conformance.scenarios.scene import Scene
from conformance.scenarios.steadiness import steadily
from conformance.verdict.sighting import Sighting, failed, outcome_of, passed, unknown, unseen
from spec.contract import Operation, Role

_GONE = (404, 204, 410)


def optional_singleton(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """The item is answered if one exists; its absence is an answer too, and never a server error."""
    addresses = scene.atlas.addresses(operation)[:8]
    for address in addresses:
        yield from steadily(scene, None, partial(_one, scene, operation, address))
    if not addresses:
        yield unknown("no address is known")


def latest_default(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """A request that names no sibling is about the most recent completed one."""
    rules = operation.resource.references if operation.resource else {}
    found = next(((name, rule) for name, rule in rules.items() if rule.get("default") == "latest"), None)
    if found is None:
        yield unknown("the contract does not say which field names the sibling")
    else:
        yield from steadily(scene, None, partial(_newest_named, scene, operation, *found))


def _newest_named(scene: Scene, operation: Operation, field: str, rule: Mapping[str, Any]) -> Iterator[Sighting]:
    sample = sample_body(scene.model, operation) or {}
    body = {name: value for name, value in sample.items() if plain_name(name) != field}
    made = scene.accepted(operation, body)
    if made is None:
        yield unknown("no request without the reference succeeded")
        return
    exchange, address = made
    item = scene.item(operation, exchange) or {}
    named = _named(item, field, rule["name"])
    siblings = _siblings(scene, rule["name"], address)
    if named is None or not siblings:
        yield unknown(f"the answer does not say which {rule['name']} it is about", exchange)
        return
    wanted = _latest(scene, rule, siblings)
    if wanted and named not in wanted:
        # One of them may have been completed between the request and the list: asked again, it stands in both lists.
        exchange = scene.client.send(operation, address, body=body)
        item = scene.item(operation, exchange) or {}
        named = _named(item, field, rule["name"]) or named
        wanted = wanted | _latest(scene, rule, _siblings(scene, rule["name"], address))
    if not wanted:
        yield unseen(f"no {rule['name']} of a completed state, or none says when it was made")
    elif named in wanted:
        yield passed(exchange, f"about {named}, the most recent")
    else:
        yield failed(exchange, f"about {' or '.join(sorted(wanted))}, the most recent", f"about {named}")


def _one(scene: Scene, operation: Operation, address: Address) -> Iterator[Sighting]:
    exchange = scene.client.send(operation, address)
    answer = exchange.answer
    if answer is not None and answer.status >= 500:
        yield failed(exchange, "the item, or its absence", outcome_of(exchange))
        return
    if answer is None or not (answer.is_success or answer.status in _GONE):
        yield unknown(outcome_of(exchange), exchange)
        return
    listed = _in_states(scene, operation, address)
    item = scene.item(operation, exchange)
    shown = scene.id_in(operation, item) if item else None
    over = _not_in_states(scene, operation, item)
    if over is not None:
        yield failed(exchange, "an item in one of the states that were asked for", f"one that is {over}")
    elif listed == [] and shown is not None and not _is_listed(scene, operation, address, shown):
        yield failed(exchange, "an item of the list, or the absence of one", f"{shown}, which is not listed")
    # An item without an id cannot be compared with the list; no item at all can.
    elif listed and shown not in listed and (shown is not None or not item):
        wanted = f"the item {' or '.join(listed)} that the list shows in that state"
        yield failed(exchange, wanted, shown or outcome_of(exchange))
    else:
        yield passed(exchange, outcome_of(exchange) + ("" if listed is None else ", as the list says"))


def _not_in_states(scene: Scene, operation: Operation, item: Item | None) -> str | None:
    """The state of an item that is no state of the singleton; None for one that is, or a word that is not ours."""
    use = operation.resource
    lifecycle = scene.model.resources[use.name].lifecycle if use else None
    state = (item or {}).get(lifecycle.field) if lifecycle is not None else None
    is_other = use is not None and lifecycle is not None and state in lifecycle.states and state not in use.states
    return str(state) if is_other else None


def _in_states(scene: Scene, operation: Operation, address: Address) -> list[str] | None:
    """Ids that the list shows in the states of the singleton; None when the list does not show states."""
    listing, use = scene.list_of(operation), operation.resource
    lifecycle = scene.model.resources[use.name].lifecycle if use else None
    if listing is None or lifecycle is None or use is None:
        return None
    start = scene.first_page(listing, address)
    if start is None:
        return None
    items = [item for page in scene.walk(listing, start) for item in page.items]
    # A target may have other words for its states; only those of the contract can be compared.
    if any(item.get(lifecycle.field) not in lifecycle.states for item in items):
        return None
    found = [scene.id_in(listing, item) for item in items if item[lifecycle.field] in use.states]
    return [identifier for identifier in found if identifier is not None]


def _is_listed(scene: Scene, operation: Operation, address: Address, identifier: str) -> bool:
    """Whether an item stands in the list in any state, as far as the list was seen."""
    listing = scene.list_of(operation)
    start = scene.first_page(listing, address) if listing is not None else None
    walk = scene.walk(listing, start) if listing is not None and start is not None else None
    if listing is None or walk is None or not walk.is_whole:
        return True
    return identifier in {scene.id_in(listing, item) for item in walk.items}


def _named(item: Item, field: str, resource: str) -> str | None:
    for name in (field, f"{resource}_id", resource):
        if isinstance(item.get(name), (str, int)):
            return str(item[name])
    return None


def _siblings(scene: Scene, resource: str, address: Address) -> list[tuple[str, Item]]:
    found: list[tuple[str, Item]] = []
    for listing in scene.model.uses_of(resource, Role.LIST)[:1]:
        start = scene.first_page(listing, address)
        for page in scene.walk(listing, start) if start else ():
            found += [(one, item) for item in page.items if (one := scene.id_in(listing, item)) is not None]
    return found


def _latest(scene: Scene, rule: Mapping[str, Any], siblings: Sequence[tuple[str, Item]]) -> set[str]:
    """The most recent sibling; where the contract knows states, the most recent one that is completed."""
    lifecycle = scene.model.resources[rule["name"]].lifecycle
    pool = list(siblings)
    if lifecycle is not None and all(item.get(lifecycle.field) in lifecycle.states for _, item in siblings):
        done = rule.get("state") or lifecycle.usual_end
        pool = [(one, item) for one, item in siblings if item[lifecycle.field] == done]
    times: list[tuple[Any, str]] = [(created_at(item), one) for one, item in pool]
    if not times or any(type(time) is not type(times[0][0]) or time is None for time, _ in times):
        return set()
    newest = max(time for time, _ in times)
    return {one for time, one in times if time == newest}
