"""Recipes for what lists hold: filters, the order asked for, whose items, and what a read says of the same ones."""

from __future__ import annotations

import re

from conformance.ledger import Line
from conformance.reproduction.case import Case
from conformance.reproduction.tape import query_of, succeeded
from spec.contract import Role
from spec.field import filters_of
from spec.resource import Meaning, read_shapes


def filter_honoured(case: Case) -> str | None:
    """A filtered list holds the items that match, and all of them."""
    if "made with" in f"{case.expected} {case.seen}":
        return _made_to_fit(case)
    law = case.draft.law
    fields = filters_of(law, law.by_id.get(case.asked.id, case.asked)) or filters_of(case.draft.model, case.asked)
    wanted = [(fields[name], value) for name, value in query_of(case.line) if name in fields]
    everything = case.draft.walk(case.line, query=[])
    return f"filtered({everything}, {case.draft.walk(case.line)}, {case.draft.told(case.line)}, {wanted})"


def sort_honoured(case: Case) -> str | None:
    """A list is in the order that was asked for."""
    parameter = case.asked.page.sort_parameter if case.asked.page is not None else None
    value = dict(query_of(case.line)).get(parameter or "")
    if not value:
        return None
    case.draft.fill(case.line, 3)
    told, descending = case.draft.told(case.line), value.startswith("-")
    return f"sorted_by({case.draft.use(case.line)}, {told}, {value.lstrip('-+')!r}, descending={descending})"


def scope_of_list(case: Case) -> str | None:
    """A list below a parent holds that parent's items."""
    told, use = case.draft.told(case.line), case.asked.resource
    named = re.match(r"(\S+) of (.*) in every item", case.expected)
    if named is not None and use is not None:
        parent = case.draft.parameter(case.line, use.path[-1][1])
        return f"of_parent({case.draft.use(case.line)}, {told}, {named[1]!r}, {parent})"
    shared = case.seen.split()[0]
    other = case.before(
        lambda one: one["operation"] == case.line["operation"] and succeeded(one) and not case.same_path(case.line)(one)
        and shared in str(one["answer"]["body"])
    )  # fmt: skip
    return f"disjoint({case.draft.use(other)}, {case.draft.use(case.line)}, {told})" if other is not None else None


def item_members(case: Case) -> str | None:
    """Every item of a list has an id and says when it was made."""
    shape = read_shapes(case.draft.law).get(case.resource)
    fields: list[str] = []
    if shape is not None:
        moments = (name for name in shape.fields_meaning(Meaning.CREATED) if name in shape.required)
        fields = [shape.resource.id, *(one for one in moments if not shape.properties[one].get("nullable"))]
    return f"complete({case.draft.use(case.line)}, {case.draft.told(case.line)}, {fields if len(fields) > 1 else []})"


def list_agrees(case: Case) -> str | None:
    """A list and a read tell the same of an item, and what can be read is listed."""
    draft = case.draft
    if case.expected.endswith("which can be read"):
        return _shows_ours(case)
    listing = case.list_before(case.line)
    if listing is None:
        return None
    told = draft.told(listing)
    if "what follows it" in case.expected and case.lifecycle is not None:
        moves = {state: list(after) for state, after in case.lifecycle.transitions.items()}
        got = draft.use(case.line)
        again = draft.walk(listing, query=[], comment="the list, after the read")
        field = f"{case.envelope}, {case.lifecycle.field!r}, {draft.constant('MOVES', moves)}"
        return f"row_follows({got}, {again}, {told}, {field})"
    pages = draft.walk(listing, query=[])
    got = draft.use(case.line)
    return f"agrees({pages}, {got}, {told}, {case.envelope}, {case.moving})"


def item_in_list(case: Case) -> str | None:
    """What was created stands in the list."""
    return _shows_ours(case)


