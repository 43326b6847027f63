"""What each operation answers: generic, from what the contract says about resources and nothing else.

An operation on a resource is a `Plan`; its role picks one of the small classes here, or a `Listing`.
An operation without a resource keeps nothing and answers its example.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from mockserver.exchange import Context, Refusal, Reply
from mockserver.generation import generate
from mockserver.listing import Listing
from mockserver.making import Maker
from mockserver.plan import Plan, is_visible, json_type_of, make_plan, sight_of, spoken, status_of
from mockserver.store import Entry, Key
from spec.contract import Role
from spec.errors import ContractError
from spec.resource import Meaning, read_shapes

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mockserver.workspace import Workspace
    from spec.contract import Contract, Operation, ResourceUse
    from spec.resource import Shape

Handler = Callable[[Context], Reply]

# A media type comes from an item's field, and so perhaps from a client: nothing else may reach a header field.
_MEDIA_TYPE: Final = re.compile(r"[\w.+-]{1,60}/[\w.+-]{1,60}(; ?[\w-]{1,40}=[\w.+-]{1,60})?", re.ASCII)
_BYTES: Final = "application/octet-stream"


class Handlers:
    """Answers every operation of one contract; keeps no state of its own.

    Raises ContractError for a contract that tells of resources in a way that cannot be served.
    """

    def __init__(self, contract: Contract) -> None:
        shapes = read_shapes(contract)
        self._handlers = {operation.id: _handler(contract, shapes, operation) for operation in contract.operations}

    def answer(self, context: Context) -> Reply:
        """The answer to a request that fits the contract; raises Refusal where the state of the world refuses it."""
        return self._handlers[context.operation.id](context)


def _handler(contract: Contract, shapes: Mapping[str, Shape], operation: Operation) -> Handler:
    use = operation.resource
    if use is None:
        return Sample(contract, operation).answer
    return _resource_handler(contract, shapes, make_plan(contract, shapes, operation, use), use)


def _resource_handler(contract: Contract, shapes: Mapping[str, Shape], plan: Plan, use: ResourceUse) -> Handler:
    if use.part not in (None, "content"):
        raise ContractError(
            f"{plan.operation.id} answers a part we do not know: {use.part!r}", hint="use content, or leave part out"
        )
    match use.role:
        case Role.LIST:
            return Listing(plan).answer
        case Role.CREATE:
            return Creation(plan, Maker(contract, plan, shapes)).answer
        case Role.UPDATE | Role.REPLACE:
            return Change(plan, Maker(contract, plan, shapes)).answer
        case Role.DELETE:
            return Deletion(plan, shapes).answer
        case Role.ACTION:
            return Action(plan).answer
        case Role.READ:
            return (Content(plan) if use.part else Reading(plan)).answer


class Reading:
    """Answers one item: the one that the path names, or the newest in one of the operation's states."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def answer(self, context: Context) -> Reply:
        """The item; raises Refusal(not-found) where there is none."""
        return self._plan.reply_item(context, self.find(context))

    def find(self, context: Context) -> Entry:
        """The item as it is now."""
        plan = self._plan
        if plan.names_item:
            entry = plan.item(context)
            self._refuse_other_state(entry)
            return entry
        for entry in self._siblings(context, plan.reach(context)):
            current = plan.current(context, entry)
            if self._has_state(current):
                return current
        told = f" that is {' or '.join(plan.use.states)}" if plan.use.states else ""
        raise Refusal("not-found", f"there is no {spoken(plan.shape)}{told}")

    def _siblings(self, context: Context, parent: Key) -> Iterator[Entry]:
        shape = self._plan.shape
        collection = context.workspace.store.collection(shape.name, parent)
        return reversed(collection.select(shape.resource.id, sight_of(context.identity, shape)))

    def _has_state(self, entry: Entry) -> bool:
        states = self._plan.use.states
        return not states or self._plan.progress.state_of(entry) in states

    def _refuse_other_state(self, entry: Entry) -> None:
        if not self._has_state(entry):
            told = f"{spoken(self._plan.shape)} {entry.key[-1]!r} is {self._plan.progress.state_of(entry)}"
            raise Refusal("not-found", f"the {told}, not {' or '.join(self._plan.use.states)}")


class Content(Reading):
    """Answers an item's bytes in their own media type."""

    def answer(self, context: Context) -> Reply:
        """The bytes; raises Refusal(not-found) where the item has none."""
        entry = self.find(context)
        if entry.content is None:
            raise Refusal("not-found", f"the {spoken(self._plan.shape)} {entry.key[-1]!r} has no content")
        return Reply(self._plan.status, entry.content, self._media_type(entry))

    def _media_type(self, entry: Entry) -> str:
        told = (entry.fields.get(name) for name in self._plan.shape.fields_meaning(Meaning.MEDIA_TYPE))
        success = self._plan.operation.success
        declared = (name for name in success.media_types if "*" not in name) if success else ()
        usable = (name for name in (*told, *declared) if isinstance(name, str) and _MEDIA_TYPE.fullmatch(name))
        return next(usable, _BYTES)


