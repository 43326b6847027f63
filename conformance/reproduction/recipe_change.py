"""Recipes for what was created, changed or deleted."""

from __future__ import annotations

from conformance.ledger import Line
from conformance.reproduction.case import Case
from conformance.reproduction.tape import path_of, query_of, succeeded
from spec.contract import Role
from spec.field import body_properties, resource_properties
from spec.resource import Meaning


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
    return f"others_unchanged({listed}, {after}, {case.draft.told(before)}, {identifier}, {case.moving})"


def patch_keeps(case: Case) -> str | None:
    """A partial change keeps what was not sent."""
    found = around(case)
    if found is None:
        return None
    before, change, after = found
    return f"rest_kept({before}, {change}, {after}, {case.envelope}, {case.moving})"


def replace_whole(case: Case) -> str | None:
    """A replacement keeps nothing of what was left out."""
    found = around(case)
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


def around(case: Case, pause: float = 0.0) -> tuple[str, str, str] | None:
    """The item before a change, the change, and the item after it; pause: seconds to let pass before the change."""
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
