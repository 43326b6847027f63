"""Lists of the wrong things: somebody else's rows, filters that do nothing, items that are never listed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from mockserver.exchange import Refusal
from mockserver.mutant import Mutant
from mockserver.mutants.reach import every, has_lifecycle, has_role, is_nested, shows_items
from mockserver.mutants.reply import ask_again, change_items, content_of, header_of, with_content, with_header
from mockserver.mutants.world import all_entries, as_now, entries_on_path, shape_of, show
from spec.contract import Role

if TYPE_CHECKING:
    from mockserver.exchange import Context, Handler, Reply
    from spec.contract import Contract, Operation

_lists: Final = every(has_role(Role.LIST), shows_items)


def _filters(operation: Operation) -> tuple[str, ...]:
    """Query parameters of a list that ask neither for a page nor for an order."""
    page = operation.page
    paging = {page.page_parameter, page.size_parameter, page.marker_parameter} if page else set()
    paging |= {page.cursor_parameter, page.sort_parameter} if page else set()
    names = (parameter.name for parameter in operation.parameters if parameter.location == "query")
    return tuple(name for name in names if name not in paging)


def _takes_filter(contract: Contract, operation: Operation) -> bool:
    return _lists(contract, operation) and bool(_filters(operation))


def _takes_filter_and_counts(contract: Contract, operation: Operation) -> bool:
    return _takes_filter(contract, operation) and bool(operation.page and operation.page.total_header)


def _takes_order(contract: Contract, operation: Operation) -> bool:
    return _lists(contract, operation) and bool(operation.page and operation.page.sort_parameter)


def _without_filters(context: Context, handler: Handler) -> Reply:
    return ask_again(context, handler, **dict.fromkeys(_filters(context.operation)))


def _ignore_last_filter(context: Context, handler: Handler) -> Reply:
    asked = [name for name in _filters(context.operation) if name in context.query]
    return ask_again(context, handler, **{asked[-1]: None}) if len(asked) > 1 else handler(context)


def _count_unfiltered(context: Context, handler: Handler) -> Reply:
    reply, page = handler(context), context.operation.page
    name = (page.total_header if page else None) or ""
    return with_header(reply, name, header_of(_without_filters(context, handler), name))


def _ignore_order(context: Context, handler: Handler) -> Reply:
    page = context.operation.page
    return ask_again(context, handler, **{(page.sort_parameter if page else None) or "": None})


def _add_strangers(context: Context, handler: Handler) -> Reply:
    """Adds the first item of another parent that has some."""
    reply, own = handler(context), {entry.key for entry in entries_on_path(context)}
    stranger = next((entry for entry in all_entries(context) if entry.key not in own), None)
    rows = content_of(context, reply)
    if stranger is None or not isinstance(rows, list):
        return reply
    return with_content(context, reply, [*rows, dict(as_now(context, stranger).fields)])


def _always_empty(context: Context, handler: Handler) -> Reply:
    return with_content(context, handler(context), [])


def _hide_newcomers(context: Context, handler: Handler) -> Reply:
    """Leaves out what was made since the world began: the items of the fixtures never entered it."""
    reply = handler(context)
    identifier = shape_of(context).resource.id
    made = {entry.key[-1] for entry in entries_on_path(context) if entry.entered is not None}
    rows = content_of(context, reply)
    kept = [row for row in rows if row.get(identifier) not in made] if isinstance(rows, list) else rows
    return with_content(context, reply, kept)


def _empty_for_unknown(context: Context, handler: Handler) -> Reply:
    try:
        return handler(context)
    except Refusal as refusal:
        if refusal.reason != "not-found":
            raise
        return show(context, [])


def _hide_ids(context: Context, handler: Handler) -> Reply:
    identifier = shape_of(context).resource.id
    return change_items(
        context, handler(context), lambda item: {name: value for name, value in item.items() if name != identifier}
    )


def _freeze_states(context: Context, handler: Handler) -> Reply:
    lifecycle = shape_of(context).resource.lifecycle
    if lifecycle is None:
        return handler(context)
    shown: dict[str, Any] = {lifecycle.field: lifecycle.initial}
    return change_items(context, handler(context), lambda item: {**item, **shown})


MUTANTS: Final = (
    Mutant(
        "sibling-rows-listed",
        "A list below a parent also holds an item of another parent.",
        "scope-of-list",
        every(_lists, is_nested),
        answer=_add_strangers,
    ),
    Mutant("list-always-empty", "A list is empty, whatever there is.", "list-agrees", _lists, answer=_always_empty),
    Mutant(
        "unknown-parent-lists-nothing",
        "The list below a parent that does not exist is empty and not refused.",
        "unknown-id-is-refused",
        every(_lists, is_nested),
        answer=_empty_for_unknown,
    ),
    Mutant(
        "created-not-listed",
        "What was created can be read, and is not listed.",
        "item-in-list",
        _lists,
        answer=_hide_newcomers,
    ),
    Mutant(
        "list-state-stale",
        "A list shows every item in the state in which it began; read by itself, it has moved on.",
        "list-agrees",
        every(_lists, has_lifecycle),
        answer=_freeze_states,
    ),
    Mutant("list-rows-without-id", "The rows of a list have no id.", "item-members", _lists, answer=_hide_ids),
    Mutant(
        "filter-ignored",
        "A filter is taken, and changes nothing.",
        "filter-honoured",
        _takes_filter,
        answer=_without_filters,
    ),
    Mutant(
        "second-filter-ignored",
        "Of several filters, the last is ignored.",
        "filter-honoured",
        lambda contract, operation: _takes_filter(contract, operation) and len(_filters(operation)) > 1,
        answer=_ignore_last_filter,
    ),
    Mutant(
        "filter-ignored-in-total",
        "The total count is that of the list without the filter.",
        "page-total",
        _takes_filter_and_counts,
        answer=_count_unfiltered,
    ),
    Mutant(
        "sort-ignored", "Another order is asked for, and ignored.", "sort-honoured", _takes_order, answer=_ignore_order
    ),
)
