"""Which operations can show a misbehaviour: predicates over a contract and an operation, and how they combine."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import jsonschema_rs

from spec.contract import Contract, Operation, Role
from spec.pointer import resolve_pointer
from spec.resource import follow

if TYPE_CHECKING:
    from mockserver.exchange import Context
    from spec.contract import JsonObject, Page, ResourceUse

Applies = Callable[[Contract, Operation], bool]

CHANGES: Final = (Role.UPDATE, Role.REPLACE)


@dataclass(frozen=True, slots=True)
class Field:
    """A top-level field of a resource, other than its id; `$ref`s of its schema are followed."""

    name: str
    schema: JsonObject
    required: bool

    @property
    def type(self) -> str | None:
        """The type that its schema names."""
        found: str | None = self.schema.get("type")
        return found


Pick = Callable[[Field], bool]


def anywhere(_contract: Contract, _operation: Operation) -> bool:
    """Every operation."""
    return True


def every(*predicates: Applies) -> Applies:
    """The operations that meet all of these."""
    return lambda contract, operation: all(predicate(contract, operation) for predicate in predicates)


def has_role(*roles: Role) -> Applies:
    """Operations that do this to a resource's fields; those about bytes do not count."""

    def applies(_contract: Contract, operation: Operation) -> bool:
        use = operation.resource
        return use is not None and use.role in roles and use.part is None

    return applies


def shows_items(_contract: Contract, operation: Operation) -> bool:
    """Operations that answer a resource's fields as JSON."""
    use, success = operation.resource, operation.success
    about_fields = use is not None and use.part is None and use.role is not Role.DELETE
    return about_fields and success is not None and any(name.endswith("json") for name in success.media_types)


def answers_bytes(_contract: Contract, operation: Operation) -> bool:
    """Operations that answer an item's bytes."""
    return operation.resource is not None and operation.resource.part == "content"


def reads_one(_contract: Contract, operation: Operation) -> bool:
    """Operations that read the fields of the one item that their path names."""
    use = operation.resource
    return use is not None and use.role is Role.READ and use.part is None and names_item(use)


def names_item(use: ResourceUse) -> bool:
    """Whether the path ends in the resource that the operation is about."""
    return bool(use.path) and use.path[-1][1] == use.name


def is_nested(_contract: Contract, operation: Operation) -> bool:
    """Operations whose path names an ancestor of what they are about."""
    use = operation.resource
    return use is not None and any(name != use.name for _, name in use.path)


def is_secured(_contract: Contract, operation: Operation) -> bool:
    """Operations that nobody may use without credentials."""
    return bool(operation.security) and () not in operation.security


def cuts_pages(test: Callable[[Page], Any]) -> Applies:
    """Lists whose way of cutting pages passes a test."""

    def applies(_contract: Contract, operation: Operation) -> bool:
        is_list = operation.resource is not None and operation.resource.role is Role.LIST
        return is_list and operation.page is not None and bool(test(operation.page))

    return applies


def has_field(pick: Pick) -> Applies:
    """Operations on a resource that has such a field."""
    return lambda contract, operation: any(pick(field) for field in declared_fields(contract, operation))


def takes_field(pick: Pick) -> Applies:
    """Operations with a body that may give such a field; its own schema decides."""
    return lambda contract, operation: any(pick(field) for field in body_fields(contract, operation))


def takes_parameter(location: str, test: Callable[[JsonObject], Any]) -> Applies:
    """Operations with a parameter in this place whose schema passes a test."""

    def applies(contract: Contract, operation: Operation) -> bool:
        schemas = (one.schema for one in operation.parameters if one.location == location)
        return any(test(follow(contract.document, schema)) for schema in schemas)

    return applies


def has_lifecycle(contract: Contract, operation: Operation) -> bool:
    """Operations on a resource that changes on its own."""
    use = operation.resource
    return use is not None and contract.resources[use.name].lifecycle is not None


def declared_fields(contract: Contract, operation: Operation) -> tuple[Field, ...]:
    """The fields of the resource that an operation is about."""
    resource = contract.resources[operation.resource.name] if operation.resource else None
    if resource is None or resource.schema is None:
        return ()
    return _fields(contract, contract.schema_at(resource.schema), resource.id)


def shown_fields(context: Context) -> tuple[Field, ...]:
    """The same, while a request is answered."""
    use = context.operation.resource
    if use is None:
        return ()
    shape = context.workspace.shapes[use.name]
    found = shape.properties.items()
    return tuple(Field(name, schema, name in shape.required) for name, schema in found if name != shape.resource.id)


def body_fields(contract: Contract, operation: Operation) -> tuple[Field, ...]:
    """The top-level fields that an operation's request bodies declare, under the names by which they travel."""
    body = operation.body
    schemas = [media.schema for media in body.media_types.values() if media.schema] if body else []
    return tuple(field for schema in schemas for field in _fields(contract, schema, None))


def is_moment(field: Field) -> bool:
    """Whether a field holds a moment as text, as its format or its pattern tells."""
    if field.type != "string":
        return False
    pattern = field.schema.get("pattern")
    return field.schema.get("format") == "date-time" or (pattern is not None and _takes_only_moments(pattern))


def is_plain_text(field: Field) -> bool:
    """Whether a field holds any text at all."""
    return field.type == "string" and not {"enum", "format", "pattern"} & set(field.schema)


def is_number(field: Field) -> bool:
    """Whether a field holds a number."""
    return field.type in ("integer", "number")


def _fields(contract: Contract, schema: JsonObject, identifier: str | None) -> tuple[Field, ...]:
    whole = follow(contract.document, schema)
    required = frozenset(whole.get("required", ()))
    return tuple(
        Field(name, follow(contract.document, part), name in required)
        for name, part in whole.get("properties", {}).items()
        if name != identifier
    )


def _takes_only_moments(pattern: str) -> bool:
    schema, options = {"pattern": pattern}, jsonschema_rs.RegexOptions()
    fitting = [jsonschema_rs.is_valid(schema, text, pattern_options=options) for text in _MOMENTS]
    return any(fitting) and not jsonschema_rs.is_valid(schema, "0", pattern_options=options)


_MOMENTS: Final = ("2026-01-15T12:00:00", "2026-01-15T12:00:00Z")


def declares_header(operation: Operation, test: Callable[[JsonObject], Any]) -> bool:
    """Whether a success answer declares a header field that passes a test."""
    headers = operation.success.headers if operation.success else {}
    return any(test(header) for header in headers.values())


def is_closed(contract: Contract, operation: Operation) -> bool:
    """Operations on a resource whose items hold declared fields only."""
    resource = contract.resources[operation.resource.name] if operation.resource else None
    if resource is None or resource.schema is None:
        return False
    schema = follow(contract.document, resolve_pointer(contract.document, resource.schema))
    return schema.get("additionalProperties") is False
