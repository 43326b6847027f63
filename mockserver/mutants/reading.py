"""The wrong item read: a sibling, one of another parent, one that does not exist, one that is told differently."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from mockserver.exchange import Refusal
from mockserver.mutant import Mutant
from mockserver.mutants.reach import every, has_field, is_nested, is_plain_text, reads_one, shown_fields
from mockserver.mutants.reply import change_items
from mockserver.mutants.world import (
    all_entries,
    entries_on_path,
    named_entry,
    other_entries,
    shape_of,
    show,
    show_entry,
    use_of,
)

if TYPE_CHECKING:
    from mockserver.exchange import Context, Handler, Reply
    from mockserver.mutants.reply import Item
    from mockserver.state.collection import Entry

_WAIT: Final = 1.2
"""Seconds; more than anybody should wait for one item, and little enough for a test to sit through."""


def _or_else(find: Callable[[Context], Entry | None]) -> Callable[[Context, Handler], Reply]:
    """Answers with another item where there is none of that id on the path."""

    def answer(context: Context, handler: Handler) -> Reply:
        try:
            return handler(context)
        except Refusal as refusal:
            is_unknown = refusal.reason == "not-found" and next(entries_on_path(context), None) is None
            found = find(context) if is_unknown else None
            if found is None:
                raise
            return show_entry(context, found)

    return answer


def _of_any_parent(context: Context) -> Entry | None:
    wanted = shape_of(context).identify(context.path[use_of(context.operation).path[-1][0]])
    return next((entry for entry in all_entries(context) if entry.key[-1] == wanted), None)


def _first(context: Context) -> Entry | None:
    return next(all_entries(context), None)


def _answer_sibling(context: Context, handler: Handler) -> Reply:
    reply, entry = handler(context), named_entry(context)
    others = other_entries(context, entry.key) if entry is not None else ()
    return reply._replace(body=show_entry(context, others[0]).body) if others else reply


def _answer_nothing(context: Context, handler: Handler) -> Reply:
    try:
        return handler(context)
    except Refusal as refusal:
        if refusal.reason != "not-found":
            raise
        return show(context, {})


def _shorten_texts(context: Context, handler: Handler) -> Reply:
    names = [field.name for field in shown_fields(context) if is_plain_text(field)]

    def cut(item: Item) -> Item:
        texts = {name: item[name][:-1] for name in names if isinstance(item.get(name), str)}
        return {**item, **texts}

    return change_items(context, handler(context), cut)


MUTANTS: Final = (
    Mutant(
        "read-answers-sibling",
        "An item is asked for by its id, and a sibling is answered.",
        "read-by-id",
        reads_one,
        answer=_answer_sibling,
    ),
    Mutant(
        "unknown-id-answers-first",
        "An id that nobody has is answered with the first item there is.",
        "unknown-id-is-refused",
        reads_one,
        answer=_or_else(_first),
    ),
    Mutant(
        "unknown-id-answers-nothing",
        "An id that nobody has is answered with an item without fields.",
        "unknown-id-is-refused",
        reads_one,
        answer=_answer_nothing,
    ),
    Mutant(
        "wrong-parent-accepted",
        "An item can be read below a parent that it does not belong to.",
        "parent-scope",
        every(reads_one, is_nested),
        answer=_or_else(_of_any_parent),
    ),
    Mutant(
        "read-shortens-text",
        "Texts of an item read by its id lack their last letter; the list shows them whole.",
        "list-agrees",
        every(reads_one, has_field(is_plain_text)),
        answer=_shorten_texts,
    ),
    Mutant("slow-read", f"Reading an item takes {_WAIT} seconds.", "answer-time", reads_one, wait=_WAIT),
)
