"""Checks of who may see and change what. They need a second identity that sees less, or other things."""

from __future__ import annotations

from collections.abc import Iterator

from conformance.client import FIRST, NOBODY, SECOND, STRANGER
from conformance.discovery import Address
from conformance.sample import sample_body
from conformance.scenarios.scene import Scene
from conformance.scenarios.sighting import Sighting, failed, not_applicable, outcome_of, passed, unknown, unseen
from spec.contract import Operation, Role

_NO_SECOND = "no second identity was given (--second-auth)"
_NO_COMPARISON = "the lists of the two identities could not be compared"


def permission_visible(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """What an identity may not see is neither listed nor answered."""
    hidden = _hidden_from_second(scene, operation)
    if isinstance(hidden, Sighting):
        yield hidden
    elif not operation.resource or not operation.resource.path:
        yield unseen("both identities see the same items") if not hidden else _lists_less(scene, operation, hidden)
    else:
        yield from _refused(scene, operation, hidden)


def permission_change(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """What an identity may not see it cannot change either."""
    hidden = _hidden_from_second(scene, operation)
    if isinstance(hidden, Sighting):
        yield hidden
    else:
        yield from _refused(scene, operation, hidden)


def authentication(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """A request without credentials, or with some that nobody issued, is refused."""
    addresses = scene.atlas.addresses(operation)[:1]
    if not addresses:
        yield unknown("no address is known")
    for address in addresses:
        for identity, who in ((NOBODY, "without credentials"), (STRANGER, "with wrong credentials")):
            body = sample_body(scene.model, operation)
            exchange = scene.client.send(operation, address, body=body, identity=identity)
            if exchange.answer is None or exchange.answer.status >= 500:
                yield unknown(f"a request {who} ended in {outcome_of(exchange)}", exchange)
            elif exchange.answer.is_success:
                yield failed(exchange, f"a request {who} refused with 401 or 403", outcome_of(exchange))
            else:
                yield passed(exchange, f"a request {who} ended in {outcome_of(exchange)}")


def _hidden_from_second(scene: Scene, operation: Operation) -> set[str] | Sighting:
    """Ids of outermost items that the first identity lists and the second does not; or why nobody can say."""
    if not scene.has_second:
        return not_applicable(_NO_SECOND)
    top = _top_list(scene, operation)
    if top is None:
        return unknown(_NO_COMPARISON)
    seen = []
    for identity in (FIRST, SECOND):
        start = scene.first_page(top, {}, identity=identity)
        if start is None:
            return unknown(_NO_COMPARISON)
        items = [item for page in scene.walk(top, start, identity) for item in page.items]
        seen.append({one for item in items if (one := scene.id_in(top, item)) is not None})
    return seen[0] - seen[1]


def _top_list(scene: Scene, operation: Operation) -> Operation | None:
    use = operation.resource
    if use is None:
        return None
    outermost = use.path[0][1] if use.path else use.name
    return next((one for one in scene.model.uses_of(outermost, Role.LIST) if "{" not in one.path), None)


def _lists_less(scene: Scene, operation: Operation, hidden: set[str]) -> Sighting:
    exchange = scene.client.send(operation, {}, identity=SECOND)
    return passed(exchange, f"{len(hidden)} items of the first identity are not listed for the second")


def _refused(scene: Scene, operation: Operation, hidden: set[str]) -> Iterator[Sighting]:
    addresses = [address for address in scene.atlas.addresses(operation) if _first_id(address) in hidden]
    if not addresses and operation.resource and len(operation.resource.path) == 1:
        addresses = [{operation.resource.path[0][0]: identifier} for identifier in sorted(hidden)[:2]]
    if not addresses:
        yield unseen("nothing is known here that only the first identity sees")
    for address in addresses[:2]:
        body = sample_body(scene.model, operation)
        exchange = scene.client.send(operation, address, body=body, identity=SECOND)
        if exchange.answer is None or exchange.answer.status >= 500:
            yield unknown(f"asked by the second identity: {outcome_of(exchange)}", exchange)
        elif exchange.answer.is_success:
            yield failed(exchange, "a refusal, as the second identity does not see the item", outcome_of(exchange))
        else:
            yield passed(exchange, f"{outcome_of(exchange)} for the second identity")


def _first_id(address: Address) -> str | None:
    return next(iter(address.values()), None)
