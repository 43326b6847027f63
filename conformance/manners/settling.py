"""Settling: some targets show late what was created, changed or deleted; they are asked until they do.

The questions are no evidence: nothing is held against a target for what it answers within the time that its vendor
declared. What it shows after that time is judged like anything else.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from conformance.exchange.address import address_of, chain_of
from conformance.exchange.exchange import Answer, Exchange
from conformance.exchange.shape import Item, item_in, plain_name, same_value
from conformance.manners.etiquette import created_chain
from conformance.manners.pacing import Pace
from spec.contract import Contract, Operation, ResourceUse, Role

_POLL = 0.1
_GONE = (404, 410)

Ask = Callable[[Operation, Mapping[str, str]], Answer | None]
"""Reads one thing; None where no answer came."""


@dataclass(frozen=True, slots=True)
class Settling:
    """Waits until a read shows what a request did. seconds: at most, for each request; 0 waits for nothing."""

    contract: Contract
    seconds: float
    pace: Pace

    def seen_after(
        self, operation: Operation, address: Mapping[str, Any], sent: Any, exchange: Exchange, ask: Ask
    ) -> float | None:
        """Seconds until a read showed it; None where it did not in time, or where there is nothing to wait for."""
        use, answer = operation.resource, exchange.answer
        if self.seconds <= 0 or use is None or answer is None or not answer.is_success:
            return None
        chain = created_chain(self.contract, operation, address, answer) or chain_of(operation, address)
        found = self._read_of(use, chain)
        expected = _expected(use, sent, answer)
        if found is None or expected is None:
            return None
        read, place = found
        began = self.pace.clock()
        while self.pace.clock() - began < self.seconds:
            shown = ask(read, place)
            if shown is None:
                return None
            if _is_shown(use.role, read, expected, shown):
                return round(self.pace.clock() - began, 3)
            self.pace.sleep(_POLL)
        return None

    def _read_of(self, use: ResourceUse, chain: Mapping[str, str]) -> tuple[Operation, dict[str, str]] | None:
        for read in self.contract.uses_of(use.name, Role.READ):
            address = address_of(read, chain)
            is_whole = read.resource is not None and read.resource.part is None and not read.resource.states
            if is_whole and address and use.name in chain:
                return read, address
        return None


def _expected(use: ResourceUse, sent: Any, answer: Answer) -> dict[str, Any] | None:
    """The fields that a read should show afterwards, none for what is made or deleted; None: there is no telling."""
    if use.part is not None or use.states or use.role in (Role.LIST, Role.READ):
        return None
    if use.role in (Role.CREATE, Role.DELETE):
        return {}
    told: Item = item_in(answer.json(), use.envelope) or {}
    given = {plain_name(name): value for name, value in sent.items()} if isinstance(sent, Mapping) else {}
    names = [use.renews] if use.role is Role.ACTION and use.renews in told else list(given)
    # A target may keep what it was sent in a form of its own, and then says so in its answer.
    return {name: told.get(name, given.get(name)) for name in names if name is not None} or None


def _is_shown(role: Role, read: Operation, expected: Mapping[str, Any], shown: Answer) -> bool:
    if role is Role.DELETE:
        return shown.status in _GONE
    if role is Role.CREATE:
        return shown.status != _GONE[0]
    item = item_in(shown.json(), read.resource.envelope if read.resource else None) if shown.is_success else None
    return item is None or all(name not in item or same_value(value, item[name]) for name, value in expected.items())


__all__ = ["Ask", "Settling"]
