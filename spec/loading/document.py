"""What a loaded document is: plain data, and the lines that each value came from."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from spec.errors import LoadError

if TYPE_CHECKING:
    from pathlib import Path

# libyaml counts these as line ends; in JSON only LF and CR LF are, since the others may stand in a string.
_LINE_END = {"yaml": re.compile("\r\n|[\n\r\x85\u2028\u2029]"), "json": re.compile("\r?\n")}


@dataclass(slots=True)
class Mark:
    """Where a value stands: 1-based lines, and the marks of its members.

    Written by the builder alone, and left untouched once the document is complete.
    last: 0 while a list or mapping is still open.
    opaque: the value came from another file, so all of it answers with the place that names it.
    """

    first: int
    last: int
    members: dict[str, Mark] | list[Mark] | None = None
    opaque: bool = False

    def member(self, part: str | int) -> Mark | None:
        """The mark one step down, or None if there is no such member."""
        if self.opaque:
            return self
        if isinstance(self.members, dict):
            return self.members.get(str(part))
        if isinstance(self.members, list) and str(part).isdecimal() and int(part) < len(self.members):
            return self.members[int(part)]
        return None


@dataclass(frozen=True)
class Loaded:
    """One document that was read safely.

    value: plain dict, list, str, int, float, bool or None; the keys of every mapping are strings.
    data: the bytes as read. name: the file as the user knows it; it stands in errors.
    stray_documents: 1-based lines of the empty documents at the end of a YAML stream, which were dropped.
    path: the file itself, where there is one. files: the other files that `bundle` drew in.
    """

    value: Any
    data: bytes = field(repr=False)
    name: str
    stray_documents: tuple[int, ...]
    format: str
    mark: Mark = field(repr=False, compare=False)
    path: Path | None = None
    files: tuple[Loaded, ...] = field(default=(), repr=False)

    def span(self, parts: Sequence[str | int]) -> tuple[int, int]:
        """First and last line (1-based) of the value at that path; members start at the line of their key.

        Raises LoadError if there is nothing at that path.
        """
        mark = self.mark
        for depth, part in enumerate(parts):
            found = mark.member(part)
            if found is None:
                missing = "/".join(str(step) for step in parts[: depth + 1])
                raise LoadError(f"there is nothing at {missing!r}", file=self.name, hint="check the path")
            mark = found
        return mark.first, self._without_blank_end(mark.first, mark.last)

    def excerpt(self, parts: Sequence[str | int]) -> str:
        """The lines of the value at that path, verbatim, without the last line end."""
        first, last = self.span(parts)
        start = self._line_starts[first - 1]
        return self._text[start : self._line_ends[last - 1]]

    def _without_blank_end(self, first: int, last: int) -> int:
        # A block of text reaches to the next member, whatever is empty in between.
        while last > first and not self._text[self._line_starts[last - 1] : self._line_ends[last - 1]].strip():
            last -= 1
        return last

    @cached_property
    def _text(self) -> str:
        return self.data.decode("utf-8-sig")

    @cached_property
    def _line_starts(self) -> tuple[int, ...]:
        return (0, *(match.end() for match in _LINE_END[self.format].finditer(self._text)))

    @cached_property
    def _line_ends(self) -> tuple[int, ...]:
        return (*(match.start() for match in _LINE_END[self.format].finditer(self._text)), len(self._text))


def is_reference(node: Any) -> bool:
    """Whether a node is a `$ref`; a property that happens to be called so holds a mapping instead of a string."""
    return isinstance(node, Mapping) and isinstance(node.get("$ref"), str)
