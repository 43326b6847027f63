"""A value of a YAML or JSON source that knows its place, so that reading it and citing it is one step."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from spec.errors import LoadError, SourceError
from spec.facts import Source, Where
from spec.loading import Loaded, load_text


@dataclass(frozen=True, slots=True)
class Node:
    """One value and the path that leads to it from the root of its document."""

    document: Loaded
    parts: tuple[str | int, ...] = ()

    @property
    def value(self) -> Any:
        """The plain value."""
        found = self.document.value
        for part in self.parts:
            found = found[part]
        return found

    @property
    def pointer(self) -> str:
        """JSON pointer of the value in its document."""
        return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in self.parts)

    @property
    def where(self) -> Where:
        """The value's own lines."""
        return Where(*self.document.span(self.parts), self.pointer)

    @property
    def key_line(self) -> Where:
        """Only the line on which the value begins: the line of its key."""
        first = self.document.span(self.parts)[0]
        return Where(first, first, self.pointer)

    @property
    def name(self) -> str:
        """The last step of the path."""
        return str(self.parts[-1]) if self.parts else "document"

    @property
    def kind(self) -> str:
        """What the value is, in words for a message."""
        kinds = {dict: "a mapping", list: "a list", str: "text", bool: "true or false", type(None): "nothing"}
        return kinds.get(type(self.value), "a number")

    def has(self, key: str) -> bool:
        """Whether this is a mapping that holds the key."""
        return isinstance(self.value, dict) and key in self.value

    def get(self, key: str) -> Node | None:
        """The member with that key, or None."""
        return Node(self.document, (*self.parts, key)) if self.has(key) else None

    def need(self, key: str, hint: str) -> Node:
        """The member with that key; raises SourceError if there is none."""
        found = self.as_mapping().get(key)
        if found is None:
            raise self.refuse(f"{self.name!r} has no {key!r}", hint)
        return found

    def members(self) -> Iterator[Node]:
        """The members of a mapping or list in document order; none for a scalar."""
        if isinstance(self.value, (dict, list)):
            for key in self.value if isinstance(self.value, dict) else range(len(self.value)):
                yield Node(self.document, (*self.parts, key))

    def leaves(self) -> Iterator[Node]:
        """Every scalar, empty mapping and empty list at or under this node."""
        pending = [self]
        while pending:
            node = pending.pop()
            inner = list(node.members())
            if not inner:
                yield node
            pending.extend(reversed(inner))

    def as_mapping(self) -> Node:
        """The node itself; raises SourceError unless it is a mapping."""
        return self._of(dict, "a mapping")

    def as_list(self) -> Node:
        """The node itself; raises SourceError unless it is a list."""
        return self._of(list, "a list")

    def as_text(self) -> str:
        """The value, which must be text; raises SourceError otherwise."""
        return str(self._of(str, "text").value)

    def refuse_others(self, known: Mapping[str, Any] | frozenset[str]) -> None:
        """Raise SourceError for a member that the reader does not understand; `x-` members are free."""
        for member in self.as_mapping().members():
            if member.name not in known and not member.name.startswith("x-"):
                raise member.refuse(
                    f"{member.name!r} is not understood in {self.name!r}",
                    f"understood here: {', '.join(sorted(known))}; teach the reader, rather than lose what it says",
                )

    def refuse(self, message: str, hint: str) -> SourceError:
        """The error to raise about this value."""
        line = self.document.span(self.parts)[0]
        return SourceError(message, file=self.document.name, line=line, hint=hint)

    def _of(self, kind: type, words: str) -> Node:
        if not isinstance(self.value, kind):
            raise self.refuse(f"{self.name!r} is {self.kind}", f"expected {words} here")
        return self


def load_node(source: Source, format: str) -> Node:  # noqa: A002 - the word that the loader uses
    """The root of a source document; a document that cannot be loaded is a SourceError."""
    try:
        return Node(load_text(source.data, source.file, format=format))
    except LoadError as error:
        raise SourceError(error.message, file=error.file, line=error.line, hint=error.hint) from error
