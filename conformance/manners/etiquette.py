"""Etiquette: holds one request against the manners, before it is sent, whoever wants to send it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from conformance.exchange.address import chain_of
from conformance.exchange.exchange import Answer
from conformance.exchange.shape import id_of, is_id, item_in, plain_name
from conformance.manners.manners import DISPOSABLE, Deed, Extent, Manners, deed_of, is_nobodys, naming_field
from conformance.manners.trace import Trace
from spec.contract import Contract, Operation, Role


@dataclass(slots=True)
class Etiquette:
    """What may be sent to a target in one run, and the list of what was created there."""

    contract: Contract
    manners: Manners = DISPOSABLE
    trace: Trace = field(default_factory=Trace)

    def objection(self, operation: Operation, address: Mapping[str, Any], method: str | None = None) -> str | None:
        """Why a request must not be sent, or None when it may; `method` where another one than the operation's is."""
        deed = deed_of(operation, method)
        extent = self.manners.extent(deed)
        if deed is Deed.READ or extent is Extent.ANYTHING:
            return None
        word = f"may_{deed.value}"
        if extent is Extent.NOTHING:
            return f"the manners forbid it: {word} is false"
        if not operation.path.count("{"):
            # A thing without an address is nobody's creation, unless it is created right now.
            return None if deed is Deed.CREATE else f"the manners forbid it: {word} is created-only"
        chain = chain_of(operation, address)
        if self.trace.is_ours(chain) or self._is_nobodys(address):
            return None
        return f"the manners forbid it: this run did not create {self._told(chain)}, and {word} is created-only"

    def is_allowed(self, operation: Operation, address: Mapping[str, Any]) -> bool:
        """Whether a request may be sent."""
        return self.objection(operation, address) is None

    def intend(self, operation: Operation, address: Mapping[str, Any], body: Any, identity: str = "first") -> str:
        """Write down that a request may create something; returns the number of the intention."""
        use = operation.resource
        return self.trace.intend(
            operation.id,
            use.name if use else "",
            chain_of(operation, address),
            self._name_in(operation, body),
            identity,
        )

    def settle(self, number: str, operation: Operation, address: Mapping[str, Any], answer: Answer | None) -> None:
        """Write down what came of an intention; without an answer nobody knows, and it stays open."""
        if answer is None:
            return
        chain = created_chain(self.contract, operation, address, answer)
        if chain is None:
            # A success without an id may have made something that only its name can find.
            if not answer.is_success:
                self.trace.refused(number)
            return
        self.trace.created(number, chain, answer.headers.get("location", ""))

    def note_deleted(self, operation: Operation, address: Mapping[str, Any]) -> None:
        """Write down that a created thing was deleted, if the address is one's."""
        wanted = chain_of(operation, address)
        for creation in self.trace.remaining():
            own = list(creation.chain)[-1:] == list(wanted)[-1:]
            if own and all(creation.chain.get(name) == identifier for name, identifier in wanted.items()):
                self.trace.gone(creation.chain)
                return

    def _is_nobodys(self, address: Mapping[str, Any]) -> bool:
        return bool(address) and is_nobodys(str(list(address.values())[-1]), self.manners.prefix)

    def _name_in(self, operation: Operation, body: Any) -> str | None:
        field_ = naming_field(self.contract, operation)
        if field_ is None or not isinstance(body, Mapping):
            return None
        value = body.get(field_[0], body.get(plain_name(field_[0])))
        return value if isinstance(value, str) else None

    @staticmethod
    def _told(chain: Mapping[str, str]) -> str:
        return " ".join(f"{resource} {identifier!r}" for resource, identifier in list(chain.items())[-1:]) or "it"


def makes_something(operation: Operation) -> bool:
    """Whether a request of an operation may create a thing that can be found again."""
    return deed_of(operation) is Deed.CREATE


def created_chain(
    contract: Contract, operation: Operation, address: Mapping[str, Any], answer: Answer
) -> dict[str, str] | None:
    """Ids of what an answer to a create shows, with those of its parents; None when it shows none."""
    use = operation.resource
    if use is None or use.role is not Role.CREATE or not answer.is_success:
        return None
    item = item_in(answer.json(), use.envelope)
    identifier = id_of(item, contract.resources[use.name].id) if item is not None else None
    if identifier is None:
        identifier = _last_segment(answer.headers.get("location", ""))
    return {**chain_of(operation, address), use.name: identifier} if identifier else None


def _last_segment(url: str) -> str | None:
    segment = url.partition("?")[0].rstrip("/").rpartition("/")[2]
    return segment if is_id(segment) else None
