"""Entity tags and conditional requests that do not do what they are for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mockserver.mutant import Mutant
from mockserver.mutants.reach import CHANGES, every, has_role, reads_one
from mockserver.mutants.reply import header_of, with_header
from spec.contract import Role

if TYPE_CHECKING:
    from mockserver.exchange import Around, Context, Handler, Reply
    from spec.contract import Contract, Operation


def _has_tag(_contract: Contract, operation: Operation) -> bool:
    return operation.has_entity_tag


def _without(*names: str) -> Around:
    """Answers as if the request had no such header fields."""

    def answer(context: Context, handler: Handler) -> Reply:
        headers = {name: value for name, value in context.headers.items() if name.lower() not in names}
        fields = {name: value for name, value in context.fields.items() if name not in names}
        return handler(context._replace(headers=headers, fields=fields))

    return answer


def _same_tag(context: Context, handler: Handler) -> Reply:
    reply = handler(context)
    return with_header(reply, "ETag", '"1"') if header_of(reply, "ETag") is not None else reply


def _bare_tag(context: Context, handler: Handler) -> Reply:
    reply = handler(context)
    told = header_of(reply, "ETag")
    return with_header(reply, "ETag", told.strip('"')) if told is not None else reply


def _tag_by_minute(context: Context, handler: Handler) -> Reply:
    reply = handler(context)
    told = header_of(reply, "ETag")
    stamp = int(context.now.timestamp()) // 60
    return with_header(reply, "ETag", f'"{told.strip(chr(34))}-{stamp}"') if told is not None else reply


MUTANTS: Final = (
    Mutant(
        "not-modified-ignored",
        "An item that the client has already is sent again.",
        "not-modified",
        every(reads_one, _has_tag),
        answer=_without("if-none-match", "if-modified-since"),
    ),
    Mutant(
        "if-match-ignored",
        "A change goes through although the item is not the one that the client knew.",
        "precondition",
        every(has_role(*CHANGES, Role.DELETE), _has_tag),
        answer=_without("if-match", "if-unmodified-since"),
    ),
    Mutant(
        "entity-tag-constant",
        "The entity tag is the same for all items, before and after a change.",
        "entity-tag",
        _has_tag,
        answer=_same_tag,
    ),
    Mutant("entity-tag-unquoted", "The entity tag has no quotes.", "entity-tag", _has_tag, answer=_bare_tag),
    Mutant(
        "entity-tag-restless",
        "The entity tag of an item is another one each minute, though nothing changed.",
        "entity-tag",
        every(reads_one, _has_tag),
        answer=_tag_by_minute,
    ),
)
