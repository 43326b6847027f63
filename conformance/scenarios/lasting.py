"""What a change changed lasts: some reads later, too, and whatever kind of value it was."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from conformance.exchange.shape import plain_name, same_value
from conformance.scenarios.change import Change, moving_fields
from conformance.scenarios.scene import Scene
from conformance.scenarios.wording import is_free_text, nasty_texts
from conformance.verdict.sighting import Sighting, failed, passed
from spec.contract import Operation, Role
from spec.field import body_properties

_STILL_READS = 3


def still_changed(scene: Scene, operation: Operation, change: Change) -> Iterator[Sighting]:
    """What a change changed is so a few reads later, too; of something of ours, which nobody else knows."""
    use = operation.resource
    if use is None or not _is_ours(scene, change):
        return
    sent = {plain_name(name): value for name, value in change.sent.items()}
    kept = {name: value for name, value in sent.items() if same_value(value, change.after.get(name))}
    for _ in range(_STILL_READS):
        exchange, item = scene.read(use.name, change.chain) or (change.reading, None)
        lost = [name for name, value in kept.items() if item and name in item and not same_value(value, item[name])]
        if item and lost:
            yield failed(exchange, f"{lost[0]} of {kept[lost[0]]!r}, as after the change", f"{item[lost[0]]!r}")
            return


def other_values_last(scene: Scene, operation: Operation, change: Change) -> Iterator[Sighting]:
    """False, null and odd letters are values like others: where one is taken, it is read afterwards.

    One field at a time, of something of ours. A target may refuse them for reasons of its own.
    """
    use = operation.resource
    if use is None or use.role is not Role.UPDATE or not _is_ours(scene, change):
        return
    moving = moving_fields(scene, use.name)
    for name, schema in body_properties(scene.law, scene.enforced(operation)).items():
        plain = plain_name(name)
        if plain not in change.after or plain in moving or plain in use.references or schema.get("readOnly"):
            continue
        for value in _values(plain, schema):
            yield from _lasts(scene, operation, change, name, value)


def _lasts(scene: Scene, operation: Operation, change: Change, name: str, value: Any) -> Iterator[Sighting]:
    use = operation.resource
    exchange = scene.client.send(operation, change.address, body={**_demanded(scene, operation, change), name: value})
    if use is None or exchange.answer is None or not exchange.answer.is_success:
        return
    reading, item = scene.read(use.name, change.chain) or (exchange, None)
    plain = plain_name(name)
    if item is None or (plain not in item and value is not None):
        return
    if same_value(value, item.get(plain)):
        yield passed(reading, f"{plain} is {value!r} after the change")
    else:
        yield failed(reading, f"{plain} of {value!r} after the change", f"{item[plain]!r}")


def _values(name: str, schema: Mapping[str, Any]) -> Iterator[Any]:
    if schema.get("type") == "boolean":
        yield from (True, False)
    if is_free_text(schema) and not name.endswith("_id"):
        yield from (text for what, text in nasty_texts(schema) if what == "odd letters")
    if schema.get("nullable"):
        yield None


def _demanded(scene: Scene, operation: Operation, change: Change) -> Mapping[str, Any]:
    """What a body cannot do without, with the values that the item has."""
    body = scene.enforced(operation).body
    media = next(iter(body.media_types.values()), None) if body is not None else None
    required = (media.schema or {}).get("required", ()) if media is not None else ()
    return {name: change.after[plain_name(name)] for name in required if change.after.get(plain_name(name)) is not None}


def _is_ours(scene: Scene, change: Change) -> bool:
    return any(dict(made.chain) == dict(change.chain) for made in scene.made)
