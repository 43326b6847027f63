"""Checks of who may see and change what. They need a second identity that sees less, or other things."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from conformance.exchange.address import Address, address_of
from conformance.exchange.client import FIRST, LENGTHENED, NOBODY, SECOND, STRANGER
from conformance.exchange.sample import sample_body
from conformance.exchange.shape import as_query
from conformance.scenarios.refusal import left_alone
from conformance.scenarios.scene import Chain, Scene
from conformance.scenarios.steadiness import steadily
from conformance.scenarios.workshop import spare
from conformance.verdict.sighting import Sighting, failed, not_applicable, outcome_of, passed, unknown, unseen
from spec.contract import Operation, Role
from spec.field import filters_of

_NO_SECOND = "no second identity was given (--second-auth)"
_NO_COMPARISON = "the lists of the two identities could not be compared"
_GONE = (404, 410)
_LOOKED_AT = 2


def permission_visible(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """What an identity may not see is neither listed nor answered."""
    if not scene.has_second:
        yield not_applicable(_NO_SECOND)
    elif not operation.resource or not operation.resource.path:
        yield from steadily(scene, None, partial(_lists_less, scene, operation))
    else:
        yield from _refused(scene, operation)


def permission_change(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """What an identity may not see it cannot change either."""
    if scene.has_second:
        yield from _refused(scene, operation)
        yield from left_alone(scene, operation, _foreign(scene, operation))
    else:
        yield not_applicable(_NO_SECOND)


def foreign_hidden(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """Somebody else's item looks as if it did not exist."""
    if not scene.has_second:
        yield not_applicable(_NO_SECOND)
        return
    addresses = _foreign(scene, operation)
    for address in addresses[:_LOOKED_AT]:
        exchange = scene.client.send(operation, address, identity=SECOND)
        if exchange.answer is not None and exchange.answer.status in _GONE:
            yield passed(exchange, f"{outcome_of(exchange)} for the second identity")
        elif exchange.answer is not None and exchange.answer.is_refusal:
            yield failed(exchange, "404, as for what does not exist", outcome_of(exchange))
        else:
            yield unknown(f"asked by the second identity: {outcome_of(exchange)}", exchange)
    if not addresses:
        yield unseen("nothing is known here that only the first identity sees")


