"""What each operation answers: generic, from what the contract says about resources and nothing else.

An operation on a resource is a `Plan`; its role picks one of the small classes here, or a `Listing`.
An operation without a resource keeps nothing and answers its example.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from mockserver.exchange import Context, Refusal, Reply
from mockserver.judgement.acceptance import choose_offer
from mockserver.plan import Plan, is_visible, json_type_of, make_plan, spoken, status_of
from mockserver.resource.listing import Listing
from mockserver.resource.making import Maker
from mockserver.resource.reading import Content, Reading, check_unchanged
from mockserver.state.collection import Key
from mockserver.state.idempotency import Idempotent
from mockserver.state.store import MOST_ITEMS
from spec.contract import Role
from spec.errors import ContractError
from spec.resource import read_shapes
from spec.values.generation import generate

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mockserver.state.workspace import Workspace
    from spec.contract import Contract, Operation, ResourceUse
    from spec.resource import Shape

Handler = Callable[[Context], Reply]

_MERGE_PATCH: Final = "application/merge-patch+json"


class Handlers:
    """Answers every operation of one contract; keeps no state of its own.

    Raises ContractError for a contract that tells of resources in a way that cannot be served.
    """

    def __init__(self, contract: Contract) -> None:
        shapes = read_shapes(contract)
        self._handlers = {operation.id: _handler(contract, shapes, operation) for operation in contract.operations}

    def handler_of(self, operation: Operation) -> Handler:
        """What answers requests to one operation that fit the contract; raises Refusal where the world refuses it."""
        return self._handlers[operation.id]

    def answer(self, context: Context) -> Reply:
        """The answer to one request; raises Refusal as its handler does."""
        return self._handlers[context.operation.id](context)


def _handler(contract: Contract, shapes: Mapping[str, Shape], operation: Operation) -> Handler:
    use = operation.resource
    if use is None:
        return Sample(contract, operation).answer
    try:
        return _resource_handler(contract, shapes, make_plan(contract, shapes, operation, use), use)
    except ContractError:
        # What was only inferred must not keep a plain document from being served.
        if operation.id not in contract.inferred:
            raise
        return Sample(contract, operation).answer


def _resource_handler(contract: Contract, shapes: Mapping[str, Shape], plan: Plan, use: ResourceUse) -> Handler:
    if use.part not in (None, "content"):
        raise ContractError(
            f"{plan.operation.id} answers a part we do not know: {use.part!r}", hint="use content, or leave part out"
        )
    match use.role:
        case Role.LIST:
            return Listing(plan).answer
        case Role.CREATE:
            creation = Creation(plan, Maker(contract, plan, shapes)).answer
            header = plan.operation.idempotency
            return Idempotent(plan.operation, header, creation).answer if header else creation
        case Role.UPDATE | Role.REPLACE:
            return Change(plan, Maker(contract, plan, shapes)).answer
        case Role.DELETE:
            return Deletion(plan, shapes).answer
        case Role.ACTION:
            return Action(plan).answer
        case Role.READ:
            return (Content(plan) if use.part else Reading(plan)).answer


class Creation:
    """Makes a new item under the parent that the path names."""

    def __init__(self, plan: Plan, maker: Maker) -> None:
        self._plan = plan
        self._maker = maker

    def answer(self, context: Context) -> Reply:
        """The new item; raises Refusal(forbidden) for one that its maker could not see."""
        plan, maker = self._plan, self._maker
        parent = plan.reach(context)
        if not context.workspace.store.has_room:
            raise Refusal("quota-exceeded", f"no more than {MOST_ITEMS} items can be added; reset the mock to go on")
        given = {**maker.owned(context.identity), **maker.given(context, parent)}
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
        check_unchanged(plan, context, former)
        is_patch = context.fields.get("content-type", "").lower().startswith(_MERGE_PATCH)
        apply = maker.patch if is_patch else self._apply
        entry = apply(former, maker.given(context, former.key[:-1]), context.now)
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
        check_unchanged(self._plan, context, entry)
        self._clear_below(context.workspace, self._plan.shape.name, entry.key)
        context.workspace.store.drop(self._plan.shape.name, entry.key)
        return self._plan.reply(entry.fields)

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
        self._status = status_of(operation)
        self._samples = tuple(_samples(contract, operation))
        self._offers = tuple(name.partition(";")[0].lower() for name, _ in self._samples)

    def answer(self, context: Context) -> Reply:
        """The same answer every time, in the media type that the client likes best.

        Raises Refusal(not-implemented) where none could be made up.
        """
        if not self._samples:
            return Reply(self._status)
        place = choose_offer(context.fields.get("accept"), self._offers) if len(self._offers) > 1 else 0
        media_type, body = self._samples[place]
        if body is None:
            raise Refusal("not-implemented", f"{context.operation.id} has neither a resource nor an example to answer")
        return Reply(self._status, body, media_type)


def _samples(contract: Contract, operation: Operation) -> Iterator[tuple[str, Any]]:
    """A sample in each media type of a success answer, JSON first; None where none can be made up."""
    media_types = operation.success.media_types.values() if operation.success else ()
    for media in sorted(media_types, key=lambda one: one.name != json_type_of(operation)):
        if media.examples:
            yield media.name, next(iter(media.examples.values()))
            continue
        try:
            yield media.name, generate(media.schema or {}, contract.document, operation.id)
        except ContractError:
            yield media.name, None


def _out_of_sight(plan: Plan) -> Refusal:
    return Refusal("forbidden", f"you may not have a {spoken(plan.shape)} like this: you could not see it")
