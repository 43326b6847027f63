"""What a refusal leaves behind: nothing. What was refused to an identity did not happen all the same."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from conformance.exchange.address import Address, chain_of
from conformance.exchange.client import SECOND
from conformance.exchange.sample import sample_body
from conformance.exchange.shape import Item, plain_name, same_value
from conformance.scenarios.bystander import ids_beside
from conformance.scenarios.scene import Scene
from conformance.scenarios.wording import is_free_text
from conformance.verdict.sighting import Sighting, failed, outcome_of, passed, unknown
from spec.contract import Operation, Role
from spec.field import body_properties

_GONE = (404, 410)


def left_alone(scene: Scene, operation: Operation, addresses: Sequence[Address]) -> Iterator[Sighting]:
    """A change that the second identity was refused is not made, and nothing is made for it.

    addresses: of what only the first identity sees, what may be touched first.
    """
    use = operation.resource
    for address in addresses[:1]:
        if use is not None and use.role in (Role.UPDATE, Role.REPLACE, Role.DELETE):
            yield from _item(scene, operation, address)
        elif use is not None and use.role is Role.CREATE:
            yield from _list(scene, operation, address)


def _item(scene: Scene, operation: Operation, address: Address) -> Iterator[Sighting]:
    use = operation.resource
    chain = chain_of(operation, address)
    got = scene.read(use.name, chain) if use is not None else None
    if use is None or got is None or got[1] is None:
        return
    before = got[1]
    body = _unlike(scene, operation, before)
    exchange = scene.client.send(operation, address, body=body or None, identity=SECOND)
    after = scene.read(use.name, chain)
    if after is None or exchange.answer is None or not exchange.answer.is_refusal:
        return
    reading, item = after
    if item is None:
        if reading.answer is not None and reading.answer.status in _GONE:
            yield failed(reading, "the item, as its deletion was refused", outcome_of(reading))
        return
    sent = {plain_name(name): value for name, value in body.items()}
    made = [
        name
        for name, value in sent.items()
        if name in item and same_value(value, item[name]) and not same_value(value, before.get(name))
    ]
    if made:
        expected = f"{made[0]} of {before.get(made[0])!r}, as its change was refused"
        yield failed(reading, expected, f"{item[made[0]]!r}, as the second identity sent")
    else:
        yield passed(reading, f"as it was, after {outcome_of(exchange)}")


def _unlike(scene: Scene, operation: Operation, item: Item) -> dict[str, Any]:
    """A body that changes what an item shows, as far as its fields have another value to take; empty for none."""
    sample = sample_body(scene.model, operation)
    if not isinstance(sample, dict):
        return {}
    schemas, body = body_properties(scene.model, operation), dict(sample)
    for name, value in sample.items():
        shown, schema = item.get(plain_name(name)), schemas.get(name, {})
        others = [one for one in schema.get("enum", ()) if not same_value(one, shown)]
        if others:
            body[name] = others[0]
        elif is_free_text(schema) and same_value(value, shown) and not name.endswith(("_id", "_id]")):
            body[name] = f"{value}-2"[-schema.get("maxLength", 400) :]
    return body


def _list(scene: Scene, operation: Operation, address: Address) -> Iterator[Sighting]:
    """The list is no longer than before, or grows on its own as well."""
    before = ids_beside(scene, operation, address)
    if before is None or not _is_refused(scene, operation, address):
        return
    after = ids_beside(scene, operation, address)
    if after is None:
        return
    exchange, now = after
    if now <= before[1]:
        yield passed(exchange, "nothing was made for the second identity")
        return
    # Somebody else may write here, too, but hardly just when we ask, and never when we do not.
    idle = ids_beside(scene, operation, address)
    is_still = idle is not None and idle[1] == now
    again = ids_beside(scene, operation, address) if is_still and _is_refused(scene, operation, address) else None
    if again is None or again[1] <= now:
        yield unknown("the list grew once, so somebody else may write here", exchange)
    else:
        expected = "nothing made for the second identity, which was refused"
        yield failed(again[0], expected, f"{min(again[1] - now)}, which was not there before")


def _is_refused(scene: Scene, operation: Operation, address: Address) -> bool:
    sent = sample_body(scene.model, operation)
    answer = scene.client.send(operation, address, body=sent, identity=SECOND).answer
    return answer is not None and answer.is_refusal
