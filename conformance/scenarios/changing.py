"""Checks of changes: they last, are answered, touch one item, and keep or clear what was not sent."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from conformance.exchange.exchange import Exchange
from conformance.exchange.moment import is_later, is_same
from conformance.exchange.shape import plain_name, same_value
from conformance.scenarios.bystander import none_changed
from conformance.scenarios.change import Change, aged_change, change_of, changes, far_apart, moving_fields, time_before
from conformance.scenarios.lasting import other_values_last, still_changed
from conformance.scenarios.scene import Scene
from conformance.verdict.sighting import Sighting, failed, passed, unknown, unseen
from spec.contract import Operation
from spec.field import body_properties, resource_properties
from spec.resource import Meaning, read_shapes


def update_persists(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """What a change changed stays changed."""
    change = change_of(scene, operation)
    if change is None:
        yield unknown("no change was accepted for a field that the item shows")
        return
    for name, value in _sent(change).items():
        if name not in change.after:
            continue
        if same_value(value, change.after[name]):
            yield passed(change.reading, f"{name} is {value!r} after the change")
        else:
            yield failed(change.reading, f"{name} of {value!r} after the change", f"{change.after[name]!r}")
    yield from still_changed(scene, operation, change)
    yield from other_values_last(scene, operation, change)


def update_echo(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """The answer to a change shows the item as it is afterwards."""
    change = change_of(scene, operation)
    told = scene.item(operation, change.exchange) if change is not None else None
    if change is None or told is None:
        yield unknown("no change was answered with the item")
        return
    other = [
        name
        for name in _sent(change)
        if name in told and name in change.after and not is_same(told[name], change.after[name])
    ]
    if other:
        name = other[0]
        yield failed(change.exchange, f"{name} of {change.after[name]!r}, as it is read", f"{told[name]!r}")
    else:
        yield passed(change.exchange, "the answer shows what a read does")


def update_alone(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """A change changes one item."""
    use = operation.resource
    change = change_of(scene, operation)
    if change is None or use is None or len(change.siblings) < 2:
        yield unseen("no list shows another item beside the changed one")
        return
    found = _changed_too(scene, use.name, change)
    if found is None:
        yield passed(change.exchange, f"{len(change.siblings) - 1} other items are as they were")
        yield from none_changed(scene, operation, change)
        return
    # Somebody else may have changed the other one meanwhile, but hardly whenever we change something.
    again = next(changes(scene, operation, change.sent), None)
    exchange, expected, seen = found
    if again is not None and _changed_too(scene, use.name, again) is None:
        yield unknown(f"expected {expected}; saw {seen} once, so somebody else may write here", exchange)
    else:
        yield failed(exchange, expected, seen)


def _changed_too(scene: Scene, resource: str, change: Change) -> tuple[Exchange, str, str] | None:
    """Another item that is no more as it was before a change: where that is shown, what was expected, what was seen."""
    stamps = moving_fields(scene, resource)
    now, sent = change.siblings_after, _sent(change)
    for identifier, (_, item) in change.siblings.items():
        if identifier == change.chain[resource] or identifier not in now:
            continue
        exchange, fresh = now[identifier]
        looked_at = [name for name in item if name not in stamps]
        if not scene.is_strict:  # what no schema tells may change on its own, but hardly to just what was sent
            looked_at = [name for name, value in sent.items() if name in item and same_value(value, fresh.get(name))]
        other = [name for name in looked_at if not is_same(fresh.get(name), item[name])]
        if other:
            return exchange, f"the item {identifier} as it was", f"{other[0]} of {fresh.get(other[0])!r}"
    return None


def patch_keeps(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """A partial change keeps what was not sent."""
    use = operation.resource
    change = change_of(scene, operation)
    if change is None or use is None:
        yield unknown("no change was accepted for a field that the item shows")
        return
    free = {*_sent(change), *moving_fields(scene, use.name)}
    lost = [
        name for name, value in change.before.items() if name not in free and not is_same(change.after.get(name), value)
    ]
    if lost:
        name = lost[0]
        yield failed(change.reading, f"{name} of {change.before[name]!r}, as before", f"{change.after.get(name)!r}")
    else:
        yield passed(change.reading, f"{len(change.before)} fields, and only those sent have changed")


def replace_whole(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """A replacement keeps nothing of what was there: what is left out is blank, or has its default."""
    use = operation.resource
    change = change_of(scene, operation)
    if change is None or use is None:
        yield unknown("no replacement was accepted")
        return
    shown = resource_properties(scene.law, use.name)
    names = {plain_name(name) for name in body_properties(scene.law, scene.enforced(operation))} - set(_sent(change))
    looked = 0
    for name in sorted(names & set(change.before)):
        blank = (None, *([shown[name]["default"]] if "default" in shown.get(name, {}) else []))
        if change.before[name] in blank or not (shown.get(name, {}).get("nullable") or len(blank) > 1):
            continue
        looked += 1
        if change.after.get(name) == change.before[name]:
            yield failed(change.reading, f"{name} blank, as it was left out", f"{change.after.get(name)!r}, as before")
        else:
            yield passed(change.reading, f"{name} is {change.after.get(name)!r}")
    if not looked:
        yield unseen("the item had nothing that could be left out")


def stamp_moves(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """The time of the last change is that of the change, as far as the target's own clock can tell."""
    use = operation.resource
    change = change_of(scene, operation)
    if change is None or use is None:
        yield unknown("no change was accepted")
        return
    shape = read_shapes(scene.model)[use.name]
    now = time_before(scene, operation)
    aged = aged_change(scene, operation, change, shape.fields_meaning(Meaning.UPDATED))
    change, now = aged or (change, now)
    for name in shape.fields_meaning(Meaning.UPDATED):
        old, new = change.before.get(name), change.after.get(name)
        if old is None or new is None or type(old) is not type(new) or type(new) is not type(now):
            yield unseen(f"{name} cannot be compared")
        elif is_later(old, new):
            yield failed(change.reading, f"{name} not before {old}", f"{new}")
        elif is_same(old, new) and now is not None and far_apart(old, now):
            yield failed(change.reading, f"{name} later than {old}, as it was {now} before the change", f"{new}")
        else:
            yield passed(change.reading, f"{name} is {new}, and was {old}")


def _sent(change: Change) -> dict[str, Any]:
    return {plain_name(name): value for name, value in change.sent.items()}
