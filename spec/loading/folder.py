"""The files of one bundle: each is opened once, from inside one folder, within one budget of bytes."""

from __future__ import annotations

import os
from bisect import bisect_left
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from spec.loading.file import load_document, safe_member
from spec.loading.limit import MAX_FILES
from spec.loading.reference import Parts, Place, Target, find_references, look_up, read_reference

if TYPE_CHECKING:
    from spec.loading.document import Loaded

_LAST = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class _Found:
    """A `$ref` in a file. key: its path as strings, by which the refs of a file are sorted."""

    key: tuple[str, ...]
    parts: Parts
    text: str


@dataclass(slots=True)
class Folder:
    """What can be reached from one document without leaving `root`; None means that it came from no folder."""

    document: Loaded
    root: Path | None
    max_bytes: int
    main: str = field(init=False)
    files: dict[str, Loaded] = field(init=False)
    _names: dict[str, str] = field(init=False, default_factory=dict)
    _references: dict[str, list[_Found]] = field(init=False, default_factory=dict)
    _followed: dict[tuple[str, str], Target] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self.main = self._canonical(self.document.path) if self.document.path else ""
        self.files = {self.main: self.document}

    def value_at(self, target: Target) -> Any:
        """The value that a target names, which must exist."""
        return look_up(self.files[target.file].value, target.pointer)[1]

    def place_of(self, file: str, parts: Parts) -> Place:
        """Where the `$ref` of the node at that path stands."""
        loaded = self.files[file]
        return Place(loaded.name, loaded.span((*parts, "$ref"))[0])

    def follow(self, text: str, file: str, parts: Parts) -> Target:
        """What the `$ref` at that path names, with its file opened; raises LoadError where it may not or cannot be."""
        known = self._followed.get((file, text))
        if known is not None:
            return known
        place = self.place_of(file, parts)
        target = read_reference(text, file, place)
        if target.file != file:
            target = Target(self._open(target.file, place), target.pointer)
        try:
            look_up(self.files[target.file].value, target.pointer)
        except LookupError:
            raise place.error(f"the $ref {text!a} points to nothing", "correct the pointer") from None
        self._followed[file, text] = target
        return target

    def target_of(self, text: str, file: str) -> Target:
        """What a `$ref` names that was followed before."""
        return self._followed[file, text]

    def references_in(self, target: Target) -> list[tuple[Parts, str]]:
        """Every `$ref` inside of a target, as (path in its file, text)."""
        found = self._references.get(target.file)
        if found is None:
            pairs = find_references(self.files[target.file].value)
            found = sorted((_Found(tuple(map(str, p)), p, text) for p, text in pairs), key=lambda each: each.key)
            self._references[target.file] = found
        prefix = tuple(map(str, look_up(self.files[target.file].value, target.pointer)[0]))
        first = bisect_left(found, prefix, key=lambda each: each.key)
        last = bisect_left(found, (*prefix, _LAST), key=lambda each: each.key)
        return [(each.parts, each.text) for each in found[first:last]]

    def _open(self, relative: str, place: Place) -> str:
        if relative in self._names:
            return self._names[relative]
        if self.root is None:
            raise place.error(f"the $ref to {relative!a} has no folder to start from", "load the document by path")
        path = safe_member(self.root, relative, file=place.name, line=place.line)
        if not path.is_file():
            raise place.error(f"the $ref names {relative!a}, and there is no such file", "correct the path")
        file = self._canonical(path)
        if file not in self.files:
            self._load(file, path, place)
        self._names[relative] = file
        return file

    def _load(self, file: str, path: Path, place: Place) -> None:
        if len(self.files) >= MAX_FILES:
            raise place.error(f"more than {MAX_FILES:,} files", "join some of them")
        left = self.max_bytes - sum(len(loaded.data) for loaded in self.files.values())
        if path.stat().st_size > left:
            raise place.error(
                f"with {file!a} the files are larger than {self.max_bytes:,} bytes together",
                "remove embedded samples, or leave files out",
            )
        self.files[file] = load_document(path, root=self.root, max_bytes=left)

    def _canonical(self, path: Path) -> str:
        # By its real path, so that two names of one file, or a link to it, are one file here.
        real = os.path.realpath(path)
        return Path(os.path.relpath(real, os.path.realpath(self.root))).as_posix() if self.root else Path(real).name
