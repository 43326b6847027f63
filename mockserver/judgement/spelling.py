"""How values are spelled in a request: the styles of OpenAPI 3.0.3, 4.7.12.2, undone.

What is taken is raw text, a list or a mapping of raw texts, already decoded; its types come later, by
coercion. Lists are cut before they are decoded, so that an encoded comma belongs to its item.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from mockserver.errors import shorten
from mockserver.forms.folding import decode
from mockserver.judgement.coercion import properties_of, shape_of

if TYPE_CHECKING:
    from spec.contract import JsonObject, Parameter

_SEPARATORS: Final = {"spaceDelimited": " ", "pipeDelimited": "|"}
_LEADS: Final = {"label": ".", "matrix": ";"}

STYLES: Final[Mapping[str, frozenset[str]]] = {
    "path": frozenset({"simple", "label", "matrix"}),
    "query": frozenset({"form", "spaceDelimited", "pipeDelimited", "deepObject"}),
    "header": frozenset({"simple"}),
    "cookie": frozenset({"form"}),
}
"""The styles of each place."""


class _Absent:
    """Marks a parameter that was not sent; None is a value."""


ABSENT: Final = _Absent()
"""What is taken where nothing was sent."""

Fields = Mapping[str, Sequence[str]]
"""Raw values by name."""

Take = Callable[[Fields], Any]
"""Finds one parameter among the fields of its place: a text, a list or mapping of texts, or ABSENT."""


class SpellingError(Exception):
    """A parameter that was sent, and not as its style has it; carries what a violation tells."""

    def __init__(self, name: str, keyword: str, message: str, got: str = "") -> None:
        super().__init__(message)
        self.name = name
        self.keyword = keyword
        self.message = message
        self.got = got


def compile_spelling(parameter: Parameter, document: JsonObject, where: str | None = None) -> Take:
    """What finds a parameter; `where` its text is decoded, for errors: the query unless it is said."""
    if where is None and parameter.location == "query":
        where = "query"
    key = parameter.name.lower() if parameter.location == "header" else parameter.name
    members = {name: shape_of(document, part) for name, part in properties_of(document, parameter.schema).items()}
    style = _Style(parameter, key, members, where)
    shape = shape_of(document, parameter.schema)
    if parameter.style in _LEADS:
        return _led(style, shape)
    if shape == "array":
        return style.several if parameter.style == "form" and parameter.explode else style.separated
    if shape != "object":
        return style.single
    if parameter.style == "deepObject":
        return style.deep
    return style.spread if parameter.style == "form" and parameter.explode else style.alternating


def compile_ownership(parameter: Parameter, document: JsonObject) -> Callable[[str], bool]:
    """What tells whether a field of a query or form is part of a parameter, by the field's name."""
    name, start = parameter.name, f"{parameter.name}["
    if parameter.style == "deepObject":
        return lambda field: field.startswith(start)
    if parameter.explode and shape_of(document, parameter.schema) == "object":
        # Its members stand there under their own names.
        return frozenset(properties_of(document, parameter.schema)).__contains__
    return name.__eq__


@dataclass(frozen=True, slots=True)
class _Style:
    """The spellings of one parameter; members: shape by name, where it is an object."""

    parameter: Parameter
    key: str
    members: Mapping[str, str]
    where: str | None

    def single(self, fields: Fields) -> Any:
        """One text."""
        raw = self.only(fields)
        return raw if raw is ABSENT else self.text(raw)

    def several(self, fields: Fields) -> Any:
        """A list, one field for each item."""
        found = fields.get(self.key)
        return [self.text(raw) for raw in found] if found else ABSENT

    def separated(self, fields: Fields) -> Any:
        """A list in one field."""
        raw = self.only(fields)
        if raw is ABSENT:
            return ABSENT
        if separator := _SEPARATORS.get(self.parameter.style):
            return self.text(raw).split(separator)
        return self.cut(raw)

    def cut(self, raw: str, separator: str = ",") -> list[str]:
        """The items of a list that is written in one text."""
        return [self.text(piece.strip()) for piece in raw.split(separator)] if raw else []

    def deep(self, fields: Fields) -> Any:
        """An object, one field `key[member]` for each member."""
        start = f"{self.key}["
        members = {
            (member := name[len(start) : -1]): self._member(member, name, raws)
            for name, raws in fields.items()
            if name.startswith(start) and name.endswith("]")
        }
        return members or ABSENT

    def spread(self, fields: Fields) -> Any:
        """An object, one field for each member, under the member's own name."""
        members = {name: self._member(name, name, fields[name]) for name in self.members if name in fields}
        return members or ABSENT

    def alternating(self, fields: Fields) -> Any:
        """An object in one field: `name,value,name,value`, or `name=value,name=value` where exploded."""
        pieces = self.separated(fields)
        return pieces if pieces is ABSENT else self.paired(pieces)

    def paired(self, pieces: list[str]) -> dict[str, str]:
        """The object that pieces spell."""
        if self.parameter.explode:
            return dict(piece.partition("=")[::2] for piece in pieces)
        if len(pieces) % 2:
            raise SpellingError(self.parameter.name, "style", "must be name,value pairs", shorten(",".join(pieces)))
        return dict(zip(pieces[::2], pieces[1::2], strict=True))

    def only(self, fields: Fields) -> Any:
        """The raw text of the one field; raises SpellingError if there are several."""
        found = fields.get(self.key)
        return _only(self.parameter.name, found) if found else ABSENT

    def text(self, raw: str) -> str:
        """A raw text, decoded where its place encodes."""
        return decode(raw, self.where) if self.where else raw

    def _member(self, member: str, name: str, raws: Sequence[str]) -> Any:
        if self.members.get(member) == "array":
            return [self.text(raw) for raw in raws]
        return self.text(_only(name, raws))


def _only(name: str, raws: Sequence[str]) -> str:
    if len(raws) > 1:
        raise SpellingError(name, "repeated", f"must be given once, was given {len(raws)} times")
    return raws[0]


def _led(style: _Style, shape: str) -> Take:
    """The two styles of a path in which a character leads: `.value` and `;name=value`."""
    name, lead = style.parameter.name, _LEADS[style.parameter.style]
    is_exploded = style.parameter.explode
    is_named = style.parameter.style == "matrix" and not (shape == "object" and is_exploded)
    # Exploded, the lead stands between items too; else it is a comma.
    separator = lead if is_exploded else ","

    def bare(text: str) -> str:
        if not is_named:
            return text
        told, equals, value = text.partition("=")
        if not equals or told != name:
            raise SpellingError(name, "style", f"must be written as {lead}{name}=…", shorten(text))
        return value

    def take(fields: Fields) -> Any:
        raw = style.only(fields)
        if raw is ABSENT or not raw.startswith(lead):
            raise SpellingError(name, "style", f"must begin with {lead!r}", shorten(str(raw)))
        if shape not in ("array", "object"):
            return bare(raw[1:])
        if is_exploded:
            pieces = [bare(piece) for piece in raw[1:].split(separator)]
        else:
            pieces = style.cut(bare(raw[1:]), separator)
        return pieces if shape == "array" else style.paired(pieces)

    return take
