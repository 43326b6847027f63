"""The chaperone: goes along with every request of the fuzzer and sees that it keeps the manners.

A fuzzer makes up ids and follows links to whatever a list shows. A request that would change or delete something
that this run did not create is sent to something that it did. What is created gets a name of ours, and is written
down before the request leaves and again when its answer came.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

from conformance.exchange.address import address_of, chain_of
from conformance.exchange.exchange import Answer
from conformance.manners.etiquette import Etiquette, makes_something
from conformance.manners.manners import DISPOSABLE, Deed, Extent, deed_of, named, naming_field
from conformance.manners.trace import Creation
from spec.contract import Operation


class FuzzCase(Protocol):
    """What the chaperone needs of a generated request."""

    id: str
    path_parameters: Any
    body: Any

    @property
    def method(self) -> str:
        """The method that is sent, which need not be the operation's."""


@dataclass(slots=True)
class Chaperone:
    """Watches the requests of one fuzzer.

    name: begins the names of created things. negative: which parts of a request are wrong on purpose.
    """

    etiquette: Etiquette
    name: str
    negative: Callable[[Any], list[str]]
    redirected: set[str] = field(default_factory=set)
    """Ids of requests that were sent to something else than they were made for."""
    _pending: dict[str, tuple[str, Operation, Mapping[str, Any]]] = field(default_factory=dict)

    def before(self, operation: Operation, case: FuzzCase) -> None:
        """A request is about to be sent: bring it in line, and write down what it may create."""
        deed = deed_of(operation, case.method)
        if deed is Deed.READ:
            return
        address = dict(case.path_parameters or {})
        own = self._own(operation, case.method, address, self.negative(case))
        if own != address:
            case.path_parameters = address = own
            self.redirected.add(case.id)
        if case.method.lower() == operation.method and makes_something(operation):
            self._give_name(operation, case)
            number = self.etiquette.intend(operation, address, case.body)
            self._pending[case.id] = (number, operation, address)

    def after(self, operation: Operation, case: FuzzCase, answer: Answer) -> None:
        """An answer came: write down what was created, or is gone."""
        pending = self._pending.pop(case.id, None)
        if pending is not None:
            number, made, address = pending
            self.etiquette.settle(number, made, address, answer)
        elif deed_of(operation, case.method) is Deed.DELETE and answer.is_success:
            self.etiquette.note_deleted(operation, dict(case.path_parameters or {}))

    def _own(self, operation: Operation, method: str, address: dict[str, Any], wrong: list[str]) -> dict[str, Any]:
        """The address, or where it may not be used or leads to something gone, one of a thing that was created."""
        deed = deed_of(operation, method)
        extent = self.etiquette.manners.extent(deed)
        if extent is Extent.ANYTHING and deed is Deed.CREATE:
            return self._own_parent(operation, address, wrong)
        if extent is Extent.ANYTHING or not address or ("path" in wrong and not _may_exist(address)):
            return address
        addresses = self._ours(operation, self.etiquette.trace.alive())
        is_spared = deed is Deed.DELETE and len(addresses) > 1 and self._is_needed(operation, address)
        if self.etiquette.objection(operation, address, method) is None and not self._is_gone(operation, address):
            return _typed_like(addresses[0], address) if is_spared else address
        if deed is Deed.CHANGE:
            addresses.reverse()  # the oldest one is kept alive longest
        elif deed is Deed.DELETE and len(addresses) == 1:
            addresses = []  # the last one is what changes are tried on
        addresses = addresses or self._ours(operation, self.etiquette.trace.creations)
        if not addresses:
            return dict.fromkeys(address, f"{self.name}nobody")
        return _typed_like(addresses[0], address)

    def _own_parent(self, operation: Operation, address: dict[str, Any], wrong: list[str]) -> dict[str, Any]:
        """Where a thing is created: below one of ours if there is one, so that it goes when that is deleted."""
        if self.etiquette.manners == DISPOSABLE or not address or "path" in wrong:
            return address
        addresses = self._ours(operation, self.etiquette.trace.alive())
        is_ours = self.etiquette.trace.is_ours(chain_of(operation, address))
        if not addresses or (is_ours and not self._is_gone(operation, address)):
            return address
        return _typed_like(addresses[-1], address)

    def _ours(self, operation: Operation, creations: Iterable[Creation]) -> list[dict[str, str]]:
        """Addresses of an operation that lead to, or below, something that was created; each once."""
        found: list[dict[str, str]] = []
        for creation in creations:
            one = address_of(operation, creation.chain)
            # A created thing may lie in one that was there before, whose address is not ours to use.
            if one and one not in found and self.etiquette.trace.is_ours(chain_of(operation, one)):
                found.append(one)
        return found

    def _is_gone(self, operation: Operation, address: Mapping[str, Any]) -> bool:
        trace = self.etiquette.trace
        wanted = chain_of(operation, address)
        alive = trace.alive()
        known = [one for one in trace.creations if _leads_to(wanted, one.chain)]
        return bool(known) and all(one not in alive for one in known)

    def _is_needed(self, operation: Operation, address: Mapping[str, Any]) -> bool:
        """Whether a thing was made before the fuzzer began, so that its other requests are made for it."""
        trace = self.etiquette.trace
        wanted = chain_of(operation, address)
        made = [one for one in trace.creations if _leads_to(wanted, one.chain)]
        return bool(made) and not any(one.number.startswith(f"{trace.stem}-") for one in made)

    def _give_name(self, operation: Operation, case: FuzzCase) -> None:
        field_ = naming_field(self.etiquette.contract, operation)
        if field_ is None or not isinstance(case.body, dict):
            return
        name, longest = field_
        value = case.body.get(name)
        # A text that is wrong on purpose stays wrong.
        if isinstance(value, str) and value and (longest is None or len(value) <= longest):
            case.body = {**case.body, name: named(self.name, longest, value)}


def _leads_to(wanted: Mapping[str, str], chain: Mapping[str, str]) -> bool:
    deepest = list(wanted)[-1:] == list(chain)[-1:]
    return deepest and all(chain.get(resource) == identifier for resource, identifier in wanted.items())


def _may_exist(address: Mapping[str, Any]) -> bool:
    """Whether a lenient target could read a wrong id as a number, and so find something."""
    for value in address.values():
        try:
            float(str(value).strip())
        except ValueError:
            return False
    return True


def _typed_like(own: Mapping[str, str], address: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _typed(value, address.get(name)) for name, value in own.items()}


def _typed(text: str, like: Any) -> Any:
    is_number = isinstance(like, int) and not isinstance(like, bool)
    return int(text) if is_number and text.lstrip("-").isdecimal() else text
