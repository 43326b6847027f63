"""Filters to try: query parameters of a list, each with a value that some of its items have."""

from __future__ import annotations

from collections.abc import Sequence

from conformance.scenarios.scene import Scene
from conformance.shape import Item
from spec.contract import Operation
from spec.field import filters_of


def some_filters(scene: Scene, operation: Operation) -> list[tuple[str, str]]:
    """Query parameters that filter the fullest list, each with a value that some item has, best one first.

    The best leaves some items out. A state that changes on its own is no good for counting.
    """
    key = ("filters", operation.id)
    if key not in scene.memory:
        items = [item for page in scene.pages(operation) for item in page.items]
        scene.memory[key] = _filters(scene, operation, items)
    found: list[tuple[str, str]] = scene.memory[key]
    return found


def _filters(scene: Scene, operation: Operation, items: Sequence[Item]) -> list[tuple[str, str]]:
    use = operation.resource
    lifecycle = scene.model.resources[use.name].lifecycle if use else None
    found: list[tuple[int, str, str]] = []
    for name, field in filters_of(scene.law, scene.enforced(operation)).items():
        values = [item[field] for item in items if item.get(field) is not None]
        if not values or (lifecycle is not None and lifecycle.field == field):
            continue
        value = min(values, key=values.count)
        found.append((sum(item.get(field) != value for item in items), name, as_query(value)))
    return [(name, value) for _, name, value in sorted(found, reverse=True)]


def as_query(value: object) -> str:
    """A value as it travels in a query."""
    return str(value).lower() if isinstance(value, bool) else str(value)
