"""Checks of reading one item: the right one, below its own parent, soon, and by HEAD as by GET."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from conformance.exchange.address import address_of, chain_of
from conformance.exchange.exchange import Answer, Exchange
from conformance.run.discovery import Place
from conformance.scenarios.scene import Chain, Scene
from conformance.scenarios.workshop import spare
from conformance.verdict.sighting import Sighting, failed, not_applicable, outcome_of, passed, unknown, unseen
from spec.contract import Operation, Role

_SLOW, _QUICK, _TRIES = 1.0, 0.5, 3
_NOWHERE = (404, 405, 410, 501)
_NO_HEAD = (405, 501)


def success(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """A request that needs to know nothing of the target is not answered as if its path did not exist."""
    demands = any(parameter.required for parameter in operation.parameters)
    if operation.method != "get" or "{" in operation.path or demands or not scene.is_strict:
        return
    exchange = scene.client.send(operation)
    if exchange.answer is not None and exchange.answer.status in _NOWHERE:
        yield failed(exchange, "success, as the path needs no id", outcome_of(exchange))


def read_by_id(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """Reading an id answers the item that has it."""
    use = operation.resource
    shown = False
    for place in _some(scene, operation):
        address = address_of(operation, place.chain)
        exchange = scene.client.send(operation, address)
        item = scene.item(operation, exchange)
        told = scene.id_in(operation, item) if item is not None else None
        if told is None or use is None:
            continue
        shown = True
        wanted = place.chain[use.name]
        if told == wanted:
            yield passed(exchange, f"{wanted} is answered as {told}")
        else:
            yield failed(exchange, f"the item {wanted}", f"the item {told}")
    if not shown:
        yield unseen("no item is known that can be read and tells its id")


def parent_scope(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """An item is found below its own parent only."""
    found = list(_strangers(scene, operation))
    for place, chain, is_sure in found:
        yield _below_another(scene, operation, place, chain, is_sure=is_sure)
    if not found:
        yield unseen("no item is known beside a parent that is not its own")


def _below_another(scene: Scene, operation: Operation, place: Place, chain: Chain, *, is_sure: bool) -> Sighting:
    own = scene.client.send(operation, address_of(operation, place.chain))
    if own.answer is None or not own.answer.is_success:
        return unknown(f"below its own parent: {outcome_of(own)}", own)
    exchange = scene.client.send(operation, address_of(operation, chain))
    if exchange.answer is None or exchange.answer.status >= 500:
        return unknown(outcome_of(exchange), exchange)
    if exchange.answer.is_refusal:
        return passed(exchange, f"{outcome_of(exchange)} below another parent")
    if exchange.answer.body == own.answer.body or (is_sure and _told(scene, operation, exchange) == _last(chain)):
        return failed(exchange, "a refusal below another parent", "the item of the first one")
    # Two parents may each have an item of that id.
    return unseen("the other parent has an item of the same id")


def answer_time(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """An item is answered within a second; a slow network or machine is told apart by another operation's time."""
    addresses = scene.atlas.addresses(operation)[:1]
    for address in addresses:
        for _ in range(_TRIES):
            exchange = scene.client.send(operation, address)
            if exchange.answer is None or not exchange.answer.is_success or exchange.answer.seconds <= _SLOW:
                break
        if exchange.answer is None or not exchange.answer.is_success:
            yield unknown(outcome_of(exchange), exchange)
            return
        if exchange.answer.seconds <= _SLOW:
            yield passed(exchange, f"{exchange.answer.seconds:.2f} s")
            return
        # A list is another thing to look up; all reads may be slow together.
        lists = (one for one in scene.model.operations if one.resource and one.resource.role is Role.LIST)
        other = next(lists, None)
        known = scene.atlas.addresses(other)[:1] if other is not None else []
        control = scene.client.send(other, known[0]) if other is not None and known else exchange
        if control.answer is not None and control.answer.seconds < _QUICK:
            yield failed(exchange, f"an answer within {_SLOW:g} s", f"{exchange.answer.seconds:.2f} s, {_TRIES} times")
        else:
            yield unseen("everything is slow, another operation, too")
    if not addresses:
        yield unknown("no address is known")


