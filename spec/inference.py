"""What a plain OpenAPI document tells without saying it: resources, roles, parents, ids and pages.

Only documents without `x-resources` are read this way. The guesses are careful: a resource is kept only where
something can be made of it (POST on a collection) and named by an id afterwards, and an operation takes a role
only where an item fits the answer that it declares. All else goes on answering its example. Every guess has its
reason, for `explain_operations`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from spec.contract import Role
from spec.errors import ContractError
from spec.inference_answer import Answer, answer_of, identifier_of, list_shape
from spec.inference_page import infer_page
from spec.pointer import join_pointer

if TYPE_CHECKING:
    from spec.contract import Contract, JsonObject, Operation

_CAMEL: Final = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")
_ENDING: Final = re.compile(r"_?(id|uuid|guid|name|key|slug|code)$")
_ITEM_ROLES: Final[Mapping[str, tuple[Role, str]]] = {
    "get": (Role.READ, "GET on one item reads it"),
    "put": (Role.REPLACE, "PUT on one item replaces it"),
    "patch": (Role.UPDATE, "PATCH on one item changes what it sends"),
    "delete": (Role.DELETE, "DELETE on one item deletes it"),
}

Place = tuple[str, str]
"""Path template and method."""


@dataclass(frozen=True, slots=True)
class Guess:
    """What was inferred of a document.

    resources: as they would stand in `x-resources`. members: the `x-` members that each operation would have.
    reasons: why, one sentence each, for every operation that has such members.
    """

    resources: Mapping[str, JsonObject] = field(default_factory=dict)
    members: Mapping[Place, JsonObject] = field(default_factory=dict)
    reasons: Mapping[Place, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Inference:
    """What the mock makes of one operation; `why` says for each whether it is declared or how it was inferred.

    resource, role, page, lifecycle, errors: None where there is none. security: alternatives, in words.
    """

    method: str
    path: str
    operation_id: str
    resource: str | None
    role: str | None
    page: str | None
    lifecycle: str | None
    errors: str | None
    security: str
    why: tuple[str, ...]


def infer_behaviours(document: JsonObject) -> Guess:
    """The behaviours that a document's paths and schemas suggest; none for a document without paths."""
    return _Reader(document).guess()


def explain_operations(contract: Contract) -> tuple[Inference, ...]:
    """What the mock makes of every operation of a contract, in the contract's order."""
    return tuple(_explain(contract, operation) for operation in contract.operations)


def _explain(contract: Contract, operation: Operation) -> Inference:
    use = operation.resource
    lifecycle = contract.resources[use.name].lifecycle if use else None
    if operation.id in contract.inferred:
        why = contract.inferred[operation.id]
    elif use:
        why = ("declared by x-resource",)
    else:
        why = ("nothing tells of a resource, so that it answers its example",)
    return Inference(
        method=operation.method.upper(),
        path=operation.path,
        operation_id=operation.id,
        resource=use.name if use else None,
        role=use.role.value if use else None,
        page=(operation.page.style or "whole") if operation.page else None,
        lifecycle=" → ".join(lifecycle.states) if lifecycle else None,
        errors=operation.errors,
        security=" or ".join(" and ".join(names) or "open" for names in operation.security) or "open",
        why=why,
    )


@dataclass(slots=True)
class _Kind:
    """A resource in the making. path: template of one item; creation: of the collection that makes them."""

    name: str
    path: str
    creation: str
    parent: str | None
    item: Answer
    identifier: str


