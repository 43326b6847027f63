"""Recipes for how lists are cut: pages in order and of the right size, links, cursors and totals."""

from __future__ import annotations

import re

from conformance.ledger import Line
from conformance.reproduction.case import Case
from conformance.reproduction.tape import query_of, rows_of, succeeded
from spec.field import filters_of


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
