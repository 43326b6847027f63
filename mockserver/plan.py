"""What one operation needs to know to be answered, worked out once when the mock starts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from mockserver.errors import shorten
from mockserver.exchange import Context, Identity, Refusal, Reply
from mockserver.resource.entity import tag_fields
from mockserver.resource.progress import Progress
from mockserver.state.collection import Condition, Entry, Key, meets
from spec.contract import Role
from spec.errors import ContractError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mockserver.state.collection import Id
    from spec.contract import Contract, Operation, ResourceUse
    from spec.resource import Shape


@dataclass(frozen=True, slots=True)
class Plan:
    """One operation on a resource.

    chain: path parameter and the shape of what it identifies, outermost first. above: shapes of the ancestors
    that the path leaves out, since the first of the chain is found by its id alone. status: of a success.
    media_type: of its body, or None where it has none. location: path template of the item, where the
    answer declares a Location header field.
    """

    operation: Operation
    use: ResourceUse
    shape: Shape
    chain: tuple[tuple[str, Shape], ...]
    above: tuple[Shape, ...]
    progress: Progress
    status: int
    media_type: str | None
    location: str | None

    @property
    def names_item(self) -> bool:
        """Whether the path leads to one item, and not only to its parent."""
        return bool(self.chain) and self.chain[-1][1].name == self.shape.name

    def reach(self, context: Context) -> Key:
        """The key that the path means; raises Refusal where something on it does not exist or is somebody else's."""
        return self._walk(context)[0]

    def _walk(self, context: Context) -> tuple[Key, Entry | None]:
        """The key that the path means, and what is stored under it, unless nobody looked; raises as `reach`."""
        key: Key = ()
        entry: Entry | None = None
        store, identity = context.workspace.store, context.identity
        for parameter, shape in self.chain:
            value = context.path[parameter]
            identifier = shape.identify(value)
            entry = None
            if identifier is not None:
                if shape.resource.assumed:
                    key = (*key, identifier)
                    continue
                if self.above and not key:
                    entry = self._seek(context, shape, identifier)
                else:
                    entry = store.get(shape.name, (*key, identifier))
            if entry is None:
                raise absent(shape, value)
            if identity is not None and not is_visible(identity, shape, entry):
                raise foreign(shape, value)
            key = entry.key
        return key, entry

    def _seek(self, context: Context, shape: Shape, identifier: Id) -> Entry | None:
        """The item that an id means by itself; raises Refusal where an ancestor is somebody else's."""
        store = context.workspace.store
        entry = store.find(shape.name, identifier)
        if entry is None or context.identity is None or not context.identity.sees:
            return entry
        for depth, ancestor in enumerate(self.above, start=1):
            if ancestor.resource.assumed:
                continue
            held = store.get(ancestor.name, entry.key[:depth])
            if held is None or not is_visible(context.identity, ancestor, held):
                raise foreign(shape, identifier, rule=ancestor.resource.foreign)
        return entry

    def item(self, context: Context) -> Entry:
        """The item that the path means, as it is now; raises Refusal as `reach` does."""
        key, entry = self._walk(context)
        if entry is None or not self.names_item:
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
        """A success answer with one item; where it can be read and its entity tag, if the contract says so."""
        headers: dict[str, str] = {}
        if self.location is not None:
            headers["Location"] = context.address.base + _filled(self.location, entry.key)
        if self.operation.has_entity_tag:
            headers["ETag"] = tag_fields(entry.fields)
        return self.reply(entry.fields, headers)


def make_plan(contract: Contract, shapes: Mapping[str, Shape], operation: Operation, use: ResourceUse) -> Plan:
    """The plan of an operation; raises ContractError if its path does not lead to what it is about."""
    shape = shapes[use.name]
    above = shapes[use.path[0][1]].chain[:-1] if use.path else ()
    missing = len(shape.chain) - len(above) - len(use.path)
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
        above=tuple(shapes[name] for name in above),
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
    condition = sight_of(identity, shape)
    return not condition or meets(entry.fields, condition)


def sight_of(identity: Identity | None, shape: Shape) -> Condition:
    """The condition under which somebody sees items of a resource; empty for operations open to anyone."""
    return identity.sights.get(shape.name, ()) if identity else ()


def absent(shape: Shape, value: Any) -> Refusal:
    """The refusal for an item that does not exist."""
    return Refusal("not-found", f"there is no {spoken(shape)} {shorten(str(value), 60)!r}")


def foreign(shape: Shape, value: Any, *, rule: str | None = None) -> Refusal:
    """The refusal for somebody else's item; "not-found" tells nothing that a missing item would not tell.

    rule: that of the ancestor which is somebody else's; by default the item's own.
    """
    if (rule or shape.resource.foreign) == "forbidden":
        return Refusal("forbidden", f"the {spoken(shape)} {shorten(str(value), 60)!r} is not yours to see")
    return absent(shape, value)


def spoken(shape: Shape) -> str:
    """The resource's name in words."""
    return shape.name.replace("_", " ")


def reading_path(contract: Contract, name: str) -> str | None:
    """The path template, base path included, under which one item of a resource is read by its id, if there is one."""
    for operation in contract.uses_of(name, Role.READ):
        use = operation.resource
        if use and not use.part and use.path and use.path[-1][1] == name:
            return contract.base_path + operation.path
    return None


def _declares_location(operation: Operation) -> bool:
    headers = operation.success.headers if operation.success else {}
    return any(name.lower() == "location" for name in headers)


def _filled(template: str, key: Key) -> str:
    segments = template.split("/")
    count = sum(part.startswith("{") for part in segments)
    # A flat path names the item and leaves its parents out.
    values = iter(key[len(key) - count :])
    return "/".join(quote(str(next(values)), safe="") if part.startswith("{") else part for part in segments)
