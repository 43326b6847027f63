"""The draft: a script that grows. Using a recorded request brings along the ones that its ids came from.

An id that an earlier request of ours created is taken from doing that again; one that was there before is taken from
a list that shows it; any other stays as it was recorded. Nothing depends on what only the recorded run had.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, unquote, urlencode

from conformance.ledger import Line
from conformance.manners import Deed, deed_of, is_nobodys
from conformance.reproduction.script import (
    Call,
    Fill,
    Leave,
    Pause,
    Secret,
    Send,
    Step,
    Take,
    Text,
    Undo,
    Variable,
    Walk,
    Watch,
)  # fmt: skip
from conformance.reproduction.tape import Tape, body_of, path_of, query_of, rows_of, succeeded
from conformance.shape import item_in
from spec.contract import Contract, Operation, Role

NAME = "NAME"
"""Variable that begins the names of what a reproducer creates."""

_NOISE = frozenset(
    {"accept-encoding", "connection", "content-length", "host", "user-agent", "x-schemathesis-testcaseid"}
)
_MOST_MADE = 30
_PATIENCE = 10.0
"""Seconds that a job of ours may take until it is done."""


@dataclass(slots=True)
class Draft:
    """Steps so far. law: the enforced contract. name: how names of created things began in the recorded run."""

    tape: Tape
    law: Contract
    name: str
    prefix: str
    variables: tuple[str, ...]
    steps: list[Step] = field(default_factory=list)
    constants: dict[str, object] = field(default_factory=dict)
    touches: str | None = None
    used: set[str] = field(default_factory=set)
    _numbers: dict[Any, int] = field(default_factory=dict)
    _values: dict[tuple[str, str], str] = field(default_factory=dict)
    _count: int = 0

    @property
    def model(self) -> Contract:
        """The contract that tells how to ask."""
        return self.tape.contract

    def use(self, line: Line, *, again: bool = False, lenient: bool = False, comment: str = "") -> str:
        """Send a recorded request; returns the name of its answer.

        again: once more, although it was sent. lenient: it may be refused. comment: stands above it.
        """
        key = line["id"]
        if key in self._numbers and not again:
            return f"got{self._numbers[key]}"
        call = self.call(line)
        number = self._next()
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
        number = self._next()
        self.steps.append(Send(number, call, comment))
        return f"got{number}"

    def walk(self, line: Line, *, query: Sequence[tuple[str, str]] | None = None, comment: str = "") -> str:
        """All pages of a recorded list, or of the same list with another query; returns the name of the answers."""
        key = (line["id"], "walk", None if query is None else tuple(query), self._count if comment else 0)
        if key in self._numbers:
            return f"got{self._numbers[key]}"
        call = self.call(line, query=query)
        number = self._next()
        self._numbers[key] = number
        self.steps.append(Walk(number, call, self.told(line), comment))
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
        number = self._next()
        undo = self._undo_call(create, f"id_{number}")
        envelope, id_name = self._shown(create)
        listing = self.call(line, query=[])
        wanted = min(wanted, len(rows_of(line, use.envelope)) + _MOST_MADE)
        self.steps.append(Fill(listing, self.told(line), wanted, call, undo, envelope, id_name, number))

    def watch(self, line: Line, until: str, seconds: float) -> str:
        """Ask until an expression about the answer `{}` is empty, or the time is over."""
        number = self._next()
        self.steps.append(Watch(number, self.call(line), until.replace("{}", f"got{number}"), seconds))
        return f"got{number}"

    def pause(self, seconds: float) -> None:
        """Let seconds pass."""
        self.steps.append(Pause(seconds))

    def take(self, expression: str, comment: str = "") -> str:
        """Take a value from answers; returns the name of the variable."""
        name = f"value_{self._next()}"
        self.steps.append(Take(name, expression, comment))
        return name

    @staticmethod
    def variable(name: str) -> Text:
        """The text that is the value of a variable."""
        return (Variable(name),)

    def constant(self, stem: str, value: object) -> str:
        """The name of a constant with a value."""
        for name, known in self.constants.items():
            if known == value and name.startswith(stem):
                return name
        name = (
            stem if stem not in self.constants else f"{stem}_{sum(one.startswith(stem) for one in self.constants) + 1}"
        )
        self.constants[name] = value
        return name

    def told(self, line: Line) -> str:
        """The constant that tells how a list is read."""
        operation = self.tape.operation(line)
        use = operation.resource if operation is not None else None
        page = operation.page if operation is not None else None
        creates = self.model.uses_of(use.name, Role.CREATE) if use is not None else ()
        made = next((one.resource.envelope for one in creates if one.resource), None)
        found = {
            "envelope": use.envelope if use else None,
            "id": self.model.resources[use.name].id if use else "id",
            "made": made,
            "links": page.link_member if page else None,
            "cursor": page.cursor_member if page else None,
            "cursor_parameter": page.cursor_parameter if page else None,
            "total_header": page.total_header if page else None,
            "total_member": page.total_member if page else None,
            "numbered": page is not None and page.style == "page-number",
        }
        return self.constant(
            "LIST", {name: value for name, value in found.items() if value or name in ("envelope", "made")}
        )

    def parameter(self, line: Line, resource: str) -> str:
        """The expression of the id of a resource in the path of a recorded request."""
        chain = self.tape.chain(line)
        return self.value(resource, chain.get(resource, ""), chain, line) or repr(chain.get(resource, ""))

    def value(self, resource: str, identifier: str, chain: Mapping[str, str], line: Line) -> str | None:
        """The variable that holds an id in the reproducer; None for one that stays as it was recorded."""
        key = (resource, identifier)
        if key in self._values:
            return self._values[key]
        if is_nobodys(identifier, self.prefix):
            return None
        made = self.tape.made(resource, identifier, line)
        if made is not None and made["id"] != line["id"]:
            self.use(made)
            return self._values.get(key)
        return self._listed_value(resource, identifier, chain)

    def call(
        self,
        line: Line,
        *,
        query: Sequence[tuple[str, str]] | None = None,
        target: Text | None = None,
        method: str = "",
    ) -> Call:
        """A recorded request with the ids of the reproducer; `query` and `target` where they are to be others."""
        request = line["request"]
        headers = tuple(
            (name, self._header(name, str(value), line))
            for name, value in request["headers"].items()
            if _matters(name, value)
        )
        told = target or self._target(line, query)
        self._note_touched(line, told)
        return Call(method or request["method"], told, headers, self._body(line) if request["body"] else ())

    def text(self, text: str) -> Text:
        """A recorded text, with credentials and names of created things as places to fill in."""
        known = [re.escape("$" + name) for name in sorted(self.variables, key=len, reverse=True)]
        pattern = "|".join([*known, re.escape(self.name)])
        parts: list[str | Variable | Secret] = []
        for part in re.split(f"({pattern})", text):
            if part == self.name:
                parts.append(Variable(NAME))
            elif part.startswith("$") and part[1:] in self.variables:
                self.used.add(part[1:])
                parts.append(Secret(part[1:]))
            elif part:
                parts.append(part)
        return tuple(parts)

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

    def _next(self) -> int:
        self._count += 1
        return self._count

    def _target(self, line: Line, query: Sequence[tuple[str, str]] | None) -> Text:
        operation = self.tape.operation(line)
        parts = list(self._path(line, operation))
        pairs = query_of(line) if query is None else query
        if not pairs:
            return tuple(parts)
        if query is not None or not str(line["request"]["target"]).partition("?")[2]:
            return (*parts, *self.text("?" + urlencode(pairs)))
        cursor = self._cursor(line, operation)
        if cursor is not None:
            return (Variable(cursor),)
        return (*parts, *self.text("?" + str(line["request"]["target"]).partition("?")[2]))

    def _path(self, line: Line, operation: Operation | None) -> Text:
        path = path_of(line)
        if operation is None or operation.resource is None:
            return self.text(path)
        template, parts = operation.path.strip("/").split("/"), path.lstrip("/").split("/")
        offset = len(parts) - len(template)
        names, chain = dict(operation.resource.path), self.tape.chain(line, operation)
        if offset < 0 or not chain:
            return self.text(path)
        found: list[str | Variable | Secret] = ["/" + "/".join([*parts[:offset], ""])]
        for number, (segment, part) in enumerate(zip(template, parts[offset:], strict=True)):
            name = segment[1:-1] if segment.startswith("{") and segment.endswith("}") else ""
            variable = self.value(names[name], unquote(part), chain, line) if name in names else None
            found.append("/" if number else "")
            found += [Variable(variable, is_quoted=True)] if variable else self.text(part)
        return _joined(found)

    def _cursor(self, line: Line, operation: Operation | None) -> str | None:
        """The variable of a target that only an earlier page leads to."""
        parameter = operation.page.cursor_parameter if operation is not None and operation.page is not None else None
        value = dict(query_of(line)).get(parameter or "")
        if not parameter or not value:
            return None
        shows = [value, quote(value, safe="")]
        before = self.tape.last(
            line, lambda one: succeeded(one) and path_of(one) == path_of(line) and any(
                text in one["answer"]["body"] or text in str(one["answer"]["headers"]) for text in shows
            )
        )  # fmt: skip
        if before is None or operation is None:
            return None
        return self.take(f"next_of({self.use(before)}, {self.told(before)})", "the next page")

    def _header(self, name: str, value: str, line: Line) -> Text:
        if name in ("if-match", "if-none-match"):
            before = self.tape.last(
                line, lambda one: bool(one["answer"]) and one["answer"]["headers"].get("etag") == value
            )
            if before is not None:
                return (Variable(self.take(f'header_of({self.use(before)}, "etag")')),)
        operation = self.tape.operation(line)
        if operation is not None and name == (operation.idempotency or "").lower() and value.startswith("mockproof-"):
            return (Variable(NAME), value.removeprefix("mockproof-"))
        return self.text(value)

    def _body(self, line: Line) -> Text:
        text = str(line["request"]["body"])
        found: list[str | Variable | Secret] = [text]
        is_json = "json" in str(line["request"]["headers"].get("content-type", ""))
        for identifier in self._ids_in(text, line):
            variable = next((name for (_, one), name in self._values.items() if one == identifier), None)
            if variable is None:
                continue
            written = json.dumps(identifier)[1:-1] if is_json else quote(identifier, safe="")
            found = [piece for part in found for piece in _replaced(part, written, Variable(variable, not is_json))]
        return tuple(piece for part in found for piece in (self.text(part) if isinstance(part, str) else (part,)))

    def _ids_in(self, text: str, line: Line) -> list[str]:
        """Ids of things in a body, for which values are there afterwards; short ones could be anything."""
        found = []
        for resource, identifier in self.tape.known_ids():
            if len(identifier) > 5 and identifier in text:
                self.value(resource, identifier, {}, line)
                found.append(identifier)
        return found

    def _listed_value(self, resource: str, identifier: str, chain: Mapping[str, str]) -> str | None:
        origin = self.tape.listed(resource, identifier, chain)
        if origin is None:
            return None
        got = self.use(origin.line)
        name = f"id_{self._next()}"
        expression = f"listed_id({got}, {self.told(origin.line)}, {identifier!r}, {origin.place})"
        self._values[resource, identifier] = name
        self.steps.append(Take(name, expression, f"a {resource} that exists"))
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
                self._values.setdefault((operation.resource.name, identifier), name)
        place = (*call.target, "/", Variable(name, is_quoted=True))
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
        if use is None or delete is None or delete.resource is None:
            return None
        chain, path = self.tape.chain(create), delete.path
        parts: list[str | Variable | Secret] = []
        for parameter, resource in delete.resource.path:
            head, _, path = path.partition("{" + parameter + "}")
            parts.append(head)
            if resource == use.name:
                parts.append(Variable(variable, is_quoted=True))
            elif resource in chain:
                known = self.value(resource, chain[resource], chain, create)
                parts.append(Variable(known, is_quoted=True) if known else quote(chain[resource], safe=""))
            else:
                return None
        headers = tuple(
            (name, self.text(str(value)))
            for name, value in create["request"]["headers"].items()
            if _matters(name, value)
            and name
            not in ("content-type", "idempotency-key", (operation.idempotency or "").lower() if operation else "")
        )
        return Call("DELETE", _joined([*parts, path]), headers)

    def _creates(self, one: Line, resource: str, listing: Line) -> bool:
        """Whether an exchange created something in a list, with the same credentials."""
        operation = self.tape.operation(one)
        use = operation.resource if operation is not None else None
        if use is None or use.name != resource or use.role is not Role.CREATE or one["source"] == "fuzz":
            return False
        same = self.tape.chain(one).items() >= self.tape.chain(listing).items()
        return same and succeeded(one) and all(word not in str(one["request"]["headers"]) for word in ("idempotency",))

    def _note_touched(self, line: Line, target: Text) -> None:
        """Remember a request that changes or deletes what the reproducer did not make."""
        operation, method = self.tape.operation(line), str(line["request"]["method"])
        deed = deed_of(operation, method) if operation is not None else Deed.CHANGE
        if operation is None or deed in (Deed.READ, Deed.CREATE) or self.touches is not None:
            return
        chain = self.tape.chain(line)
        ours = any(self.tape.made(resource, one, line) is not None for resource, one in chain.items())
        if not ours and not (chain and is_nobodys(list(chain.values())[-1], self.prefix)):
            self.touches = f"{method} {''.join(part if isinstance(part, str) else '…' for part in target)}"


def _matters(name: str, value: object) -> bool:
    return name not in _NOISE and not (name == "accept" and value == "*/*")


def _joined(parts: Sequence[str | Variable | Secret]) -> Text:
    """The text with neighbouring plain parts as one."""
    found: list[str | Variable | Secret] = []
    for part in parts:
        if isinstance(part, str) and found and isinstance(found[-1], str):
            found[-1] += part
        elif part != "":
            found.append(part)
    return tuple(found)


def _replaced(part: str | Variable | Secret, written: str, variable: Variable) -> list[str | Variable | Secret]:
    if not isinstance(part, str):
        return [part]
    found: list[str | Variable | Secret] = []
    for number, piece in enumerate(part.split(written)):
        found += ([variable] if number else []) + ([piece] if piece else [])
    return found
