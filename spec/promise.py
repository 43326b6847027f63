"""Promises: which behaviours a contract promises of each operation, read from its behaviour data.

A written requirement quotes a sentence. What stands here follows from what a contract declares beside its schemas:
how a list is cut, what an operation does to its resource, which states follow each other. Whoever declares that in
a contract of another interface makes the same promises.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from spec.contract import Contract, Operation, Role
from spec.field import can_be_cleared, filters_of, is_flag, states_date
from spec.promise_view import View, names_item
from spec.resource import Meaning, Shape, read_shapes

_CHANGES: Final = (Role.UPDATE, Role.REPLACE)


@dataclass(frozen=True, slots=True)
class Promise:
    """One behaviour of one operation.

    member: the member of the operation that tells it, as a pointer below the operation.
    is_firm: whether the contract itself promises it; what only HTTP or good custom asks for is not firm.
    """

    behaviour: str
    capability: str
    member: str
    is_firm: bool


Rule = tuple[str, str, str, Callable[[View], Any]]
"""Behaviour, capability, member that tells it, and which operations promise it."""

_DECLARED: Final[tuple[Rule, ...]] = (
    ("page-order", "paging", "x-page/order", lambda v: v.operation.page and _says(v, "x-page", "order")),
    ("page-default-size", "paging", "x-page/size", lambda v: v.operation.page and v.operation.page.default_size),
    ("limit-respected", "paging", "x-page/size", lambda v: v.operation.page and v.operation.page.size_parameter),
    ("page-links", "paging", "x-page/links", lambda v: v.operation.page and v.operation.page.relations),
    (
        "page-total",
        "paging",
        "x-page/total",
        lambda v: v.operation.page and (v.operation.page.total_header or v.operation.page.total_member),
    ),
    ("cursor-complete", "paging", "x-page/cursor", lambda v: v.operation.page and v.operation.page.cursor_parameter),
    ("cursor-complete", "paging", "x-page/marker", lambda v: v.operation.page and v.operation.page.marker_parameter),
    ("sort-honoured", "paging", "x-page/order", lambda v: v.operation.page and v.operation.page.sort_parameter),
    ("idempotent-create", "core", "x-idempotency", lambda v: v.operation.idempotency),
    ("entity-tag", "core", "x-entity-tag", lambda v: v.operation.has_entity_tag and v.operation.method == "get"),
    ("not-modified", "core", "x-entity-tag", lambda v: v.operation.has_entity_tag and v.reads_one),
    (
        "precondition",
        "core",
        "x-entity-tag",
        lambda v: v.operation.has_entity_tag and v.does(*_CHANGES, Role.DELETE) and v.reads,
    ),
)
"""What a member of the operation tells that is about nothing else."""

_IMPLIED: Final[tuple[Rule, ...]] = (
    ("filter-honoured", "core", "x-filter", lambda v: v.does(Role.LIST) and filters_of(v.contract, v.operation)),
    ("scope-of-list", "core", "x-resource", lambda v: v.does(Role.LIST) and v.use.path and v.can_be_told_apart),
    ("item-members", "core", "x-resource", lambda v: v.does(Role.LIST) and v.shape.properties),
    ("list-agrees", "core", "x-resource", lambda v: v.does(Role.LIST) and v.reads),
    ("read-by-id", "core", "x-resource", lambda v: v.reads_one),
    (
        "unknown-id-is-refused",
        "core",
        "x-resource",
        lambda v: v.use.path and v.declares("404") and not v.contract.resources[v.use.path[-1][1]].assumed,
    ),
    ("parent-scope", "core", "x-resource", lambda v: v.reads_one and len(v.use.path) > 1),
    (
        "create-read-back",
        "core",
        "x-resource",
        lambda v: v.does(Role.CREATE) and v.reads,
    ),
    ("item-in-list", "core", "x-resource", lambda v: v.does(Role.CREATE) and v.has(Role.LIST)),
    ("unique-id", "core", "x-resource", lambda v: v.does(Role.CREATE) and _shows_item(v.operation)),
    ("location", "core", "responses", lambda v: v.does(Role.CREATE) and _has_header(v.operation, "location")),
    (
        "latest-default",
        "core",
        "x-resource",
        lambda v: any(rule.get("default") == "latest" for rule in v.use.references.values()),
    ),
    ("date-format", "core", "requestBody", lambda v: v.sends(lambda schema: states_date(v.contract, schema))),
    ("comma-list", "core", "requestBody", lambda v: v.sends(lambda schema: schema.get("x-list") == "comma")),
    ("flag-accepted", "core", "requestBody", lambda v: v.sends(is_flag)),
    ("update-persists", "core", "x-resource", lambda v: v.does(*_CHANGES) and v.reads),
    ("update-echo", "core", "x-resource", lambda v: v.does(*_CHANGES) and _shows_item(v.operation)),
    ("update-alone", "core", "x-resource", lambda v: v.does(*_CHANGES) and v.has(Role.LIST)),
    (
        "patch-keeps",
        "core",
        "x-resource",
        lambda v: v.does(Role.UPDATE) and v.reads and can_be_cleared(v.contract, v.operation),
    ),
    (
        "replace-whole",
        "core",
        "x-resource",
        lambda v: v.does(Role.REPLACE) and v.reads and can_be_cleared(v.contract, v.operation),
    ),
    ("delete-gone", "core", "x-resource", lambda v: v.does(Role.DELETE) and v.reads),
    ("delete-alone", "core", "x-resource", lambda v: v.does(Role.DELETE) and v.has(Role.LIST)),
    ("lifecycle-start", "core", "x-resource", lambda v: v.does(Role.CREATE) and v.shape.resource.lifecycle),
    ("lifecycle-order", "core", "x-resource", lambda v: v.reads_one and v.shape.resource.lifecycle),
    ("lifecycle-end", "core", "x-resource", lambda v: v.reads_one and v.shape.resource.lifecycle),
    (
        "lifecycle-progress",
        "core",
        "x-resource",
        lambda v: v.reads_one and v.shape.resource.lifecycle and v.has(Role.CREATE),
    ),
    (
        "optional-singleton",
        "core",
        "x-resource",
        lambda v: v.does(Role.READ) and v.use.states and not names_item(v.use),
    ),
    ("renew-url", "core", "x-resource", lambda v: v.use.renews),
    ("moments-in-order", "core", "x-resource", lambda v: v.reads_one and _has_moments(v.shape)),
    ("moments-in-order", "core", "x-resource", lambda v: v.does(*_CHANGES) and v.shape.fields_meaning(Meaning.UPDATED)),
    ("permission-visible", "tenants", "x-resource", lambda v: v.use.role in (Role.READ, Role.LIST) and v.is_owned),
    (
        "permission-change",
        "tenants",
        "x-resource",
        lambda v: v.use.path and v.use.role not in (Role.READ, Role.LIST) and v.is_owned,
    ),
    ("foreign-hidden", "tenants", "x-resource", lambda v: v.reads_one and v.hides_foreign),
    ("content-bytes", "core", "x-resource", lambda v: v.use.part == "content"),
    ("content-media-type", "core", "x-resource", lambda v: v.use.part == "content"),
    ("content-range", "core", "x-resource", lambda v: v.use.part == "content"),
    (
        "content-digest",
        "core",
        "x-resource",
        lambda v: v.reads_one and v.shape.has_content and v.shape.fields_meaning(Meaning.DIGEST),
    ),
    (
        "content-size",
        "core",
        "x-resource",
        lambda v: v.reads_one and v.shape.has_content and v.shape.fields_meaning(Meaning.SIZE),
    ),
)
"""What follows from what an operation does to its resource."""

_CUSTOM: Final[tuple[Rule, ...]] = (
    ("challenge", "core", "security", lambda v: v.is_secured),
    ("head-as-get", "core", "responses", lambda v: v.operation.method == "get"),
    ("method-not-allowed", "core", "responses", lambda v: v.is_first_of_path),
    ("answer-time", "core", "responses", lambda v: v.reads_one),
)
"""What HTTP, or good custom, asks of everybody, and no contract spells out."""


def promises_of(contract: Contract, profile: str) -> Mapping[str, tuple[Promise, ...]]:
    """The behaviours that a contract promises, by operationId.

    profile: of the "documented" form only the members that stand there to tell a behaviour count: which role an
    operation has was decided by people there, and no source told it.
    """
    shapes = read_shapes(contract)
    rules = _DECLARED if profile == "documented" else (*_DECLARED, *_IMPLIED, *_CUSTOM)
    views = (View(contract, one, shapes) for one in contract.operations if one.resource is not None)
    return MappingProxyType({view.operation.id: tuple(_promised(view, rules)) for view in views})


def _promised(view: View, rules: Sequence[Rule]) -> Iterator[Promise]:
    seen: set[str] = set()
    for rule in rules:
        behaviour, capability, member, applies = rule
        if behaviour not in seen and applies(view):
            seen.add(behaviour)
            yield Promise(
                behaviour, capability, member, rule not in _CUSTOM and not _is_guessed(view, behaviour, member)
            )


def _is_guessed(view: View, behaviour: str, member: str) -> bool:
    """Whether what tells a behaviour was inferred, as `x-levels` says: no source and no decision stands behind it."""
    if behaviour.startswith("lifecycle-"):
        schema = view.shape.resource.schema
        levels = view.contract.schema_at(schema).get("x-levels", {}) if schema is not None else {}
        return levels.get("x-lifecycle") == "inferred"
    dotted = member.replace("/", ".")
    levels = view.operation.document.get("x-levels", {})
    told = [
        level
        for place, level in levels.items()
        if f"{place}.".startswith(f"{dotted}.") or f"{dotted}.".startswith(f"{place}.")
    ]
    return bool(told) and all(level == "inferred" for level in told)


def _says(view: View, member: str, part: str) -> bool:
    return part in view.operation.document.get(member, {})


def _shows_item(operation: Operation) -> bool:
    success = operation.success
    return success is not None and any(name.endswith("json") for name in success.media_types)


def _has_header(operation: Operation, name: str) -> bool:
    return operation.success is not None and any(one.lower() == name for one in operation.success.headers)


def _has_moments(shape: Shape) -> bool:
    """Whether an item tells when it was made and when something later happened to it."""
    later = (*shape.fields_meaning(Meaning.STARTED), *shape.fields_meaning(Meaning.ENDED))
    return bool(shape.fields_meaning(Meaning.CREATED)) and bool(later)
