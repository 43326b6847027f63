"""The second look: what a run made may be on its way when the checks look at it, and have arrived a little later.

Checks that could see nothing are carried out again once something of ours has come to where it stays. Nothing is
held against a target for how long that took: only `lifecycle-progress` judges that, by what the vendor declares.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

from conformance.declaring.waiver import undeclared, undeclared_operations
from conformance.exchange.address import address_of
from conformance.fuzzing.launch import Progress
from conformance.ledger import Ledger
from conformance.run.discovery import Place, reach
from conformance.run.plan import Plan
from conformance.scenarios.arrival import await_arrival, has_arrived
from conformance.scenarios.catalogue import Check, check_of, in_order
from conformance.scenarios.scene import Chain, Scene
from conformance.scenarios.silence import carry_out
from conformance.scenarios.tier import write_sightings
from spec.contract import Operation
from spec.requirements import Requirement

UNTOLD = 30.0
"""Seconds that a run waits for what it made, all in all, where the vendor does not say how long that takes."""

_SAW = ("pass", "fail", "error")
_GONE = (404, 410)
_REFRESHED = 8


@dataclass(frozen=True, slots=True)
class _Blind:
    """A check that could see nothing on one operation."""

    requirement: Requirement
    operation: Operation
    check: Check


def look_again(plan: Plan, scene: Scene, ledger: Ledger, progress: Progress, wait: float, until: float) -> None:
    """Carry out again the checks that saw nothing of resources whose things have arrived since.

    wait: seconds that this may take for them. until: monotonic second at which the run's time is over.
    """
    blind = list(_blind_checks(plan, ledger))
    for resource in _moving(scene):
        concerned = [one for one in blind if _is_about(one.operation, resource)]
        if not concerned:
            continue
        began = time.monotonic()
        longest = max(min(wait, until - began), 0.0)
        progress(f"waiting until {resource} comes to its end, for {longest:.0f} s at most")
        arrived = _await(scene, resource, longest)
        wait -= time.monotonic() - began
        if arrived is None:
            continue
        _refresh(scene, resource, arrived)
        for one in concerned:
            if time.monotonic() > until:
                return
            progress(f"checking {one.requirement.id} again")
            sightings = carry_out(scene, one.operation, one.check)
            write_sightings(ledger, one.requirement, one.operation.id, sightings)


def _blind_checks(plan: Plan, ledger: Ledger) -> Iterator[_Blind]:
    off = undeclared_operations(plan.model, plan.capabilities)
    seen: dict[tuple[str, str], set[str]] = {}
    for line in ledger.of("observation"):
        seen.setdefault((line["requirement"], line["operation"]), set()).add(line["sight"])
    for requirement, name in in_order(plan.requirements):
        sights, check = seen.get((requirement.id, name), set()), check_of(requirement)
        is_blind = bool(sights & {"inconclusive", "unseen"}) and not sights.intersection(_SAW)
        is_declared = name not in off and undeclared(requirement, plan.capabilities, off) is None
        if check is not None and is_blind and is_declared:
            yield _Blind(requirement, plan.model.by_id.get(name, plan.contract.by_id[name]), check)


def _moving(scene: Scene) -> list[str]:
    """Resources whose new things are on their way somewhere, and of which the run made one."""
    found = []
    for name, resource in sorted(scene.model.resources.items()):
        lifecycle = resource.lifecycle
        if lifecycle is not None and not has_arrived(lifecycle, lifecycle.initial) and _ours(scene, name):
            found.append(name)
    return found


def _ours(scene: Scene, resource: str) -> list[Chain]:
    """What the run made of a resource and did not delete, oldest first."""
    if scene.client.etiquette is None:
        return [made.chain for made in scene.made if list(made.chain)[-1] == resource]
    alive = scene.client.etiquette.trace.alive()
    chains: list[Chain] = [one.chain for one in alive if one.resource == resource]
    return chains[::-1]


def _is_about(operation: Operation, resource: str) -> bool:
    use = operation.resource
    if use is None:
        return False
    named = {rule.get("name") for rule in use.references.values()}
    return resource in {use.name, *named, *(name for _, name in use.path)}


def _await(scene: Scene, resource: str, seconds: float) -> Chain | None:
    """Ids of a thing of ours that has arrived within some seconds: the oldest, as the others are not as far."""
    read, lifecycle = scene.read_for(resource), scene.model.resources[resource].lifecycle
    if read is None or lifecycle is None:
        return None
    for chain in _ours(scene, resource):
        address = address_of(read, chain)
        if address is None:
            continue
        found = await_arrival(scene, read, address, lifecycle, seconds)
        if found.state is not None:
            return chain if found.has_arrived else None
    return None


def _refresh(scene: Scene, resource: str, arrived: Chain) -> None:
    """Let the scene know what has become of things of a resource, and which operations now have one to answer for.

    What has arrived stands first, as checks look at a few only.
    """
    read = scene.read_for(resource)
    fresh: list[Place] = []
    others = [one for one in scene.atlas.places.get(resource, ()) if dict(one.chain) != dict(arrived)]
    for number, place in enumerate((Place(arrived), *others)):
        address = address_of(read, place.chain) if read is not None and number < _REFRESHED else None
        if read is None or address is None:
            fresh.append(place)
            continue
        exchange = scene.client.send(read, address)
        if exchange.answer is None or exchange.answer.status not in _GONE:
            fresh.append(replace(place, item=scene.item(read, exchange) or place.item))
    scene.atlas.places[resource] = fresh
    # What was looked for in vain may be there by now.
    for key in [key for key, found in scene.memory.items() if not found or key[:2] == ("first sight", resource)]:
        del scene.memory[key]
    scene.client.writes += 1  # lists may be other ones by now
    for operation in scene.model.operations:
        address = address_of(operation, arrived)
        if address and operation.resource is not None and operation.resource.name == resource:
            scene.atlas.reached[operation.id] = address
    for operation in scene.model.operations:
        is_open = operation.method == "get" and operation.id not in scene.atlas.reached
        if is_open and _is_about(operation, resource):
            reach(scene.atlas, scene.client, operation)
