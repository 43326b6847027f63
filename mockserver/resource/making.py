"""What a request makes of an item: the fields it gives, those the server adds, and whether they fit together."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from mockserver.errors import shorten
from mockserver.exchange import Refusal, Violation
from mockserver.plan import sight_of
from mockserver.resource.fitting import field_name, fields_of, fit, merge_patch
from mockserver.resource.moment import moment_writer, write_moment
from mockserver.resource.reference import Reference
from mockserver.state.collection import Entry
from spec.contract import Role
from spec.resource import Meaning, follow
from spec.schema import compile_schema
from spec.values.generation import generate

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import datetime

    from mockserver.exchange import Context, Identity
    from mockserver.plan import Plan
    from mockserver.state.collection import Condition, Key
    from spec.contract import Contract, JsonObject
    from spec.resource import Shape

_STAMPS: Final = (Meaning.CREATED, Meaning.UPDATED)
_UNNAMEABLE: Final = ("", ".", "..")


class Maker:
    """Makes and changes the items of one resource for one operation."""

    def __init__(self, contract: Contract, plan: Plan, shapes: Mapping[str, Shape]) -> None:
        self._plan = plan
        self._shape = plan.shape
        self._references = tuple(
            Reference(field_name(name), rule, shapes, plan.shape) for name, rule in plan.use.references.items()
        )
        pointer = plan.shape.resource.schema
        self._validator = compile_schema(contract.schema_at(pointer), contract.document) if pointer else None
        self._declared, self._demanded = _body_fields(contract.document, plan)
        self._stamps = tuple(name for meaning in _STAMPS for name in plan.shape.fields_meaning(meaning))
        self._writers = _writers(plan.shape, self._stamps)
        self._blank = _blank_fields(plan.shape)
        properties = plan.shape.properties
        self._open = {name: schema for name, schema in properties.items() if self._may_be_given(name)}
        self._owned_by = lru_cache(maxsize=64)(self._owned)
        makes_whole = plan.use.role in (Role.CREATE, Role.REPLACE)
        invented: dict[str, Any] = dict(self._invent(contract.document)) if makes_whole else {}
        # What every new item has, in the order of the schema; the rest is put in its place when it is made.
        certain = {*invented, *self._blank, *self._stamps, *self._placed_names()}
        start = {**invented, **self._blank}
        self._template = {name: start.get(name) for name in properties if name in certain}

    def given(self, context: Context, parent: Key) -> dict[str, Any]:
        """The fields that a request may set, in their types; raises Refusal for a reference that leads nowhere."""
        fields, given = self._open, dict[str, Any]()
        for sent, value in fields_of(context.body).items():
            schema = fields.get(sent)
            if schema is not None:
                given[sent] = fit(schema, value)
        for reference in self._references:
            reference.resolve(context, parent, given, complete=self._plan.use.role is not Role.UPDATE)
        return given

    def owned(self, identity: Identity | None) -> dict[str, Any]:
        """The fields that make a new item its maker's: of those that clients cannot write, as far as one value does."""
        condition = sight_of(identity, self._shape)
        return self._owned_by(condition) if condition else {}

    def _owned(self, condition: Condition) -> dict[str, Any]:
        return {
            name: next(iter(allowed))
            for name, allowed in condition
            if len(allowed) == 1 and name in self._shape.properties and not self._may_be_given(name)
        }

    def identifier(self, context: Context, parent: Key, given: Mapping[str, Any]) -> str | int:
        """The new item's id: the given one where the contract lets clients choose, else the next of the sequence."""
        name, shape = self._shape.resource.id, self._shape
        chosen = shape.identify(given[name]) if given.get(name) is not None else None
        if chosen is None:
            return context.workspace.next_id(shape.name)
        if str(chosen) in shape.reserved:
            raise Refusal("unprocessable", f"{shorten(str(chosen), 60)!r} cannot be an id: it is the name of something")
        if str(chosen) in _UNNAMEABLE:
            raise Refusal("unprocessable", f"{chosen!r} cannot be an id: no path can name it")
        store = context.workspace.store
        if (
            store.find(shape.name, chosen) if shape.resource.flat else store.get(shape.name, (*parent, chosen))
        ) is not None:
            raise Refusal("conflict", f"there is already one with the id {shorten(str(chosen), 60)!r}")
        context.workspace.note_id(shape.name, chosen)
        return chosen

    def make(self, key: Key, given: Mapping[str, Any], now: datetime) -> Entry:
        """A new item at the start of its lifecycle."""
        properties = self._shape.properties
        if not properties:
            return Entry(key, {self._shape.resource.id: key[-1], **given}, entered=now)
        fields = self._template.copy()
        if self._shape.renewable:
            # Behind everything else that has such a field.
            links = self._plan.progress.renewed(Entry(key, {}), now)
            fields |= {name: value for name, value in links if name not in self._blank}
        for write, names in self._writers:
            moment = write(now)
            for name in names:
                fields[name] = moment
        fields.update(given)
        fields.update((name, value) for name, value in self._placed(key).items() if name in properties)
        if len(fields) > len(self._template):
            # Something that not every item has: the order is still that of the schema.
            fields = {name: fields[name] for name in properties if name in fields}
        return Entry(key, fields, entered=now)

    def remake(self, former: Entry, given: Mapping[str, Any], now: datetime) -> Entry:
        """The item replaced: what the server made stays, the rest is what was given or starts anew."""
        fresh = self.make(former.key, given, now).fields
        fields = {}
        for name in self._shape.properties or given:
            if name in former.fields and not self._may_be_given(name):
                fields[name] = former.fields[name]
            elif name in fresh or name in given:
                fields[name] = given.get(name, fresh.get(name))
        return self._changed(former, fields, now)

    def change(self, former: Entry, given: Mapping[str, Any], now: datetime) -> Entry:
        """The item with some fields changed; raises Refusal for a state that cannot follow its present one."""
        return self._changed(former, {**former.fields, **given}, now)

    def patch(self, former: Entry, given: Mapping[str, Any], now: datetime) -> Entry:
        """The item with a merge patch applied (RFC 7396): null takes a member away, or clears a field that may be null.

        Raises Refusal as `change` does.
        """
        properties = self._shape.properties
        fields = merge_patch(former.fields, given)
        cleared = (name for name, value in given.items() if value is None)
        fields |= {name: None for name in cleared if properties.get(name, {}).get("nullable")}
        return self._changed(former, {name: fields[name] for name in properties or fields if name in fields}, now)

    def _changed(self, former: Entry, fields: dict[str, Any], now: datetime) -> Entry:
        stamps = self._shape.fields_meaning(Meaning.UPDATED)
        fields |= {name: write_moment(self._shape.properties[name], now) for name in stamps}
        return self._plan.progress.moved(former, fields, now)

    def check(self, entry: Entry) -> None:
        """Raise Refusal(unprocessable) if an item would not fit the schema of its resource."""
        fields = entry.fields
        if self._validator is None or self._validator.is_valid(fields):
            return
        found = tuple(
            Violation(
                place="body",
                pointer="".join(f"/{part}" for part in error.instance_path),
                keyword=str(error.schema_path[-1]) if error.schema_path else "schema",
                message=shorten(error.message),
                got=shorten(error.instance),
            )
            for error in self._validator.iter_errors(fields)
        )
        told = "; ".join(f"{violation.pointer.lstrip('/') or 'it'}: {violation.message}" for violation in found[:3])
        raise Refusal("unprocessable", f"this cannot be stored: {told}", violations=found)

    def _may_be_given(self, name: str) -> bool:
        shape, lifecycle = self._shape, self._shape.resource.lifecycle
        if name in shape.inherited or shape.properties[name].get("readOnly") or name not in self._declared:
            return False
        if name == shape.resource.id or (lifecycle is not None and name == lifecycle.field):
            # An id is chosen once; a state is chosen only after the start.
            return (name == shape.resource.id) == (self._plan.use.role is Role.CREATE)
        return True

    def _placed(self, key: Key) -> dict[str, Any]:
        """The fields that follow from an item's key, and the state that every item starts in."""
        shape, lifecycle = self._shape, self._shape.resource.lifecycle
        placed = {name: fit(shape.properties[name], key[position]) for name, position in shape.inherited.items()}
        placed[shape.resource.id] = key[-1]
        return {**placed, lifecycle.field: lifecycle.initial} if lifecycle else placed

    def _placed_names(self) -> Iterator[str]:
        shape, lifecycle = self._shape, self._shape.resource.lifecycle
        yield from shape.inherited
        yield shape.resource.id
        if lifecycle is not None:
            yield lifecycle.field

    def _invent(self, document: JsonObject) -> Iterator[tuple[str, Any]]:
        """Values for the fields that only a server could fill: those it must answer, or that clients may not write."""
        shape, lifecycle = self._shape, self._shape.resource.lifecycle
        made = {shape.resource.id, *shape.inherited, *shape.renewable, lifecycle.field if lifecycle else None}
        known = made | {*self._stamps, *self._blank, *shape.fields_meaning(Meaning.EXPIRES)}
        for name, schema in shape.properties.items():
            if name not in known and (name in shape.required - self._demanded or schema.get("readOnly")):
                yield name, generate(schema, document, f"{shape.name}.{name}")


