"""Bundling: many files of one folder become one document, which needs no file any more.

What a `$ref` names in another file moves under `x-bundled` in the document, and the ref becomes a
local one; so nothing is repeated and recursive schemas stay as they are. Where OpenAPI has no place
for a reference (a path item, the whole of `paths`, `components` or one of its sections), the value
itself takes the place of the ref.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import quote

from spec.loading.cycle import find_alias_cycle, find_file_cycle
from spec.loading.document import Loaded, Mark, is_reference
from spec.loading.file import load_document
from spec.loading.folder import Folder
from spec.loading.limit import MAX_BYTES, MAX_NODES, MAX_REFERENCES
from spec.loading.reference import Parts, Place, Target, escape, split

BUNDLED = "x-bundled"
"""Member of the document's root that holds what came from other files."""

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9._-]+")


def bundle(document: Loaded | Path | str, *, root: Path | None = None, max_bytes: int = MAX_BYTES) -> Loaded:
    """One document in which every `$ref` is local.

    root: folder that no ref may leave, by default the one of the document. max_bytes: of all files together.
    The result keeps the data and lines of the document; what came from elsewhere has the line of its ref,
    and stands in `files`. A document without refs to files is returned as it is.
    Raises LoadError for a ref to the network, out of the folder or to nothing, and for a cycle through files.
    """
    loaded = document if isinstance(document, Loaded) else load_document(document, root=root, max_bytes=max_bytes)
    folder = Folder(loaded, root or (loaded.path.parent if loaded.path else None), max_bytes)
    edges = _collect(folder)
    _refuse_cycles(folder, edges)
    if not any(target.file != start.file for start, targets in edges.items() for target in targets):
        return loaded
    return _Bundler(folder).result()


def _collect(folder: Folder) -> dict[Target, list[Target]]:
    """What each reachable target refers to; opens every file on the way."""
    start = Target(folder.main, "")
    edges: dict[Target, list[Target]] = {}
    queue = [start]
    followed = 0
    for target in queue:
        if target in edges:
            continue
        edges[target] = []
        for parts, text in folder.references_in(target):
            followed += 1
            if followed > MAX_REFERENCES:
                raise folder.place_of(target.file, parts).error(f"more than {MAX_REFERENCES:,} $refs", "use fewer")
            edges[target].append(folder.follow(text, target.file, parts))
        queue.extend(edges[target])
    return edges


def _refuse_cycles(folder: Folder, edges: dict[Target, list[Target]]) -> None:
    def follow(target: Target) -> Target | None:
        # A ref comes before all that stands inside it, so the first edge is the value's own ref.
        return edges[target][0] if is_reference(folder.value_at(target)) else None

    if cycle := find_alias_cycle(edges, follow):
        raise _cycle_place(folder, cycle).error(
            f"a cycle of $refs that never reaches a value: {_shown(cycle)}", "put a value at one of them"
        )
    if cycle := find_file_cycle(edges):
        raise _cycle_place(folder, cycle).error(
            f"a cycle of $refs through files: {_shown(cycle)}", "keep what refers to itself in one file"
        )


def _shown(cycle: list[Target]) -> str:
    return " -> ".join(map(str, cycle))


def _cycle_place(folder: Folder, cycle: list[Target]) -> Place:
    """The ref in the first target of a cycle that names the second."""
    start, following = cycle[:2]
    for parts, text in folder.references_in(start):
        if folder.follow(text, start.file, parts) == following:
            return folder.place_of(start.file, parts)
    return Place(folder.files[start.file].name, 1)


