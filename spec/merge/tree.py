"""The contract while it is being made: a JSON tree whose leaves know their origin.

A tree is a `Branch` (a mapping that may know why it exists), a list of trees, or a `Leaf`. Empty
mappings and lists are leaves. Locations are tuples of keys and indices, the same as in the plain
document, so that a JSONPath match on the plain document finds its place here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from spec.merge.claim import Origin

Location = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A scalar, or an empty mapping or list, and why it is there."""

    value: Any
    origin: Origin


class Branch(dict[str, Any]):
    """A mapping of trees; `origin` says why it exists where something claims just that."""

    origin: Origin | None = None


Tree = Branch | list[Any] | Leaf


def grow(value: Any, origin: Origin) -> Tree:
    """The tree of a plain value, every leaf of which has the same origin."""
    if isinstance(value, dict) and value:
        branch = Branch({key: grow(member, origin) for key, member in value.items()})
        branch.origin = origin
        return branch
    if isinstance(value, list) and value:
        return [grow(member, origin) for member in value]
    return Leaf(value, origin)


def plain(tree: Any) -> Any:
    """The plain JSON value of a tree."""
    if isinstance(tree, Leaf):
        return type(tree.value)(tree.value) if isinstance(tree.value, (dict, list)) else tree.value
    if isinstance(tree, dict):
        return {key: plain(member) for key, member in tree.items()}
    return [plain(member) for member in tree]


def at(tree: Any, location: Location) -> Any:
    """The subtree at a location; raises KeyError or IndexError if there is none."""
    for part in location:
        if isinstance(tree, Leaf):
            raise KeyError(part)
        tree = tree[part]
    return tree


def leaves(tree: Any, location: Location = ()) -> Iterator[tuple[Location, Leaf]]:
    """Every leaf with its location, in document order."""
    if isinstance(tree, Leaf):
        yield location, tree
    elif isinstance(tree, dict):
        for key, member in tree.items():
            yield from leaves(member, (*location, key))
    else:
        for index, member in enumerate(tree):
            yield from leaves(member, (*location, index))


def origins(tree: Any) -> Iterator[Origin]:
    """The origin of every leaf and of every branch that has one."""
    if isinstance(tree, Leaf):
        yield tree.origin
        return
    if isinstance(tree, Branch) and tree.origin is not None:
        yield tree.origin
    for member in tree.values() if isinstance(tree, dict) else tree:
        yield from origins(member)


def map_leaves(tree: Any, change: Callable[[Leaf], Leaf]) -> Any:
    """A copy of the tree with every leaf changed."""
    if isinstance(tree, Leaf):
        return change(tree)
    if isinstance(tree, dict):
        branch = Branch({key: map_leaves(member, change) for key, member in tree.items()})
        branch.origin = tree.origin if isinstance(tree, Branch) else None
        return branch
    return [map_leaves(member, change) for member in tree]


def copy(tree: Any) -> Any:
    """A copy that shares only the leaves, which never change."""
    return map_leaves(tree, lambda leaf: leaf)
