"""The builder: turns what a source sees, piece by piece, into data and marks.

Both formats drive it, so a limit that holds here holds for both. It keeps its own stack instead of
recursing: how deep a document may go is decided by us and not by the interpreter.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, NoReturn

from spec.errors import LoadError
from spec.loading.document import Mark
from spec.loading.limit import MAX_ALIAS_NODES, MAX_DEPTH, MAX_NODES


@dataclass(slots=True)
class _Frame:
    """A list or mapping that is still open. nodes, height: of what it holds, itself included."""

    value: Any
    mark: Mark
    anchor: str | None
    nodes: int = 1
    height: int = 1
    key: str | None = None
    key_line: int = 0


@dataclass(frozen=True, slots=True)
class _Anchored:
    """A complete value that an alias may repeat."""

    value: Any
    mark: Mark
    nodes: int
    height: int


@dataclass(slots=True)
class Builder:
    """Builds one document. name: the file as the user knows it. All lines are 1-based."""

    name: str
    value: Any = None
    mark: Mark | None = None
    _stack: list[_Frame] = field(default_factory=list)
    _anchors: dict[str, _Anchored] = field(default_factory=dict)
    _nodes: int = 0
    _gained: int = 0

    @property
    def is_complete(self) -> bool:
        """Whether the root value is there, whole."""
        return self.mark is not None and not self._stack

    @property
    def is_inside(self) -> bool:
        """Whether a list or mapping is open."""
        return bool(self._stack)

    @property
    def expects_key(self) -> bool:
        """Whether the next thing must be the key of a mapping."""
        return bool(self._stack) and isinstance(self._stack[-1].value, dict) and self._stack[-1].key is None

    def finished(self) -> tuple[Any, Mark]:
        """The value and its mark; raises LoadError if there was nothing to build."""
        if self.mark is None:
            self.refuse("the file holds no document", 1, "give it content, or remove the file")
        return self.value, self.mark

    def refuse(self, message: str, line: int, hint: str) -> NoReturn:
        """Raise the LoadError of this document."""
        raise LoadError(message, file=self.name, line=line, hint=hint)

    def key(self, text: str, line: int) -> None:
        """The key of the next member."""
        frame = self._stack[-1]
        earlier = frame.mark.members[text] if isinstance(frame.mark.members, dict) and text in frame.value else None
        if earlier:
            self.refuse(
                f"the key {_shorten(text)} stands twice in one mapping, on lines {earlier.first} and {line}",
                line,
                "remove or rename one of the two: readers disagree on which one counts",
            )
        frame.key, frame.key_line = text, line

    def scalar(self, value: Any, first: int, last: int, anchor: str | None = None) -> None:
        """A value that holds no others; `last` is 0 where nothing is written, as after a key alone."""
        mark = Mark(first, last)
        self._count(1, first)
        if anchor is not None:
            self._anchors[anchor] = _Anchored(value, Mark(first, last), 1, 0)
        self._place(value, mark, 1, 0)

    def open(self, value: dict[str, Any] | list[Any], line: int, anchor: str | None = None) -> None:
        """An empty mapping or list that the next pieces will fill."""
        if self.expects_key:
            self.refuse("a list or mapping is used as a key", line, "JSON has only strings as keys: use one")
        if len(self._stack) >= MAX_DEPTH:
            self.refuse(
                f"nested deeper than {MAX_DEPTH} levels",
                line,
                "no API description needs this: make the document flatter, or name its parts and refer to them",
            )
        self._count(1, line)
        if anchor is not None:
            self._anchors.pop(anchor, None)
        self._stack.append(_Frame(value, Mark(line, 0, {} if isinstance(value, dict) else []), anchor))

    def close(self, line: int | None = None) -> None:
        """End the innermost list or mapping, on that line, or where its last member ends."""
        frame = self._stack.pop()
        mark = frame.mark
        mark.last = max(mark.first, line if line is not None else _last_line(mark))
        if frame.anchor is not None:
            self._anchors[frame.anchor] = _Anchored(frame.value, mark, frame.nodes, frame.height)
        # A parent's mark starts at its key, an anchored one at the value; sharing one mark would mix them up.
        self._place(frame.value, Mark(mark.first, mark.last, mark.members), frame.nodes, frame.height)

    def alias(self, anchor: str, line: int) -> None:
        """Repeat an anchored value: as a copy, so that changing one never changes the other."""
        if self.expects_key:
            self.refuse(f"the alias *{anchor} is used as a key", line, "write the key out")
        if any(frame.anchor == anchor for frame in self._stack) and anchor not in self._anchors:
            self.refuse(f"the alias *{anchor} stands inside the value that it repeats", line, "remove the alias")
        found = self._anchors.get(anchor)
        if found is None:
            self.refuse(f"the alias *{anchor} has no anchor &{anchor} before it", line, "define the anchor first")
        self._gained += found.nodes
        if self._gained > MAX_ALIAS_NODES:
            self.refuse(
                f"aliases repeat more than {MAX_ALIAS_NODES:,} values",
                line,
                "write the values out, or name them under components and use $ref",
            )
        if len(self._stack) + found.height > MAX_DEPTH:
            self.refuse(f"nested deeper than {MAX_DEPTH} levels by the alias *{anchor}", line, "write the value out")
        self._count(found.nodes, line)
        self._place(_copy(found.value), Mark(line, line, found.mark.members), found.nodes, found.height)

    def _count(self, nodes: int, line: int) -> None:
        self._nodes += nodes
        if self._nodes > MAX_NODES:
            self.refuse(f"more than {MAX_NODES:,} values", line, "split the document into files")

    def _place(self, value: Any, mark: Mark, nodes: int, height: int) -> None:
        if not self._stack:
            self.value, self.mark = value, mark
            return
        frame = self._stack[-1]
        frame.nodes += nodes
        frame.height = max(frame.height, height + 1)
        if isinstance(frame.mark.members, dict) and frame.key is not None:
            mark.first = frame.key_line
            mark.last = mark.last or mark.first
            frame.value[frame.key] = value
            frame.mark.members[frame.key] = mark
            frame.key = None
        elif isinstance(frame.mark.members, list):
            mark.last = mark.last or mark.first
            frame.value.append(value)
            frame.mark.members.append(mark)


def _last_line(mark: Mark) -> int:
    members = list(mark.members.values()) if isinstance(mark.members, dict) else mark.members
    return members[-1].last if members else mark.first


def _copy(value: Any) -> Any:
    """A copy that shares no list or mapping with the original; values are never deeper than MAX_DEPTH."""
    if isinstance(value, dict):
        return {key: _copy(member) for key, member in value.items()}
    if isinstance(value, list):
        return [_copy(member) for member in value]
    return value


def _shorten(text: str) -> str:
    return repr(text if len(text) <= 80 else text[:79] + "…")
