"""Recipes for what lists show: pages, links, totals, filters, order, and what they hold."""

from __future__ import annotations

import re

from conformance.ledger import Line
from conformance.reproduction.case import Case
from conformance.reproduction.tape import query_of, rows_of, succeeded
from spec.contract import Role
from spec.promise import filters_of
from spec.resource import Meaning, read_shapes


def page_order(case: Case) -> str | None:
    """Items are in order by the declared field, over all pages."""
    page = case.asked.page
    if page is None:
        return None
    told = f"{case.draft.told(case.line)}, {page.order_by!r}, descending={page.descending}"
    walks = [case.draft.walk(case.line, query=case.first_query(case.line)), _small_pages(case)]
    return " or ".join(f"ordered({pages}, {told})" for pages in walks if pages)


def page_default_size(case: Case) -> str | None:
    """A page that nobody asked to be larger or smaller has its default size."""
    size = case.asked.page.default_size if case.asked.page is not None else None
    if size is None:
        return None
    case.draft.fill(case.line, size + 1)
    return f"page_size({case.draft.use(case.line)}, {case.draft.told(case.line)}, {size})"


def limit_respected(case: Case) -> str | None:
    """As many items as were asked for."""
    parameter = case.asked.page.size_parameter if case.asked.page is not None else None
    limit = int(dict(query_of(case.line)).get(parameter or "", "0") or 0)
    if not limit:
        return None
    case.draft.fill(case.line, limit + 1)
    got, pages = case.draft.use(case.line), case.draft.walk(case.line, query=[])
    return f"limited({got}, {pages}, {case.draft.told(case.line)}, {limit})"


def page_total(case: Case) -> str | None:
    """The total is that of all items, on every page."""
    query, filters = case.first_query(case.line), filters_of(case.draft.law, case.asked)
    if not any(name in filters for name, _ in query):
        case.draft.fill(case.line, case.count(case.line))
    return f"right_total({case.draft.walk(case.line, query=query)}, {case.draft.told(case.line)})"


def page_links(case: Case) -> str | None:
    """Links lead through all pages, show each item once, and lead back."""
    start, told = case.start_of(case.line), case.draft.told(case.line)
    expected, draft = case.expected, case.draft
    draft.fill(start, max(case.count(case.line), _count_of(case, start)))
    if expected == "a link to the next page":
        page = case.asked.page.page_parameter if case.asked.page is not None else None
        second = case.after(lambda one: case.same_path(start)(one) and dict(query_of(one)).get(page or "") == "2")
        got = draft.use(start)
        return f"leads_on({got}, {draft.use(second) if second is not None else None}, {told})"
    if named := re.match(r"page (\d+), as", expected):
        pages = draft.walk(_unnumbered(case))
        return f"same_page({pages}[{int(named[1]) - 1}], {draft.use(case.line)}, {told})"
    if named := re.match(r"the next (\d+) items", expected):
        parameter = case.asked.page.size_parameter if case.asked.page is not None else ""
        small = draft.walk(start, query=[(parameter or "", named[1])])
        return f"keeps_size({small}, {draft.walk(start, query=[])}, {told}, {named[1]})"
    if expected.startswith("links ") and "lead" not in expected:
        names = expected.removeprefix("links ").split(", ")
        return f"offers({_small_pages(case) or draft.walk(start)}, {told}, {names})"
    if named := re.search(r"behind the link '(\w+)'", expected):
        return _leading(case, start, named[1])
    return f"each_once({draft.walk(start, query=case.first_query(case.line))}, {told})"


