"""Overlays: decisions of people, as OpenAPI Overlay documents, applied strictly.

Each action has, beside `target` and `update`, `copy` or `remove`, an `x-decision`:

    x-decision:
      id: list-of-backups                 # unique over all overlays
      resolves: {conflict: "#/paths/…"}   # or {finding: D26}, or {gap: what no source says}
      reason: why this value
      level: decided                      # or inferred, or example; decided if left out
      documented: {…}                     # optional: merged at the target in the documented form

Strict means: a target that matches nothing, an action that changes nothing, a conflict that is not
there, and a guess that would replace what a source says are errors with file and line.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jsonpath
from jsonpath.exceptions import JSONPathError

from spec.errors import OverlayError
from spec.facts import Level
from spec.loading import load_document
from spec.merge.assemble import pointer_of
from spec.merge.claim import Claim, Origin
from spec.merge.tree import Branch, Leaf, Location, at, copy, grow, origins, plain
from spec.merge.unify import Conflict
from spec.pointer import join_pointer

_VERBS = ("update", "copy", "remove")
_DECISION_MEMBERS = frozenset({"id", "resolves", "reason", "level", "by", "date", "documented"})


@dataclass(frozen=True, slots=True)
class Action:
    """One action of an overlay: exactly one of `update`, `copy` (a JSONPath) and `remove`."""

    file: str
    line: int
    target: str
    verb: str
    value: Any
    id: str
    resolves: tuple[str, str]
    reason: str
    level: Level
    documented: Any = None

    def error(self, message: str, hint: str) -> OverlayError:
        """An error that names this action's file and line."""
        return OverlayError(f"action {self.id!r}: {message}", file=self.file, line=self.line, hint=hint)


@dataclass(slots=True)
class Applied:
    """The outcome of all actions.

    resolved: pointers of conflicts that an action decides. removed: claims whose leaf an action took away,
    with the id of that action. documented: (location, value, action) to merge into the documented form.
    """

    tree: Branch
    resolved: dict[str, Action] = field(default_factory=dict)
    removed: list[tuple[Claim, str]] = field(default_factory=list)
    documented: list[tuple[Location, Any, Action]] = field(default_factory=list)


def load_overlays(folder: Path) -> tuple[Action, ...]:
    """All actions of the folder's `*.yaml` overlays, in the order of file names."""
    found = [action for path in sorted(folder.glob("*.yaml")) for action in read_overlay(path)]
    seen: dict[str, Action] = {}
    for action in found:
        if action.id in seen:
            raise action.error(f"the id is also used at {seen[action.id].file}:{seen[action.id].line}", "rename one")
        seen[action.id] = action
    return tuple(found)


def read_overlay(path: Path) -> Iterator[Action]:
    """The actions of one overlay document; raises OverlayError with file and line for a malformed one."""
    loaded = load_document(path)
    if not isinstance(loaded.value, dict) or not str(loaded.value.get("overlay", "")).startswith("1."):
        raise OverlayError(
            "not an OpenAPI Overlay 1.x document", file=path.name, line=1, hint="start it with 'overlay: 1.1.0'"
        )
    for index, raw in enumerate(loaded.value.get("actions", ())):
        yield _action(raw, path.name, loaded.span(("actions", index))[0])


def _action(raw: Any, file: str, line: int) -> Action:
    def complain(message: str, hint: str) -> OverlayError:
        return OverlayError(message, file=file, line=line, hint=hint)

    verbs = [verb for verb in _VERBS if verb in raw]
    if "target" not in raw or len(verbs) != 1:
        raise complain(f"an action needs a target and exactly one of {', '.join(_VERBS)}", "split or complete it")
    decision = raw.get("x-decision")
    if not isinstance(decision, dict) or not {"id", "resolves", "reason"} <= decision.keys():
        raise complain("an action needs x-decision with id, resolves and reason", "say who decided what, and why")
    if unknown := decision.keys() - _DECISION_MEMBERS:
        raise complain(
            f"x-decision does not know {', '.join(sorted(unknown))}", f"known: {', '.join(sorted(_DECISION_MEMBERS))}"
        )
    resolves = decision["resolves"]
    if not isinstance(resolves, dict) or len(resolves) != 1 or resolves.keys() - {"conflict", "finding", "gap"}:
        raise complain("resolves names one of conflict, finding and gap", "for example {gap: no source gives a limit}")
    try:
        level = Level(decision.get("level", "decided"))
    except ValueError:
        raise complain(f"unknown level {decision['level']!r}", "use decided, inferred or example") from None
    if level.is_enforceable:
        raise complain(f"an overlay cannot make something {level}", "only a source can; use decided or inferred")
    kind, subject = next(iter(resolves.items()))
    return Action(
        file=file,
        line=line,
        target=raw["target"],
        verb=verbs[0],
        value=raw[verbs[0]],
        id=decision["id"],
        resolves=(kind, str(subject)),
        reason=decision["reason"],
        level=level,
        documented=decision.get("documented"),
    )


def apply_overlays(tree: Branch, actions: Sequence[Action], conflicts: Iterable[Conflict] = ()) -> Applied:
    """The tree after every action, in order; the given tree is left as it was."""
    applied = Applied(copy(tree))
    open_conflicts = {pointer_of(tree, conflict.address): conflict for conflict in conflicts}
    for action in actions:
        kind, subject = action.resolves
        if kind == "conflict":
            if subject not in open_conflicts:
                raise action.error(f"there is no conflict at {subject}", "the sources agree by now: delete the action")
            applied.resolved[subject] = action
        _apply(applied, action, open_conflicts)
    return applied


