"""What every reader writes into: facts and repairs, in document order.

A reader is a walk over one document. It hands each thing it meets to a `Notebook`, which knows the
source and the lines, so that no reader can note a fact without saying where it stands.
"""

from __future__ import annotations

from typing import Any

from spec.errors import SourceError
from spec.facts import Fact, Level, Reading, Repair, Source, Where
from spec.readers._node import Node

FORM = "application/x-www-form-urlencoded"
"""The media type of every form field."""

Address = tuple[str, ...]


class Notebook:
    """Facts and repairs of one source while it is being read."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self._lines = decode(source).split("\n")
        self._facts: list[Fact] = []
        self._repairs: list[Repair] = []

    @property
    def lines(self) -> list[str]:
        """All lines of the source without their ends; line n is at index n - 1."""
        return [line.removesuffix("\r") for line in self._lines]

    def note(self, address: Address, value: Any, where: Where, level: Level = Level.STATED) -> None:
        """Write down one fact; its text is the source's own between the lines of `where`."""
        self._facts.append(Fact(address, value, self.source.id, where, self._text(where), level))

    def note_node(self, address: Address, node: Node, value: Any = None) -> None:
        """Write down one fact that stands at a node: its own value, unless another is given."""
        known = node.value if value is None else value
        text = node.document.excerpt(node.parts).strip()
        self._facts.append(Fact(address, known, self.source.id, node.where, text))

    def note_node_of_source(self, name: Address, node: Node, value: Any = None) -> None:
        """Write down a node that speaks of the source, or means nothing for an interface."""
        self.note_node(("document", self.source.id, *name), node, value)

    def note_noise(self, node: Node) -> None:
        """Write down every leaf of a node that means nothing for an interface."""
        for leaf in node.leaves():
            self.note_node_of_source(("noise", *map(str, leaf.parts)), leaf)

    def note_of_source(self, name: Address, value: Any, where: Where, level: Level = Level.STATED) -> None:
        """Write down what the source says of itself, or what means nothing for an interface."""
        self.note(("document", self.source.id, *name), value, where, level)

    def mend(self, rule: str, where: Where, note: str) -> None:
        """Write down that something had to be mended; `rule` is one of the named repairs."""
        self._repairs.append(Repair(rule, self.source.id, where, note))

    def refuse(self, line: int | None, message: str, hint: str) -> SourceError:
        """The error to raise when the document does not have the shape that its format demands."""
        return SourceError(message, file=self.source.file, line=line, hint=hint)

    def mend_line(self, rule: str, line: int, note: str) -> None:
        """Write down a repair that concerns one line."""
        self.mend(rule, Where(line, line), note)

    def reading(self) -> Reading:
        """All that was written down, facts in document order."""
        facts = sorted(self._facts, key=lambda fact: (fact.where.first_line, fact.where.last_line))
        return Reading(self.source, tuple(facts), tuple(self._repairs))

    def _text(self, where: Where) -> str:
        return "\n".join(self.lines[where.first_line - 1 : where.last_line]).strip()


def decode(source: Source) -> str:
    """The text of a source; raises SourceError with the line of the first byte that is not UTF-8."""
    try:
        return source.text
    except UnicodeDecodeError as error:
        line = source.data[: error.start].count(b"\n") + 1
        message = f"byte {source.data[error.start]:#04x} is not UTF-8"
        raise SourceError(message, file=source.file, line=line, hint="save the source as UTF-8 text") from None
