"""The draft: a script that grows. Using a recorded request brings along the ones that its ids came from.

An id that an earlier request of ours created is taken from doing that again; one that was there before is taken from
a list that shows it; any other stays as it was recorded. Nothing depends on what only the recorded run had.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from conformance.exchange.shape import id_of, item_in
from conformance.ledger import Line
from conformance.manners.manners import Deed, deed_of, is_nobodys
from conformance.reproduction.phrasing import Phrasing, joined, matters
from conformance.reproduction.script import (
    Call,
    Fill,
    Leave,
    Pause,
    Secret,
    Send,
    Take,
    Undo,
    Variable,
    Walk,
    Watch,
)  # fmt: skip
from conformance.reproduction.tape import body_of, rows_of, succeeded
from spec.contract import Operation, Role

_MOST_MADE = 30
_MOST_FURNISHED = 3
_PATIENCE = 10.0
"""Seconds that a job of ours may take until it is done."""


@dataclass(slots=True)
class Draft(Phrasing):
    """Steps so far; every request that is used brings along what its ids came from."""

    _numbers: dict[Any, int] = field(default_factory=dict)

    def use(self, line: Line, *, again: bool = False, lenient: bool = False, comment: str = "") -> str:
        """Send a recorded request; returns the name of its answer.

        again: once more, although it was sent. lenient: it may be refused. comment: stands above it.
        """
        key = line["id"]
        if key in self._numbers and not again:
            return f"got{self._numbers[key]}"
        call = self.call(line)
        if not lenient:
            self._furnish(line)
            self._refer(line)
        number = self.following()
        self._numbers.setdefault(key, number)
        patience = None if lenient else self._patience(line)
        if patience is not None:
            comment = comment or "it may take a moment"
            self.steps.append(Watch(number, call, patience.replace("{}", f"got{number}"), _PATIENCE, comment))
        else:
            self.steps.append(Send(number, call, comment))
        self._note_made(line, call, number, lenient=lenient or not succeeded(line))
        return f"got{number}"

    def send(self, call: Call, comment: str = "") -> str:
        """Send a request of our own making; it must not create anything."""
        number = self.following()
        self.steps.append(Send(number, call, comment))
        return f"got{number}"

    def walk(
        self,
        line: Line,
        *,
        query: Sequence[tuple[str, str]] | None = None,
        comment: str = "",
        by_cursor: bool = False,
    ) -> str:
        """All pages of a recorded list, or of the same list with another query; returns the name of the answers."""
        key = (line["id"], "walk", None if query is None else tuple(query), self.count if comment else 0)
        if key in self._numbers:
            return f"got{self._numbers[key]}"
        call = self.call(line, query=query)
        self._furnish(line)
        number = self.following()
        self._numbers[key] = number
        self.steps.append(Walk(number, call, self.told(line, by_cursor=by_cursor), comment))
        return f"got{number}"

    def fill(self, line: Line, wanted: int) -> None:
        """Create items until a list has as many as wanted, where the run showed how to."""
        operation = self.tape.operation(line)
        use = operation.resource if operation is not None else None
        if use is None or wanted < 1:
            return
        create = self.tape.last({"number": 1 << 60}, lambda one: self._creates(one, use.name, line))
        if create is None:
            return
        call = self.call(create)
        number = self.following()
        undo = self._undo_call(create, f"id_{number}")
        envelope, id_name = self._shown(create)
        listing = self.call(line, query=[])
        wanted = min(wanted, len(rows_of(line, use.envelope)) + _MOST_MADE)
        self.steps.append(Fill(listing, self.told(line), wanted, call, undo, envelope, id_name, number))

    def watch(self, line: Line, until: str, seconds: float) -> str:
        """Ask until an expression about the answer `{}` is empty, or the time is over."""
        number = self.following()
        self.steps.append(Watch(number, self.call(line), until.replace("{}", f"got{number}"), seconds))
        return f"got{number}"

    def pause(self, seconds: float) -> None:
        """Let seconds pass."""
        self.steps.append(Pause(seconds))

    def parameter(self, line: Line, resource: str) -> str:
        """The expression of the id of a resource in the path of a recorded request."""
        chain = self.tape.chain(line)
        return self.value(resource, chain.get(resource, ""), chain, line) or repr(chain.get(resource, ""))

    def value(self, resource: str, identifier: str, chain: Mapping[str, str], line: Line) -> str | None:
        """The variable that holds an id in the reproducer; None for one that stays as it was recorded."""
        key = (resource, identifier)
        if key in self.values:
            return self.values[key]
        if is_nobodys(identifier, self.prefix):
            return None
        made = self.tape.made(resource, identifier, line)
        if made is not None and made["id"] != line["id"]:
            self.use(made)
            return self.values.get(key)
        return self._listed_value(resource, identifier, chain)

    def _patience(self, line: Line) -> str | None:
        """What is to be waited for, where the run saw something of its own that was ready: it was not made so."""
        operation = self.tape.operation(line)
        use = operation.resource if operation is not None else None
        chain = self.tape.chain(line)
        is_ours = any(self.tape.made(resource, one, line) is not None for resource, one in chain.items())
        if use is None or line["request"]["method"] != "GET" or not succeeded(line) or not is_ours:
            return None
        if use.part == "content":
            return "is_there({})"
        lifecycle = self.law.resources[use.name].lifecycle if use.name in self.law.resources else None
        item = item_in(body_of(line), use.envelope) if use.role is Role.READ and lifecycle is not None else None
        if lifecycle is None or item is None or use.states:
            return None
        waiting = [state for state in lifecycle.states if not lifecycle.is_terminal(state)]
        state = item.get(lifecycle.field)
        if state not in lifecycle.states or state in waiting:
            return None
        return f"has_ended({{}}, {use.envelope!r}, {lifecycle.field!r}, {waiting})"

    def _furnish(self, line: Line) -> None:
        """Make again what a list showed of ours: all that there was, if there was nothing else."""
        operation = self.tape.operation(line)
        use = operation.resource if operation is not None else None
        if use is None or use.role is not Role.LIST or not succeeded(line):
            return
        name = self.model.resources[use.name].id
        ids = [id_of(row, name) for row in rows_of(line, use.envelope)]
        ours = [made for one in ids if one is not None and (made := self.tape.made(use.name, one, line)) is not None]
        for made in ours[: _MOST_FURNISHED if len(ours) == len(ids) else 1]:
            self.use(made)

    def _listed_value(self, resource: str, identifier: str, chain: Mapping[str, str]) -> str | None:
        origin = self.tape.listed(resource, identifier, chain)
        if origin is None:
            return None
        got = self.use(origin.line)
        name = f"id_{self.following()}"
        expression = f"listed_id({got}, {self.told(origin.line)}, {identifier!r}, {origin.place})"
        self.values[resource, identifier] = name
        self.steps.append(Take(name, expression, f"{'an' if resource[:1] in 'aeiou' else 'a'} {resource} that exists"))
        return name

    def _note_made(self, line: Line, call: Call, number: int, *, lenient: bool) -> None:
        """Take the id of what a request creates, and see to it that the thing is deleted at the end."""
        operation = self.tape.operation(line)
        if operation is None or operation.resource is None or deed_of(operation, call.method) is not Deed.CREATE:
            return
        if operation.resource.role is not Role.CREATE or call.method == "HEAD":
            return
        envelope, id_name = self._shown(line)
        name = f"id_{number}"
        undo = self._undo_call(line, name)
        if lenient:
            self.steps.append(Take(name, f"maybe_id(got{number}, {envelope!r}, {id_name!r})"))
        else:
            self.steps.append(Take(name, f"made_id(got{number}, {envelope!r}, {id_name!r})"))
            identifier = self.tape.made_by(line)
            if identifier is not None:
                self.values.setdefault((operation.resource.name, identifier), name)
        place = joined([*call.target, "/", Variable(name, is_quoted=True)])
        self.steps.append(Undo(undo, name) if undo is not None else Leave(place, name))

    def _shown(self, create: Line) -> tuple[str | None, str]:
        operation = self.tape.operation(create)
        use = operation.resource if operation is not None else None
        return (use.envelope, self.model.resources[use.name].id) if use is not None else (None, "id")

    def _undo_call(self, create: Line, variable: str) -> Call | None:
        """The request that deletes what a recorded create makes, where the contract has one."""
        operation = self.tape.operation(create)
        use = operation.resource if operation is not None else None
        deletes = self.model.uses_of(use.name, Role.DELETE) if use is not None else ()
        delete = next((one for one in deletes if one.resource and one.resource.part is None), None)
        return self._call_on(create, delete, variable, "DELETE")

    def _call_on(self, create: Line, operation: Operation | None, variable: str, method: str) -> Call | None:
        """A request of another operation on what a recorded create makes; None where its path needs other ids."""
        creates = self.tape.operation(create)
        use = creates.resource if creates is not None else None
        if use is None or operation is None or operation.resource is None:
            return None
        chain, path = self.tape.chain(create), operation.path
        parts: list[str | Variable | Secret] = []
        for parameter, resource in operation.resource.path:
            head, _, path = path.partition("{" + parameter + "}")
            parts.append(head)
            if resource == use.name:
                parts.append(Variable(variable, is_quoted=True))
            elif resource in chain:
                known = self.value(resource, chain[resource], chain, create)
                parts.append(Variable(known, is_quoted=True) if known else quote(chain[resource], safe=""))
            else:
                return None
        own = ("content-type", "if-match", ((creates.idempotency or "") if creates is not None else "").lower())
        told = create["request"]["headers"].items()
        headers = tuple(
            (name, self.text(str(value))) for name, value in told if matters(name, value) and name not in own
        )
        return Call(method, joined([*parts, path]), headers)

    def _refer(self, line: Line) -> None:
        """Make what a create is about where it does not say so: the latest sibling, done by then."""
        operation = self.tape.operation(line)
        rules = operation.resource.references if operation is not None and operation.resource is not None else {}
        chain = self.tape.chain(line)
        if not succeeded(line) or not any(self.tape.made(name, one, line) for name, one in chain.items()):
            return
        for rule in rules.values():
            creates = {one.id for one in self.model.uses_of(rule["name"], Role.CREATE)}
            made = self.tape.last(line, lambda one: one["operation"] in creates and succeeded(one)  # noqa: B023
                                  and self.tape.chain(one).items() <= chain.items())  # fmt: skip
            if made is None or made["id"] in self._numbers:
                continue
            self.use(made)
            self._await_end(made, rule["name"])

    def _await_end(self, made: Line, resource: str) -> None:
        """Wait until something that was made has come to its end."""
        lifecycle = self.model.resources[resource].lifecycle
        reads = self.model.uses_of(resource, Role.READ)
        read = next(
            (one for one in reads if one.resource and one.resource.part is None and not one.resource.states), None
        )
        call = self._call_on(made, read, f"id_{self._numbers[made['id']]}", "GET")
        if lifecycle is None or call is None or read is None or read.resource is None:
            return
        number = self.following()
        waiting = [state for state in lifecycle.states if not lifecycle.is_terminal(state)]
        until = f"has_ended(got{number}, {read.resource.envelope!r}, {lifecycle.field!r}, {waiting})"
        self.steps.append(Watch(number, call, until, _PATIENCE, f"until the {resource} is done"))

    def _creates(self, one: Line, resource: str, listing: Line) -> bool:
        """Whether an exchange created something in a list, with the same credentials."""
        operation = self.tape.operation(one)
        use = operation.resource if operation is not None else None
        if use is None or use.name != resource or use.role is not Role.CREATE or one["source"] == "fuzz":
            return False
        same = self.tape.chain(one).items() >= self.tape.chain(listing).items()
        return same and succeeded(one) and all(word not in str(one["request"]["headers"]) for word in ("idempotency",))
