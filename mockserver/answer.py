"""Our own answers, checked against the contract before they leave, and turned into bytes.

A reply that breaks the contract is never the client's refusal: it becomes `internal`, and the detail
says which operation and which place.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import orjson

from mockserver.bodies import is_json
from mockserver.coercion import Coercer, compile_coercer
from mockserver.exchange import Refusal, Reply
from mockserver.schema import Schema, SchemaCompiler
from mockserver.validation import describe
from spec.schema import Direction

if TYPE_CHECKING:
    from collections.abc import Mapping

    from spec.contract import Contract, Operation, Response


@dataclass(frozen=True, slots=True)
class _Header:
    name: str
    required: bool
    coerce: Coercer
    schema: Schema


@dataclass(frozen=True, slots=True)
class _Answer:
    """One declared response, compiled. schemas: by media type or range; None means that nothing is said."""

    schemas: Mapping[str, Schema | None]
    headers: tuple[_Header, ...]


class AnswerCheck:
    """Checks the replies of one operation."""

    def __init__(self, contract: Contract, operation: Operation) -> None:
        self._operation = operation
        compiler = SchemaCompiler(contract.document, Direction.RESPONSE)
        self._answers = {
            status: _compile(contract, response, compiler, f"{operation.pointer}/responses/{status}")
            for status, response in operation.responses.items()
        }

    def check(self, reply: Reply) -> None:
        """Raise Refusal(internal) if the reply is not what the contract declares."""
        response = self._operation.response_for(reply.status)
        if response is None:
            raise self._broken(reply, "the contract declares no such status")
        answer = self._answers[response.status]
        for header in answer.headers:
            self._check_header(reply, header)
        if reply.body is None:
            if answer.schemas and reply.status not in (204, 304):
                raise self._broken(reply, "the contract declares a body, and there is none")
            return
        if not answer.schemas:
            raise self._broken(reply, "the contract declares no body, and there is one")
        schema = self._schema_for(reply, answer)
        if schema is None or not is_json(reply.media_type) or isinstance(reply.body, bytes):
            return
        if violations := schema.violations(reply.body, "body"):
            raise self._broken(reply, describe(list(violations)))

    def _schema_for(self, reply: Reply, answer: _Answer) -> Schema | None:
        essence = reply.media_type.partition(";")[0].strip().lower()
        for name in (essence, f"{essence.partition('/')[0]}/*", "*/*"):
            if name in answer.schemas:
                return answer.schemas[name]
        raise self._broken(reply, f"the contract declares {', '.join(answer.schemas)}, not {essence}")

    def _check_header(self, reply: Reply, header: _Header) -> None:
        value = next((text for name, text in reply.headers.items() if name.lower() == header.name.lower()), None)
        if value is None:
            if header.required:
                raise self._broken(reply, f"the header {header.name} is missing")
            return
        if violations := header.schema.violations(header.coerce(value), "header", header.name):
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
        return orjson.dumps(value)
    except orjson.JSONEncodeError:
        # Integers beyond 64 bits are JSON, but not orjson's.
        return json.dumps(value, ensure_ascii=True, separators=(",", ":")).encode()


def _compile(contract: Contract, response: Response, compiler: SchemaCompiler, place: str) -> _Answer:
    return _Answer(
        schemas={
            name.lower(): compiler.compile(media_type.schema, f"{place}/content/{name}") if media_type.schema else None
            for name, media_type in response.media_types.items()
        },
        headers=tuple(
            _Header(
                name,
                bool(raw.get("required", False)),
                compile_coercer(contract.document, raw["schema"], compiler, f"{place}/headers/{name}"),
                compiler.compile(raw["schema"], f"{place}/headers/{name}"),
            )
            for name, raw in response.headers.items()
            if "schema" in raw
        ),
    )