class Creation:
    """Makes a new item under the parent that the path names."""

    def __init__(self, plan: Plan, maker: Maker) -> None:
        self._plan = plan
        self._maker = maker

    def answer(self, context: Context) -> Reply:
        """The new item; raises Refusal(forbidden) for one that its maker could not see."""
        plan, maker = self._plan, self._maker
        parent = plan.reach(context)
        given = maker.given(context, parent)
        entry = maker.make((*parent, maker.identifier(context, parent, given)), given, context.now)
        maker.check(entry)
        if not is_visible(context.identity, plan.shape, entry):
            raise _out_of_sight(plan)
        context.workspace.store.put(plan.shape.name, entry)
        return plan.reply_item(context, entry)


class Change:
    """Changes some fields of an item, or replaces all that a client may write."""

    def __init__(self, plan: Plan, maker: Maker) -> None:
        self._plan = plan
        self._maker = maker
        self._apply = maker.remake if plan.use.role is Role.REPLACE else maker.change

    def answer(self, context: Context) -> Reply:
        """The item as it is afterwards."""
        plan, maker = self._plan, self._maker
        former = plan.item(context)
        entry = self._apply(former, maker.given(context, former.key[:-1]), context.now)
        maker.check(entry)
        if not is_visible(context.identity, plan.shape, entry):
            raise _out_of_sight(plan)
        context.workspace.store.put(plan.shape.name, entry)
        return plan.reply_item(context, entry)


class Deletion:
    """Deletes an item and all that lives under it."""

    def __init__(self, plan: Plan, shapes: Mapping[str, Shape]) -> None:
        self._plan = plan
        self._children: dict[str, tuple[str, ...]] = {
            name: tuple(child.name for child in shapes.values() if child.resource.parent == name) for name in shapes
        }

    def answer(self, context: Context) -> Reply:
        """The item as it was, where the contract declares a body."""
        entry = self._plan.item(context)
        self._clear_below(context.workspace, self._plan.shape.name, entry.key)
        context.workspace.store.drop(self._plan.shape.name, entry.key)
        return self._plan.reply(dict(entry.fields))

    def _clear_below(self, workspace: Workspace, name: str, key: Key) -> None:
        for child in self._children[name]:
            for entry in workspace.store.collection(child, key):
                self._clear_below(workspace, child, entry.key)
            workspace.store.clear(child, key)


class Action:
    """Does something to an item: renews a link where the operation says so, else only shows the item."""

    def __init__(self, plan: Plan) -> None:
        renews = plan.use.renews
        if renews is not None and renews not in plan.shape.properties:
            raise ContractError(
                f"{plan.operation.id} renews {renews!r}, which {plan.shape.name} does not have",
                hint="correct renews in x-resource",
            )
        self._plan = plan
        # A contract that speaks of conflicts gets one; elsewhere the link that is not there yet is not found.
        self._refusal = "conflict" if plan.operation.response_for(409) else "not-found"

    def answer(self, context: Context) -> Reply:
        """The item afterwards; raises Refusal for an item that has not come to the end that gives it a link."""
        plan, entry = self._plan, self._plan.item(context)
        if plan.use.renews is None:
            return plan.reply_item(context, entry)
        state, success = plan.progress.state_of(entry), plan.progress.success
        if success is not None and state != success:
            told = f"the {spoken(plan.shape)} {entry.key[-1]!r} is {state}"
            raise Refusal(self._refusal, f"{told}; it has no {plan.use.renews} to renew")
        entry = plan.progress.renew(entry, context.now)
        context.workspace.store.put(plan.shape.name, entry)
        return plan.reply_item(context, entry)


class Sample:
    """Answers an operation that is about no resource: its example, or a value made up for its schema."""

    def __init__(self, contract: Contract, operation: Operation) -> None:
        self._operation = operation
        self._status = status_of(operation)
        self._media_type, self._body = self._sample(contract, operation)

    def answer(self, context: Context) -> Reply:
        """The same answer every time; raises Refusal(not-implemented) where none could be made up."""
        if self._media_type is None:
            return Reply(self._status)
        if self._body is None:
            raise Refusal("not-implemented", f"{context.operation.id} has neither a resource nor an example to answer")
        return Reply(self._status, self._body, self._media_type)

    def _sample(self, contract: Contract, operation: Operation) -> tuple[str | None, Any]:
        media_types = operation.success.media_types if operation.success else {}
        if not media_types:
            return None, None
        name = json_type_of(operation) or ""
        media = media_types.get(name) or next(iter(media_types.values()))
        for example in media.examples.values():
            return media.name, example
        try:
            return media.name, generate(media.schema or {}, contract.document, operation.id)
        except ContractError:
            return media.name, None


def _out_of_sight(plan: Plan) -> Refusal:
    return Refusal("forbidden", f"you may not have a {spoken(plan.shape)} like this: you could not see it")
