"""Items made wrongly: not kept, kept otherwise than sent, told under another name, or made twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Final

from mockserver.mutant import Mutant
from mockserver.mutants.reach import (
    Applies,
    body_fields,
    every,
    has_field,
    has_role,
    is_plain_text,
    shows_items,
    takes_field,
)
from mockserver.mutants.reply import change_items, header_of, items_of, with_header
from mockserver.mutants.world import other_entries, rewrite, shape_of, told_entry, use_of
from mockserver.resource.fitting import field_name, fields_of
from spec.contract import Role

if TYPE_CHECKING:
    from mockserver.exchange import Around, Context, Handler, Reply
    from mockserver.state.collection import Entry
    from spec.contract import Contract, Operation

_creates: Final = every(has_role(Role.CREATE), shows_items)


def _made(context: Context, reply: Reply) -> Entry | None:
    """The item that was just made, as it is stored."""
    shown = items_of(context, reply)
    return told_entry(context, shown[0]) if shown else None


def _after(change: Callable[[Context, Entry], None]) -> Around:
    """Changes what is stored once the item was made; the answer tells nothing of it."""

    def answer(context: Context, handler: Handler) -> Reply:
        reply = handler(context)
        entry = _made(context, reply)
        if entry is not None:
            change(context, entry)
        return reply

    return answer


def _forget(context: Context, entry: Entry) -> None:
    context.workspace.store.drop(shape_of(context).name, entry.key)


def _spoil_texts(spoil: Callable[[str], str]) -> Callable[[Context, Entry], None]:
    """Keeps the plain texts that were sent otherwise than they were sent."""

    def change(context: Context, entry: Entry) -> None:
        texts = {name: spoil(value) for name, value in _plain_texts(context, entry).items()}
        rewrite(context, entry, texts)

    return change


def _plain_texts(context: Context, entry: Entry) -> Mapping[str, str]:
    schemas, given = shape_of(context).properties, fields_of(context.body)
    plain = (name for name in given if name in schemas and not {"enum", "format", "pattern"} & set(schemas[name]))
    return {name: entry.fields[name] for name in plain if isinstance(entry.fields.get(name), str)}


def _is_seen(operation: Operation) -> frozenset[str]:
    return frozenset(field_name(name) for name in use_of(operation).references)


def _takes_stored_text(contract: Contract, operation: Operation) -> bool:
    """Operations that store a text just as it was sent."""
    if not _creates(contract, operation):
        return False
    sent = {field_name(field.name) for field in body_fields(contract, operation)} - _is_seen(operation)
    return has_field(lambda field: is_plain_text(field) and field.name in sent)(contract, operation)


def _drop_last_field(context: Context, handler: Handler) -> Reply:
    """Reads all of the body but the last field that nobody demands."""
    if not isinstance(context.body, dict):
        return handler(context)
    demanded = _demanded(context)
    optional = [name for name in context.body if field_name(name) not in demanded]
    if not optional:
        return handler(context)
    body = {name: value for name, value in context.body.items() if name != optional[-1]}
    return handler(context._replace(body=body))


def _demanded(context: Context) -> frozenset[str]:
    """The fields that an item cannot do without, as far as its schema tells."""
    shape = shape_of(context)
    blank = {name for name, schema in shape.properties.items() if schema.get("nullable") or "default" in schema}
    return shape.required - blank


def _tell_another_id(context: Context, handler: Handler) -> Reply:
    reply, name = handler(context), shape_of(context).resource.id
    entry = _made(context, reply)
    others = other_entries(context, entry.key) if entry is not None else ()
    return change_items(context, reply, lambda item: {**item, name: others[0].key[-1]}) if others else reply


def _locate(change: Callable[[str], str]) -> Around:
    def answer(context: Context, handler: Handler) -> Reply:
        reply = handler(context)
        told = header_of(reply, "Location")
        return with_header(reply, "Location", change(told)) if told is not None else reply

    return answer


def _declares_location(_contract: Contract, operation: Operation) -> bool:
    headers = operation.success.headers if operation.success else {}
    return any(name.lower() == "location" for name in headers)


def _is_idempotent(_contract: Contract, operation: Operation) -> bool:
    return operation.idempotency is not None


def _without_key(context: Context) -> Context:
    """The request as if it had no idempotency key."""
    name = (context.operation.idempotency or "").lower()
    return context._replace(
        headers={known: value for known, value in context.headers.items() if known.lower() != name},
        fields={known: value for known, value in context.fields.items() if known != name},
    )


def _one_key_for_all(context: Context, handler: Handler) -> Reply:
    """The request as if everybody sent the same key with the same body."""
    name = context.operation.idempotency or ""
    sent = context.fields.get(name.lower())
    if sent is None:
        return handler(context)
    return handler(
        context._replace(headers={**context.headers, name: "one"}, fields={**context.fields, name.lower(): "one"})
    )


def _oldest_reference(context: Context, handler: Handler) -> Reply:
    """Takes the oldest sibling where the newest is meant by default."""
    reply = handler(context)
    entry, given = _made(context, reply), fields_of(context.body)
    changed: dict[str, Any] = {}
    for name, rule in use_of(context.operation).references.items():
        field = field_name(name)
        siblings = context.workspace.store.collection(rule["name"], entry.key[:-1]) if entry is not None else ()
        first = next(iter(siblings), None)
        if field not in given and rule.get("default") == "latest" and first is not None:
            changed[field] = first.key[-1]
    if entry is not None and changed:
        rewrite(context, entry, changed)
    return change_items(context, reply, lambda item: {**item, **changed})


def _defaults_to_latest(_contract: Contract, operation: Operation) -> bool:
    rules = operation.resource.references.values() if operation.resource else ()
    return any(rule.get("default") == "latest" for rule in rules)


def _first_of_list(context: Context, handler: Handler) -> Reply:
    """Keeps the first value of every list that is separated by commas."""
    if not isinstance(context.body, dict):
        return handler(context)
    lists = {name for name, schema in shape_of(context).properties.items() if schema.get("x-list") == "comma"}
    body = {
        name: value.partition(",")[0] if field_name(name) in lists and isinstance(value, str) else value
        for name, value in context.body.items()
    }
    return handler(context._replace(body=body))


_takes_optional: Final[Applies] = every(_creates, takes_field(lambda field: not field.required))

MUTANTS: Final = (
    Mutant(
        "created-not-stored",
        "A new item is answered, and is not there afterwards.",
        "create-read-back",
        _creates,
        answer=_after(_forget),
    ),
    Mutant(
        "created-text-mangled",
        "A text is stored without its last letter; the answer to its creation shows it whole.",
        "create-read-back",
        _takes_stored_text,
        answer=_after(_spoil_texts(lambda text: text[:-1] or "?")),
    ),
    Mutant(
        "created-text-loses-accents",
        "Letters outside ASCII are stored as question marks.",
        "create-read-back",
        _takes_stored_text,
        answer=_after(_spoil_texts(lambda text: text.encode("ascii", "replace").decode())),
    ),
    Mutant(
        "created-text-in-lower-case",
        "Texts are stored in lower case.",
        "create-read-back",
        _takes_stored_text,
        answer=_after(_spoil_texts(str.lower)),
    ),
    Mutant(
        "body-field-ignored",
        "An optional field of the body is taken, and not used.",
        "create-read-back",
        _takes_optional,
        answer=_drop_last_field,
    ),
    Mutant(
        "comma-list-cut",
        "Of a list separated by commas, only the first value is kept.",
        "comma-list",
        every(_creates, takes_field(lambda field: field.schema.get("x-list") == "comma")),
        answer=_first_of_list,
    ),
    Mutant(
        "created-id-not-unique",
        "A new item is answered with the id of an older one.",
        "unique-id",
        _creates,
        answer=_tell_another_id,
    ),
    Mutant(
        "location-names-another",
        "The Location of a new item leads to another one.",
        "location",
        _declares_location,
        answer=_locate(lambda url: f"{url[:-1]}{'1' if url[-1:] == '0' else '0'}"),
    ),
    Mutant(
        "location-leads-nowhere",
        "The Location of a new item leads to a path that does not exist.",
        "location",
        _declares_location,
        answer=_locate(lambda url: f"{url}/made"),
    ),
    Mutant(
        "idempotency-key-ignored",
        "A repeated create with the same idempotency key makes a second item.",
        "idempotent-create",
        _is_idempotent,
        answer=lambda context, handler: handler(_without_key(context)),
    ),
    Mutant(
        "idempotency-keys-confused",
        "All idempotency keys count as the same one.",
        "idempotent-create",
        _is_idempotent,
        answer=_one_key_for_all,
    ),
    Mutant(
        "latest-default-is-oldest",
        "Where the newest sibling is meant by default, the oldest is taken.",
        "latest-default",
        every(_creates, _defaults_to_latest),
        answer=_oldest_reference,
    ),
)