@dataclass(slots=True)
class _Bundler:
    """Writes the bundled document. A line here is one of the main document: the ref that led to a value."""

    folder: Folder
    _names: dict[Target, str] = field(default_factory=dict)
    _lines: dict[Target, int] = field(default_factory=dict)
    _taken: set[str] = field(default_factory=set)
    _inlined: list[tuple[Parts, int]] = field(default_factory=list)
    _nodes: int = 0

    def result(self) -> Loaded:
        """The bundled document."""
        document = self.folder.document
        if not isinstance(document.value, dict) or not isinstance(document.value.get(BUNDLED, {}), dict):
            raise Place(document.name, 1).error(
                f"there is no place for what other files hold: the root or its {BUNDLED} is not a mapping",
                "make the document a mapping",
            )
        self._taken.update(document.value.get(BUNDLED, {}))
        value = self._rewrite(document.value, self.folder.main, (), None)
        moved = self._move()
        if moved:
            value[BUNDLED] = {**value.get(BUNDLED, {}), **moved}
        others = tuple(loaded for file, loaded in sorted(self.folder.files.items()) if file != self.folder.main)
        return replace(document, value=value, mark=self._mark(), files=others)

    def _move(self) -> dict[str, Any]:
        moved: dict[str, Any] = {}
        waiting = list(self._names)
        while waiting:
            for target in waiting:
                value = self.folder.value_at(target)
                moved[self._names[target]] = self._rewrite(value, target.file, None, self._lines[target])
            waiting = [target for target in self._names if self._names[target] not in moved]
        return moved

    def _rewrite(self, value: Any, file: str, position: Parts | None, line: int | None) -> Any:
        """A copy of a value of `file` with refs that hold in the result.

        position: where it goes in the result, None for under `x-bundled`. line: None while it is the main file's own.
        """
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise Place(self.folder.document.name, line or 1).error(
                f"more than {MAX_NODES:,} values", "use fewer files"
            )
        if isinstance(value, list):
            members = enumerate(value)
            return [self._rewrite(member, file, _below(position, index), line) for index, member in members]
        if not isinstance(value, dict):
            return value
        others = {
            key: self._rewrite(member, file, _below(position, key), line)
            for key, member in value.items()
            if key != "$ref" or not isinstance(member, str)
        }
        if not is_reference(value):
            return others
        target = self.folder.target_of(value["$ref"], file)
        if line is None and target.file != file:
            line = self.folder.place_of(file, position or ()).line
        if position is not None and target.file != self.folder.main and _wants_value(position):
            return self._inline(target, position, line or 1, others)
        return {"$ref": self._local(target, line or 1), **others}

    def _inline(self, target: Target, position: Parts, line: int, others: dict[str, Any]) -> Any:
        self._inlined.append((position, line))
        value = self._rewrite(self.folder.value_at(target), target.file, position, line)
        return {**value, **others} if isinstance(value, dict) else value

    def _local(self, target: Target, line: int) -> str:
        """The text of a `$ref` to a target in the result; a value of another file gets its name here."""
        if target.file == self.folder.main:
            return "#" + quote(target.pointer, safe="/~!$&'()*+,;=:@?-._{}")
        if target not in self._names:
            self._names[target] = self._new_name(target)
            self._lines[target] = line
        return f"#/{BUNDLED}/{escape(self._names[target])}"

    def _new_name(self, target: Target) -> str:
        parts = (PurePosixPath(target.file).stem, *split(target.pointer)[-1:])
        base = _NOT_IN_NAMES.sub("-", ".".join(parts)).strip("-") or "value"
        name, number = base, 1
        while name in self._taken:
            number += 1
            name = f"{base}-{number}"
        self._taken.add(name)
        return name

    def _mark(self) -> Mark:
        mark = self.folder.document.mark
        for position, line in self._inlined:
            mark = _with_opaque(mark, position, line)
        for target, name in self._names.items():
            mark = _with_opaque(mark, (BUNDLED, name), self._lines[target])
        return mark


def _below(position: Parts | None, part: str | int) -> Parts | None:
    return None if position is None else (*position, part)


def _wants_value(position: Parts) -> bool:
    """Whether OpenAPI has no reference here: the root's members and theirs, and the members of a path item."""
    return len(position) <= 2 or (len(position) == 3 and position[0] == "paths")


def _with_opaque(mark: Mark, position: Parts, line: int) -> Mark:
    """The mark with one place in it replaced by an opaque one; marks on the way are copied, never changed."""
    if not position or mark.opaque:
        return Mark(line, line, opaque=True) if not mark.opaque else mark
    members = dict(mark.members) if isinstance(mark.members, dict) else {}
    if isinstance(mark.members, list):
        members = {str(index): member for index, member in enumerate(mark.members)}
    part = str(position[0])
    members[part] = _with_opaque(members.get(part, Mark(line, line, {})), position[1:], line)
    return replace(mark, members=members)
