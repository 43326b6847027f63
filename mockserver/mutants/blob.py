"""Bytes that are not those that were stored, and what is told of them."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from mockserver.mutant import Mutant
from mockserver.mutants.reach import Field, answers_bytes, every, has_field, reads_one, shown_fields
from mockserver.mutants.reply import change_items, with_header
from mockserver.mutants.world import all_entries, as_now, named_entry, shape_of
from spec.contract import Role
from spec.resource import Meaning

if TYPE_CHECKING:
    from mockserver.exchange import Around, Context, Handler, Reply
    from mockserver.state.collection import Entry
    from spec.contract import Contract, Operation

_DIGEST: Final = re.compile(r"sha\d*|md5|digest|checksum", re.IGNORECASE)


def _change(change: Callable[[bytes], bytes]) -> Around:
    """Answers other bytes; their entity tag is that of the right ones."""

    def answer(context: Context, handler: Handler) -> Reply:
        reply = handler(context)
        return reply._replace(body=change(reply.body)) if isinstance(reply.body, bytes) else reply

    return answer


def _flip(data: bytes) -> bytes:
    middle = len(data) // 2
    return data[:middle] + bytes(byte ^ 1 for byte in data[middle : middle + 1]) + data[middle + 1 :]


def _of_sibling(context: Context, handler: Handler) -> Reply:
    reply, own = handler(context), named_entry(context)
    others = (entry.content for entry in all_entries(context) if own is None or entry.key != own.key)
    other = next((content for content in others if content is not None and content != reply.body), None)
    return reply if other is None else reply._replace(body=other)


def _relabel(context: Context, handler: Handler) -> Reply:
    reply = handler(context)
    return reply._replace(media_type="image/gif") if isinstance(reply.body, bytes) else reply


def _entry_now(context: Context) -> Entry | None:
    """The item that the path names, with the bytes that it has got by now."""
    entry = named_entry(context)
    return as_now(context, entry) if entry is not None else None


def _shift_range(context: Context, handler: Handler) -> Reply:
    """The bytes of a range, one byte too late."""
    reply, entry = handler(context), _entry_now(context)
    if reply.status != 206 or entry is None or entry.content is None or not isinstance(reply.body, bytes):
        return reply
    start = entry.content.find(reply.body)
    return reply._replace(body=entry.content[start + 1 : start + 1 + len(reply.body)])


def _whole_as_range(context: Context, handler: Handler) -> Reply:
    reply, entry = handler(context), _entry_now(context)
    is_range = reply.status == 206 and entry is not None and entry.content is not None
    return reply._replace(body=entry.content) if is_range and entry is not None else reply


def _drop_content_range(context: Context, handler: Handler) -> Reply:
    reply = handler(context)
    return with_header(reply, "Content-Range", None) if reply.status == 206 else reply


def _is_digest(field: Field) -> bool:
    return field.type == "string" and _DIGEST.search(field.name) is not None


def _spoil_digest(context: Context, handler: Handler) -> Reply:
    names = [field.name for field in shown_fields(context) if _is_digest(field)]

    def spoil(text: object) -> object:
        return f"{'1' if text[:1] == '0' else '0'}{text[1:]}" if isinstance(text, str) else text

    return change_items(
        context, handler(context), lambda item: {**item, **{n: spoil(item[n]) for n in names if n in item}}
    )


def _spoil_size(context: Context, handler: Handler) -> Reply:
    names, entry = shape_of(context).fields_meaning(Meaning.SIZE), _entry_now(context)
    size = len(entry.content) if entry is not None and entry.content is not None else None
    if size is None:
        return handler(context)
    return change_items(context, handler(context), lambda item: {**item, **dict.fromkeys(names, size + 1)})


def _has_bytes(contract: Contract, operation: Operation) -> bool:
    """Reads of a resource whose bytes can be had too."""
    use = operation.resource
    return use is not None and any(answers_bytes(contract, one) for one in contract.uses_of(use.name, Role.READ))


def _blob(name: str, text: str, change: Callable[[bytes], bytes]) -> Mutant:
    return Mutant(name, text, "content-bytes", answers_bytes, answer=_change(change))


MUTANTS: Final = (
    _blob("blob-byte-flipped", "One bit in the middle of the bytes is another.", _flip),
    _blob("blob-truncated", "The last byte is missing.", lambda data: data[:-1]),
    _blob("blob-empty", "There are no bytes.", lambda _: b""),
    _blob(
        "blob-as-text", "Line ends are turned into those of another system.", lambda data: data.replace(b"\n", b"\r\n")
    ),
    Mutant(
        "blob-of-another", "The bytes are those of another item.", "content-bytes", answers_bytes, answer=_of_sibling
    ),
    Mutant(
        "blob-media-type-wrong",
        "The bytes are sent under the media type of something else.",
        "content-media-type",
        answers_bytes,
        answer=_relabel,
    ),
    Mutant("range-shifted", "A range begins one byte too late.", "content-range", answers_bytes, answer=_shift_range),
    Mutant(
        "range-answered-whole",
        "A range is answered with all bytes, as if they were the range.",
        "content-range",
        answers_bytes,
        answer=_whole_as_range,
    ),
    Mutant(
        "content-range-missing",
        "The answer to a range does not say which one it is.",
        "content-range",
        answers_bytes,
        answer=_drop_content_range,
    ),
    Mutant(
        "digest-wrong",
        "The digest of an item is not that of its bytes.",
        "content-digest",
        every(reads_one, _has_bytes, has_field(_is_digest)),
        answer=_spoil_digest,
    ),
    Mutant(
        "size-wrong",
        "The size of an item is not the number of its bytes.",
        "content-size",
        every(reads_one, _has_bytes, has_field(lambda field: field.name == "size")),
        answer=_spoil_size,
    ),
)
