"""Judging lists: what they hold, how they are cut, ordered and linked. Copied into reproducers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from conformance.exchange.shape import Item, as_query, created_at, id_of, ids_of, is_ascending, item_in, sort_key
from conformance.reproduction.runtime.answer import Answer, Unclear, item, row_ids, rows
from conformance.reproduction.runtime.state import is_cut, links_of, need_whole, next_of


def listed(pages: Sequence[Answer], told: Mapping[str, Any], identifier: str) -> str:
    """What is wrong unless an item is listed."""
    ids = row_ids(pages, told)
    if identifier in ids:
        return ""
    need_whole(pages, told)
    return f"expected {identifier} among {len(ids)} items, it is not there"


def unlisted(pages: Sequence[Answer], told: Mapping[str, Any], identifier: str) -> str:
    """What is wrong if an item is listed."""
    return f"expected a list without {identifier}, it is listed" if identifier in row_ids(pages, told) else ""


def others_stay(before: Sequence[Answer], after: Sequence[Answer], told: Mapping[str, Any], identifier: str) -> str:
    """What is wrong unless every other item is still listed."""
    missing = sorted(set(row_ids(before, told)) - set(row_ids(after, told)) - {identifier})
    return f"expected every other item still listed, {', '.join(missing[:5])} gone" if missing else ""


def others_unchanged(
    before: Sequence[Answer], after: Sequence[Answer], told: Mapping[str, Any], identifier: str, moving: Sequence[str]
) -> str:
    """What is wrong unless every other item is as it was, but for fields that move on their own."""
    now = {id_of(row, told["id"]): row for row in rows(after, told)}
    for row in rows(before, told):
        own = id_of(row, told["id"])
        if own == identifier or own not in now:
            continue
        other = [name for name in row if name not in moving and now[own].get(name) != row[name]]
        if other:
            return f"expected the item {own} as it was, saw {other[0]} of {now[own].get(other[0])!r}"
    return ""


def no_more(
    before: Sequence[Answer], after: Sequence[Answer], told: Mapping[str, Any], refusals: Sequence[Answer]
) -> str:
    """What is wrong if a list has more items after requests that were refused."""
    most = len(rows(before, told)) + sum(200 <= one.status < 300 for one in refusals)
    seen = len(rows(after, told))
    return f"expected {most} items, as the bodies were refused, saw {seen}" if seen > most else ""


def ordered(pages: Sequence[Answer], told: Mapping[str, Any], field: str, *, descending: bool) -> str:
    """What is wrong unless items are in order by a field."""
    ids = ids_of(rows(pages, told), field)
    if ids is None:
        raise Unclear(f"items have no field {field!r}")
    return (
        ""
        if is_ascending(ids[::-1] if descending else ids)
        else f"expected order by {field}, saw {', '.join(ids[:12])}"
    )


def sorted_by(got: Answer, told: Mapping[str, Any], field: str, *, descending: bool) -> str:
    """What is wrong unless items are in the order that was asked for."""
    values = [row.get(field) for row in rows(got, told)]
    if None in values:
        raise Unclear(f"items have no field {field!r}")
    keys = [sort_key(str(value)) if isinstance(value, int) else (2, str(value)) for value in values]
    shown = ", ".join(str(key[-1]) for key in keys[:8])
    return "" if keys == sorted(keys, reverse=descending) else f"expected items ordered by {field}, saw {shown}"


def total_of(got: Answer, told: Mapping[str, Any]) -> int | None:
    """The total that a list tells; None without one that is a number."""
    if told.get("total_header"):
        text = got.headers.get(told["total_header"].lower(), "")
        return int(text) if text.isdecimal() else None
    body = got.json() if told.get("total_member") else None
    total = body.get(told["total_member"]) if isinstance(body, dict) else None
    return total if isinstance(total, int) and not isinstance(total, bool) else None


def right_total(pages: Sequence[Answer], told: Mapping[str, Any]) -> str:
    """What is wrong unless every page tells the number of all items."""
    count = len(rows(pages, told))
    for page in pages:
        total = total_of(page, told)
        if total != count and not (is_cut(pages, told) and total is not None and total > count):
            return f"expected a total of {count}, saw {total}"
    need_whole(pages, told)
    return ""


def page_size(got: Answer, told: Mapping[str, Any], size: int) -> str:
    """What is wrong unless a page holds as many items as a page has, if there are so many."""
    count, total = len(rows(got, told)), total_of(got, told)
    has_more = bool(next_of(got, told)) or (total is not None and total > count)
    wrong = count > size or (count < size and has_more)
    return f"expected a page of {size} items, saw {count}" if wrong else ""


def limited(got: Answer, everything: Sequence[Answer], told: Mapping[str, Any], limit: int) -> str:
    """What is wrong unless a page holds as many items as were asked for, if there are so many."""
    wanted, seen = min(limit, len(rows(everything, told))), len(rows(got, told))
    return "" if seen == wanted else f"expected {wanted} items, saw {seen}"


def leads_on(got: Answer, second: Answer | None, told: Mapping[str, Any]) -> str:
    """What is wrong if there are more items and no link to them."""
    total, count = total_of(got, told), len(rows(got, told))
    if next_of(got, told):
        return ""
    if total is not None and total > count:
        return f"expected a link to the next page, saw {count} of {total} items and no link"
    others = row_ids(second, told) if second is not None else []
    if others and others != row_ids(got, told):
        return "expected a link to the next page, saw none, although there is a second page"
    return ""


def each_once(pages: Sequence[Answer], told: Mapping[str, Any]) -> str:
    """What is wrong unless links lead through all pages to a last one and show each item once."""
    ids, last = row_ids(pages, told), pages[-1]
    if next_of(last, told) and not is_cut(pages, told):
        return f"expected links that lead to a last page, saw {len(pages)} pages and no end"
    if len(pages) > 1 and told.get("numbered") and not rows(last, told):
        return "expected a last page with items, saw a link to a page without any"
    twice = sorted({one for one in ids if ids.count(one) > 1})
    if twice:
        return f"expected each item on one page, saw {', '.join(twice[:5])} on several"
    total = total_of(pages[0], told)
    if total is not None and total < len(ids):
        return f"expected {total} items on all pages, saw {len(ids)}"
    need_whole(pages, told)
    return f"expected {total} items on all pages, saw {len(ids)}" if total is not None and total != len(ids) else ""


def all_shown(pages: Sequence[Answer], at_once: Answer, told: Mapping[str, Any]) -> str:
    """What is wrong unless small pages show what a large one does."""
    need_whole(pages, told)
    missing = [one for one in row_ids(at_once, told) if one not in row_ids(pages, told)]
    return f"expected all items, saw {', '.join(missing[:5])} on no page" if missing else ""


def same_page(wanted: Answer, got: Answer, told: Mapping[str, Any]) -> str:
    """What is wrong unless two answers show the same items."""
    if not 200 <= got.status < 300:
        return f"expected the page {wanted.target}, saw status {got.status}"
    same = row_ids(wanted, told) == row_ids(got, told)
    return "" if same else f"expected the items of {wanted.target}, saw {len(rows(got, told))} others"


def keeps_size(small: Sequence[Answer], everything: Sequence[Answer], told: Mapping[str, Any], size: int) -> str:
    """What is wrong unless the second page is as small as the first, and goes on where that ended."""
    if len(small) < 2 or len(rows(small[0], told)) != size:
        raise Unclear(f"there is no second page after {size} items")
    shown = row_ids(small[:2], told)
    wrong = len(rows(small[1], told)) > size or shown != row_ids(everything, told)[: len(shown)]
    return f"expected the next {size} items, saw {len(rows(small[1], told))} items" if wrong else ""


def offers(pages: Sequence[Answer], told: Mapping[str, Any], relations: Sequence[str]) -> str:
    """What is wrong unless the links of some relations are offered on some page."""
    if len(pages) < 2:
        raise Unclear("there is only one page")
    offered = {name for page in pages for name in links_of(page, told)}
    missing = [name for name in relations if name not in offered]
    return f"expected links {', '.join(relations)}, saw only {', '.join(sorted(offered))}" if missing else ""


def filtered(
    everything: Sequence[Answer],
    got: Sequence[Answer],
    told: Mapping[str, Any],
    wanted: Sequence[tuple[str, str]],
) -> str:
    """What is wrong unless a list holds the items that match, and all of them; `wanted` is field and value."""

    def matches(row: Item) -> bool:
        return all(row.get(name) is not None and as_query(row[name]) == value for name, value in wanted)

    wrong = [row for row in rows(got, told) if not matches(row)]
    if wrong:
        return f"expected only items that match {list(wanted)}, saw {len(wrong)} others"
    fitting = {id_of(row, told["id"]) for row in rows(everything, told) if matches(row)}
    missing = fitting - {id_of(row, told["id"]) for row in rows(got, told)}
    need_whole(got, told)
    return f"expected all {len(fitting)} items that match {list(wanted)}, {len(missing)} missing" if missing else ""


def of_parent(got: Answer, told: Mapping[str, Any], field: str, parent: str) -> str:
    """What is wrong unless every item of a list names its parent."""
    strangers = [row for row in rows(got, told) if field in row and str(row[field]) != parent]
    return f"expected {field} of {parent} in every item, saw {strangers[0][field]}" if strangers else ""


def disjoint(one: Answer, other: Answer, told: Mapping[str, Any]) -> str:
    """What is wrong if lists of two parents share an item."""
    shared = set(row_ids(one, told)) & set(row_ids(other, told))
    return f"expected items of one parent only, saw {min(shared)} in two lists" if shared else ""


def complete(got: Answer, told: Mapping[str, Any], fields: Sequence[str]) -> str:
    """What is wrong unless every item has its fields; without fields, an id and a time of creation."""
    bare = [
        row
        for row in rows(got, told)
        if (
            any(row.get(name) is None for name in fields)
            if fields
            else not id_of(row, told["id"]) or not created_at(row)
        )
    ]
    return f"expected items with {', '.join(fields) or 'an id and a time'}, {len(bare)} without" if bare else ""


def agrees(
    pages: Sequence[Answer], got: Answer, told: Mapping[str, Any], envelope: str | None, moving: Sequence[str]
) -> str:
    """What is wrong unless a list and a read tell the same of an item."""
    if 400 <= got.status < 500:
        return f"expected the item that is listed, saw status {got.status}"
    read = item(got, envelope)
    row = next((one for one in rows(pages, told) if id_of(one, told["id"]) == id_of(read, told["id"])), None)
    if row is None:
        return f"expected the item that was asked for, saw {id_of(read, told['id'])}"
    other = [name for name in row if name in read and name not in moving and row[name] != read[name]]
    return f"expected {other[0]} of {row[other[0]]!r}, as listed, saw {read[other[0]]!r}" if other else ""


def in_states(got: Answer, envelope: str | None, field: str, known: Sequence[str], wanted: Sequence[str]) -> str:
    """What is wrong if the item that is answered is in a known state that was not asked for."""
    found = item_in(got.json(), envelope) if 200 <= got.status < 300 and got.body.strip() else None
    state = (found or {}).get(field)
    is_other = state in known and state not in wanted
    return f"expected an item that is {' or '.join(wanted)}, saw one that is {state}" if is_other else ""


def singleton(
    got: Answer,
    pages: Sequence[Answer],
    told: Mapping[str, Any],
    envelope: str | None,
    field: str,
    states: Sequence[str],
) -> str:
    """What is wrong unless the one item in some states is answered, if the list shows one."""
    if got.status >= 500:
        return f"expected the item, or its absence, saw status {got.status}"
    wanted = [id_of(row, told["id"]) for row in rows(pages, told) if row.get(field) in states]
    found = item_in(got.json(), envelope) if 200 <= got.status < 300 and got.body.strip() else None
    shown = id_of(found, told["id"]) if found else None
    if wanted and shown not in wanted:
        return f"expected the item {wanted[0]} that the list shows as {' or '.join(states)}, saw {shown or got.status}"
    return ""


def latest(
    got: Answer, pages: Sequence[Answer], told: Mapping[str, Any], envelope: str | None, names: Sequence[str],
    field: str | None, state: str | None,
) -> str:  # fmt: skip
    """What is wrong unless a new item is about the most recent sibling, of a state where there is one."""
    new = item(got, envelope)
    named = next((str(new[name]) for name in names if isinstance(new.get(name), (str, int))), None)
    pool = [row for row in rows(pages, told) if field is None or row.get(field) == state]
    times = [(created_at(row), id_of(row, told["id"])) for row in pool if created_at(row) is not None]
    if named is None or not times:
        raise Unclear("the answer does not say what it is about, or no sibling says when it was made")
    newest = max(time for time, _ in times)
    wanted = [str(one) for time, one in times if time == newest]
    return "" if named in wanted else f"expected it to be about {wanted[0]}, the most recent, saw {named}"


def hidden(pages: Sequence[Answer], told: Mapping[str, Any], read: Answer, identifier: str) -> str:
    """What is wrong if somebody is shown in a list what reading refuses."""
    if not 400 <= read.status < 500:
        raise Unclear(f"{read.target}: status {read.status}, so the item may be seen")
    return unlisted(pages, told, identifier)


def is_there(got: Answer) -> str:
    """What is wrong unless an item can be read."""
    return "" if 200 <= got.status < 300 else f"expected the item, saw status {got.status}"
