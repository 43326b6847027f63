"""Facts: what the sources say, before anybody decides what is true.

A reader turns one source document into a `Reading`: a flat tuple of facts, each at an *address* in
one neutral tree. The tree has the shape of an OpenAPI 3 document, with two differences that make
facts of different formats meet: parameters are a map keyed `in:name` instead of a list, and what a
source says of itself (title, host, default media types) lives under `("document", …)`.

Addresses that readers use (all parts are strings; `P` is a path template such as
`/v1/things/{thing_id}`, `M` a lower-case method, `C` a status code, `T` a media type):

    ("document", …)                                       the source about itself; any depth
    ("paths", P, M)                                       the operation exists; value "M P" in capitals
    ("paths", P, M, "operationId" | "summary" | "description")
    ("paths", P, M, "tags")                               value: list of strings
    ("paths", P, M, "parameters", "in:name", "name" | "in")
    ("paths", P, M, "parameters", "in:name", "description" | "required")
    ("paths", P, M, "parameters", "in:name", "schema", keyword)
    ("paths", P, M, "requestBody", "none")                value True: the source says there is no body
    ("paths", P, M, "requestBody", "content", T)          value T: this media type is accepted
    ("paths", P, M, "requestBody", "content", T, "schema", "properties", field)   value: the field; it exists
    ("paths", P, M, "requestBody", "content", T, "schema", "properties", field, keyword)
    ("paths", P, M, "responses", C)                       value C: this status code is documented
    ("paths", P, M, "responses", C, "description")
    ("paths", P, M, "responses", C, "content", T)         value T: answered in this media type
    ("paths", P, M, "responses", C, "content", T, "schema", keyword, …)
    ("paths", P, M, "responses", C, "content", T, "schema", "title")
    ("paths", P, M, "responses", C, "content", T, "example")   value: the whole sample
    ("known", method, title)                              an operation that a source names without a path
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Level(StrEnum):
    """How firmly something is known, firmest first."""

    STATED = "stated"
    """A structured field of a source."""
    PROSE = "prose"
    """A sentence of a source, read by a named rule."""
    EXAMPLE = "example"
    """Only in a sample payload."""
    DECIDED = "decided"
    """A person chose, in an overlay, with id and reason."""
    INFERRED = "inferred"
    """No source speaks; the mock needs a value."""

    @property
    def is_enforceable(self) -> bool:
        """Whether an implementation may be failed for breaking it: only what a source tells."""
        return self in (Level.STATED, Level.PROSE)


@dataclass(frozen=True, slots=True, order=True)
class Where:
    """A place in a source: a JSON pointer, a range of 1-based lines, or both."""

    first_line: int
    last_line: int
    pointer: str | None = None

    def __str__(self) -> str:
        return f"{self.first_line}" if self.first_line == self.last_line else f"{self.first_line}-{self.last_line}"


@dataclass(frozen=True, slots=True)
class Source:
    """One source document: `id` names it everywhere, `api` groups the sources of one interface."""

    id: str
    file: str
    format: str
    api: str
    title: str
    data: bytes = field(repr=False)

    @property
    def digest(self) -> str:
        """SHA-256 of the bytes, in hex."""
        return hashlib.sha256(self.data).hexdigest()

    @property
    def text(self) -> str:
        """The bytes as UTF-8 text."""
        return self.data.decode("utf-8")


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing that one source says: `value` at `address`, with the place and the verbatim text."""

    address: tuple[str, ...]
    value: Any
    source: str
    where: Where
    text: str
    level: Level = Level.STATED


@dataclass(frozen=True, slots=True)
class Repair:
    """Something a reader mended so that the document could be read at all.

    rule: a named rule of `spec.merge.rules`, such as `stray-document`.
    """

    rule: str
    source: str
    where: Where
    note: str


@dataclass(frozen=True, slots=True)
class Reading:
    """All that one reader took from one source: facts in document order, and what it had to mend."""

    source: Source
    facts: tuple[Fact, ...]
    repairs: tuple[Repair, ...] = ()
