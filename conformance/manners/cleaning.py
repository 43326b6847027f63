"""Cleaning: what the kit created is deleted again, newest first; what cannot be is told."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from conformance.errors import BudgetError, ThrottledError
from conformance.exchange.address import address_of
from conformance.exchange.client import FIRST, SECOND, Client
from conformance.exchange.exchange import Exchange
from conformance.exchange.link import links_in
from conformance.exchange.shape import id_of, items_in, plain_name
from conformance.ledger import Ledger
from conformance.manners.manners import naming_field
from conformance.manners.trace import Chain, Creation, Intention, Trace
from conformance.run.discovery import Atlas
from spec.contract import Operation, Role

_GONE = (404, 410)
_PAGES = 40


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What came of cleaning: how many things are gone, and what is left with the reason."""

    gone: int
    left: tuple[tuple[Creation, str], ...]


@dataclass(slots=True)
class Cleaner:
    """Deletes what a trace says was created. until: monotonic second after which nothing more is asked."""

    client: Client
    trace: Trace
    until: float
    clock: Callable[[], float] = time.monotonic
    _left: dict[str, str] = field(default_factory=dict)

    def clean(self) -> Cleaned:
        """Delete everything that can be, then look what is gone with its parent; writes down both."""
        before = self.trace.remaining()
        for creation in before:
            self._delete(creation)
        for creation in self.trace.remaining():
            if self._is_gone(creation):
                self.trace.gone(creation.chain)
        left = [
            (one, self._left.get(one.number, "nobody could say whether it is gone")) for one in self.trace.remaining()
        ]
        for creation, reason in left:
            self.trace.left(creation, reason)
        return Cleaned(len(before) - len(left), tuple(left))

    def find_lost(self) -> None:
        """Look for things whose creation was cut off, by the names that they were to have."""
        for intention in self.trace.open_intentions():
            self._find(intention)

    def _delete(self, creation: Creation) -> None:
        operation = self._operation(creation, Role.DELETE)
        if operation is None:
            self._left[creation.number] = "the contract has no operation that deletes one"
            return
        address = address_of(operation, creation.chain)
        for identity in dict.fromkeys((creation.identity, FIRST, SECOND)):
            if address is None or self.clock() > self.until:
                self._left[creation.number] = "there was no time left to delete it"
                return
            exchange = self._sent(operation, address, identity)
            answer = exchange.answer if exchange else None
            if answer is not None and (answer.is_success or answer.status in _GONE):
                self.trace.gone(creation.chain)
                return
            seen = f"status {answer.status}" if answer else (exchange.trouble if exchange else "no patience left")
            self._left.setdefault(creation.number, f"deleting it ended in {seen}")
            if answer is None or answer.status not in (401, 403):
                return

    def _is_gone(self, creation: Creation) -> bool:
        """Whether a thing went with the one that it lay in, as far as reading it tells."""
        if not any(self._lies_in(creation.chain, dict(gone)) for gone in self.trace.deleted):
            return False
        read = self._operation(creation, Role.READ)
        address = address_of(read, creation.chain) if read else None
        if read is None or address is None or self.clock() > self.until:
            return False
        exchange = self._sent(read, address, creation.identity)
        return exchange is not None and exchange.answer is not None and exchange.answer.status in _GONE

    @staticmethod
    def _lies_in(chain: Chain, other: Chain) -> bool:
        deepest = list(other)[-1] if other else ""
        return list(chain)[-1] != deepest and chain.get(deepest) == other.get(deepest)

    def _operation(self, creation: Creation, role: Role) -> Operation | None:
        found = self.client.contract.uses_of(creation.resource, role)
        whole = [one for one in found if one.resource and one.resource.part is None and not one.resource.states]
        return next((one for one in whole if address_of(one, creation.chain) is not None), None)

    def _sent(self, operation: Operation, address: dict[str, str], identity: str) -> Exchange | None:
        try:
            return self.client.send(operation, address, identity=identity)
        except (ThrottledError, BudgetError):
            self.until = 0.0
            return None

    def _find(self, intention: Intention) -> None:
        creates = self.client.contract.by_id.get(intention.operation)
        named = naming_field(self.client.contract, creates) if creates else None
        if intention.name is None or named is None or creates is None or creates.resource is None:
            return
        for chain, name in self._listed(intention, plain_name(named[0])):
            if name == intention.name and not self.trace.is_ours(chain):
                self.trace.created(intention.number, chain)
                return
        self.trace.refused(intention.number)

    def _listed(self, intention: Intention, field_: str) -> Iterator[tuple[dict[str, str], object]]:
        """Ids and names of what stands in the list where a lost thing would be."""
        resource = self.client.contract.resources[intention.resource]
        for operation in self.client.contract.uses_of(intention.resource, Role.LIST)[:1]:
            address = address_of(operation, intention.chain)
            exchange = self._sent(operation, address, intention.identity) if address is not None else None
            for _ in range(_PAGES):
                if exchange is None or exchange.answer is None or not exchange.answer.is_success:
                    return
                envelope = operation.resource.envelope if operation.resource else None
                for item in items_in(exchange.answer.json(), envelope) or ():
                    identifier = id_of(item, resource.id)
                    if identifier is not None:
                        yield {**intention.chain, intention.resource: identifier}, item.get(field_)
                following = links_in(exchange, operation.page).get("next")
                if following is None:
                    return
                exchange = self.client.follow(operation, following, intention.identity)


def clean_up(client: Client, ledger: Ledger, seconds: float) -> Cleaned:
    """Delete what the client's run created, within some seconds, and say in the ledger what is left."""
    if client.etiquette is None:
        return Cleaned(0, ())
    client.phase = "cleaning"
    cleaner = Cleaner(client, client.etiquette.trace, time.monotonic() + seconds)
    cleaner.find_lost()
    cleaned = cleaner.clean()
    ledger.add("cleaned", gone=cleaned.gone, left=len(cleaned.left))
    for creation, reason in cleaned.left:
        own = creation.chain.get(creation.resource, "")
        ledger.add(
            "leftover", resource=creation.resource, id=own, chain=dict(creation.chain), url=creation.url, reason=reason
        )
    for intention in client.etiquette.trace.open_intentions():
        reason = f"{intention.operation} gave no answer that tells whether it created something"
        ledger.add("leftover", resource=intention.resource, id="", chain=dict(intention.chain), url="", reason=reason)
    return cleaned


def know_created(atlas: Atlas, trace: Trace) -> None:
    """Add what a trace knows to what is known to exist."""
    for creation in reversed(trace.remaining()):
        atlas.add_chain(creation.resource, creation.chain)
