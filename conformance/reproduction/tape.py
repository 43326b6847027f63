"""The tape: the exchanges of a run in order, and where the ids in them came from."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl

from conformance.exchange.address import path_values
from conformance.exchange.decoding import UnreadableError, read_json
from conformance.exchange.link import parse_links
from conformance.exchange.shape import Item, id_of, item_in, items_in
from conformance.ledger import Line
from spec.contract import Contract, Operation, Role


@dataclass(frozen=True, slots=True)
class Origin:
    """Where an id was seen: the exchange, and at which place of a list."""

    line: Line
    place: int = 0


@dataclass(slots=True)
class Tape:
    """Ledger lines of one run, read once."""

    contract: Contract
    lines: Sequence[Line]
    exchanges: list[Line] = field(default_factory=list)
    by_id: dict[str, Line] = field(default_factory=dict)
    _made: dict[tuple[str, str], list[Origin]] = field(default_factory=lambda: defaultdict(list))
    _listed: dict[tuple[str, str], list[Origin]] = field(default_factory=lambda: defaultdict(list))

    def take(self, line: Line) -> None:
        """Take in one exchange."""
        self.exchanges.append(line)
        self.by_id[line["id"]] = line
        operation = self.operation(line)
        use = operation.resource if operation is not None else None
        if operation is None or use is None or not succeeded(line):
            return
        name = self.contract.resources[use.name].id
        if use.role is Role.CREATE and line["request"]["method"] == operation.method.upper():
            identifier = created_id(line, use.envelope, name)
            if identifier is not None:
                self._made[use.name, identifier].append(Origin(line))
        elif use.role is Role.LIST:
            for place, item in enumerate(rows_of(line, use.envelope)):
                found = id_of(item, name)
                if found is not None:
                    self._listed[use.name, found].append(Origin(line, place))

    def operation(self, line: Line) -> Operation | None:
        """The operation of an exchange."""
        return self.contract.by_id.get(line["operation"])

    def made(self, resource: str, identifier: str, before: Line | None = None) -> Line | None:
        """The request of ours that created something; the last one, where there are several."""
        found = [one.line for one in self._made.get((resource, identifier), ()) if _is_before(one.line, before)]
        return found[-1] if found else None

    def listed(self, resource: str, identifier: str, chain: Mapping[str, str]) -> Origin | None:
        """A list that shows something below the parents of a chain of ids."""
        for origin in self._listed.get((resource, identifier), ()):
            operation = self.operation(origin.line)
            above = self.chain(origin.line, operation) if operation is not None else {}
            if all(chain.get(name, value) == value for name, value in above.items()):
                return origin
        return None

    def known_ids(self) -> list[tuple[str, str]]:
        """Resource and id of everything that was created or listed."""
        return [*self._made, *self._listed]

    def made_by(self, line: Line) -> str | None:
        """The id of what an exchange created."""
        return next((key[1] for key, found in self._made.items() if any(one.line is line for one in found)), None)

    def chain(self, line: Line, operation: Operation | None = None) -> dict[str, str]:
        """Ids in the path of an exchange, by resource name."""
        found = operation or self.operation(line)
        if found is None or found.resource is None:
            return {}
        names = dict(found.resource.path)
        return {names[name]: value for name, value in path_values(found.path, path_of(line)) if name in names}

    def last(self, line: Line, fits: Callable[[Line], bool]) -> Line | None:
        """The last exchange before another one that fits."""
        found = None
        for one in self.exchanges:
            if one["number"] >= line["number"]:
                break
            found = one if fits(one) else found
        return found

    def following(self, line: Line, fits: Callable[[Line], bool]) -> Line | None:
        """The first exchange after another one that fits."""
        return next((one for one in self.exchanges if one["number"] > line["number"] and fits(one)), None)

    def between(self, first: int, last: int) -> list[Line]:
        """The exchanges between two line numbers."""
        return [one for one in self.exchanges if first < one["number"] < last]


def read_tape(contract: Contract, lines: Sequence[Line]) -> Tape:
    """The tape of a ledger."""
    tape = Tape(contract, lines)
    for line in lines:
        if line["kind"] == "exchange" and line.get("phase") not in ("cleaning", "preflight"):
            tape.take(line)
    return tape


def created_id(line: Line, envelope: str | None, name: str) -> str | None:
    """The id that the answer to a create tells."""
    item = item_in(body_of(line), envelope)
    identifier = id_of(item, name) if item is not None else None
    location = line["answer"]["headers"].get("location", "")
    return identifier or location.partition("?")[0].rstrip("/").rpartition("/")[2] or None


def rows_of(line: Line, envelope: str | None) -> list[Item]:
    """The items of a list answer; none where the ledger cut it."""
    return items_in(body_of(line), envelope) or []


def body_of(line: Line) -> Any:
    """The decoded body of an answer; None where it is not JSON, or was cut."""
    try:
        return read_json(line["answer"]["body"]) if line["answer"] else None
    except UnreadableError:
        return None


def succeeded(line: Line) -> bool:
    """Whether an exchange ended in a success."""
    return bool(line["answer"]) and 200 <= line["answer"]["status"] < 300


def path_of(line: Line) -> str:
    """The path of a request, as sent."""
    return str(line["request"]["target"]).partition("?")[0]


def query_of(line: Line) -> list[tuple[str, str]]:
    """The query of a request, decoded."""
    return parse_qsl(str(line["request"]["target"]).partition("?")[2], keep_blank_values=True)


def links_of(line: Line) -> dict[str, str]:
    """Links in the header fields of an answer, and in the members of its body that hold some."""
    found: dict[str, str] = {}
    for value in (line["answer"] or {"headers": {}})["headers"].values():
        if "<" in value and "rel" in value.lower():
            found.update(parse_links(value))
    return found


def earlier(lines: Sequence[Line], line: Line) -> Iterator[Line]:
    """Lines before another one, the last first."""
    return (one for one in reversed(lines) if one["number"] < line["number"])


def _is_before(line: Line, before: Line | None) -> bool:
    return before is None or line["number"] < before["number"]
