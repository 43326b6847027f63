"""Checks of entity tags, and of requests that depend on them."""

from __future__ import annotations

import re
from collections.abc import Iterator

from conformance.exchange.address import address_of
from conformance.scenarios.change import change_of
from conformance.scenarios.scene import Scene
from conformance.scenarios.workshop import create_of, make
from conformance.verdict.sighting import Sighting, failed, outcome_of, passed, unknown, unseen
from spec.contract import Operation, Role

_FORM = re.compile(r'(W/)?"[\x21\x23-\x7e\x80-\xff]*"')
_OTHER = '"mockproof-no-such-tag"'


def entity_tag(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """An entity tag changes with its item, and only then."""
    addresses = scene.atlas.addresses(operation)[:4]
    told = 0
    for address in addresses:
        first = scene.client.send(operation, address)
        again = scene.client.send(operation, address)
        if first.answer is None or again.answer is None or not first.answer.is_success or not again.answer.is_success:
            continue
        told += 1
        tags = [one.headers.get("etag") for one in (first.answer, again.answer)]
        if tags[0] is None or _FORM.fullmatch(tags[0]) is None:
            yield failed(first, "an ETag in quotes", tags[0] or "none")
        elif first.answer.body == again.answer.body and tags[0] != tags[1]:
            yield failed(again, f"the ETag {tags[0]}, as nothing changed", f"{tags[1]}")
        else:
            yield passed(first, f"ETag {tags[0]}")
        break
    yield from _moves(scene, operation)
    if not told:
        yield unseen("no item is known that can be read")


def not_modified(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """What a client has already is not sent again."""
    for address in scene.atlas.addresses(operation)[:6]:
        got = scene.client.send(operation, address)
        tag = got.answer.headers.get("etag") if got.answer is not None and got.answer.is_success else None
        if tag is None:
            continue
        exchange = scene.client.send(operation, address, extra={"if-none-match": tag})
        again = scene.client.send(operation, address)
        if again.answer is not None and got.answer is not None and again.answer.body != got.answer.body:
            continue  # it moved on meanwhile
        if exchange.answer is None or exchange.answer.status >= 500:
            yield unknown(outcome_of(exchange), exchange)
        elif exchange.answer.status == 304:
            yield passed(exchange, "304 for what the client has")
        else:
            yield failed(exchange, "304 for what the client has", outcome_of(exchange))
        other = scene.client.send(operation, address, extra={"if-none-match": _OTHER})
        if other.answer is not None and other.answer.status == 304:
            yield failed(other, "the item, as the client has another one", "status 304")
        return
    yield unseen("no item is known that has an ETag")


def precondition(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """A change that depends on an entity tag happens only under it."""
    use = operation.resource
    create = create_of(scene, use.name) if use is not None else None
    made = make(scene, create) if create is not None else None
    address = address_of(operation, made.chain) if made is not None else None
    if made is None or use is None or address is None:
        yield unknown("nothing could be made to change")
        return
    change = change_of(scene, operation) if use.role is not Role.DELETE else None
    body = dict(change.sent) if change is not None else None
    if body is None and use.role is not Role.DELETE:
        yield unknown("no change was accepted")
        return
    exchange = scene.client.send(operation, address, body=body, extra={"if-match": _OTHER})
    if exchange.answer is None or exchange.answer.status >= 500:
        yield unknown(outcome_of(exchange), exchange)
    elif exchange.answer.is_success:
        yield failed(exchange, "412, as the item is another one", outcome_of(exchange))
    else:
        yield passed(exchange, f"{outcome_of(exchange)} under another tag")
    got = scene.read(use.name, made.chain)
    tag = got[0].answer.headers.get("etag") if got is not None and got[0].answer is not None else None
    if tag is not None and not tag.startswith("W/"):
        exchange = scene.client.send(operation, address, body=body, extra={"if-match": tag})
        if exchange.answer is not None and exchange.answer.status == 412 and made.item and _is_still(scene, operation):
            yield failed(exchange, "a change under the right tag", outcome_of(exchange))
        elif exchange.answer is not None and exchange.answer.is_success:
            yield passed(exchange, "a change under the right tag")


def _moves(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """The tag of a changed item is another one."""
    use = operation.resource
    changes = (*scene.uses(use.name, Role.UPDATE), *scene.uses(use.name, Role.REPLACE)) if use else ()
    create = create_of(scene, use.name) if use is not None else None
    for changing in changes[:1]:
        change = change_of(scene, changing)
        made = make(scene, create) if change is not None and create is not None else None
        if change is None or made is None or use is None or use.part is not None:
            return
        before = scene.read(use.name, made.chain)
        changed = scene.client.send(changing, address_of(changing, made.chain), body=dict(change.sent))
        after = scene.read(use.name, made.chain)
        if before is None or after is None or changed.answer is None or not changed.answer.is_success:
            return
        tags = [one[0].answer.headers.get("etag") if one[0].answer is not None else None for one in (before, after)]
        if tags[0] is not None and tags[0] == tags[1] and before[1] != after[1]:
            yield failed(after[0], "another ETag than before the change", f"{tags[1]}")
        elif tags[0] is not None:
            yield passed(after[0], f"{tags[0]}, and {tags[1]} after a change")


def _is_still(scene: Scene, operation: Operation) -> bool:
    """Whether items do not change on their own, so that a tag that was just read must hold."""
    use = operation.resource
    return use is not None and scene.model.resources[use.name].lifecycle is None
