"""Phrasing: a recorded request in the words of a script, where ids, credentials and names are places to fill in."""

from __future__ import annotations

import json
import re
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urlencode

from conformance.ledger import Line
from conformance.manners.manners import Deed, deed_of, is_nobodys
from conformance.reproduction.script import Call, Secret, Step, Take, Text, Variable
from conformance.reproduction.tape import Tape, path_of, query_of, succeeded
from spec.contract import Contract, Operation, Role

NAME = "NAME"
"""Variable that begins the names of what a reproducer creates."""

_NOISE = frozenset(
    {"accept-encoding", "connection", "content-length", "host", "user-agent", "x-schemathesis-testcaseid"}
)


@dataclass(slots=True)
class Phrasing(ABC):
    """How requests of a run are said again; what an id becomes is for a subclass to decide.

    law: the enforced contract. name: how names of created things began in the recorded run. prefix: the part of it
    that stays. variables: names of credentials. touches: a request that changes what the reproducer did not make.
    used: credentials that are needed.
    """

    tape: Tape
    law: Contract
    name: str
    prefix: str
    variables: tuple[str, ...]
    steps: list[Step] = field(default_factory=list)
    constants: dict[str, object] = field(default_factory=dict)
    touches: str | None = None
    used: set[str] = field(default_factory=set)
    values: dict[tuple[str, str], str] = field(default_factory=dict)
    """Resource and recorded id to the variable that holds the id in the reproducer."""
    count: int = 0

    @property
    def model(self) -> Contract:
        """The contract that tells how to ask."""
        return self.tape.contract

    @abstractmethod
    def use(self, line: Line, *, again: bool = False, lenient: bool = False, comment: str = "") -> str:
        """Send a recorded request; returns the name of its answer."""

    @abstractmethod
    def value(self, resource: str, identifier: str, chain: Mapping[str, str], line: Line) -> str | None:
        """The variable that holds an id in the reproducer; None for one that stays as it was recorded."""

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
            if matters(name, value)
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

    def told(self, line: Line, *, by_cursor: bool = False) -> str:
        """The constant that tells how a list is read; by_cursor: by cursors or markers, whatever links say."""
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
            "only_cursor": by_cursor,
            "marker": page.marker_parameter if page and by_cursor and page.cursor_parameter is None else None,
            "size": page.size_parameter if page and by_cursor else None,
        }
        return self.constant(
            "LIST", {name: value for name, value in found.items() if value or name in ("envelope", "made")}
        )

    def take(self, expression: str, comment: str = "") -> str:
        """Take a value from answers; returns the name of the variable."""
        name = f"value_{self.following()}"
        self.steps.append(Take(name, expression, comment))
        return name

    def following(self) -> int:
        """The number of the next step."""
        self.count += 1
        return self.count

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
        return joined(found)

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
        for key, before in self._references_in(line, text):
            variable = self.values.get(key)
            if variable is not None:
                written = quote(key[1], safe="") if not is_json else key[1]
                named = Variable(variable, not is_json)
                found = [piece for part in found for piece in _replaced(part, before + written, named, before)]
        for identifier in self._ids_in(text, line):
            variable = next((name for (_, one), name in self.values.items() if one == identifier), None)
            if variable is None:
                continue
            written = json.dumps(identifier)[1:-1] if is_json else quote(identifier, safe="")
            found = [piece for part in found for piece in _replaced(part, written, Variable(variable, not is_json))]
        return tuple(piece for part in found for piece in (self.text(part) if isinstance(part, str) else (part,)))

    def _references_in(self, line: Line, text: str) -> list[tuple[tuple[str, str], str]]:
        """Siblings that a body names by a declared field, and the text in front of each id."""
        operation = self.tape.operation(line)
        rules = operation.resource.references if operation is not None and operation.resource is not None else {}
        found = []
        for field_name, rule in rules.items():
            told = re.search(rf'({re.escape(field_name)}(?:%5D|\])?(?:=|"\s*:\s*"?))([^&",}}\s]+)', text)
            if told is not None:
                key = (str(rule["name"]), unquote(told[2]))
                self.value(*key, self.tape.chain(line), line)
                found.append((key, told[1]))
        return found

    def _ids_in(self, text: str, line: Line) -> list[str]:
        """Ids of things in a body, for which values are there afterwards; short ones could be anything."""
        found = []
        for resource, identifier in self.tape.known_ids():
            if len(identifier) > 5 and identifier in text:
                self.value(resource, identifier, {}, line)
                found.append(identifier)
        return found

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


def matters(name: str, value: object) -> bool:
    """Whether a header field is the user's business."""
    return name not in _NOISE and not (name == "accept" and value == "*/*")


def joined(parts: Sequence[str | Variable | Secret]) -> Text:
    """The text with neighbouring plain parts as one."""
    found: list[str | Variable | Secret] = []
    for part in parts:
        if isinstance(part, str) and found and isinstance(found[-1], str):
            found[-1] += part
        elif part != "":
            found.append(part)
    return tuple(found)


def _replaced(
    part: str | Variable | Secret, written: str, variable: Variable, before: str = ""
) -> list[str | Variable | Secret]:
    """A part with a variable in place of a text; `before` begins that text and stays."""
    if not isinstance(part, str):
        return [part]
    found: list[str | Variable | Secret] = []
    for number, piece in enumerate(part.split(written)):
        if number:
            found += [before, variable] if before else [variable]
        found += [piece] if piece else []
    return found
