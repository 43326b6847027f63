"""Finds the cycles of references that have no end: refs to nothing but refs, and files that need each other.

A schema that refers to itself inside one file is neither: it is how trees are described.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from spec.loading.reference import Target

Edges = Mapping[Target, Sequence[Target]]


def find_alias_cycle(targets: Iterable[Target], follow: Callable[[Target], Target | None]) -> list[Target] | None:
    """A cycle of values that are nothing but a `$ref`; `follow` gives what such a value names, else None."""
    done: set[Target] = set()
    for start in targets:
        trail: dict[Target, None] = {}
        target: Target | None = start
        while target is not None and target not in done:
            if target in trail:
                steps = list(trail)
                return _closed(steps[steps.index(target) :])
            trail[target] = None
            target = follow(target)
        done.update(trail)
    return None


def find_file_cycle(edges: Edges) -> list[Target] | None:
    """A cycle of references that leaves a file and comes back to it."""
    component = _components(edges)
    for start, targets in edges.items():
        for target in targets:
            if target.file != start.file and component[target] == component[start]:
                return _closed(_way(edges, target, start))
    return None


def _closed(steps: list[Target]) -> list[Target]:
    """The cycle of these steps, always told from the same one of them, which also ends it."""
    first = steps.index(min(steps))
    return [*steps[first:], *steps[:first], steps[first]]


def _components(edges: Edges) -> dict[Target, int]:
    """The strongly connected component of each target (Kosaraju's two walks, without recursion)."""
    order: list[Target] = []
    seen: set[Target] = set()
    for root in edges:
        order.extend(_finished(root, edges, seen))
    backwards: dict[Target, list[Target]] = {target: [] for target in edges}
    for start, targets in edges.items():
        for target in targets:
            backwards[target].append(start)
    component: dict[Target, int] = {}
    visited: set[Target] = set()
    for number, root in enumerate(reversed(order)):
        component.update(dict.fromkeys(_finished(root, backwards, visited), number))
    return component


def _finished(root: Target, edges: Edges, seen: set[Target]) -> Iterator[Target]:
    """What is reached from a target and not yet seen, deepest first."""
    if root in seen:
        return
    seen.add(root)
    stack = [(root, iter(edges[root]))]
    while stack:
        target, rest = stack[-1]
        following = next((each for each in rest if each not in seen), None)
        if following is None:
            stack.pop()
            yield target
        else:
            seen.add(following)
            stack.append((following, iter(edges[following])))


def _way(edges: Edges, start: Target, goal: Target) -> list[Target]:
    """A shortest way from one target to another, both included."""
    came_from: dict[Target, Target | None] = {start: None}
    queue = [start]
    for target in queue:
        if target == goal:
            break
        for following in edges[target]:
            if following not in came_from:
                came_from[following] = target
                queue.append(following)
    way: list[Target] = []
    step: Target | None = goal
    while step is not None:
        way.append(step)
        step = came_from[step]
    return way[::-1]
