"""One item read: its fields or its bytes, to whoever has not got them already."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from mockserver.exchange import Context, Refusal, Reply
from mockserver.plan import sight_of, spoken
from mockserver.resource.entity import is_known, range_of, refuse_other, tag_bytes, tag_fields
from spec.resource import Meaning

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mockserver.plan import Plan
    from mockserver.state.collection import Entry, Key

# A media type comes from an item's field, and so perhaps from a client: nothing else may reach a header field.
_MEDIA_TYPE: Final = re.compile(r"[\w.+-]{1,60}/[\w.+-]{1,60}(; ?[\w-]{1,40}=[\w.+-]{1,60})?", re.ASCII)
_BYTES: Final = "application/octet-stream"


class Reading:
    """Answers one item: the one that the path names, or the newest in one of the operation's states."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan

    def answer(self, context: Context) -> Reply:
        """The item; raises Refusal(not-found) where there is none."""
        entry = self.find(context)
        reply = self._plan.reply_item(context, entry)
        return _on_condition(context, reply) if self._plan.operation.has_entity_tag else reply

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
    """Answers an item's bytes in their own media type, whole or a range of them."""

    def __init__(self, plan: Plan) -> None:
        super().__init__(plan)
        # The same bytes object comes again and again, and knows its own hash once it was asked for it.
        self._tag_of = lru_cache(maxsize=32)(tag_bytes)

    def answer(self, context: Context) -> Reply:
        """The bytes; raises Refusal(not-found) where the item has none, and (range-not-satisfiable)."""
        entry = self.find(context)
        content = entry.content
        if content is None:
            raise Refusal("not-found", f"the {spoken(self._plan.shape)} {entry.key[-1]!r} has no content")
        tag, size = self._tag_of(content), len(content)
        headers = {"ETag": tag, "Accept-Ranges": "bytes"}
        reply = _on_condition(context, Reply(self._plan.status, content, self._media_type(entry), headers))
        found = range_of(context.fields, tag, size) if reply.status == 200 else None
        if found is None:
            return reply
        start, stop = found
        headers["Content-Range"] = f"bytes {start}-{stop - 1}/{size}"
        return Reply(206, content[start:stop], reply.media_type, headers)

    def _media_type(self, entry: Entry) -> str:
        told = (entry.fields.get(name) for name in self._plan.shape.fields_meaning(Meaning.MEDIA_TYPE))
        success = self._plan.operation.success
        declared = (name for name in success.media_types if "*" not in name) if success else ()
        usable = (name for name in (*told, *declared) if isinstance(name, str) and _MEDIA_TYPE.fullmatch(name))
        return next(usable, _BYTES)


def _on_condition(context: Context, reply: Reply) -> Reply:
    """The reply, or word that the client has it already; raises Refusal(precondition-failed)."""
    tag, fields = reply.headers["ETag"], context.fields
    refuse_other(fields, tag, changes=False)
    if not is_known(fields, tag):
        return reply
    return Reply(304, None, reply.media_type, reply.headers)


def check_unchanged(plan: Plan, context: Context, entry: Entry) -> None:
    """Raise Refusal(precondition-failed) where the client means an item that is another one by now."""
    if plan.operation.has_entity_tag and ("if-match" in context.fields or "if-none-match" in context.fields):
        refuse_other(context.fields, tag_fields(entry.fields), changes=True)
