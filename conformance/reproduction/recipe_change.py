"""Recipes for what was created, changed or deleted, and for what moves on its own."""

from __future__ import annotations

import re

from conformance.exchange.shape import id_of, item_in, items_in
from conformance.ledger import Line
from conformance.reproduction.case import Case
from conformance.reproduction.recipe_listing import moving
from conformance.reproduction.tape import body_of, path_of, query_of, succeeded
from spec.contract import Lifecycle, Role
from spec.promise import body_properties, resource_properties
from spec.resource import Meaning

_WHILE = 0.15
"""Seconds between two looks at what may change on its own."""


def create_read_back(case: Case) -> str | None:
    """What was created can be read, with what was sent."""
    made = _maker(case)
    if made is None:
        return None
    first = case.draft.use(made)
    for one in case.touches(case.line, made):
        case.draft.use(one, lenient=True)
    return f"kept({first}, {case.draft.use(case.line)}, {case.envelope})"


def read_by_id(case: Case) -> str | None:
    """Reading an id answers the item that has it."""
    asked = case.draft.parameter(case.line, case.resource)
    return f"is_item({case.draft.use(case.line)}, {case.envelope}, {case.id_name}, {asked})"


def location(case: Case) -> str | None:
    """The Location of a new item leads to it."""
    if case.expected.startswith("a Location"):
        return f'has_header({case.draft.use(case.line)}, "location", 200)'
    made = case.last_success(case.operation.id)
    if made is None:
        return None
    got = case.draft.use(made)
    target = case.draft.take(f'path_of(header_of({got}, "location"), {got})')
    read = case.draft.send(case.draft.call(case.line, target=case.draft.variable(target)))
    known = case.draft.take(f"made_id({got}, {case.envelope_of(made)!r}, {case.id_name})")
    return f"is_item({read}, {case.envelope}, {case.id_name}, {known})"


def idempotent_create(case: Case) -> str | None:
    """The same key makes one item, another key makes another."""
    name = (case.operation.idempotency or "").lower()
    sent = [
        one
        for one in case.tape.between(case.begins, case.line["number"])
        if one["operation"] == case.operation.id and name in one["request"]["headers"] and succeeded(one)
    ]
    if not sent:
        return None
    first, got = case.draft.use(sent[0]), case.draft.use(case.line, lenient=True)
    shown = f"{first}, {got}, {case.envelope}, {case.id_name}"
    if case.expected.startswith("another item"):
        return f"other_thing({shown})"
    return f"no_second({shown})" if case.expected.startswith("no second") else f"same_thing({shown})"


def update_persists(case: Case) -> str | None:
    """What a change changed stays changed."""
    change = case.last_success(case.operation.id)
    if change is None:
        return None
    got = case.draft.use(change)
    return f"changed({got}, {case.draft.use(case.line)}, {case.envelope})"


def update_echo(case: Case) -> str | None:
    """The answer to a change shows the item as it is afterwards."""
    if case.expected.endswith("as sent"):
        got = case.draft.use(case.line)
        return f"changed({got}, {got}, {case.envelope})"
    read = case.after(case.same_path(case.line))
    if read is None:
        return None
    got = case.draft.use(case.line)
    return f"echoed({got}, {case.draft.use(read)}, {case.envelope}, {case.envelope_of(read)!r})"


def update_alone(case: Case) -> str | None:
    """A change changes one item."""
    change = case.last_success(case.operation.id)
    before = case.list_before(change) if change is not None else None
    if change is None or before is None:
        return None
    own, identifier = _own(case, change), case.draft.parameter(change, case.resource)
    _sibling(case, own, change)
    listed = case.draft.walk(before, query=[], comment="before the change")
    case.draft.use(change)
    after = case.draft.walk(before, query=[], comment="after the change")
    return f"others_unchanged({listed}, {after}, {case.draft.told(before)}, {identifier}, {moving(case)})"


def patch_keeps(case: Case) -> str | None:
    """A partial change keeps what was not sent."""
    found = _around(case)
    if found is None:
        return None
    before, change, after = found
    return f"rest_kept({before}, {change}, {after}, {case.envelope}, {moving(case)})"


def replace_whole(case: Case) -> str | None:
    """A replacement keeps nothing of what was left out."""
    found = _around(case)
    if found is None:
        return None
    shown = resource_properties(case.draft.law, case.resource)
    taken = {one.rpartition("[")[2].rstrip("]") for one in body_properties(case.draft.law, case.operation)}
    blanks = {
        name: [None, *([schema["default"]] if "default" in schema else [])]
        for name, schema in shown.items()
        if name in taken and (schema.get("nullable") or "default" in schema)
    }
    before, change, after = found
    return f"rest_cleared({before}, {change}, {after}, {case.envelope}, {case.draft.constant('BLANKS', blanks)})"


