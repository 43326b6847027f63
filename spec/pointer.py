"""JSON pointers into a document, written `#/paths/~1things/get`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from spec.errors import ContractError


def resolve_pointer(document: Any, pointer: str) -> Any:
    """The value at a `#/a/b` pointer; raises ContractError if there is none."""
    node = document
    for part in split_pointer(pointer):
        try:
            node = node[int(part)] if isinstance(node, Sequence) and not isinstance(node, str) else node[part]
        except (KeyError, IndexError, ValueError, TypeError):
            raise ContractError(f"nothing at {pointer}") from None
    return node


def split_pointer(pointer: str) -> tuple[str, ...]:
    """The unescaped parts of a `#/a~1b/c` pointer."""
    body = pointer.removeprefix("#").removeprefix("/")
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in body.split("/")) if body else ()


def join_pointer(parts: Sequence[str | int]) -> str:
    """The `#/a~1b/c` pointer of unescaped parts."""
    return "#" + "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)
