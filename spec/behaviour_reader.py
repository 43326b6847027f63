"""Reads what a contract tells beyond OpenAPI: resources, lifecycles, pages, filters, keys, tags.

The vocabulary itself is told by the docstrings of `spec.contract`. A member that is not in it is refused:
a misspelt one would change nothing, and nobody would notice.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

from spec.contract import JsonObject, Page, Resource, ResourceUse, Response, Role
from spec.errors import ContractError
from spec.lifecycle import Lifecycle
from spec.pointer import resolve_pointer
from spec.template import parameters_in

_RESOURCE: Final = ("id", "parent", "schema", "foreign", "flat", "assumed")
# The last three are told by sources and kept in the merged contract, though nothing here acts on them.
_USE: Final = (
    "name", "role", "path", "envelope", "part", "states", "renews", "references", "visible", "optional", "subject",
)  # fmt: skip
_PAGE: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "order": ("field", "direction", "parameter"),
        "size": ("parameter", "default", "maximum"),
        "page": ("parameter",),
        "marker": ("parameter",),
        "cursor": ("parameter", "member"),
        "links": ("in", "header", "member", "relations"),
        "total": ("header", "member"),
    }
)
_LIFECYCLE: Final = ("field", "initial", "states", "transitions", "active", "durations")
_CONDITIONAL: Final = ("if-match", "if-none-match")


def read_resources(declared: JsonObject, document: JsonObject) -> Mapping[str, Resource]:
    """The resources of a document by name; raises ContractError for what is not understood."""
    return MappingProxyType({name: _resource(name, raw, document) for name, raw in declared.items()})


def _resource(name: str, raw: JsonObject, document: JsonObject) -> Resource:
    _refuse_unknown(raw, _RESOURCE, f"#/x-resources/{name}")
    schema = raw.get("schema")
    lifecycle = resolve_pointer(document, schema).get("x-lifecycle") if schema else None
    return Resource(
        name=name,
        id=raw.get("id", "id"),
        parent=raw.get("parent"),
        schema=schema,
        foreign=raw.get("foreign", "not-found"),
        lifecycle=read_lifecycle(lifecycle, f"{schema}/x-lifecycle") if lifecycle else None,
        flat=bool(raw.get("flat", False)),
        assumed=bool(raw.get("assumed", False)),
    )


def read_lifecycle(raw: JsonObject, pointer: str) -> Lifecycle:
    """The lifecycle at `x-lifecycle` of a schema."""
    _refuse_unknown(raw, _LIFECYCLE, pointer, allow=("x-levels",))
    return Lifecycle(
        field=raw["field"],
        initial=raw["initial"],
        states=tuple(raw["states"]),
        transitions=MappingProxyType({state: tuple(to) for state, to in raw["transitions"].items()}),
        active=tuple(raw.get("active", ())),
        durations=MappingProxyType({state: float(seconds) for state, seconds in raw.get("durations", {}).items()}),
    )


def read_use(raw: JsonObject, resources: Mapping[str, Resource], path: str, pointer: str) -> ResourceUse:
    """What an operation does with a resource, from its `x-resource`."""
    where = f"{pointer}/x-resource"
    _refuse_unknown(raw, _USE, where)
    name, role = raw["name"], _role(raw["role"], where)
    if name not in resources:
        raise ContractError(f"x-resource names {name!r}, which x-resources does not define (at {pointer})")
    chain = _chain(name, resources)
    parameters = parameters_in(path)
    return ResourceUse(
        name=name,
        role=role,
        path=_declared_path(raw["path"], chain, parameters, where)
        if "path" in raw
        else _path(parameters, _destination(chain, role, parameters, raw), chain, resources, pointer),
        envelope=raw.get("envelope"),
        part=raw.get("part"),
        states=tuple(raw.get("states", ())),
        renews=raw.get("renews"),
        references=MappingProxyType(dict(raw.get("references", {}))),
    )


def _role(word: str, where: str) -> Role:
    try:
        return Role(word)
    except ValueError:
        raise ContractError(f"{word!r} is no role (at {where})", hint=f"roles are: {', '.join(Role)}") from None


def _chain(name: str, resources: Mapping[str, Resource]) -> tuple[str, ...]:
    """The resource and its ancestors, outermost first."""
    chain = [name]
    while parent := resources[chain[0]].parent:
        if parent in chain or parent not in resources:
            raise ContractError(
                f"resource {chain[0]!r} has an unknown or circular parent {parent!r} (at #/x-resources)"
            )
        chain.insert(0, parent)
    return tuple(chain)


def _destination(chain: Sequence[str], role: Role, parameters: Sequence[str], raw: JsonObject) -> Sequence[str]:
    """What the path leads to: the parent for a list and a create, else the item.

    A read that asks for a state, and not for an id, leads to the parent, too.
    """
    asks_for_state = role is Role.READ and bool(raw.get("states")) and len(parameters) < len(chain)
    return chain[:-1] if role in (Role.LIST, Role.CREATE) or asks_for_state else chain


def _path(
    parameters: Sequence[str],
    destination: Sequence[str],
    chain: Sequence[str],
    resources: Mapping[str, Resource],
    pointer: str,
) -> tuple[tuple[str, str], ...]:
    if len(parameters) > len(chain):
        raise ContractError(
            f"{len(parameters)} path parameters, but {chain[-1]!r} has only {len(chain)} levels (at {pointer})"
        )
    tail = destination[len(destination) - len(parameters) :] if len(parameters) < len(destination) else ()
    # Without a flat resource the path is read from its outer end, and whoever serves it says what is missing.
    return tuple(zip(parameters, tail if tail and resources[tail[0]].flat else chain, strict=False))


def _declared_path(
    raw: JsonObject, chain: Sequence[str], parameters: Sequence[str], where: str
) -> tuple[tuple[str, str], ...]:
    found = tuple((parameter, str(raw.get(parameter))) for parameter in parameters)
    names = tuple(name for _, name in found)
    if set(raw) != set(parameters) or not any(
        names == tuple(chain[start : start + len(names)]) for start in range(len(chain))
    ):
        raise ContractError(
            f"path has to give each of {', '.join(parameters) or 'no parameters'} one of {', '.join(chain)}, in that "
            f"order (at {where})",
            hint="correct path in x-resource, or leave it out",
        )
    return found


def read_page(raw: JsonObject, pointer: str) -> Page:
    """How a list is cut, from `x-page` of an operation."""
    _refuse_unknown(raw, ("style", *_PAGE), f"{pointer}/x-page")
    for part, known in _PAGE.items():
        _refuse_unknown(raw.get(part, {}), known, f"{pointer}/x-page/{part}")
    size, links, order, cursor = (raw.get(part, {}) for part in ("size", "links", "order", "cursor"))
    return Page(
        style=raw.get("style"),
        order_by=order.get("field", "id"),
        descending=order.get("direction", "ascending") == "descending",
        size_parameter=size.get("parameter"),
        default_size=size.get("default"),
        maximum_size=size.get("maximum"),
        page_parameter=raw.get("page", {}).get("parameter"),
        marker_parameter=raw.get("marker", {}).get("parameter"),
        link_header=links.get("header"),
        link_member=links.get("member"),
        relations=tuple(links.get("relations", ())),
        total_header=raw.get("total", {}).get("header"),
        cursor_parameter=cursor.get("parameter"),
        cursor_member=cursor.get("member"),
        sort_parameter=order.get("parameter"),
        total_member=raw.get("total", {}).get("member"),
    )


def read_filters(raw: JsonObject, parameters: Iterator[str], pointer: str) -> Mapping[str, str]:
    """Query parameters and the fields they filter by, from `x-filter` of an operation."""
    _refuse_unknown(raw, tuple(parameters), f"{pointer}/x-filter")
    return MappingProxyType({parameter: str(field) for parameter, field in raw.items()})


def read_idempotency(raw: JsonObject, pointer: str) -> str:
    """The header field that makes a repeated create harmless, from `x-idempotency` of an operation."""
    _refuse_unknown(raw, ("header",), f"{pointer}/x-idempotency")
    return str(raw["header"])


def has_entity_tag(raw: JsonObject, headers: Iterator[str], responses: Mapping[str, Response]) -> bool:
    """Whether an operation deals in entity tags; `headers` are the names of its header parameters."""
    if "x-entity-tag" in raw:
        return bool(raw["x-entity-tag"])
    told = (name for status, answer in responses.items() if status.startswith("2") for name in answer.headers)
    return any(name.lower() == "etag" for name in told) or any(name.lower() in _CONDITIONAL for name in headers)


def _refuse_unknown(raw: Any, known: Sequence[str], where: str, *, allow: Sequence[str] = ()) -> None:
    if not isinstance(raw, Mapping):
        raise ContractError(f"expected a mapping (at {where})", hint="see the docstrings of spec.contract")
    unknown = sorted(set(raw) - set(known) - set(allow))
    if unknown:
        raise ContractError(
            f"{', '.join(map(repr, unknown))} is not understood (at {where})",
            hint=f"known here: {', '.join(known) or 'nothing'}",
        )