def unique_id(case: Case) -> str | None:
    """No two items have the same id."""
    draft = case.draft
    others = case.tape.between(case.begins, case.line["number"])
    earlier = [one for one in others if one["operation"] == case.line["operation"] and succeeded(one)]
    same = case.before(lambda one: one["operation"] == case.line["operation"] and succeeded(one))
    made = [draft.use(one) for one in (earlier[-2:] or ([same] if same is not None else []))]
    listing = case.list_before(case.line) or case.list_after(case.line)
    pages = draft.walk(listing, query=[]) if listing is not None else "[]"
    told = draft.told(listing if listing is not None else case.line)
    return f"new_id({draft.use(case.line)}, [{', '.join(made)}], {pages}, {told})"


def optional_singleton(case: Case) -> str | None:
    """The one item in some states is answered if there is one."""
    use, lifecycle = case.operation.resource, case.lifecycle
    if case.expected.endswith("its absence") or use is None or lifecycle is None:
        return f"no_server_error({case.draft.use(case.line)})"
    if case.expected.startswith("an item in one of"):
        states = f"{lifecycle.field!r}, {list(lifecycle.states)}, {list(use.states)}"
        return f"in_states({case.draft.use(case.line)}, {case.envelope}, {states})"
    listing = case.list_after(case.line) or case.list_before(case.line)
    if listing is None:
        return None
    _provoke(case, listing)
    got, pages = case.draft.use(case.line), case.draft.walk(listing, query=[])
    told = case.draft.told(listing)
    return f"singleton({got}, {pages}, {told}, {case.envelope}, {lifecycle.field!r}, {list(use.states)})"


def latest_default(case: Case) -> str | None:
    """What names no sibling is about the most recent one."""
    rules = case.operation.resource.references if case.operation.resource is not None else {}
    found = next(((name, rule) for name, rule in rules.items() if rule.get("default") == "latest"), None)
    if found is None:
        return None
    field, rule = found
    lists = case.draft.model.uses_of(rule["name"], Role.LIST)
    chain = case.tape.chain(case.line)
    listing = lists and case.after(
        lambda one: one["operation"] == lists[0].id and succeeded(one) and case.tape.chain(one).items() <= chain.items()
    )
    if not listing:
        return None
    lifecycle = case.draft.model.resources[rule["name"]].lifecycle
    state = lifecycle.usual_end if lifecycle is not None else None
    names = [field, f"{rule['name']}_id", rule["name"]]
    pages = case.draft.walk(listing, query=[])
    got, told = case.draft.use(case.line), case.draft.told(listing)
    by = repr(lifecycle.field) if lifecycle is not None else None
    return f"latest({got}, {pages}, {told}, {case.envelope}, {names}, {by}, {(rule.get('state') or state)!r})"


def _provoke(case: Case, listing: Line) -> None:
    """Make something that begins its way, so that there is one in such a state."""
    made = case.before(
        lambda one: one["request"]["method"] == "POST" and succeeded(one) and case.tape.made_by(one) is not None
        and one["operation"] in {op.id for op in case.draft.model.uses_of(case.resource, Role.CREATE)}
        and case.tape.chain(one).items() <= case.tape.chain(listing).items()
    )  # fmt: skip
    if made is not None:
        case.draft.use(made)


def _shows_ours(case: Case) -> str | None:
    identifier = case.expected.split()[0].rstrip(",")
    made = case.tape.made(case.resource, identifier)
    start = case.start_of(case.line)
    if made is None:
        return None
    case.draft.use(made)
    known = case.draft.value(case.resource, identifier, {}, case.line)
    return f"listed({case.draft.walk(start, query=[])}, {case.draft.told(start)}, {known})"


def _made_to_fit(case: Case) -> str | None:
    """What was made to fit a filter is listed; what was made with another value is not."""
    is_missing = "made with" in case.expected
    identifier = case.named(case.expected if is_missing else case.seen)
    made = case.tape.made(case.resource, identifier) if identifier is not None else None
    if made is None or identifier is None:
        return None
    case.draft.use(made)
    known, start = case.draft.value(case.resource, identifier, {}, case.line), case.start_of(case.line)
    word = "listed" if is_missing else "unlisted"
    return f"{word}({case.draft.walk(start)}, {case.draft.told(start)}, {known})"
