"""The scene: what every check works with."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from conformance.client import FIRST, Client
from conformance.discovery import Address, Atlas, Place
from conformance.exchange import Exchange
from conformance.link import links_in
from conformance.sample import sample_body
from conformance.shape import Item, id_of, item_in, items_in
from spec.contract import Contract, Operation, Role

MOST_PAGES = 40
"""Pages that a walk follows before it gives up."""


@dataclass(frozen=True, slots=True)
class Listed:
    """A list answer with its items in order."""

    exchange: Exchange
    address: Address
    items: tuple[Item, ...]


@dataclass(slots=True)
class Scene:
    """Client, contract and known ids of one run."""

    client: Client
    model: Contract
    atlas: Atlas
    has_second: bool
    _fullest: dict[str, Listed | None] = field(default_factory=dict)

    def first_page(
        self, operation: Operation, address: Address, query: Sequence[tuple[str, str]] = (), identity: str = FIRST
    ) -> Listed | None:
        """The items of a list at an address; None when the answer is no success or has no shape we know."""
        exchange = self.client.send(operation, address, query, identity=identity)
        return self.read_list(operation, exchange, address)

    def read_list(self, operation: Operation, exchange: Exchange, address: Address) -> Listed | None:
        """The items of an answer to a list operation, likewise."""
        answer = exchange.answer
        if answer is None or not answer.is_success:
            return None
        items = items_in(answer.json(), operation.resource.envelope if operation.resource else None)
        return Listed(exchange, address, tuple(items)) if items is not None else None

    def fullest(self, operation: Operation) -> Listed | None:
        """The longest first page of a list operation among a few addresses; asked for once per run."""
        if operation.id not in self._fullest:
            asked = [self.first_page(operation, address) for address in self.atlas.addresses(operation)[:6]]
            found = [listed for listed in asked if listed is not None]
            self._fullest[operation.id] = max(found, key=lambda listed: len(listed.items), default=None)
        return self._fullest[operation.id]

    def walk(self, operation: Operation, start: Listed, identity: str = FIRST) -> list[Listed]:
        """The pages of a list, following `next` from its first page."""
        pages = [start]
        while len(pages) < MOST_PAGES:
            following = self.links(operation, pages[-1].exchange).get("next")
            if following is None:
                break
            exchange = self.client.follow(operation, following, identity)
            page = self.read_list(operation, exchange, start.address)
            if page is None:
                break
            pages.append(page)
        return pages

    def links(self, operation: Operation, exchange: Exchange) -> dict[str, str]:
        """Links of an answer by relation, from its header fields or from the declared member of its body."""
        return links_in(exchange, operation.page)

    def read_of(self, operation: Operation) -> Operation | None:
        """The operation that reads one item of the same resource by its id."""
        if operation.resource is None:
            return None
        reads = self.model.uses_of(operation.resource.name, Role.READ)
        return next((read for read in reads if not read.resource.states and read.resource.part is None), None)  # type: ignore[union-attr]

    def list_of(self, operation: Operation) -> Operation | None:
        """The operation that lists the same resource."""
        lists = self.model.uses_of(operation.resource.name, Role.LIST) if operation.resource else ()
        return lists[0] if lists else None

    def accepted(self, operation: Operation, body: Any = None) -> tuple[Exchange, Address] | None:
        """The first exchange that succeeds among a few addresses, with `body` or a sample; None when none does."""
        sent = body if body is not None else sample_body(self.model, operation)
        for address in self.atlas.addresses(operation)[:6]:
            exchange = self.client.send(operation, address, body=sent)
            if exchange.answer is not None and exchange.answer.is_success:
                self.atlas.reached[operation.id] = address
                return exchange, address
        return None

    def note_created(self, operation: Operation, exchange: Exchange, parent: Address) -> None:
        """Add what an operation created to the known things, where its answer shows an id."""
        use = operation.resource
        item = self.item(operation, exchange)
        identifier = self.id_in(operation, item) if item else None
        if use is None or use.role is not Role.CREATE or identifier is None:
            return
        chain = {resource: parent[parameter] for parameter, resource in use.path}
        self.atlas.add(use.name, Place({**chain, use.name: identifier}, item or {}))

    def item(self, operation: Operation, exchange: Exchange) -> Item | None:
        """The item that a successful answer shows."""
        if exchange.answer is None or not exchange.answer.is_success:
            return None
        return item_in(exchange.answer.json(), operation.resource.envelope if operation.resource else None)

    def id_in(self, operation: Operation, item: Item) -> str | None:
        """The id of an item of an operation's resource."""
        name = self.model.resources[operation.resource.name].id if operation.resource else "id"
        return id_of(item, name)

    def address_below(self, operation: Operation, parent: Address, identifier: str) -> Address | None:
        """The address of one item for an operation, from its parent's address and its id; None when they do not fit."""
        parameters = [parameter for parameter, _ in operation.resource.path] if operation.resource else []
        if len(parameters) != len(parent) + 1:
            return None
        return dict(zip(parameters, [*parent.values(), identifier], strict=True))