class _Reader:
    """Reads one document; lives for one call."""

    def __init__(self, document: JsonObject) -> None:
        self._document = document
        paths = document.get("paths")
        self._paths: dict[str, JsonObject] = {}
        # Some write a slash at the end of every path, which says nothing of resources.
        self._written: dict[str, str] = {}
        for written, item in paths.items() if isinstance(paths, Mapping) else ():
            path = written.rstrip("/")
            if isinstance(item, Mapping) and _is_plain(path) and path not in self._paths:
                self._paths[path], self._written[path] = item, written
        stems = {path[: path.rindex("{")] for path in self._paths if _is_item(path)}
        # What is made below a parent, and named without it: by the last segment of the path.
        self._makers: dict[str, list[str]] = {}
        for path, item in self._paths.items():
            if "post" in item and "{" in path and f"{path}/" not in stems:
                self._makers.setdefault(path.rpartition("/")[2], []).append(path)
        self._made = {path: creation for path in self._paths if _is_item(path) and (creation := self._creation(path))}
        self._settled: set[str] = set()
        self._owners: dict[str, str] = {}
        self._resources: dict[str, dict[str, Any]] = {}
        self._members: dict[Place, dict[str, Any]] = {}
        self._reasons: dict[Place, tuple[str, ...]] = {}

    def guess(self) -> Guess:
        for path in self._made:
            self._settle(path)
        used = {name for members in self._members.values() for name in self._lineage(members["x-resource"]["name"])}
        kept = {name: raw for name, raw in self._resources.items() if name in used}
        return Guess(kept, self._as_written(self._members), self._as_written(self._reasons))

    def _as_written(self, table: Mapping[Place, Any]) -> dict[Place, Any]:
        return {(self._written[path], method): value for (path, method), value in table.items()}

    def _settle(self, path: str) -> None:
        """Make a resource of what a path names, once."""
        if path in self._made and path not in self._settled:
            self._settled.add(path)
            try:
                if kind := self._kind(path, self._made[path]):
                    self._note(kind)
            except (ContractError, LookupError, TypeError, AttributeError):
                # The document is broken here. Whoever reads it next says so; there is nothing to infer from it.
                return

    def _lineage(self, name: str | None) -> Iterator[str]:
        while name:
            yield name
            name = self._resources[name].get("parent")

    def _kind(self, path: str, creation: str) -> _Kind | None:
        """The resource whose items a path names, if a field of an answer tells which is which."""
        collection, _, last = path.rpartition("/")
        parameter = last.strip("{}")
        name = _name(collection.rpartition("/")[2], parameter)
        for place in ((path, "get"), (creation, "post")):
            answer = self._answer(*place)
            found = identifier_of(answer, parameter, name) if answer and answer.schema is not None else None
            if found:
                parent = self._owner(creation.rpartition("/")[0])
                return _Kind(self._unused(name, parent), path, creation, parent, *found)
        return None

    def _creation(self, path: str) -> str | None:
        """The path whose POST makes what a path names: the collection, or the one below a parent that ends alike."""
        collection = path.rpartition("/")[0]
        if "post" in self._paths.get(collection, {}):
            return collection
        found = self._makers.get(collection.rpartition("/")[2], ())
        return found[0] if len(found) == 1 and "{" not in collection else None

    def _owner(self, prefix: str) -> str | None:
        """The resource that the last parameter of a path's beginning names; one that is assumed where none is kept."""
        if "{" not in prefix:
            return None
        path = prefix[: prefix.rindex("}") + 1]
        self._settle(path)
        if path not in self._owners:
            outer = self._owner(path.rpartition("/")[0])
            collection, _, last = path.rpartition("/")
            name = self._unused(_name(collection.rpartition("/")[2], last.strip("{}")), outer)
            self._owners[path] = name
            self._resources[name] = {"id": "id", "assumed": True} | ({"parent": outer} if outer else {})
        return self._owners[path]

    def _unused(self, name: str, parent: str | None) -> str:
        if name in self._resources and parent:
            name = f"{parent}_{name}"
        wanted, number = name, 2
        while name in self._resources:
            name, number = f"{wanted}_{number}", number + 1
        return name

    def _note(self, kind: _Kind) -> None:
        """Put down a resource, and the role of every operation on it."""
        collection = kind.path.rpartition("/")[0]
        create = self._answer(kind.creation, "post")
        if create is None or not create.takes(kind.item, kind.identifier):
            return
        self._owners[kind.path] = kind.name
        self._resources[kind.name] = {
            "id": kind.identifier,
            "schema": kind.item.pointer,
            **({"parent": kind.parent} if kind.parent else {}),
            **({"flat": True} if kind.creation != collection else {}),
        }
        told = self._told(kind)
        self._assign(kind, (kind.creation, "post"), Role.CREATE, (*told, "POST on a collection makes an item"))
        for method, (role, why) in _ITEM_ROLES.items():
            if method in self._paths[kind.path]:
                self._assign(kind, (kind.path, method), role, (*told, why))
        if "get" in self._paths[kind.creation]:
            self._assign_list(kind, kind.creation, told)

    def _told(self, kind: _Kind) -> tuple[str, ...]:
        told = [
            f"the resource {kind.name} is inferred because POST {kind.creation} makes what {kind.path} names",
            f"its id is {kind.identifier!r}, a field of the answer that the path parameter means",
        ]
        if kind.parent:
            is_assumed = self._resources[kind.parent].get("assumed", False)
            told.append(
                f"it lives under {kind.parent}, whose id stands before it in the path"
                + (" and is taken to exist" if is_assumed else "")
            )
        return tuple(told)

    def _assign(self, kind: _Kind, place: Place, role: Role, why: Sequence[str]) -> None:
        answer = self._answer(*place)
        if answer is None or not answer.takes(kind.item, kind.identifier):
            return
        envelope = answer.envelope_for(kind.identifier)
        self._members[place] = {
            "x-resource": {"name": kind.name, "role": role.value, **({"envelope": envelope} if envelope else {})}
        }
        self._reasons[place] = tuple(why)

    def _assign_list(self, kind: _Kind, path: str, told: Sequence[str]) -> None:
        place, raw = (path, "get"), self._paths[path]
        shape = list_shape(self._answer(*place), kind.identifier)
        if shape is None:
            return
        page, how = infer_page(self._document, raw, kind.identifier, shape)
        if shape.needed - {page.get("cursor", {}).get("member"), page.get("total", {}).get("member")}:
            return
        use = {"name": kind.name, "role": Role.LIST.value, **({"envelope": shape.envelope} if shape.envelope else {})}
        self._members[place] = {"x-resource": use, "x-page": page}
        self._reasons[place] = (*told, "GET on a collection lists its items", how)

    def _answer(self, path: str, method: str) -> Answer | None:
        raw = self._paths.get(path, {}).get(method)
        return answer_of(self._document, raw, join_pointer(("paths", self._written[path], method))) if raw else None


def _is_plain(path: str) -> bool:
    """Whether every segment is either literal or one parameter."""
    return all("{" not in part or (part.startswith("{") and part.count("{") == 1 and part.endswith("}"))
               for part in path.split("/"))  # fmt: skip


def _is_item(path: str) -> bool:
    before, _, last = path.rpartition("/")
    return last.startswith("{") and bool(before) and "{" not in before.rpartition("/")[2]


def _name(segment: str, parameter: str) -> str:
    """A resource's name in the singular, from the plural in a path and the parameter after it.

    The parameter knows the singular, where it begins like the plural: `shelf_id` after `shelves`.
    """
    plural, stem = _snake(segment), _ENDING.sub("", _snake(parameter))
    return stem if len(stem) > 2 and plural.startswith(stem[:-1]) else _singular(plural)


def _snake(word: str) -> str:
    return _CAMEL.sub("_", word).replace("-", "_").replace(".", "_").lower()


def _singular(name: str) -> str:
    if name.endswith("ies") and len(name) > 4:
        return name[:-3] + "y"
    if re.search(r"(ss|x|ch|sh)es$", name):
        return name[:-2]
    return name[:-1] if name.endswith("s") and not name.endswith(("ss", "us", "is")) else name
