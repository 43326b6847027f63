"""JSON that stands between the lines of a text page: found, parsed, and read as the shape that it shows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from spec.errors import LoadError, SourceError
from spec.facts import Level, Where
from spec.loading import Loaded, load_text
from spec.readers._notebook import Address, Notebook

_TYPE_NAMES = {"string": "string", "integer": "integer", "number": "number", "boolean": "boolean"}


@dataclass(frozen=True, slots=True)
class Sample:
    """A JSON value on a page; `first` is the 1-based line on which it begins."""

    document: Loaded
    first: int

    @property
    def where(self) -> Where:
        """The lines of the whole value."""
        return self.where_of(())

    def where_of(self, parts: Sequence[str | int]) -> Where:
        """The lines of one value in it, counted on the page."""
        first, last = self.document.span(parts)
        return Where(first + self.first - 1, last + self.first - 1)


def load_sample(notebook: Notebook, first: int, lines: Iterable[str]) -> Sample:
    """Parse the JSON on these lines, the first of which is line `first` of the page."""
    file = notebook.source.file
    try:
        return Sample(load_text("\n".join(lines), file, format="json"), first)
    except LoadError as error:
        line = first + (error.line or 1) - 1
        hint = "the sample on the page must be whole; check that nothing was cut off"
        raise SourceError(f"the JSON sample cannot be read: {error.message}", file=file, line=line, hint=hint) from None


def note_shape(notebook: Notebook, schema: Address, sample: Sample, level: Level, *, types_only: bool) -> None:
    """Facts for the type of every value in a sample.

    schema: address of the schema that the sample shows. types_only: the values stand for types, such as
    `"string"` or `0`, and are no examples; each is noted as a repair.
    """
    pending: list[tuple[Address, tuple[str | int, ...], Any]] = [(schema, (), sample.document.value)]
    while pending:
        address, parts, value = pending.pop(0)
        where = sample.where_of(parts)
        keyword, told = _type_of(value)
        notebook.note((*address, keyword), told, where, level)
        if types_only and _names_a_type(value):
            notebook.mend("type-placeholder", where, f"the value {value!r} stands for the type {told}")
        if isinstance(value, dict):
            pending += [((*address, "properties", key), (*parts, key), member) for key, member in value.items()]
        elif isinstance(value, list) and value:
            # Later items of a sample repeat the shape of the first.
            pending.append(((*address, "items"), (*parts, 0), value[0]))


def _type_of(value: Any) -> tuple[str, Any]:
    """The schema keyword and value that a sample value shows; null shows only that null may stand here."""
    if value is None:
        return "nullable", True
    names = {bool: "boolean", int: "integer", float: "number", str: "string", list: "array", dict: "object"}
    return "type", names[type(value)]


def _names_a_type(value: Any) -> bool:
    if isinstance(value, str):
        return value in _TYPE_NAMES
    return isinstance(value, (int, float)) and value == 0
