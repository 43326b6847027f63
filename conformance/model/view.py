"""One exchange as the model sees it: the operation, whom it is about, and what was sent and shown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qsl

from conformance.exchange.address import path_values
from conformance.exchange.decoding import read_json
from conformance.exchange.exchange import Answer, Exchange
from conformance.exchange.shape import Item, id_of, item_in, items_in, plain_name
from conformance.model.memory import Key
from spec.contract import Contract, Operation, ResourceUse
from spec.field import body_properties, resource_properties
from spec.resource import Shape


@dataclass(frozen=True, slots=True)
class View:
    """An exchange that was answered. identity: the credentials that were sent. path: ids by path parameter."""

    contract: Contract
    operation: Operation
    use: ResourceUse
    shape: Shape
    exchange: Exchange
    answer: Answer
    path: Mapping[str, str]
    identity: str

    @property
    def query(self) -> dict[str, str]:
        """Query parameters; those given twice are left out by `is_plain`."""
        return dict(self.exchange.request.query)

    @property
    def is_plain(self) -> bool:
        """Whether the request says one thing only: no query parameter twice, the operation's own method."""
        names = [name for name, _ in self.exchange.request.query]
        return len(names) == len(set(names)) and self.exchange.request.method == self.operation.method.upper()

    @property
    def chain(self) -> dict[str, str]:
        """Ids that the path gives, by resource."""
        return {resource: self.path[name] for name, resource in self.use.path if name in self.path}

    @property
    def identifier(self) -> str | None:
        """The id of the one thing that the path names, if it names one."""
        return self.chain.get(self.use.name)

    def key_of(self, identifier: str) -> Key:
        """The key of a thing of this resource, below the parents that the path names."""
        if self.shape.resource.flat:
            return (self.use.name, identifier)
        parents = (self.chain[name] for name in self.shape.chain[:-1] if name in self.chain)
        return (self.use.name, *parents, identifier)

    def id_in(self, item: Item) -> str | None:
        """The id of an item."""
        return id_of(item, self.shape.resource.id)

    def item(self) -> Item | None:
        """The item that a success shows; None where its shape is another one."""
        if not self.answer.is_success or self.use.part is not None:
            return None
        return item_in(self.answer.json(), self.use.envelope)

    def items(self) -> list[Item] | None:
        """The items of a list that was answered."""
        return items_in(self.answer.json(), self.use.envelope) if self.answer.is_success else None

    def sent(self) -> dict[str, Any]:
        """Fields of the body by their plain names; empty where it cannot be read, or says something twice.

        What only the target writes is left out, and the id: it may pass over what a client says there.
        """
        told = {**resource_properties(self.contract, self.use.name), **body_properties(self.contract, self.operation)}
        theirs = {self.shape.resource.id, *(plain_name(name) for name, one in told.items() if one.get("readOnly"))}
        return {name: value for name, value in self._body().items() if name not in theirs}

    def _body(self) -> dict[str, Any]:
        request = self.exchange.request
        kind = request.headers.get("content-type", "").partition(";")[0].strip()
        try:
            if kind.endswith("json"):
                value = read_json(request.body)
                return value if isinstance(value, dict) else {}
            if kind == "application/x-www-form-urlencoded":
                pairs = parse_qsl(request.body.decode(), keep_blank_values=True)
                plain = {plain_name(name): value for name, value in pairs}
                return plain if len(plain) == len(pairs) else {}
        except ValueError:
            return {}
        return {}


def view_of(contract: Contract, shapes: Mapping[str, Shape], exchange: Exchange) -> View | None:
    """The exchange as the model sees it; None for what was not answered, or is about no resource."""
    operation = contract.by_id.get(exchange.operation)
    if operation is None or operation.resource is None or exchange.answer is None:
        return None
    path = dict(path_values(operation.path, exchange.request.path))
    if "{" in operation.path and not path:
        return None
    fields = {scheme.header.lower() for scheme in contract.security_schemes.values()}
    identity = " ".join(exchange.request.headers.get(name, "") for name in sorted(fields))
    use = operation.resource
    return View(contract, operation, use, shapes[use.name], exchange, exchange.answer, path, identity)
