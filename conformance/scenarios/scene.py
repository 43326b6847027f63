"""The scene: what every check works with."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from conformance.exchange.address import Address, address_of
from conformance.exchange.client import FIRST, Client
from conformance.exchange.exchange import Exchange
from conformance.exchange.link import links_in
from conformance.exchange.sample import sample_body
from conformance.exchange.shape import Item, id_of, item_in, items_in
from conformance.run.discovery import Atlas, Place
from conformance.scenarios.walk import NOWHERE, Ended, Glimpse, Listed, Walk, end_of, glimpse_of, going_on
from spec.contract import Contract, Operation, Role

Chain = Mapping[str, str]
"""Ids of a thing and its parents, by resource name."""

Onward = Callable[[Listed], str | None]
"""Where a page says that the next one is; None on the last one."""

_MOST_PAGES, _LONG = 40, 8
"""Pages that a walk follows before it gives up, and those after which it asks for larger ones."""


@dataclass(frozen=True, slots=True)
class Made:
    """Something that a check created.

    chain: ids of its parents and itself by resource name. address: that of the create. sent: the body.
    item: as the answer showed it.
    """

    chain: Chain
    address: Address
    sent: Mapping[str, Any]
    item: Item
    exchange: Exchange


@dataclass(slots=True)
class Scene:
    """Client, contract and known ids of one run.

    model: the contract that tells how to ask; what is enforced is `enforced`. is_strict: refusing what fits the
    contract is a failure; the documented form leaves room for business rules. job_deadline: seconds in which what is
    on its way must have arrived, or None where nobody said. selected: operations that may change something, None for
    all. sleep: lets seconds pass. name: begins what must be like nothing that another run, or another part of this one,
    has sent.
    """

    client: Client
    model: Contract
    atlas: Atlas
    has_second: bool
    is_strict: bool = True
    job_deadline: float | None = None
    selected: frozenset[str] | None = None
    sleep: Callable[[float], None] = time.sleep
    name: str = "mockproof"
    memory: dict[Any, Any] = field(default_factory=dict)
    """What a check found out and others can use; each writes under keys of its own."""
    made: list[Made] = field(default_factory=list)
    glimpses: list[list[Glimpse]] = field(default_factory=list)
    """For each look that is under way, what every list looked like that it was shown."""
    _fullest: dict[str, Listed | None] = field(default_factory=dict)
    _walks: dict[str, Walk] = field(default_factory=dict)
    _walked: dict[str, int] = field(default_factory=dict)
    _seen_at: dict[str, int] = field(default_factory=dict)
    _seen_then: dict[str, list[Glimpse]] = field(default_factory=dict)

    def uses(self, resource: str, role: Role) -> tuple[Operation, ...]:
        """Operations with that role on that resource that may be used."""
        found = self.model.uses_of(resource, role)
        return tuple(one for one in found if self.selected is None or one.id in self.selected)

    def enforced(self, operation: Operation) -> Operation:
        """The operation as the enforced contract has it."""
        return self.client.examiner.contract.by_id.get(operation.id, operation)

    @property
    def law(self) -> Contract:
        """The contract that is enforced."""
        return self.client.examiner.contract

    def first_page(
        self, operation: Operation, address: Address, query: Sequence[tuple[str, str]] = (), identity: str = FIRST
    ) -> Listed | None:
        """The items of a list at an address; None when the answer is no success or has no shape we know."""
        exchange = self.client.send(operation, address, query, identity=identity)
        return self.read_list(operation, exchange, address)

    def read_list(self, operation: Operation, exchange: Exchange, address: Address) -> Listed | None:
        """The items of an answer to a list operation, likewise."""
        answer = exchange.answer
        envelope = operation.resource.envelope if operation.resource else None
        items = items_in(answer.json(), envelope) if answer is not None and answer.is_success else None
        listed = Listed(exchange, address, tuple(items)) if items is not None else None
        self._show(operation, exchange, listed)
        return listed

    def fullest(self, operation: Operation) -> Listed | None:
        """The longest first page of a list operation among a few addresses; asked for once per run."""
        if operation.id not in self._fullest:
            self._seen_at[operation.id] = self.client.writes
            asked = [self.first_page(operation, address) for address in self.atlas.addresses(operation)[:6]]
            found = [listed for listed in asked if listed is not None]
            self._fullest[operation.id] = max(found, key=lambda listed: len(listed.items), default=None)
        known = self._fullest[operation.id]
        if known is not None and self._seen_at.get(operation.id) != self.client.writes:
            # The list has changed since, by our own doing, or may have by somebody else's.
            self._seen_at[operation.id] = self.client.writes
            self._fullest[operation.id] = self.first_page(operation, known.address) or known
        elif known is not None:
            self._show(operation, known.exchange, known)
        return self._fullest[operation.id]

    def pages(self, operation: Operation) -> Walk:
        """The pages of the fullest list, walked once per run; none when no list came.

        Where everything fits on one page, smaller ones are asked for, if they can be.
        """
        if operation.id not in self._walks or self._walked.get(operation.id) != self.client.writes:
            seen: list[Glimpse] = []
            self.glimpses.append(seen)
            start = self.fullest(operation)
            self._walked[operation.id] = self.client.writes
            self._walks[operation.id] = self._several(operation, start) if start is not None else NOWHERE
            self._seen_then[operation.id] = seen
            self.glimpses.pop()
        else:
            self._remember(*self._seen_then[operation.id])
        return self._walks[operation.id]

    def forget_pages(self, operation: Operation) -> None:
        """Let the pages of the fullest list be walked again."""
        self._seen_at.pop(operation.id, None)
        self._walked.pop(operation.id, None)

    def _several(self, operation: Operation, start: Listed) -> Walk:
        """The walk from a first page, by smaller pages where there is only one."""
        walk = self.walk(operation, start)
        size = operation.page.size_parameter if operation.page is not None else None
        if len(walk) > 1 or size is None or len(start.items) <= 2:  # too few for three pages
            return walk
        first = self.first_page(operation, start.address, [(size, str(-(-len(start.items) // 3)))])
        several = self.walk(operation, first) if first is not None else NOWHERE
        return several if len(several) > 1 else walk

    def walk(
        self,
        operation: Operation,
        start: Listed,
        identity: str = FIRST,
        *,
        onward: Onward | None = None,
        most: int | None = None,
    ) -> Walk:
        """The pages of a list from its first one; a long one by pages as large as the contract has them.

        onward: tells the next page; by default, what `next_of` says. most: pages of this very size that are enough.
        """
        lead = onward or partial(self.next_of, operation)
        walk = self._go_on(operation, [start], most or _LONG, identity, lead)
        if walk.ended is not Ended.LIMIT or most is not None:
            return walk
        larger = self._larger(operation, start, identity)
        return self._go_on(operation, [larger] if larger is not None else [*walk], _MOST_PAGES, identity, lead)

    def _go_on(self, operation: Operation, pages: list[Listed], most: int, identity: str, onward: Onward) -> Walk:
        """The walk goes on from some pages until there are `most`."""
        seen = {pages[0].exchange.request.target, *(onward(page) for page in pages[:-1])}
        while (following := onward(pages[-1])) is not None:
            exchange = pages[-1].exchange
            if following in seen:
                return Walk(tuple(pages), Ended.CIRCLE, exchange)
            if len(pages) >= most:
                return Walk(tuple(pages), Ended.LIMIT, exchange)
            seen.add(following)
            exchange = self.client.follow(operation, following, identity)
            page = self.read_list(operation, exchange, pages[0].address)
            if page is None:
                return Walk(tuple(pages), end_of(exchange), exchange)
            is_known = bool(page.items) and any(page.items == one.items for one in pages)
            pages.append(page)
            if is_known:
                return Walk(tuple(pages), Ended.CIRCLE, exchange)
        return Walk(tuple(pages), Ended.END, pages[-1].exchange)

    def _larger(self, operation: Operation, start: Listed, identity: str) -> Listed | None:
        """The first page once more, as large as the contract allows; None where it is no larger than it was."""
        page, query = operation.page, start.exchange.request.query
        if page is None or page.size_parameter is None or page.maximum_size is None:
            return None
        others = [pair for pair in query if pair[0] != page.size_parameter]
        asked = [*others, (page.size_parameter, str(page.maximum_size))]
        larger = self.first_page(operation, start.address, asked, identity)
        return larger if larger is not None and len(larger.items) > len(start.items) else None

    def _show(self, operation: Operation, exchange: Exchange, listed: Listed | None) -> None:
        name = self.model.resources[operation.resource.name].id if operation.resource else "id"
        self._remember(glimpse_of(operation, exchange, listed, name))

    def _remember(self, *seen: Glimpse) -> None:
        for glimpses in self.glimpses:
            glimpses.extend(seen)

    def next_of(self, operation: Operation, page: Listed) -> str | None:
        """Where a page says that the next one is: a link, or a target with the cursor that it gives."""
        link = self.links(operation, page.exchange).get("next")
        if link is not None:
            return link
        cursor = self.cursor_of(operation, page)
        if cursor is None or operation.page is None or operation.page.cursor_parameter is None:
            return None
        return going_on(page, operation.page.cursor_parameter, cursor)

    def cursor_of(self, operation: Operation, page: Listed) -> str | None:
        """The cursor of the next page that a page gives; None on the last one."""
        member = operation.page.cursor_member if operation.page is not None else None
        body = page.exchange.answer.json() if page.exchange.answer is not None else None
        cursor = body.get(member) if member and isinstance(body, Mapping) else None
        return cursor if isinstance(cursor, str) and cursor else None

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

    def read(self, resource: str, chain: Chain, identity: str = FIRST) -> tuple[Exchange, Item | None] | None:
        """A read of one item by the ids of its chain; None when the contract has no such read."""
        operation = self.read_for(resource)
        address = address_of(operation, chain) if operation is not None else None
        if operation is None or address is None:
            return None
        exchange = self.client.send(operation, address, identity=identity)
        return exchange, self.item(operation, exchange)

    def read_for(self, resource: str) -> Operation | None:
        """The operation that reads one item of a resource by its id."""
        for read in self.model.uses_of(resource, Role.READ):
            use = read.resource
            if use is not None and use.part is None and not use.states and use.path and use.path[-1][1] == resource:
                return read
        return None
