"""Which operation a method and a path mean: a trie over path segments.

A literal segment wins over a mixed one (`{id}:cancel`), and that over a plain parameter, at each level,
with backtracking: `/x/{a}/y` is found although `/x/me` exists. Values are strings; each is
percent-decoded after the path was split, so an encoded slash stays inside its value.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import unquote_to_bytes

from mockserver.errors import shorten
from mockserver.exchange import Refusal

if TYPE_CHECKING:
    from spec.contract import Contract, Operation

_NOTHING: Mapping[str, str] = MappingProxyType({})
_SHORT = 128
_REMEMBERED = 1024
_VARIABLE = re.compile(r"\{([^}]*)\}")


class Match(NamedTuple):
    """An operation and the decoded values of its path parameters."""

    operation: Operation
    values: Mapping[str, str]


@dataclass(slots=True)
class _Node:
    literals: dict[str, _Node] = field(default_factory=dict)
    mixed: list[tuple[re.Pattern[str], _Node]] = field(default_factory=list)
    parameter: _Node | None = None
    operations: dict[str, tuple[Operation, tuple[str, ...]]] = field(default_factory=dict)


class Routes:
    """All routes of one contract, compiled once."""

    def __init__(self, contract: Contract) -> None:
        self._root = _Node()
        self._templates: list[tuple[tuple[str, ...], Operation]] = []
        for operation in contract.operations:
            self._add(contract.base_path + operation.path, operation)
        methods = {operation.method.upper() for operation in contract.operations}
        self._every_method = _with_implied(methods)
        # Clients ask for the same things again; only short paths are remembered, since anybody may send long ones.
        self._match_short = lru_cache(maxsize=_REMEMBERED)(self._match)

    def match(self, method: str, path: str) -> Match:
        """The operation for a method and a raw path.

        Raises Refusal: unknown-route, method-not-allowed (with a complete Allow header), or malformed.
        """
        return self._match_short(method, path) if len(path) <= _SHORT else self._match(method, path)

    def _match(self, method: str, path: str) -> Match:
        node, found = self._find(path)
        if node is None:
            raise Refusal("unknown-route", f"no operation has the path {shorten(path)}")
        wanted = "GET" if method == "HEAD" and "HEAD" not in node.operations else method
        if wanted not in node.operations:
            allowed = ", ".join(_with_implied(node.operations))
            raise Refusal(
                "method-not-allowed",
                f"{shorten(method, 20)} is not offered here; offered: {allowed}",
                headers={"Allow": allowed},
            )
        operation, names = node.operations[wanted]
        return Match(operation, dict(zip(names, found, strict=True)) if names else _NOTHING)

    def allowed(self, path: str) -> tuple[str, ...]:
        """Methods offered at a raw path, with HEAD and OPTIONS; empty where there is no route. "*" means the server."""
        if path == "*":
            return self._every_method
        node, _ = self._find(path)
        return _with_implied(node.operations) if node is not None else ()

    def declares(self, method: str, path: str) -> bool:
        """Whether the contract itself declares this method here."""
        node, _ = self._find(path)
        return node is not None and method in node.operations

    def nearest(self, path: str) -> Operation | None:
        """The operation whose template shares the longest run of leading segments; None if none shares any."""
        segments = path.split("/")[1:]
        best, score = None, 0
        for template, operation in self._templates:
            shared = 0
            for wanted, seen in zip(template, segments, strict=False):
                if wanted != seen and "{" not in wanted:
                    break
                # A literal says more about kinship than a parameter, which takes anything.
                shared += 1 if "{" in wanted else 2
            if shared > score:
                best, score = operation, shared
        return best

    def _add(self, template: str, operation: Operation) -> None:
        node = self._root
        segments = tuple(template.split("/")[1:])
        for segment in segments:
            node = _child(node, segment)
        names = tuple(name for segment in segments for name in _VARIABLE.findall(segment))
        node.operations[operation.method.upper()] = (operation, names)
        self._templates.append((segments, operation))

    def _find(self, path: str) -> tuple[_Node | None, tuple[str, ...]]:
        segments = path.split("/")
        if "%" in path:
            segments = [_decoded(segment) for segment in segments]
        if segments[0]:
            return None, ()
        return _descend(self._root, segments) or next(_walk(self._root, segments, 1, ()), (None, ()))


def _child(node: _Node, segment: str) -> _Node:
    if "{" not in segment:
        return node.literals.setdefault(segment, _Node())
    if _VARIABLE.fullmatch(segment):
        node.parameter = node.parameter or _Node()
        return node.parameter
    pieces = _VARIABLE.split(segment)
    # Odd pieces are names; the text between them is literal.
    pattern = re.compile("".join("(.+?)" if at % 2 else re.escape(piece) for at, piece in enumerate(pieces)), re.DOTALL)
    for known, child in node.mixed:
        if known.pattern == pattern.pattern:
            return child
    child = _Node()
    node.mixed.append((pattern, child))
    return child


def _descend(node: _Node, segments: list[str]) -> tuple[_Node, tuple[str, ...]] | None:
    """What `_walk` finds first, where it gets there without turning back; None where it might not."""
    found: tuple[str, ...] = ()
    for segment in segments[1:]:
        child = node.literals.get(segment)
        if child is None:
            if node.mixed or node.parameter is None or not segment:
                return None
            child, found = node.parameter, (*found, segment)
        node = child
    return (node, found) if node.operations else None


def _walk(node: _Node, segments: list[str], at: int, found: tuple[str, ...]) -> Iterator[tuple[_Node, tuple[str, ...]]]:
    if at == len(segments):
        if node.operations:
            yield node, found
        return
    segment = segments[at]
    if segment in node.literals:
        yield from _walk(node.literals[segment], segments, at + 1, found)
    for pattern, child in node.mixed:
        if fits := pattern.fullmatch(segment):
            yield from _walk(child, segments, at + 1, (*found, *fits.groups()))
    # An empty segment is no value: `/things/` does not name a thing.
    if node.parameter is not None and segment:
        yield from _walk(node.parameter, segments, at + 1, (*found, segment))


def _with_implied(methods: Mapping[str, object] | set[str]) -> tuple[str, ...]:
    implied = {"OPTIONS", "HEAD"} if "GET" in methods else {"OPTIONS"}
    return tuple(sorted(implied.union(methods)))


def _decoded(segment: str) -> str:
    if "%" not in segment:
        return segment
    try:
        return unquote_to_bytes(segment).decode("utf-8")
    except UnicodeDecodeError:
        raise Refusal("malformed", f"the path holds bytes that are not UTF-8: {shorten(segment)}") from None