def delete_gone(case: Case) -> str | None:
    """What was deleted is neither read nor listed."""
    identifier = case.named(case.expected)
    deletion = case.before(
        lambda one: one["operation"] == case.operation.id and succeeded(one)
        and identifier in (None, case.tape.chain(one).get(case.resource))
    )  # fmt: skip
    if deletion is None:
        return None
    known = case.draft.parameter(deletion, case.resource)
    got = case.draft.use(deletion)
    if case.asked.resource is not None and case.asked.resource.role is Role.LIST:
        start = case.start_of(case.line)
        return f"unlisted({case.draft.walk(start, query=[])}, {case.draft.told(start)}, {known})"
    return f"gone({got}, {case.draft.use(case.line, lenient=True)})"


def delete_alone(case: Case) -> str | None:
    """A deletion takes one item."""
    deletion = case.last_success(case.operation.id)
    if deletion is None:
        return None
    own, start = _own(case, deletion), case.start_of(case.line)
    _sibling(case, own, deletion)
    known = case.draft.parameter(deletion, case.resource)
    before = case.draft.walk(start, query=[], comment="before the deletion")
    case.draft.use(deletion)
    after = case.draft.walk(start, query=[], comment="after the deletion")
    return f"others_stay({before}, {after}, {case.draft.told(start)}, {known})"


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


def renew_url(case: Case) -> str | None:
    """An action gives a field a fresh value."""
    use = case.operation.resource
    read = case.before(lambda one: one["request"]["method"] == "GET" and succeeded(one)
                       and path_of(case.line).startswith(path_of(one)) and not query_of(one))  # fmt: skip
    if use is None or use.renews is None or read is None:
        return None
    until = list(case.shape.fields_meaning(Meaning.EXPIRES)) if case.shape is not None else []
    told = f"{case.envelope}, {case.envelope_of(read)!r}, {use.renews!r}, {until}"
    # The run may have renewed it before, so that there was something fresh to compare with.
    pairs = [(case.draft.use(read, again=True), case.draft.use(case.line, again=True)) for _ in range(2)]
    return " or ".join(f"renewed({before}, {got}, {told})" for before, got in pairs)


def _stamped(case: Case) -> str | None:
    found = _around(case, pause=1.5)
    creates = {one.id for one in case.draft.model.uses_of(case.resource, Role.CREATE)}
    later = case.before(lambda one: one["operation"] in creates and succeeded(one), {**case.line, "number": case.ends})
    names = re.match(r"(\S+) (?:not before|later than)", case.expected)
    if found is None or later is None or names is None:
        return None
    before, _, after = found
    got = case.draft.use(later, again=True)
    return f"stamped({before}, {after}, {got}, {case.envelope}, {case.envelope_of(later)!r}, {names[1]!r})"


def _around(case: Case, pause: float = 0.0) -> tuple[str, str, str] | None:
    """The item before a change, the change, and the item after it."""
    change = case.last_success(case.operation.id)
    before = case.before(case.same_path(case.line), change) if change is not None else None
    if change is None or before is None:
        return None
    first = case.draft.use(before)
    if pause:
        case.draft.pause(pause)
    return first, case.draft.use(change), case.draft.use(case.line)


def _maker(case: Case) -> Line | None:
    """The request that created the item of an exchange."""
    chain = case.tape.chain(case.line)
    identifier = chain.get(case.resource)
    return case.tape.made(case.resource, identifier, case.line) if identifier is not None else None


def _own(case: Case, line: Line) -> Line | None:
    """The request that created what a change or deletion is about; it is in the script from then on."""
    identifier = case.tape.chain(line).get(case.resource, "")
    made = case.tape.made(case.resource, identifier, line)
    if made is not None:
        case.draft.use(made)
    return made


def _sibling(case: Case, own: Line | None, line: Line) -> None:
    """Two more things beside the one that is changed or deleted, made by the requests around it."""
    if own is None:
        return
    beside = [
        one
        for one in case.tape.exchanges
        if one["operation"] == own["operation"] and path_of(one) == path_of(own) and succeeded(one)
        and one["number"] < line["number"] and one is not own and one["source"] != "fuzz"
    ]  # fmt: skip
    for one in beside[-2:]:
        case.draft.use(one)