def _writers(shape: Shape, names: Iterable[str]) -> tuple[tuple[Callable[[datetime], Any], tuple[str, ...]], ...]:
    """What writes a moment, and the fields that it writes it for; fields of the same form share one."""
    forms: dict[str, list[str]] = {}
    for name in names:
        schema = shape.properties[name]
        told = {keyword: schema.get(keyword) for keyword in ("type", "format", "pattern")}
        forms.setdefault(repr(told), []).append(name)
    return tuple((moment_writer(shape.properties[same[0]]), tuple(same)) for same in forms.values())


def _blank_fields(shape: Shape) -> dict[str, Any]:
    """What a field holds that nobody gave: null where it may, else the schema's default."""
    return {
        name: None if schema.get("nullable") else schema["default"]
        for name, schema in shape.properties.items()
        if schema.get("nullable") or "default" in schema
    }


def _body_fields(document: JsonObject, plan: Plan) -> tuple[frozenset[str], frozenset[str]]:
    """The fields that the operation's request bodies speak of, and those that no valid body leaves out."""
    body = plan.operation.body
    media_types = body.media_types.values() if body else ()
    schemas = [follow(document, media.schema) for media in media_types if media.schema]
    declared = frozenset(field_name(name) for schema in schemas for name in schema.get("properties", {}))
    demanded = [frozenset(field_name(name) for name in schema.get("required", ())) for schema in schemas]
    return declared, frozenset.intersection(*demanded) if body and body.required and demanded else frozenset()