def head_as_get(scene: Scene, operation: Operation) -> Iterator[Sighting]:
    """HEAD is answered as GET is, without the body."""
    addresses = scene.atlas.addresses(operation)[:1]
    for address in addresses:
        exchange = scene.client.send(operation, address, method="HEAD")
        answer = exchange.answer
        if answer is not None and answer.status in _NO_HEAD:
            yield not_applicable("the target does not offer HEAD")
            return
        got = scene.client.send(operation, address).answer
        if answer is None or got is None or got.status >= 500:
            yield unknown(outcome_of(exchange), exchange)
        elif answer.status != got.status:
            yield failed(exchange, f"status {got.status}, as for GET", outcome_of(exchange))
        elif answer.body:
            yield failed(exchange, "no body", f"{len(answer.body)} bytes")
        elif _essence(answer.headers) != _essence(got.headers):
            yield failed(exchange, f"Content-Type {_essence(got.headers)}, as for GET", f"{_essence(answer.headers)}")
        elif (wrong := _wrong_length(answer, got)) is not None:
            yield failed(exchange, f"Content-Length {len(got.body)}, as for GET, or none", wrong)
        else:
            yield passed(exchange, f"{outcome_of(exchange)}, as for GET")
    if not addresses:
        yield unknown("no address is known")


def _wrong_length(answer: Answer, got: Answer) -> str | None:
    """A length that HEAD tells of an answer that has a body; what moves or is compressed may have another one."""
    told = answer.headers.get("content-length")
    is_plain = not {"content-encoding"} & {*answer.headers, *got.headers}
    return told if told == "0" and got.body and is_plain else None


def _essence(headers: object) -> str:
    return str(dict(headers).get("content-type", "")) if hasattr(headers, "items") else ""  # type: ignore[call-overload]


def _some(scene: Scene, operation: Operation) -> list[Place]:
    """Two known items with other ids, and one of ours."""
    use = operation.resource
    if use is None:
        return []
    places = [place for place in scene.atlas.places.get(use.name, ()) if address_of(operation, place.chain)]
    made = spare(scene, use.name)
    return [*places[:2], *([Place(made.chain)] if made is not None and address_of(operation, made.chain) else [])]


def _strangers(scene: Scene, operation: Operation) -> Iterator[tuple[Place, dict[str, str], bool]]:
    """For each parent above: an item, its chain with one that has none of that id, and whether a list says so."""
    use = operation.resource
    for _, parent in reversed(use.path[:-1]) if use is not None else ():
        pair = _stranger(scene, operation, parent)
        if pair is not None:
            yield pair


def _stranger(scene: Scene, operation: Operation, parent: str) -> tuple[Place, dict[str, str], bool] | None:
    use = operation.resource
    known = scene.atlas.places.get(use.name, ()) if use is not None else ()
    for place in known:
        if use is None or address_of(operation, place.chain) is None:
            continue
        for other in scene.atlas.places.get(parent, ()):
            chain = {**place.chain, **other.chain}
            taken = any(one.chain == {**one.chain, **chain} for one in known)
            if other.chain[parent] == place.chain.get(parent) or taken or not _is_full(scene, other):
                continue
            listed = _ids_below(scene, operation, chain)
            if listed is None or place.chain[use.name] not in listed:
                return place, chain_of(operation, address_of(operation, chain) or {}), listed is not None
    return None


def _ids_below(scene: Scene, operation: Operation, chain: Chain) -> set[str] | None:
    """Ids in the list below a parent; None where there is no such list, or it does not end."""
    listing = scene.list_of(operation)
    address = address_of(listing, chain) if listing is not None else None
    start = scene.first_page(listing, address) if listing is not None and address else None
    pages = scene.walk(listing, start) if listing is not None and start is not None else None
    if listing is None or pages is None or not pages.is_whole:
        return None
    return {one for page in pages for item in page.items if (one := scene.id_in(listing, item)) is not None}


def _told(scene: Scene, operation: Operation, exchange: Exchange) -> str | None:
    item = scene.item(operation, exchange)
    return scene.id_in(operation, item) if item is not None else None


def _last(chain: Mapping[str, str]) -> str:
    return list(chain.values())[-1]


def _is_full(scene: Scene, place: Place) -> bool:
    return all(value for value in place.chain.values()) and bool(scene)
