"""Answers of the wrong shape: what a schema alone can tell."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from mockserver.mutant import Mutant
from mockserver.mutants.reach import (
    Applies,
    Field,
    Pick,
    every,
    has_field,
    has_role,
    is_closed,
    is_moment,
    is_number,
    reads_one,
    shown_fields,
    shows_items,
)
from mockserver.mutants.reply import Item, change_items, content_of, with_content
from spec.contract import Role

if TYPE_CHECKING:
    from mockserver.exchange import Context, Handler, Reply


def _misshape(
    name: str, text: str, pick: Pick, change: Callable[[Item, str], Item], *, where: Applies = shows_items
) -> Mutant:
    """Changes one field of every item that is shown: the first one that is picked and holds something."""

    def answer(context: Context, handler: Handler) -> Reply:
        picked = [field.name for field in shown_fields(context) if pick(field)]

        def misshape(item: Item) -> Item:
            target = next((field for field in picked if item.get(field) is not None), None)
            return item if target is None else change(item, target)

        return change_items(context, handler(context), misshape)

    return Mutant(name, text, "schema", every(where, shows_items, has_field(pick)), answer=answer)


def _set(make: Callable[[Any], Any]) -> Callable[[Item, str], Item]:
    return lambda item, name: {**item, name: make(item[name])}


def _leave_out(item: Item, name: str) -> Item:
    return {known: value for known, value in item.items() if known != name}


def _leave_out_beside_null(item: Item, name: str) -> Item:
    return _leave_out(item, name) if None in item.values() else item


def _is_required(field: Field) -> bool:
    return field.required


def _is_never_null(field: Field) -> bool:
    return not field.schema.get("nullable") and field.type is not None


def _has_format(field: Field) -> bool:
    return field.schema.get("format") in ("uri", "uuid", "email", "date-time", "date", "hostname")


def _has_zone(field: Field) -> bool:
    return field.schema.get("format") == "date-time"


def _wrap(context: Context, handler: Handler) -> Reply:
    reply = handler(context)
    content = content_of(context, reply)
    bare = with_content(context, reply, content)
    enveloped = content is not reply.body
    return type(bare)(reply.status, content if enveloped else {"data": content}, reply.media_type, reply.headers)


def _list_one(context: Context, handler: Handler) -> Reply:
    reply = handler(context)
    return with_content(context, reply, [content_of(context, reply)])


def _empty_as_null(context: Context, handler: Handler) -> Reply:
    reply = handler(context)
    return reply if content_of(context, reply) else with_content(context, reply, None)


def _add_undeclared(context: Context, handler: Handler) -> Reply:
    return change_items(context, handler(context), lambda item: {**item, "internal_note": "for the operators only"})


MUTANTS: Final = (
    _misshape("required-field-missing", "A required field is left out of every item.", _is_required, _leave_out),
    _misshape(
        "required-field-missing-beside-null",
        "A required field is left out of an item read by its id, but only where another field is null.",
        _is_required,
        _leave_out_beside_null,
        where=every(reads_one, has_field(lambda field: bool(field.schema.get("nullable")))),
    ),
    _misshape(
        "required-field-null",
        "A field that is never null is null.",
        lambda field: field.required and _is_never_null(field),
        _set(lambda _: None),
    ),
    _misshape("number-as-text", "A number is answered as text.", is_number, _set(str)),
    _misshape(
        "number-below-minimum",
        "A number is smaller than its schema allows.",
        lambda field: is_number(field) and "minimum" in field.schema,
        _set(lambda value: -1 - abs(value)),
    ),
    _misshape(
        "flag-as-text",
        "A flag is answered as text.",
        lambda field: field.type == "boolean",
        _set(lambda value: str(value).lower()),
    ),
    _misshape(
        "text-as-list",
        "A text is answered as a list of one.",
        lambda field: field.type == "string" and field.required,
        _set(lambda value: [value]),
    ),
    _misshape(
        "enum-value-outside",
        "A field holds a value that its enumeration does not list.",
        lambda field: bool(field.schema.get("enum")) and field.type == "string",
        _set(lambda value: f"{value}_v2"),
    ),
    _misshape(
        "time-without-t",
        "A time has a space where the T belongs, and no zone.",
        is_moment,
        _set(lambda value: str(value).replace("T", " ").removesuffix("Z")),
    ),
    _misshape(
        "time-without-zone-in-lists",
        "The times of list rows have no zone; an item read by itself has one.",
        _has_zone,
        _set(lambda value: str(value).removesuffix("Z")),
        where=has_role(Role.LIST),
    ),
    _misshape("time-as-number", "A time is answered as a number.", is_moment, _set(lambda _: 1768478400000)),
    _misshape("format-broken", "A text is not in the format of its field.", _has_format, _set(lambda _: "not so")),
    Mutant(
        "undeclared-field",
        "Items hold a field that the contract rules out.",
        "schema",
        every(shows_items, is_closed),
        answer=_add_undeclared,
    ),
    Mutant(
        "wrong-envelope",
        "The answer is wrapped where it should be bare, and bare where it should be wrapped.",
        "schema",
        every(shows_items, has_field(_is_required)),
        answer=_wrap,
    ),
    Mutant("item-as-list", "One item is answered as a list.", "schema", reads_one, answer=_list_one),
    Mutant(
        "empty-list-as-null",
        "An empty list is answered as null.",
        "schema",
        every(shows_items, has_role(Role.LIST)),
        answer=_empty_as_null,
    ),
)
