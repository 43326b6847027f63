"""Things that change on their own, and do it wrongly: backwards, never, at once, or after their end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from mockserver.exchange import Refusal
from mockserver.mutant import Mutant
from mockserver.mutants.reach import declared_fields, every, has_lifecycle, has_role, reads_one, shows_items
from mockserver.mutants.reply import Item, change_items
from mockserver.mutants.world import as_now, entries_on_path, named_entry, shape_of, show_entry
from mockserver.resource.lifecycle import success_state
from mockserver.resource.moment import write_moment
from spec.contract import Role
from spec.lifecycle import Lifecycle
from spec.resource import Meaning

if TYPE_CHECKING:
    from mockserver.exchange import Around, Context, Handler, Reply
    from spec.contract import Contract, Operation

_MINUTE: Final = 60


def _restate(change: Callable[[Context, Lifecycle, str], str]) -> Around:
    """Shows every item in another state."""

    def answer(context: Context, handler: Handler) -> Reply:
        lifecycle = shape_of(context).resource.lifecycle
        reply = handler(context)
        if lifecycle is None:
            return reply
        name = lifecycle.field
        return change_items(context, reply, lambda item: {**item, name: change(context, lifecycle, str(item[name]))})

    return answer


def _begin_again(_context: Context, lifecycle: Lifecycle, _state: str) -> str:
    return lifecycle.initial


def _end_otherwise(context: Context, lifecycle: Lifecycle, state: str) -> str:
    """Another end in every second minute."""
    ends = [one for one in lifecycle.states if lifecycle.is_terminal(one) and one != state]
    is_odd = int(context.now.timestamp()) // _MINUTE % 2 == 1
    return ends[0] if lifecycle.is_terminal(state) and ends and is_odd else state


def _succeed_at_once(_context: Context, lifecycle: Lifecycle, state: str) -> str:
    return success_state(lifecycle) or state


def _never_move(context: Context, handler: Handler) -> Reply:
    """Time stands still since the world began."""
    return handler(context._replace(now=context.workspace.began))


def _answer_finished(context: Context, handler: Handler) -> Reply:
    """An item that is at its end, where one on its way is asked for."""
    lifecycle = shape_of(context).resource.lifecycle
    ended = [
        entry
        for entry in entries_on_path(context)
        if lifecycle and lifecycle.is_terminal(str(as_now(context, entry).fields.get(lifecycle.field)))
    ]
    reply = handler(context) if not ended else None
    return reply or show_entry(context, ended[-1])


def _deny_active(context: Context, handler: Handler) -> Reply:
    handler(context)
    raise Refusal("not-found", "nothing is on its way")


def _has_two_ends(contract: Contract, operation: Operation) -> bool:
    lifecycle = contract.resources[operation.resource.name].lifecycle if operation.resource else None
    return lifecycle is not None and sum(lifecycle.is_terminal(state) for state in lifecycle.states) > 1


def _asks_for_state(_contract: Contract, operation: Operation) -> bool:
    return operation.resource is not None and operation.resource.role is Role.READ and bool(operation.resource.states)


def _renews(_contract: Contract, operation: Operation) -> bool:
    return operation.resource is not None and operation.resource.renews is not None


def _keep_link(context: Context, handler: Handler) -> Reply:
    entry = named_entry(context)
    former = as_now(context, entry) if entry is not None else None
    reply, name = handler(context), (context.operation.resource.renews if context.operation.resource else None) or ""
    if former is None:
        return reply
    return change_items(context, reply, lambda item: {**item, name: former.fields.get(name)})


def _shift(meaning: Meaning, days: int) -> Around:
    """Shows the moments of one meaning some days from now."""

    def answer(context: Context, handler: Handler) -> Reply:
        shape = shape_of(context)
        moment = context.now + timedelta(days=days)
        told: dict[str, Any] = {
            name: write_moment(shape.properties[name], moment) for name in shape.fields_meaning(meaning)
        }

        def shift(item: Item) -> Item:
            return {**item, **{name: value for name, value in told.items() if item.get(name) is not None}}

        return change_items(context, handler(context), shift)

    return answer


def _has_any(*names: str) -> Callable[[Contract, Operation], bool]:
    return lambda contract, operation: any(field.name in names for field in declared_fields(contract, operation))


MUTANTS: Final = (
    Mutant(
        "state-goes-back",
        "An item read by its id is in its first state again, though the list showed a later one.",
        "lifecycle-order",
        every(reads_one, has_lifecycle),
        answer=_restate(_begin_again),
    ),
    Mutant(
        "terminal-state-changes",
        "What has come to one end is at another one in every second minute.",
        "lifecycle-end",
        every(reads_one, has_lifecycle, _has_two_ends),
        answer=_restate(_end_otherwise),
    ),
    Mutant(
        "created-in-last-state",
        "A new item is answered as if it were finished already.",
        "lifecycle-start",
        every(has_role(Role.CREATE), shows_items, has_lifecycle),
        answer=_restate(_succeed_at_once),
    ),
    Mutant(
        "job-never-ends",
        "What is on its way never arrives.",
        "lifecycle-progress",
        every(has_role(Role.READ, Role.LIST), shows_items, has_lifecycle),
        answer=_never_move,
    ),
    Mutant(
        "active-answers-finished",
        "The item that is on its way is asked for, and a finished one is answered.",
        "optional-singleton",
        _asks_for_state,
        answer=_answer_finished,
    ),
    Mutant(
        "active-never-found",
        "An item is on its way, and the operation that asks for it finds none.",
        "optional-singleton",
        _asks_for_state,
        answer=_deny_active,
    ),
    Mutant("renewed-link-unchanged", "A renewed link is the former one.", "renew-url", _renews, answer=_keep_link),
    Mutant(
        "renewed-link-expired",
        "A renewed link has run out already.",
        "renew-url",
        every(_renews, _has_any("expires_at", "expires")),
        answer=_shift(Meaning.EXPIRES, -1),
    ),
    Mutant(
        "ended-before-created",
        "The time at which something ended lies years before it was made.",
        "moments-in-order",
        every(reads_one, _has_any("finished_at", "completed_at", "ended_at")),
        answer=_shift(Meaning.ENDED, -10_000),
    ),
)
