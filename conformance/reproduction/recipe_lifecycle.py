"""Recipes for what moves on its own: states that follow each other, and times in order."""

from __future__ import annotations

import re

from conformance.exchange.shape import id_of, item_in, items_in
from conformance.ledger import Line
from conformance.reproduction.case import Case
from conformance.reproduction.recipe_change import around
from conformance.reproduction.tape import body_of, succeeded
from spec.contract import Role
from spec.lifecycle import Lifecycle
from spec.resource import Meaning

_WHILE = 0.15
"""Seconds between two looks at what may change on its own."""


def lifecycle_start(case: Case) -> str | None:
    """A new item is at its start."""
    lifecycle = case.lifecycle
    if lifecycle is None:
        return None
    ends = [state for state in lifecycle.states if lifecycle.is_terminal(state)]
    return f"not_ended({case.draft.use(case.line)}, {case.envelope}, {lifecycle.field!r}, {ends})"


def lifecycle_order(case: Case) -> str | None:
    """States follow each other as declared."""
    lifecycle, draft = case.lifecycle, case.draft
    if lifecycle is None:
        return None
    if case.expected.startswith("no way"):
        return f"refused({draft.use(case.line, lenient=True)})"
    if ", or what follows it" in case.expected:
        return _states_seen(case, lifecycle)
    moves = draft.constant("MOVES", {state: list(after) for state, after in lifecycle.transitions.items()})
    listing = case.list_before(case.line)
    known = draft.parameter(case.line, case.resource)
    first = draft.take(f"state_of({draft.use(case.line)}, {case.envelope}, {lifecycle.field!r})")
    if listing is not None:
        pages = draft.walk(listing, query=[])
        first = draft.take(f"row_state({pages}, {draft.told(listing)}, {known}, {lifecycle.field!r})")
    answers = _samples(case, 3)
    field = f"{case.envelope}, {lifecycle.field!r}, {moves}"
    return f"follows({first}, {answers[0]}, {field}) or states_follow([{', '.join(answers)}], {field})"


def _states_seen(case: Case, lifecycle: Lifecycle) -> str | None:
    """Two answers of any kind that show states of one thing which cannot follow each other."""
    draft, state = case.draft, case.expected.partition(",")[0]
    own = case.tape.chain(case.line).get(case.resource)
    for identifier in [own] if own else _ids_in_state(case, case.line, lifecycle.field, case.seen):
        before = case.before(
            lambda one, wanted=identifier: wanted in _ids_in_state(case, one, lifecycle.field, state)  # type: ignore[misc]
        )
        if before is None:
            continue
        known = draft.value(case.resource, identifier, case.tape.chain(case.line), case.line) or repr(identifier)
        first = _shown(case, before)
        moves = draft.constant("MOVES", {one: list(after) for one, after in lifecycle.transitions.items()})
        named = f"{case.id_name}, {known}, {lifecycle.field!r}"
        first = draft.take(f"seen_state({first}, {case.envelope_of(before)!r}, {named})")
        last = draft.take(f"seen_state({_shown(case, case.line)}, {case.envelope}, {named})")
        claim = f"in_turn({first}, {last}, {moves})"
        if not own:
            return claim
        field = f"{case.envelope}, {lifecycle.field!r}, {moves}"
        return f"{claim} or states_follow([{', '.join(_samples(case, 6))}], {field})"
    return None


def _samples(case: Case, times: int) -> list[str]:
    """The answer some times over, with a while in between: a state may be wrong at times only."""
    found = []
    for _ in range(times):
        found.append(case.draft.use(case.line, again=True))
        case.draft.pause(_WHILE)
    return found


def _shown(case: Case, line: Line) -> str:
    """The answers that show things: all pages of a list, or one item, asked for once more."""
    operation = case.tape.operation(line)
    use = operation.resource if operation is not None else None
    if use is not None and use.role is Role.LIST:
        return case.draft.walk(line, query=case.first_query(line), comment="what is listed by now")
    return case.draft.use(line, again=use is not None and use.role is Role.READ)


def _ids_in_state(case: Case, line: Line, field: str, state: str) -> list[str]:
    """Ids of what an exchange shows in a state."""
    operation = case.tape.operation(line)
    if (
        operation is None
        or operation.resource is None
        or operation.resource.name != case.resource
        or not succeeded(line)
    ):
        return []
    body, envelope = body_of(line), operation.resource.envelope
    item = item_in(body, envelope)
    items = [*(items_in(body, envelope) or ()), *([item] if item is not None else [])]
    name = case.draft.model.resources[case.resource].id
    return [found for one in items if one.get(field) == state and (found := id_of(one, name)) is not None]


def lifecycle_end(case: Case) -> str | None:
    """An item that has come to an end stays there."""
    return lifecycle_order(case)


def lifecycle_progress(case: Case) -> str | None:
    """What is on its way comes to an end."""
    lifecycle = case.lifecycle
    told = re.match(r"an end within ([0-9.]+) s", case.expected)
    if lifecycle is None or told is None:
        return None
    waiting = [
        one for one in lifecycle.states if not lifecycle.is_terminal(one) and one in (lifecycle.durations or (one,))
    ]
    claim = f"has_ended({{}}, {case.envelope}, {lifecycle.field!r}, {waiting})"
    got = case.draft.watch(case.line, claim, float(told[1]))
    return claim.replace("{}", got)


def moments_in_order(case: Case) -> str | None:
    """Times of an item are in the order in which things happened."""
    shape, use = case.shape, case.operation.resource
    if shape is None or use is None:
        return None
    if use.role in (Role.UPDATE, Role.REPLACE):
        return _stamped(case)
    kinds = (Meaning.CREATED, Meaning.STARTED, Meaning.ENDED)
    names = [name for kind in kinds for name in shape.fields_meaning(kind)]
    return f"in_time_order({case.draft.use(case.line)}, {case.envelope}, {names})"


def _stamped(case: Case) -> str | None:
    found = around(case, pause=1.5)
    creates = {one.id for one in case.draft.model.uses_of(case.resource, Role.CREATE)}
    later = case.before(lambda one: one["operation"] in creates and succeeded(one), {**case.line, "number": case.ends})
    names = re.match(r"(\S+) (?:not before|later than)", case.expected)
    if found is None or later is None or names is None:
        return None
    before, _, after = found
    got = case.draft.use(later, again=True)
    return f"stamped({before}, {after}, {got}, {case.envelope}, {case.envelope_of(later)!r}, {names[1]!r})"
