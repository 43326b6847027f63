"""What one operation needs to know to be answered, worked out once when the mock starts."""

from __future__ import annotations

from dataclasses import dataclass
from operator import itemgetter
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from mockserver.errors import shorten
from mockserver.exchange import Context, Identity, Refusal, Reply
from mockserver.progress import Progress
from mockserver.store import Condition, Entry, Key, meets
from spec.contract import Role
from spec.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spec.contract import Contract, Operation, ResourceUse
    from spec.resource import Shape


@dataclass(frozen=True, slots=True)
class Plan:
    """One operation on a resource.

    chain: path parameter and the shape of what it identifies, outermost first. status: of a success.
    media_type: of its body, or None where it has none. location: path template of the item, where the
    answer declares a Location header field.
    """

    operation: Operation
    use: ResourceUse
    shape: Shape
    chain: tuple[tuple[str, Shape], ...]
    progress: Progress
    status: int
    media_type: str | None
    location: str | None

    @property
    def names_item(self) -> bool:
        """Whether the path leads to one item, and not only to its parent."""
        return len(self.chain) == len(self.shape.chain)

    def reach(self, context: Context) -> Key:
        """The key that the path means; raises Refusal where something on it does not exist or is somebody else's."""
        key: Key = ()
        for parameter, shape in self.chain:
            value = context.path[parameter]
            identifier = shape.identify(value)
            entry = None if identifier is None else context.workspace.store.get(shape.name, (*key, identifier))
            if entry is None:
                raise absent(shape, value)
            if not is_visible(context.identity, shape, entry):
                raise foreign(shape, value)
            key = entry.key
        return key

    def item(self, context: Context) -> Entry:
        """The item that the path means, as it is now; raises Refusal as `reach` does."""
        key = self.reach(context)
        entry = context.workspace.store.get(self.shape.name, key)
        if entry is None:
            raise absent(self.shape, key[-1])
        return self.current(context, entry)

    def current(self, context: Context, entry: Entry) -> Entry:
        """A stored item as it is now."""
        return self.progress.at(entry, context.now, context.workspace.began)

    def reply(self, body: Any, headers: Mapping[str, str] | None = None) -> Reply:
        """A success answer with a list or an item in the operation's envelope."""
        if self.media_type is None:
            return Reply(self.status, headers=headers or {})
        wrapped = {self.use.envelope: body} if self.use.envelope else body
        return Reply(self.status, wrapped, self.media_type, headers or {})

    def reply_item(self, context: Context, entry: Entry) -> Reply:
        """A success answer with one item, and where it can be read if the contract says that this is told."""
        headers = {}
        if self.location is not None:
            headers["Location"] = context.address.base + _filled(self.location, entry.key)
        return self.reply(dict(entry.fields), headers)


def make_plan(contract: Contract, shapes: Mapping[str, Shape], operation: Operation, use: ResourceUse) -> Plan:
    """The plan of an operation; raises ContractError if its path does not lead to what it is about."""
    shape = shapes[use.name]
    missing = len(shape.chain) - len(use.path)
    allowed = {Role.LIST: (1,), Role.CREATE: (1,), Role.READ: (0, 1)}.get(use.role, (0,))
    if missing not in allowed:
        raise ContractError(
            f"{operation.id} is to {use.role} a {use.name}, but its path names {len(use.path)} of the "
            f"{len(shape.chain)} ids that lead there ({', '.join(shape.chain)})",
            hint="correct x-resource, or the parents in x-resources",
        )
    return Plan(
        operation=operation,
        use=use,
        shape=shape,
        chain=tuple((parameter, shapes[name]) for parameter, name in use.path),
        progress=Progress(shape),
        status=status_of(operation),
        media_type=json_type_of(operation),
        location=reading_path(contract, use.name) if _declares_location(operation) else None,
    )


def status_of(operation: Operation) -> int:
    """The status code of a success answer: the first declared one, else 200."""
    declared = operation.success.status if operation.success else ""
    return int(declared) if declared.isdecimal() else 200


def json_type_of(operation: Operation) -> str | None:
    """The media type in which a success answer carries fields; None if it carries no body."""
    if operation.success is None or not operation.success.media_types:
        return None
    names = operation.success.media_types
    return next((name for name in names if name.endswith("json") and "*" not in name), "application/json")


def is_visible(identity: Identity | None, shape: Shape, entry: Entry) -> bool:
    """Whether somebody may see an item, its parents being visible."""
    return meets(entry.fields, sight_of(identity, shape))


def sight_of(identity: Identity | None, shape: Shape) -> Condition:
    """The condition under which somebody sees items of a resource; empty for operations open to anyone."""
    seen = identity.sees.get(shape.name) if identity else None
    return tuple(sorted(seen.items(), key=itemgetter(0))) if seen else ()


def absent(shape: Shape, value: Any) -> Refusal:
    """The refusal for an item that does not exist."""
    return Refusal("not-found", f"there is no {spoken(shape)} {shorten(str(value), 60)!r}")


def foreign(shape: Shape, value: Any) -> Refusal:
    """The refusal for somebody else's item; "not-found" tells nothing that a missing item would not tell."""
    if shape.resource.foreign == "forbidden":
        return Refusal("forbidden", f"the {spoken(shape)} {shorten(str(value), 60)!r} is not yours to see")
    return absent(shape, value)


def spoken(shape: Shape) -> str:
    """The resource's name in words."""
    return shape.name.replace("_", " ")


def reading_path(contract: Contract, name: str) -> str | None:
    """The path template under which one item of a resource is read by its id, if there is one."""
    for operation in contract.uses_of(name, Role.READ):
        use = operation.resource
        if use and not use.part and use.path and use.path[-1][1] == name:
            return operation.path
    return None


def _declares_location(operation: Operation) -> bool:
    headers = operation.success.headers if operation.success else {}
    return any(name.lower() == "location" for name in headers)


def _filled(template: str, key: Key) -> str:
    values = iter(key)
    segments = template.split("/")
    return "/".join(quote(str(next(values)), safe="") if part.startswith("{") else part for part in segments)
