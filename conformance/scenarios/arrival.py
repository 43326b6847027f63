"""Arrival: whether something that changes on its own has come to where it stays, and waiting for it."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.exchange.address import Address
from conformance.exchange.exchange import Exchange
from conformance.exchange.shape import Item
from conformance.scenarios.scene import Scene
from spec.contract import Operation
from spec.lifecycle import Lifecycle

_FIRST, _LONGEST, _GROWTH = 0.05, 2.0, 1.2
"""Seconds between two looks: the first time, at most, and how they grow, so that long jobs are not asked for often."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """What came of waiting for one thing: its last reading, and its state there; None where it tells none."""

    exchange: Exchange
    state: str | None
    has_arrived: bool


def state_in(lifecycle: Lifecycle | None, item: Item | None) -> str | None:
    """The state of an item, if it is one that the contract knows; a target may have words of its own."""
    state = item.get(lifecycle.field) if lifecycle is not None and item is not None else None
    return state if lifecycle is not None and state in lifecycle.states else None


def has_arrived(lifecycle: Lifecycle, state: str) -> bool:
    """Whether a thing stays in a state: it is the last one, or one that it leaves only when somebody says so."""
    return lifecycle.is_terminal(state) or (bool(lifecycle.durations) and state not in lifecycle.durations)


def await_arrival(scene: Scene, read: Operation, address: Address, lifecycle: Lifecycle, seconds: float) -> Arrival:
    """Read a thing until it has arrived, tells no state, or the seconds are over; it is read once at least."""
    waited, pause = 0.0, _FIRST
    while True:
        exchange = scene.client.send(read, address)
        state = state_in(lifecycle, scene.item(read, exchange))
        arrived = state is not None and has_arrived(lifecycle, state)
        if arrived or state is None or waited >= seconds:
            return Arrival(exchange, state, arrived)
        pause = min(pause * _GROWTH, _LONGEST, max(seconds - waited, _FIRST))
        scene.sleep(pause)
        waited += pause + (exchange.answer.seconds if exchange.answer is not None else 0.0)


def patience_hint(scene: Scene, operation: Operation) -> str:
    """What a vendor can do where things take longer than a run waits by itself; nothing where that cannot be why."""
    use = operation.resource
    lifecycle = scene.model.resources[use.name].lifecycle if use is not None else None
    if lifecycle is None or scene.job_deadline is not None or has_arrived(lifecycle, lifecycle.initial):
        return ""
    return "; what the run made may still be on its way: say how long that takes, by job_deadline under [target]"
