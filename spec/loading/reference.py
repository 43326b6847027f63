"""References: where a `$ref` points, and whether it may."""

from __future__ import annotations

import posixpath
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from spec.errors import LoadError
from spec.loading.document import is_reference

if TYPE_CHECKING:
    from collections.abc import Iterator

_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")

Parts = tuple[str | int, ...]


@dataclass(frozen=True, slots=True, order=True)
class Target:
    """A value in a file. file: relative to the root folder, "" for the document itself. pointer: as after `#`."""

    file: str
    pointer: str

    def __str__(self) -> str:
        return f"{self.file}#{self.pointer}"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a `$ref` stands: name of the file as the user knows it, and the line."""

    name: str
    line: int

    def error(self, message: str, hint: str) -> LoadError:
        """The LoadError that speaks of this place."""
        return LoadError(message, file=self.name, line=self.line, hint=hint)


def find_references(value: Any) -> Iterator[tuple[Parts, str]]:
    """Every `$ref` in a value, as (path of the node that holds it, text), in document order."""
    stack: list[tuple[Parts, Any]] = [((), value)]
    while stack:
        parts, node = stack.pop()
        if is_reference(node):
            yield parts, node["$ref"]
        if isinstance(node, dict):
            stack.extend(((*parts, key), node[key]) for key in reversed(node))
        elif isinstance(node, list):
            stack.extend(((*parts, index), node[index]) for index in reversed(range(len(node))))


def read_reference(text: str, referrer: str, place: Place) -> Target:
    """What a `$ref` in the file `referrer` names; raises LoadError for anything but a file in reach or a pointer."""
    if _SCHEME.match(text) or text.startswith("//"):
        what = "a file by its URL" if text.lower().startswith("file:") else "the network"
        raise place.error(
            f"the $ref {text!a} points to {what}, and only files beside this one are read",
            "save what it points to in this folder and refer to it by its relative path",
        )
    path, _, fragment = text.partition("#")
    pointer = unquote(fragment)
    if pointer and not pointer.startswith("/"):
        raise place.error(f"the $ref {text!a} names an anchor", "use a JSON pointer, such as #/components/schemas/X")
    if not path:
        return Target(referrer, pointer)
    if "?" in path:
        raise place.error(f"the $ref {text!a} holds a query", "name a file by its relative path")
    relative = unquote(path)
    if relative.startswith("/") or "\\" in relative:
        return Target(relative, pointer)  # refused, with its reason, when the file is opened
    return Target(posixpath.normpath(posixpath.join(posixpath.dirname(referrer), relative)), pointer)


def split(pointer: str) -> tuple[str, ...]:
    """The unescaped parts of a pointer."""
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])


def escape(part: str) -> str:
    """One part of a pointer, escaped."""
    return part.replace("~", "~0").replace("/", "~1")


def look_up(value: Any, pointer: str) -> tuple[Parts, Any]:
    """The value at a pointer, with its path; raises LookupError if there is none."""
    parts: Parts = ()
    for part in split(pointer):
        step: str | int = part
        if isinstance(value, list) and part.isdecimal():
            step = int(part)
        elif not isinstance(value, dict):
            raise LookupError(pointer)
        value = value[step]
        parts = (*parts, step)
    return parts, value
