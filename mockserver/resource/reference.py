"""Fields that name a sibling of another resource, such as the backup that an export is made from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mockserver.errors import shorten
from mockserver.exchange import Refusal
from mockserver.plan import spoken
from mockserver.resource.progress import Progress
from mockserver.state.collection import order_of
from spec.errors import ContractError
from spec.resource import Meaning

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mockserver.exchange import Context
    from mockserver.state.collection import Entry, Id, Key
    from spec.contract import JsonObject
    from spec.resource import Shape


class Reference:
    """One field, and the rule for what it may name."""

    def __init__(self, field: str, rule: JsonObject, shapes: Mapping[str, Shape], owner: Shape) -> None:
        target = shapes.get(rule.get("name", ""))
        if target is None or target.chain[:-1] != owner.chain[:-1]:
            raise ContractError(
                f"{owner.name}.{field} refers to {rule.get('name')!r}, which is no resource beside {owner.name}",
                hint="correct references in x-resource",
            )
        self._field = field
        self._target = target
        self._progress = Progress(target)
        self._state = rule.get("state") or self._progress.success
        self._takes_latest = rule.get("default") == "latest"

    def resolve(self, context: Context, parent: Key, given: dict[str, Any], *, complete: bool) -> None:
        """Put the id that the field means into `given`.

        complete: a field that is not there gets the rule's default. Raises Refusal where there is no such
        sibling (unprocessable), or none in the state that is asked for (conflict).
        """
        value = given.get(self._field)
        if value is not None and value != "":
            given[self._field] = self._named(context, parent, value)
        elif complete and self._takes_latest:
            given[self._field] = self._latest(context, parent)
        else:
            given.pop(self._field, None)

    def _named(self, context: Context, parent: Key, value: Any) -> Id:
        name, identifier = spoken(self._target), self._target.identify(value)
        store = context.workspace.store
        entry = store.get(self._target.name, (*parent, identifier)) if identifier is not None else None
        if entry is None:
            raise Refusal("unprocessable", f"{self._field}: there is no {name} {shorten(str(value), 60)!r}")
        state = self._progress.state_of(self._current(context, entry))
        if self._state is not None and state != self._state:
            raise Refusal("conflict", f"{self._field}: the {name} {entry.key[-1]!r} is {state}, not {self._state}")
        return entry.key[-1]

    def _latest(self, context: Context, parent: Key) -> Id:
        siblings = context.workspace.store.collection(self._target.name, parent)
        current = (self._current(context, entry) for entry in siblings)
        fitting = [entry for entry in current if self._state in (None, self._progress.state_of(entry))]
        if not fitting:
            told = f" that is {self._state}" if self._state else ""
            raise Refusal("conflict", f"there is no {spoken(self._target)}{told} yet")
        return max(fitting, key=self._age).key[-1]

    def _current(self, context: Context, entry: Entry) -> Entry:
        return self._progress.at(entry, context.now, context.workspace.began)

    def _age(self, entry: Entry) -> tuple[Any, ...]:
        created = (entry.fields.get(name) for name in self._target.fields_meaning(Meaning.CREATED))
        return (*map(order_of, created), order_of(entry.key[-1]))
