"""Reads YAML: the events of libyaml, judged one by one.

Only events are taken from the library. Its constructors, which give tags and words their meaning,
are never asked, so no tag can make an object.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

import yaml

from spec.errors import LoadError
from spec.loading.builder import Builder
from spec.loading.scalar import UnfitScalarError, is_null, read_tagged, resolve_plain

# The pure Python parser gives the same events, some thirty times slower.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_CORE = "tag:yaml.org,2002:"
_SCALAR_TAGS = frozenset({"str", "int", "float", "bool", "null"})
_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def read_yaml(text: str, name: str, *, parser: Any = _LOADER) -> tuple[Builder, tuple[int, ...]]:
    """Build the one document of a YAML stream; also the lines of empty documents dropped from its end.

    parser: a loader class of PyYAML, of which only the parser is used.
    """
    if found := _FORBIDDEN.search(text):
        raise LoadError(
            f"the character U+{ord(found.group()):04X} may not stand in YAML",
            file=name,
            line=text.count("\n", 0, found.start()) + 1,
            hint="write it as an escape in a double-quoted string, or remove it",
        )
    source = _Source(Builder(name))
    try:
        for event in yaml.parse(text, Loader=parser):
            source.take(event)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problem = " ".join(part for part in (error.context, error.problem) if part)
        raise LoadError(
            f"not valid YAML: {problem}",
            file=name,
            line=min(mark.line, max(0, len(text.splitlines()) - 1)) + 1 if mark else None,
            hint="look at this line and the one above: indentation, quotes, and brackets must match",
        ) from None
    except yaml.YAMLError as error:
        raise LoadError(f"not valid YAML: {error}", file=name, hint="save the file as UTF-8 text") from None
    return source.builder, tuple(source.strays)


@dataclass(slots=True)
class _Source:
    """Hands events to the builder, and keeps count of the documents in the stream."""

    builder: Builder
    strays: list[int] = field(default_factory=list)
    document_line: int = 1

    def take(self, event: yaml.Event) -> None:
        """Judge one event."""
        start, end = _place(event.start_mark), _place(event.end_mark)
        line = start[0] + 1
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event, line)
        elif isinstance(event, yaml.MappingStartEvent | yaml.SequenceStartEvent):
            self._open(event, line)
        elif isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            # The end of a block collection has no width and stands at the next token, often lines further down.
            self.builder.close(line if start != end else None)
        elif isinstance(event, yaml.AliasEvent):
            self._admit(line)
            self.builder.alias(str(event.anchor), line)
        elif isinstance(event, yaml.DocumentStartEvent):
            self.document_line = line

    def _scalar(self, event: yaml.ScalarEvent, line: int) -> None:
        if _is_empty_document(event, self.builder):
            self.strays.append(self.document_line)
            return
        self._admit(line)
        if self.builder.expects_key:
            self.builder.key(self._key(event, line), line)
            return
        try:
            value = event.value if _is_text(event) else self._resolve(event, line)
        except UnfitScalarError as unfit:
            self.builder.refuse(
                f"the value {_shorten(event.value)} {unfit}", line, "quote it if it is text, else give a plain number"
            )
        self.builder.scalar(value, line, _last_line(event), event.anchor)

    def _resolve(self, event: yaml.ScalarEvent, line: int) -> str | int | float | bool | None:
        if event.tag is None:
            return resolve_plain(event.value)
        return read_tagged(self._core_tag(event.tag, _SCALAR_TAGS, line), event.value)

    def _key(self, event: yaml.ScalarEvent, line: int) -> str:
        """Keys stay as they are written: `200:` and `1.0:` are the strings "200" and "1.0"."""
        text: str = event.value
        if _is_text(event):
            return text
        if event.tag is not None:
            self._core_tag(event.tag, _SCALAR_TAGS - {"null"}, line)
        elif is_null(text):
            self.builder.refuse("a key is empty or null", line, "name the member, or quote the key if it is text")
        elif text == "<<":
            self.builder.refuse(
                "the merge key << is not supported", line, "write the members out, or use $ref; readers disagree on <<"
            )
        return text

    def _open(self, event: yaml.MappingStartEvent | yaml.SequenceStartEvent, line: int) -> None:
        self._admit(line)
        is_mapping = isinstance(event, yaml.MappingStartEvent)
        if event.tag not in (None, "!"):
            self._core_tag(event.tag, frozenset({"map" if is_mapping else "seq"}), line)
        self.builder.open({} if is_mapping else [], line, event.anchor)

    def _core_tag(self, tag: str, allowed: frozenset[str], line: int) -> str:
        short = tag.removeprefix(_CORE)
        if short == tag or short not in allowed:
            self.builder.refuse(
                f"the tag {_shorten(tag)} is not allowed here",
                line,
                f"remove it; the only tags here are {', '.join('!!' + name for name in sorted(allowed))}",
            )
        return short

    def _admit(self, line: int) -> None:
        """Refuse what stands after the document, or after an empty one."""
        if self.builder.is_complete or self.strays:
            self.builder.refuse(
                "a second document begins here",
                line,
                "keep one document per file: split the file at its '---' lines, or remove a leading '---'",
            )


def _is_text(event: yaml.ScalarEvent) -> bool:
    """Quoted, block, or with the tag `!`, which says no more than that it is text."""
    return event.tag == "!" or (event.tag is None and not event.implicit[0])


def _is_empty_document(event: yaml.ScalarEvent, builder: Builder) -> bool:
    is_nothing = event.value == "" and event.tag is None and event.anchor is None and event.implicit[0]
    return is_nothing and not builder.is_inside


def _last_line(event: yaml.ScalarEvent) -> int:
    """A block scalar ends at the start of the line below it."""
    start, end = _place(event.start_mark), _place(event.end_mark)
    if start == end:
        return 0  # the value of `? key` alone is placed at the next token, or below the last line
    line, column = end
    return line + 1 if column or line == start[0] else line


def _place(mark: Any) -> tuple[int, int]:
    """Line and column, counted from 0; both parsers of the library set a mark on every event."""
    return mark.line, mark.column


def _shorten(text: str) -> str:
    return repr(text if len(text) <= 80 else text[:79] + "…")
