"""Embedding: the source text of the functions that a reproducer uses, and of all that they use in turn."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from inspect import getsource
from types import ModuleType

from conformance.exchange import link, shape
from conformance.reproduction.runtime import answer, change, content, listing, schema, state, status, talk

_SOURCES: Sequence[ModuleType] = (shape, link, answer, state, status, listing, change, content, schema, talk)
"""Modules whose functions may be copied, in the order in which they stand in a reproducer."""

_WORD = re.compile(r"[A-Za-z_]\w*")
_NOTE = re.compile(r"  # (?:noqa|type:|fmt:).*$")
_SCOPES = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp, ast.Lambda)


@dataclass(frozen=True, slots=True)
class _Piece:
    """A function, class or constant: its text, and the names in it."""

    name: str
    text: str
    names: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Library:
    """All pieces in order, and the import line of every name that comes from the standard library."""

    pieces: tuple[_Piece, ...]
    imports: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Copied:
    """Source text that some expressions need: import lines, and what is defined below them."""

    imports: str
    definitions: str


def copied(expressions: Iterable[str], modules: Iterable[str] = ()) -> Copied:
    """Python source of everything that some expressions name. modules: that are imported besides."""
    library = _library()
    pieces = {piece.name: piece for piece in library.pieces}
    wanted, rest = set(), [name for text in expressions for name in _WORD.findall(text)]
    while rest:
        name = rest.pop()
        if name in pieces and name not in wanted:
            wanted.add(name)
            rest += pieces[name].names
    taken = [piece for piece in library.pieces if piece.name in wanted]
    names = {name for piece in taken for name in piece.names}
    imports = {line for name, line in library.imports.items() if name in names}
    plain = sorted({line for line in imports if line.startswith("import")} | {f"import {name}" for name in modules})
    froms = _merged([line for line in imports if not line.startswith("import")])
    head = ["from __future__ import annotations", "", *plain, *froms]
    return Copied("\n".join(head), "\n\n\n".join(piece.text for piece in taken))


def _merged(lines: Iterable[str]) -> list[str]:
    """One line for each module that names are imported from."""
    found: dict[str, list[str]] = {}
    for line in lines:
        module, _, name = line.removeprefix("from ").partition(" import ")
        found.setdefault(module, []).append(name)
    return [f"from {module} import {', '.join(sorted(names))}" for module, names in sorted(found.items())]


@cache
def _library() -> _Library:
    pieces: list[_Piece] = []
    imports: dict[str, str] = {}
    for module in _SOURCES:
        source = getsource(module)
        for node in ast.parse(source).body:
            if isinstance(node, (ast.Import, ast.ImportFrom)):
                imports.update(_imported(node))
                continue
            name = _name_of(node)
            # What needs the kit's own types stays behind: a reproducer has none of them.
            if name is not None and name != "links_in":
                pieces.append(_Piece(name, _text_of(node, source), _names_in(node)))
    return _Library(tuple(pieces), imports)


def _imported(node: ast.Import | ast.ImportFrom) -> dict[str, str]:
    if isinstance(node, ast.Import):
        return {one.name.partition(".")[0]: f"import {one.name}" for one in node.names}
    if node.module is None or node.module.partition(".")[0] in ("conformance", "spec", "__future__"):
        return {}
    return {one.name: f"from {node.module} import {one.name}" for one in node.names}


def _name_of(node: ast.stmt) -> str | None:
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return node.name
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return node.target.id
    if isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
        return node.targets[0].id
    return None


def _text_of(node: ast.stmt, source: str) -> str:
    decorators = getattr(node, "decorator_list", [])
    first = min([node.lineno, *(one.lineno for one in decorators)])
    # Notes to our own tools tell a reader of the copy nothing.
    return "\n".join(re.sub(_NOTE, "", line) for line in source.splitlines()[first - 1 : node.end_lineno])


def _names_in(node: ast.AST) -> frozenset[str]:
    """Names that a piece takes from outside: not those of its own parameters and variables."""
    return frozenset(_scoped(node)[0])


def _scoped(node: ast.AST) -> tuple[set[str], set[str]]:
    """Names that are read in a node, and names that it sets in the scope around it."""
    if isinstance(node, ast.Name):
        return ({node.id}, set()) if isinstance(node.ctx, ast.Load) else (set(), {node.id})
    read: set[str] = set()
    own = {node.arg} if isinstance(node, ast.arg) else set()
    for child in ast.iter_child_nodes(node):
        more, others = _scoped(child)
        read |= more
        own |= others
    if isinstance(node, ast.FunctionDef):
        # An annotation may be called as a variable is.
        outside = [one.annotation for one in ast.walk(node.args) if isinstance(one, ast.arg) and one.annotation]
        return (read - own).union(*(_scoped(one)[0] for one in outside)), set()
    return (read - own, set()) if isinstance(node, _SCOPES) else (read, own)