def authentication(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """A request without credentials, or with some that nobody issued, is refused."""
    addresses = scene.atlas.addresses(operation)[:1]
    allowed = (401,) if scene.is_strict and "401" in scene.enforced(operation).responses else (401, 403)
    if not addresses:
        yield unknown("no address is known")
    for address in addresses:
        wrong = [(NOBODY, "without credentials"), (STRANGER, "with wrong credentials")]
        if scene.client.credentials(operation, LENGTHENED):
            wrong.append((LENGTHENED, "with letters after the right credentials"))
        for identity, who in wrong:
            body = sample_body(scene.model, operation)
            exchange = scene.client.send(operation, address, body=body, identity=identity)
            wanted = " or ".join(map(str, allowed))
            if exchange.answer is None or exchange.answer.status >= 500:
                yield unknown(f"a request {who} ended in {outcome_of(exchange)}", exchange)
            elif exchange.answer.is_success or (exchange.answer.status == 403 and 403 not in allowed):
                yield failed(exchange, f"a request {who} refused with {wanted}", outcome_of(exchange))
            else:
                yield passed(exchange, f"a request {who} ended in {outcome_of(exchange)}")


def challenge(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """A refusal for want of credentials says which are wanted."""
    addresses = scene.atlas.addresses(operation)[:1]
    for address in addresses:
        exchange = scene.client.send(operation, address, identity=NOBODY, body=sample_body(scene.model, operation))
        if exchange.answer is not None and exchange.answer.status == 403:
            yield failed(exchange, "401, which says which credentials are wanted", "status 403")
        elif exchange.answer is None or exchange.answer.status != 401:
            yield unseen(f"without credentials: {outcome_of(exchange)}")
        elif exchange.answer.headers.get("www-authenticate", "").strip():
            yield passed(exchange, f"WWW-Authenticate: {exchange.answer.headers['www-authenticate']}")
        else:
            yield failed(exchange, "a WWW-Authenticate field beside the 401", "none")
    if not addresses:
        yield unknown("no address is known")


def hidden_ids(scene: Scene, operation: Operation) -> set[str] | None:
    """Ids of outermost items that the first identity lists and the second does not; None when nobody can say."""
    top = _top_list(scene, operation)
    if top is None or top.resource is None:
        return None
    key = ("hidden", top.id)
    if key not in scene.memory:
        spare(scene, top.resource.name)
        # The second one looks twice: what others delete meanwhile may hide an item between two pages.
        mine, theirs, again = (_listed(scene, top, identity) for identity in (FIRST, SECOND, SECOND))
        scene.memory[key] = None if mine is None or theirs is None or again is None else mine - theirs - again
    found: set[str] | None = scene.memory[key]
    return found


def _listed(scene: Scene, top: Operation, identity: str) -> set[str] | None:
    start = scene.first_page(top, {}, identity=identity)
    if start is None:
        return None
    items = [item for page in scene.walk(top, start, identity) for item in page.items]
    return {one for item in items if (one := scene.id_in(top, item)) is not None}


def _top_list(scene: Scene, operation: Operation) -> Operation | None:
    name = _outermost(scene, operation)
    return next((one for one in scene.model.uses_of(name, Role.LIST) if "{" not in one.path), None) if name else None


def _outermost(scene: Scene, operation: Operation) -> str | None:
    name = operation.resource.name if operation.resource is not None else None
    while name is not None and (parent := scene.model.resources[name].parent) is not None:
        name = parent
    return name


def _lists_less(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """The second identity's list holds nothing that a read refuses it."""
    use = operation.resource
    start = scene.first_page(operation, {}, identity=SECOND)
    hidden = hidden_ids(scene, operation)
    if use is None or start is None or hidden is None:
        yield unknown(_NO_COMPARISON)
        return
    mine = _listed(scene, operation, FIRST) or set()
    items = [item for page in scene.walk(operation, start, SECOND) for item in page.items]
    both = [one for item in items if (one := scene.id_in(operation, item)) in mine and one is not None]
    for identifier in both[:4]:
        got = scene.read(use.name, {use.name: identifier}, SECOND)
        if got is not None and got[0].answer is not None and got[0].answer.is_refusal:
            yield failed(start.exchange, f"a list without {identifier}, which may not be read", "it is listed")
            return
    yield from _filtered_less(scene, operation, hidden)
    if hidden:
        yield passed(start.exchange, f"{len(hidden)} items of the first identity are not listed for the second")
    else:
        yield unseen("both identities see the same items")


def _filtered_less(scene: Scene, operation: Operation, hidden: set[str]) -> Iterator[Sighting]:
    """A filter shows the second identity no more than the list does."""
    names = {one.name for one in scene.enforced(operation).parameters if one.location == "query"}
    items = [item for page in scene.pages(operation) for item in page.items if scene.id_in(operation, item) in hidden]
    for name, field in filters_of(scene.model, operation).items():
        value = next((as_query(item[field]) for item in items if item.get(field) is not None), None)
        if value is None or name not in names:
            continue
        listed = scene.first_page(operation, {}, [(name, value)], identity=SECOND)
        shown = {scene.id_in(operation, item) for item in listed.items} & hidden if listed is not None else set()
        if listed is not None and shown:
            seen = f"{len(shown)} of them with {name}={value}"
            yield failed(listed.exchange, "no item that only the first identity lists", seen)


def _foreign(scene: Scene, operation: Operation) -> list[Address]:
    """Addresses of an operation that lead to what only the first identity sees; something of ours first."""
    hidden, top = hidden_ids(scene, operation), _outermost(scene, operation)
    use = operation.resource
    if not hidden or top is None or use is None:
        return []
    last = use.path[-1][1] if use.path else top
    ours: list[Chain] = [made.chain for made in scene.made if last in made.chain]
    chains = [*ours[:2], *(place.chain for place in scene.atlas.places.get(last, ()))]
    chains += [{top: identifier} for identifier in sorted(hidden)] if last == top else []
    # A flat path leaves the parents out, but what is known of the item tells them.
    found = [address_of(operation, chain) for chain in chains if chain.get(top) in hidden]
    known: list[Address] = [address for address in found if address]
    reached = scene.atlas.reached.get(operation.id)
    # What the first identity could read shows most; what changes something is about ours first.
    return [reached, *known] if reached in known and operation.method == "get" else known


def _refused(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    if hidden_ids(scene, operation) is None:
        yield from _elsewhere(scene, operation)
        return
    addresses = _foreign(scene, operation)
    if not addresses:
        yield unseen("nothing is known here that only the first identity sees")
    page = operation.page.page_parameter if operation.page is not None else None
    tries: list[tuple[Address, list[tuple[str, str]]]] = [(address, []) for address in addresses[:_LOOKED_AT]]
    tries += [(address, [(page, "2")]) for address in addresses[:1] if page is not None]
    for address, query in tries:
        body = sample_body(scene.model, operation)
        exchange = scene.client.send(operation, address, query, body=body, identity=SECOND)
        if exchange.answer is None or exchange.answer.status >= 500:
            yield unknown(f"asked by the second identity: {outcome_of(exchange)}", exchange)
        elif exchange.answer.is_success:
            yield failed(exchange, "a refusal, as the second identity does not see the item", outcome_of(exchange))
        else:
            yield passed(exchange, f"{outcome_of(exchange)} for the second identity")


def _elsewhere(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """Without a list of what each identity owns, a refusal of what the first one sees is all that can be seen."""
    address = scene.atlas.reached.get(operation.id)
    if address is None:
        yield unknown(_NO_COMPARISON)
        return
    exchange = scene.client.send(operation, address, identity=SECOND)
    if exchange.answer is not None and exchange.answer.is_refusal:
        yield passed(exchange, f"{outcome_of(exchange)} for the second identity")
    else:
        yield unseen(f"{outcome_of(exchange)} for the second identity, which may see it, too")
