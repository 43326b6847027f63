"""Lint: what an OpenAPI validator lets pass and a contract must not contain.

Each rule is a generator over one contract; `LINT_RULES` lists them all. A rule finds; it never mends.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from spec.contract import Contract, Operation
from spec.errors import ContractError
from spec.merge.emission import BEHAVIOURS
from spec.patterns import judge_pattern
from spec.pointer import join_pointer, resolve_pointer, split_pointer
from spec.resource import follow
from spec.schema import compile_schema
from spec.template import parameters_in


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """Something wrong with a contract, at a JSON pointer."""

    pointer: str
    rule: str
    message: str


@dataclass(frozen=True, slots=True)
class LintRule:
    """A named rule: `find` yields (pointer, message)."""

    name: str
    text: str
    find: Callable[[Contract], Iterable[tuple[str, str]]]


def lint(contract: Contract, provenance: Mapping[str, Any] | None = None) -> tuple[Problem, ...]:
    """All problems of a contract, by pointer.

    provenance: the parsed `provenance.json` of this contract; where given, every leaf must have a level in it.
    """
    found = _found(LINT_RULES[:1], contract)
    if not found:  # the other rules follow references, so these must lead somewhere first
        found = _found(LINT_RULES[1:], contract)
    if provenance is not None:
        found += [
            Problem(pointer, "missing-level", message) for pointer, message in _without_level(contract, provenance)
        ]
    return tuple(sorted(found))


def _found(rules: Iterable[LintRule], contract: Contract) -> list[Problem]:
    return [Problem(pointer, rule.name, message) for rule in rules for pointer, message in rule.find(contract)]


def _openapi(contract: Contract) -> Iterator[tuple[str, str]]:
    from openapi_spec_validator import OpenAPIV30SpecValidator  # heavy, and only lint needs it

    for error in OpenAPIV30SpecValidator(contract.document).iter_errors():
        yield join_pointer(tuple(getattr(error, "absolute_path", ()))), str(getattr(error, "message", error))


def _links(contract: Contract) -> Iterator[tuple[str, str]]:
    for operation in contract.operations:
        for response in operation.responses.values():
            for name, link in response.links.items():
                where = f"{operation.pointer}/responses/{response.status}/links/{name}"
                target = contract.by_id.get(str(link.get("operationId")))
                if target is None:
                    yield where, f"links to {link.get('operationId')!r}, which is no operation of this contract"
                    continue
                known = {parameter.name for parameter in target.parameters}
                for parameter in link.get("parameters", {}):
                    if parameter.rpartition(".")[2] not in known:
                        yield where, f"passes {parameter!r}, which {target.id} does not take"


def _security(contract: Contract) -> Iterator[tuple[str, str]]:
    for operation in contract.operations:
        for name in {name for alternative in operation.security for name in alternative}:
            if name not in contract.security_schemes:
                yield f"{operation.pointer}/security", f"names the security scheme {name!r}, which is not defined"


def _examples(contract: Contract) -> Iterator[tuple[str, str]]:
    for pointer, schema, example in _exampled(contract):
        try:
            validator = compile_schema(schema, contract.document)
        except ContractError as error:
            yield pointer, error.message
            continue
        for fault in validator.iter_errors(example):
            place = "/".join(str(part) for part in fault.instance_path)
            yield (
                pointer,
                f"the example does not fit its schema{' at ' + place if place else ''}: {fault.message[:200]}",
            )


def _exampled(contract: Contract) -> Iterator[tuple[str, Any, Any]]:
    """Pointer, schema and value of every example of a body or parameter."""
    for operation in contract.operations:
        for index, raw in enumerate(operation.document.get("parameters", ())):
            if "example" in raw and "schema" in raw:
                yield f"{operation.pointer}/parameters/{index}/example", raw["schema"], raw["example"]
        bodies = [("requestBody", operation.body.media_types)] if operation.body else []
        answers = [(f"responses/{code}", response.media_types) for code, response in operation.responses.items()]
        for where, media_types in (*bodies, *answers):
            for media_type in media_types.values():
                for name, example in media_type.examples.items() if media_type.schema else ():
                    place = (*split_pointer(operation.pointer), *where.split("/"), "content", media_type.name, name)
                    pointer = join_pointer(place)
                    yield pointer, media_type.schema, example


def _overlaps(contract: Contract) -> Iterator[tuple[str, str]]:
    paths = sorted({operation.path for operation in contract.operations})
    for index, one in enumerate(paths):
        for other in paths[index + 1 :]:
            if _overlap(one, other):
                yield (
                    join_pointer(("paths", other)),
                    f"some URLs match both this and {one}; which one is meant is not told",
                )


def _overlap(one: str, other: str) -> bool:
    """Whether a URL can match both templates and neither is the more literal one throughout."""
    a, b = one.split("/"), other.split("/")
    if len(a) != len(b):
        return False
    pairs = list(zip(a, b, strict=True))
    if any(x != y and "{" not in x and "{" not in y for x, y in pairs):
        return False
    more_literal = {("{" not in x) for x, y in pairs if ("{" in x) != ("{" in y)}
    return len(more_literal) != 1


def _reserved(contract: Contract) -> Iterator[tuple[str, str]]:
    """An example id that a literal neighbour path would swallow."""
    paths = {operation.path for operation in contract.operations}
    for operation in contract.operations:
        segments = operation.path.split("/")
        for index, raw in enumerate(operation.document.get("parameters", ())):
            token = "{" + str(raw.get("name")) + "}"
            if raw.get("in") != "path" or token not in segments or "example" not in raw:
                continue
            place = segments.index(token)
            swallowed = "/".join([*segments[:place], str(raw["example"]), *segments[place + 1 :]])
            if swallowed in paths:
                yield (
                    f"{operation.pointer}/parameters/{index}/example",
                    f"{raw['example']!r} is the literal path {swallowed}",
                )


def _unreachable(contract: Contract) -> Iterator[tuple[str, str]]:
    for operation in contract.operations:
        if operation.success is None:
            yield f"{operation.pointer}/responses", "documents no success answer, so nothing can be verified"
        declared = {parameter.name for parameter in operation.parameters if parameter.location == "path"}
        for name in parameters_in(operation.path):
            if name not in declared:
                yield operation.pointer, f"the path parameter {name!r} is not declared"


def _patterns(contract: Contract) -> Iterator[tuple[str, str]]:
    for pointer, key, value in _members(contract.document, ()):
        if key == "pattern" and isinstance(value, str) and (fault := judge_pattern(value)):
            yield pointer, fault


def _references(contract: Contract) -> Iterator[tuple[str, str]]:
    for pointer, key, value in _members(contract.document, ()):
        if key == "$ref" and isinstance(value, str):
            try:
                resolve_pointer(contract.document, value)
            except ContractError:
                yield pointer, f"refers to {value}, which does not exist"


def _lifecycles(contract: Contract) -> Iterator[tuple[str, str]]:
    for resource in contract.resources.values():
        lifecycle = resource.lifecycle
        if lifecycle is None:
            continue
        where = f"#/x-resources/{resource.name}"
        named = {lifecycle.initial, *lifecycle.active, *lifecycle.transitions, *lifecycle.durations}
        named |= {state for targets in lifecycle.transitions.values() for state in targets}
        for state in sorted(named - set(lifecycle.states)):
            yield where, f"the lifecycle speaks of {state!r}, which is not among its states"


def _behaviour_levels(contract: Contract) -> Iterator[tuple[str, str]]:
    """Behaviours of a merged contract carry their levels; a contract that no merge made need not."""
    if not any("x-sources" in operation.document for operation in contract.operations):
        return
    for operation in contract.operations:
        for behaviour in BEHAVIOURS:
            levels = operation.document.get("x-levels", {})
            if behaviour in operation.document and not any(
                key == behaviour or key.startswith(f"{behaviour}.") for key in levels
            ):
                yield f"{operation.pointer}/{behaviour}", "has no level in x-levels"


def _without_level(contract: Contract, provenance: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    known = provenance.get("leaves", {})
    for pointer in leaf_pointers(contract.document):
        if "level" not in known.get(pointer, {}):
            yield pointer, "has no level in provenance.json"


def leaf_pointers(document: Any, parts: tuple[str | int, ...] = ()) -> Iterator[str]:
    """The pointer of every scalar and every empty mapping or list of a document."""
    members: Iterable[tuple[str | int, Any]] = ()
    if isinstance(document, Mapping):
        members = document.items()
    elif isinstance(document, list):
        members = enumerate(document)
    if not isinstance(document, (Mapping, list)) or not document:
        yield join_pointer(parts)
    for key, member in members:
        yield from leaf_pointers(member, (*parts, key))


def _members(node: Any, parts: tuple[str | int, ...]) -> Iterator[tuple[str, str, Any]]:
    if isinstance(node, Mapping):
        for key, member in node.items():
            # A property may be called "pattern" or "$ref"; a keyword's value is never a mapping.
            if not isinstance(member, (Mapping, list)):
                yield join_pointer((*parts, key)), key, member
            if key not in ("example", "examples", "default", "enum"):
                yield from _members(member, (*parts, key))
    elif isinstance(node, list):
        for index, member in enumerate(node):
            yield from _members(member, (*parts, index))


def _behaviours(contract: Contract) -> Iterator[tuple[str, str]]:
    """What the vocabulary of behaviours names has to be there."""
    for resource in contract.resources.values():
        if resource.flat and resource.parent is None:
            yield f"#/x-resources/{resource.name}", "is flat, but has no parent that a path could leave out"
    for operation in contract.operations:
        query = {parameter.name for parameter in operation.parameters if parameter.location == "query"}
        fields = _fields(contract, operation)
        for parameter, field in operation.filters.items():
            if fields and field not in fields:
                yield f"{operation.pointer}/x-filter/{parameter}", f"filters by {field!r}, which no item has"
        page = operation.page
        if page is not None and page.style == "cursor" and page.cursor_parameter not in query:
            yield f"{operation.pointer}/x-page", f"names the parameter {page.cursor_parameter!r}, which is not declared"
        if page is not None and page.sort_parameter not in {None, *query}:
            yield f"{operation.pointer}/x-page", f"names the parameter {page.sort_parameter!r}, which is not declared"
        header = (operation.idempotency or "").lower()
        if header and header not in {each.name.lower() for each in operation.parameters if each.location == "header"}:
            yield (
                f"{operation.pointer}/x-idempotency",
                f"names the header field {operation.idempotency!r}, which is no parameter",
            )


def _fields(contract: Contract, operation: Operation) -> frozenset[str]:
    """Fields of the items that an operation is about; none where nothing is known of them."""
    pointer = contract.resources[operation.resource.name].schema if operation.resource else None
    return (
        frozenset(follow(contract.document, contract.schema_at(pointer)).get("properties", ()))
        if pointer
        else frozenset()
    )


LINT_RULES: tuple[LintRule, ...] = (
    LintRule("unknown-reference", "every $ref leads somewhere", _references),
    LintRule("openapi", "the document is valid OpenAPI 3.0", _openapi),
    LintRule("unknown-link-target", "links name operations and parameters that exist", _links),
    LintRule("unknown-security", "security names schemes that exist", _security),
    LintRule("example-against-schema", "every example fits its schema", _examples),
    LintRule("overlapping-paths", "no URL matches two templates, unless one is more literal", _overlaps),
    LintRule("reserved-id", "no example id is the literal of a neighbouring path", _reserved),
    LintRule("unreachable-operation", "every operation documents success and its path parameters", _unreachable),
    LintRule("slow-pattern", "every pattern can be matched in linear time", _patterns),
    LintRule("lifecycle-states", "lifecycles speak only of their own states", _lifecycles),
    LintRule("behaviour-names", "behaviours name parameters, fields and parents that exist", _behaviours),
    LintRule("behaviour-level", "every behaviour of a merged contract has a level", _behaviour_levels),
)
"""All rules; `missing-level` joins them where a provenance file is given."""
