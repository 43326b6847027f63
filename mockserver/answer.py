"""Our own answers, checked against the contract before they leave, and turned into bytes.

A reply that breaks the contract is never the client's mistake: it becomes `internal`, and the detail
says which operation and which place. An item that never changes is looked at once.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import orjson

from mockserver.exchange import Refusal, Reply
from mockserver.judgement.bodies import is_json
from mockserver.judgement.coercion import Coercer, compile_coercer, shape_of
from mockserver.judgement.schema import Schema, SchemaCompiler
from mockserver.judgement.validation import describe
from mockserver.state.fields import Fields, Items, Stretch
from spec.schema import Direction, resolved

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spec.contract import Contract, JsonObject, Operation, Response


_TRANSPORT: Final = (206, 304)
"""Answers of HTTP itself (RFC 9110): a reader who has some of a body already is told so, whatever is declared."""


_ROOM: Final = 4096

_SAYS_NOTHING: Final = frozenset({"description", "example", "title", "type"})
"""Keywords beside `items` with which a list is still judged by its items alone."""


@dataclass(frozen=True, slots=True)
class _Header:
    """One declared header field. is_list: it holds items with commas between. schema: None where any text fits."""

    name: str
    required: bool
    is_list: bool
    coerce: Coercer
    schema: Schema | None


@dataclass(frozen=True, slots=True)
class _Body:
    """One declared body, compiled.

    item: of a list that is judged by its items alone. is_read: whether the same items are answered again and again;
    what was only just written is not worth remembering.
    """

    whole: Schema
    item: Schema | None
    is_read: bool

    def write(self, body: Any) -> bytes | None:
        """The body as JSON, or None if it does not fit."""
        if type(body) is Fields and self.is_read:
            return _write(self.whole, body)
        if self.item is None or not isinstance(body, list):
            return _json(body) if self.whole.is_valid(body) else None
        if type(body) is Items and body.is_untouched():
            return self._write_stretch(body.stretch, body, self.item)
        return self._write_items(body, self.item)

    def _write_stretch(self, stretch: Stretch, body: list[Any], item: Schema) -> bytes | None:
        data = stretch.seals.get(item)
        if data is None and (data := self._write_items(body, item)) is not None:
            stretch.seal(item, data)
        return data

    def _write_items(self, body: list[Any], item: Schema) -> bytes | None:
        pieces = [one.seals.get(item) if type(one) is Fields else None for one in body]
        if None in pieces:
            pieces = [piece or _write(item, one) for piece, one in zip(pieces, body, strict=True)]
            if None in pieces:
                return None
        return b"[" + b",".join(filter(None, pieces)) + b"]"


@dataclass(frozen=True, slots=True)
class _Answer:
    """One declared response, compiled. bodies: by media type or range; None means that nothing is said."""

    bodies: Mapping[str, _Body | None]
    headers: tuple[_Header, ...]


class AnswerCheck:
    """Checks the replies of one operation. compiler: for responses; operations that share one share its schemas."""

    def __init__(self, contract: Contract, operation: Operation, compiler: SchemaCompiler | None = None) -> None:
        self._operation = operation
        compiler = compiler or SchemaCompiler(contract.document, Direction.RESPONSE)
        self._answers = {
            status: _compile(contract, operation, response, compiler)
            for status, response in operation.responses.items()
        }
        self._by_status: dict[int, _Answer] = {}

    def seal(self, reply: Reply) -> bytes:
        """The bytes of a reply's body; raises Refusal(internal) if the reply is not what the contract declares."""
        answer = self._by_status.get(reply.status) or self._declared(reply)
        for header in answer.headers:
            self._check_header(reply, header)
        if reply.body is None:
            if answer.bodies and reply.status not in (204, 304):
                raise self._broken(reply, "the contract declares a body, and there is none")
            return b""
        if not answer.bodies:
            raise self._broken(reply, "the contract declares no body, and there is one")
        body = self._body_for(reply, answer)
        if body is None or not is_json(reply.media_type) or isinstance(reply.body, bytes):
            return encode(reply)
        data = body.write(reply.body)
        if data is None:
            raise self._broken(reply, describe(list(body.whole.violations(reply.body, "body"))))
        return data

    def _declared(self, reply: Reply) -> _Answer:
        status = reply.status
        response = self._operation.response_for(status)
        if status in _TRANSPORT and str(status) not in self._answers and self._operation.method == "get":
            # Part of what 200 declares, or word that there is nothing new.
            response = self._operation.responses.get("200")
        if response is None:
            raise self._broken(reply, "the contract declares no such status")
        found = self._by_status[status] = self._answers[response.status]
        return found

    def _body_for(self, reply: Reply, answer: _Answer) -> _Body | None:
        if reply.media_type in answer.bodies:
            return answer.bodies[reply.media_type]
        essence = reply.media_type.partition(";")[0].strip().lower()
        for name in (essence, f"{essence.partition('/')[0]}/*", "*/*"):
            if name in answer.bodies:
                return answer.bodies[name]
        raise self._broken(reply, f"the contract declares {', '.join(answer.bodies)}, not {essence}")

    def _check_header(self, reply: Reply, header: _Header) -> None:
        value = reply.headers.get(header.name)
        if value is None:
            value = next((text for name, text in reply.headers.items() if name.lower() == header.name.lower()), None)
        if value is None:
            if header.required:
                raise self._broken(reply, f"the header {header.name} is missing")
            return
        if header.schema is None:
            return
        raw = [piece.strip() for piece in value.split(",")] if header.is_list else value
        if violations := header.schema.violations(header.coerce(raw), "header", header.name):
            raise self._broken(reply, describe(list(violations)))

    def _broken(self, reply: Reply, text: str) -> Refusal:
        where = f"{self._operation.id} answered {reply.status} ({self._operation.pointer})"
        return Refusal("internal", f"the mock would have broken its contract: {where}: {text}")


