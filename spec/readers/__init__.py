"""Readers: one module per source format, each turning a document into neutral facts.

A reader module has a `FORMAT` (or several, as a tuple) and one public function `read`. Adding a format
is adding a file here: nothing else lists them. Modules whose name starts with an underscore are shared
by readers and are none themselves.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable, Mapping
from functools import cache
from types import MappingProxyType

from spec.errors import SourceError
from spec.facts import Reading, Source

__all__ = ["known_formats", "read"]


def read(source: Source) -> Reading:
    """All that one source says; raises SourceError if its format is unknown or its shape is wrong."""
    reader = _readers().get(source.format)
    if reader is None:
        raise SourceError(
            f"format {source.format!r} of source {source.id!r} has no reader",
            file=source.file,
            hint=f"known formats: {', '.join(known_formats())}; a new one is a new module in spec/readers",
        )
    return reader(source)


def known_formats() -> tuple[str, ...]:
    """The formats that can be read, in alphabetical order."""
    return tuple(sorted(_readers()))


@cache
def _readers() -> Mapping[str, Callable[[Source], Reading]]:
    """Every reader by format name, found by looking into this folder."""
    found: dict[str, Callable[[Source], Reading]] = {}
    for info in pkgutil.iter_modules(__path__, f"{__name__}."):
        if info.name.rpartition(".")[2].startswith("_"):
            continue
        module = importlib.import_module(info.name)
        formats = (module.FORMAT,) if isinstance(module.FORMAT, str) else module.FORMAT
        found |= dict.fromkeys(formats, module.read)
    return MappingProxyType(found)