def cursor_complete(case: Case) -> str | None:
    """Following cursors shows each item once, all of them, and ends."""
    start, page = case.start_of(case.line), case.asked.page
    told = case.draft.told(case.line, by_cursor=True)
    case.draft.fill(start, case.count(case.line))
    pages = case.draft.walk(start, query=case.first_query(case.line), by_cursor=True)
    if not case.expected.startswith("all ") or page is None or page.size_parameter is None:
        return f"each_once({pages}, {told})"
    whole = case.before(
        lambda one: (
            case.same_path(start)(one) and dict(query_of(one)).get(page.size_parameter or "") == str(page.maximum_size)
        ),
        {**case.line, "number": case.ends},
    )
    if whole is None and page.cursor_parameter is None:
        whole = start  # a list that goes on from a marker is shown whole to who does not ask for pages
    return f"all_shown({pages}, {case.draft.use(whole)}, {told})" if whole is not None else None


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
    return f"agrees({pages}, {got}, {told}, {case.envelope}, {moving(case)})"


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
    state = _last_state(lifecycle) if lifecycle is not None else None
    names = [field, f"{rule['name']}_id", rule["name"]]
    pages = case.draft.walk(listing, query=[])
    got, told = case.draft.use(case.line), case.draft.told(listing)
    by = repr(lifecycle.field) if lifecycle is not None else None
    return f"latest({got}, {pages}, {told}, {case.envelope}, {names}, {by}, {(rule.get('state') or state)!r})"


def moving(case: Case) -> list[str]:
    """Fields of an item that change on their own."""
    shape, lifecycle = case.shape, case.lifecycle
    if shape is None:
        return []
    own = [Meaning.EXPIRES, Meaning.UPDATED]
    if lifecycle is not None:
        own += [Meaning.STARTED, Meaning.ENDED, Meaning.SIZE, Meaning.DIGEST]
    names = {*shape.renewable, *(name for meaning in own for name in shape.fields_meaning(meaning))}
    return sorted(names | ({lifecycle.field} if lifecycle is not None else set()))


def _provoke(case: Case, listing: Line) -> None:
    """Make something that begins its way, so that there is one in such a state."""
    made = case.before(
        lambda one: one["request"]["method"] == "POST" and succeeded(one) and case.tape.made_by(one) is not None
        and one["operation"] in {op.id for op in case.draft.model.uses_of(case.resource, Role.CREATE)}
        and case.tape.chain(one).items() <= case.tape.chain(listing).items()
    )  # fmt: skip
    if made is not None:
        case.draft.use(made)


def _last_state(lifecycle: object) -> str:
    transitions = lifecycle.transitions  # type: ignore[attr-defined]
    state, seen = lifecycle.initial, set()  # type: ignore[attr-defined]
    while transitions.get(state) and state not in seen:
        seen.add(state)
        state = transitions[state][0]
    return str(state)


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


def _leading(case: Case, start: Line, relation: str) -> str:
    draft, told = case.draft, case.draft.told(start)
    pages = draft.walk(_unnumbered(case))
    source = f"{pages}[1]" if relation == "prev" else f"{pages}[0]"
    target = draft.take(f"linked({source}, {told}, {relation!r})")
    got = draft.send(draft.call(start, target=draft.variable(target)))
    wanted = f"{pages}[-1]" if relation == "last" else f"{pages}[0]"
    return f"same_page({wanted}, {got}, {told})"


def _unnumbered(case: Case) -> Line:
    """The first page of the walk that a check compares with."""
    page = case.asked.page
    drops = {page.page_parameter, page.cursor_parameter} if page is not None else set()
    asked = {pair for pair in query_of(case.line) if pair[0] not in drops}
    found = case.before(lambda one: case.same_path(case.line)(one) and succeeded(one) and set(query_of(one)) == asked)
    return found or case.start_of(case.line)


def _small_pages(case: Case) -> str | None:
    """A walk over pages of a third of the list, as the check makes where everything fits on one page."""
    size = case.asked.page.size_parameter if case.asked.page is not None else None
    count = len(rows_of(case.line, case.envelope_of(case.line)))
    if size is None or count < 3 or query_of(case.line):
        return None
    sizes = [str(-(-count // 3))]
    return case.draft.walk(case.line, query=[(size, sizes[0])])


def _count_of(case: Case, start: Line) -> int:
    """How many items the longest walk from a first page showed."""
    shown = [one for one in case.tape.exchanges if case.same_path(start)(one) and succeeded(one)]
    return max((len(rows_of(one, case.envelope_of(one))) + 1 for one in shown), default=0)