def encode(reply: Reply) -> bytes:
    """The bytes of a reply's body."""
    if reply.body is None:
        return b""
    if isinstance(reply.body, bytes):
        return reply.body
    if not is_json(reply.media_type) and isinstance(reply.body, str):
        return reply.body.encode()
    return _json(reply.body)


def _json(value: Any) -> bytes:
    try:
        data = orjson.dumps(value)
        # orjson leaves some KiB of room behind what it wrote, and answers are kept: by items, and by the journal.
        return memoryview(data).tobytes() if len(data) < _ROOM else data
    except orjson.JSONEncodeError:
        # Integers beyond 64 bits are JSON, but not orjson's.
        return json.dumps(value, ensure_ascii=True, separators=(",", ":")).encode()


def _write(schema: Schema, value: Any) -> bytes | None:
    """A value as JSON, or None if it does not fit; an item that never changes remembers its bytes."""
    if type(value) is not Fields:
        return _json(value) if schema.is_valid(value) else None
    data = value.seals.get(schema)
    if data is None and schema.is_valid(value):
        data = _json(value)
        value.seal(schema, data)
    return data


def _compile(contract: Contract, operation: Operation, response: Response, compiler: SchemaCompiler) -> _Answer:
    document, is_read = contract.document, operation.method == "get"
    place = f"{operation.pointer}/responses/{response.status}"
    return _Answer(
        bodies={
            name.lower(): _compile_body(
                document, media_type.schema, compiler, f"{place}/content/{name}", is_read=is_read
            )
            if media_type.schema
            else None
            for name, media_type in response.media_types.items()
        },
        headers=tuple(
            _Header(
                name,
                bool(raw.get("required", False)),
                shape_of(document, raw["schema"]) == "array",
                compile_coercer(document, raw["schema"], compiler, f"{place}/headers/{name}"),
                _compile_header(document, raw["schema"], compiler, f"{place}/headers/{name}"),
            )
            for name, raw in response.headers.items()
            if "schema" in raw
        ),
    )


def _compile_body(
    document: JsonObject, schema: JsonObject, compiler: SchemaCompiler, place: str, *, is_read: bool
) -> _Body:
    meant = resolved(document, schema)
    is_plain_list = meant.get("type") == "array" and "items" in meant and meant.keys() - {"items"} <= _SAYS_NOTHING
    item = compiler.compile(meant["items"], f"{place}/items") if is_plain_list else None
    return _Body(compiler.compile(schema, place), item, is_read)


def _compile_header(document: JsonObject, schema: JsonObject, compiler: SchemaCompiler, place: str) -> Schema | None:
    meant = resolved(document, schema)
    is_any_text = meant.get("type") == "string" and meant.keys() <= _SAYS_NOTHING
    return None if is_any_text else compiler.compile(schema, place)