def _apply(applied: Applied, action: Action, conflicts: dict[str, Conflict]) -> None:
    locations = _matches(applied.tree, action)
    changed = False
    for location in locations:
        if action.documented is not None:
            applied.documented.append((location, action.documented, action))
        if action.verb == "remove":
            changed = True
            _remove(applied, location, action)
            continue
        value = action.value if action.verb == "update" else _copied(applied.tree, action)
        changed |= _merge_at(applied.tree, location, value, action, conflicts)
    if not changed and action.resolves[0] != "conflict":
        raise action.error("it changes nothing: the sources say the same", "delete the action")


def _matches(tree: Branch, action: Action) -> list[Location]:
    try:
        matches = [match.parts for match in jsonpath.finditer(action.target, plain(tree))]
    except JSONPathError as error:
        raise action.error(f"the target is no JSONPath ({error})", "see RFC 9535") from error
    if not matches:
        raise action.error(f"nothing matches the target {action.target}", "correct the target or delete the action")
    # From the end backwards, so that removing one list member does not move the next.
    return sorted((tuple(parts) for parts in matches), key=_document_order, reverse=action.verb == "remove")


def _document_order(location: Location) -> tuple[tuple[int, int, str], ...]:
    return tuple((1, part, "") if isinstance(part, int) else (0, 0, part) for part in location)


def _copied(tree: Branch, action: Action) -> Any:
    found = list(jsonpath.finditer(action.value, plain(tree)))
    if len(found) != 1:
        raise action.error(f"copy needs exactly one source, {action.value} matches {len(found)}", "correct the path")
    return at(tree, tuple(found[0].parts))


def _remove(applied: Applied, location: Location, action: Action) -> None:
    parent = at(applied.tree, location[:-1])
    gone = parent[location[-1]]
    for origin in origins(gone):
        applied.removed += [(claim, action.id) for claim in (*origin.claims, *origin.overruled)]
    del parent[location[-1]]


def _merge_at(tree: Branch, location: Location, value: Any, action: Action, conflicts: dict[str, Conflict]) -> bool:
    if not location:
        return _merge(tree, value, location, action, conflicts)
    parent = at(tree, location[:-1])
    key = location[-1]
    merged, changed = _merged(parent[key], value, location, action, conflicts)
    parent[key] = merged
    return changed


def _merge(branch: Branch, update: Any, location: Location, action: Action, conflicts: dict[str, Conflict]) -> bool:
    changed = False
    for key, value in update.items():
        place = (*location, key)
        if key in branch:
            branch[key], different = _merged(branch[key], value, place, action, conflicts)
            changed |= different
        else:
            branch[key] = _grown(value, place, action, conflicts)
            changed = True
    return changed


def _merged(
    old: Any, update: Any, location: Location, action: Action, conflicts: dict[str, Conflict]
) -> tuple[Any, bool]:
    """Overlay semantics: mappings merge, lists are joined, anything else is replaced."""
    if isinstance(old, Branch) and isinstance(update, dict):
        return old, _merge(old, update, location, action, conflicts)
    if isinstance(old, list):
        more = update if isinstance(update, list) else [update]
        grown = [_grown(member, (*location, len(old) + index), action, conflicts) for index, member in enumerate(more)]
        return old + grown, bool(grown)
    if isinstance(old, Leaf) and isinstance(update, dict) and old.value == {}:
        return _grown(update, location, action, conflicts), bool(update)
    if plain(old) == (plain(update) if isinstance(update, (Leaf, Branch)) else update):
        return old, False
    lost = tuple(claim for origin in origins(old) for claim in origin.claims)
    if lost and action.level is not Level.DECIDED:
        said = lost[0]
        raise action.error(
            f"a guess cannot replace what a source says at {join_pointer(location)} "
            f"({said.fact.source}, line {said.fact.where})",
            "drop that member from the action, or make it a decision that names the finding",
        )
    fresh = _grown(update, location, action, conflicts)
    if isinstance(fresh, Leaf):
        fresh = Leaf(fresh.value, fresh.origin.with_overruled(lost))
    return fresh, True


def _grown(value: Any, location: Location, action: Action, conflicts: dict[str, Conflict]) -> Any:
    if isinstance(value, (Leaf, Branch)):
        return copy(value)
    if isinstance(value, dict) and value:
        branch = Branch({key: _grown(value[key], (*location, key), action, conflicts) for key in value})
        branch.origin = Origin(action.level, decision=action.id)
        return branch
    fresh = grow(value, Origin(action.level, decision=action.id))
    conflict = conflicts.get(join_pointer(location))
    if conflict and isinstance(fresh, Leaf):
        return Leaf(fresh.value, _settled(fresh, conflict))
    return fresh


def _settled(leaf: Leaf, conflict: Conflict) -> Origin:
    """The origin of a decided leaf: the side that was right supports it, the others are overruled."""
    right = tuple(claim for side in conflict.sides for claim in side if claim.value == leaf.value)
    wrong = tuple(claim for side in conflict.sides for claim in side if claim.value != leaf.value)
    return Origin(leaf.origin.level, decision=leaf.origin.decision, claims=right, overruled=wrong)
