"""The examiner: holds the answer to a plain request against the contract.

Generated requests are examined by the fuzzer. The kit's own ones are examined here, by other code and another
reading of the same contract: often they are the only ones that succeed, and a second witness is worth having.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from email.message import Message
from typing import Any

import jsonschema_rs

from conformance.exchange.decoding import read_json
from conformance.exchange.exchange import Answer, Request
from conformance.exchange.shape import is_bytes
from spec.contract import Contract, MediaType, Operation, Response
from spec.errors import ContractError
from spec.resource import follow
from spec.schema import compile_schema

STATUS, MEDIA_TYPE, SCHEMA, HEADERS = "plain-status", "plain-media-type", "plain-schema", "plain-headers"
"""Codes of what can be wrong with an answer."""
METHOD = "plain-method"
"""Code of a method that the target says it does not have at all: a refusal, though its status is a server error's."""

_NO_METHOD, _UNSUPPORTED, _NOT_IMPLEMENTED = 405, 415, 501
_OF_CREDENTIALS, _OF_IDS = (401, 403), (404, 410)
_MARK = b"\xef\xbb\xbf"

Findings = dict[str, str | None]


@dataclass(slots=True)
class Examiner:
    """Examines answers against one contract; validators are compiled once."""

    contract: Contract
    _compiled: dict[int, jsonschema_rs.Draft202012Validator | None] = field(default_factory=dict)

    def examine(self, operation: str, answer: Answer, request: Request | None = None) -> Findings:
        """What was looked at, by code: None where it is right, else what is wrong with it.

        What the contract says nothing about is not looked at. Server errors have a requirement of their own.
        request: what was sent; what HTTP itself answers to it needs no word in the contract.
        """
        declared = self.contract.by_id.get(operation)
        if declared is not None and request is not None and is_unknown_method(declared, request, answer):
            return {METHOD: None}
        if (
            declared is None
            or answer.status >= 500
            or (request is not None and needs_no_word(declared, request, answer))
        ):
            return {}
        response = declared.response_for(answer.status)
        if response is None:
            known = ", ".join(declared.responses)
            return {STATUS: f"status {answer.status} is not documented; {known} are"}
        content = self._content(response, answer)
        if not response.media_types and str(answer.status) not in declared.responses:
            content = self._content_of_kin(declared.success, answer)
        return {STATUS: None, **dict(content), **self._headers(response, answer)}

    def _content_of_kin(self, success: Response | None, answer: Answer) -> Iterator[tuple[str, str | None]]:
        """What another success than the documented one says of the media type: it may have that one, or another."""
        sent = _essence(answer.headers.get("content-type", ""))
        if success is not None and answer.is_success and answer.body and _declared(success.media_types, sent):
            yield MEDIA_TYPE, None

    def _content(self, response: Response, answer: Answer) -> Iterator[tuple[str, str | None]]:
        if not response.media_types:
            return
        sent = _essence(answer.headers.get("content-type", ""))
        shapes = [media.schema for media in response.media_types.values() if media.schema is not None]
        if not answer.body and not sent and shapes:
            yield SCHEMA, "no body, where one is documented"
            return
        media = _declared(response.media_types, sent)
        if media is None:
            known = ", ".join(response.media_types)
            yield MEDIA_TYPE, f"media type {sent or 'missing'} is not documented; {known} is"
            return
        yield MEDIA_TYPE, None
        is_json = sent == "application/json" or sent.endswith("+json")
        # What we cannot judge is not held against the target.
        if media.schema is not None and is_json and not self._is_bytes(media.schema) and not answer.is_boundless:
            yield SCHEMA, self._mismatch(media.schema, answer)

    def _headers(self, response: Response, answer: Answer) -> Findings:
        if not response.headers:
            return {}
        required = [name for name, header in response.headers.items() if header.get("required")]
        missing = [name for name in required if name.lower() not in answer.headers]
        if missing:
            return {HEADERS: f"without {', '.join(missing)}"}
        for name, header in response.headers.items():
            text = answer.headers.get(name.lower())
            validator = self._validator(header["schema"]) if "schema" in header else None
            if text is not None and validator is not None and not any(map(validator.is_valid, _readings(text))):
                return {HEADERS: f"{name} of {text!r} does not fit its schema"}
        return {HEADERS: None}

    def _mismatch(self, schema: Mapping[str, Any], answer: Answer) -> str | None:
        if answer.body.startswith(_MARK):
            return "the JSON begins with a byte order mark"
        try:
            value = read_json(answer.body.decode("utf-8"))
        except ValueError:
            value = None
        if value is None and answer.body.strip() != b"null":
            return "the body is not JSON that can be read"
        validator = self._validator(schema)
        if validator is None:
            return None
        error = next(validator.iter_errors(value), None)
        if error is None:
            return None
        place = "/".join(map(str, error.instance_path))
        return f"/{place}: {error.message[:300]}"

    def _is_bytes(self, schema: Mapping[str, Any]) -> bool:
        return self._validator(schema) is not None and is_bytes(follow(self.contract.document, schema))

    def _validator(self, schema: Mapping[str, Any]) -> jsonschema_rs.Draft202012Validator | None:
        # The contract is frozen and outlives this table, so that the id of a schema stays its own.
        if id(schema) not in self._compiled:
            try:
                self._compiled[id(schema)] = compile_schema(schema, self.contract.document)
            except ContractError:
                self._compiled[id(schema)] = None  # what we cannot judge is not held against the target
        return self._compiled[id(schema)]


def is_unknown_method(operation: Operation, request: Request, answer: Answer) -> bool:
    """Whether 501 says of a method that the operation does not have that there is none, as RFC 9110, 15.6.2, has it."""
    return answer.status == _NOT_IMPLEMENTED and request.method != operation.method.upper()


def needs_no_word(operation: Operation, request: Request, answer: Answer) -> bool:
    """Whether a contract may be silent about an answer.

    HTTP tells what a method, a precondition or a media type that was sent may lead to; who takes credentials refuses
    wrong ones, and who takes ids, those of nothing; and a contract that documents no refusal at all leaves open how one
    is told.
    """
    wanted = {304: "if-none-match", 206: "range", 416: "range", 412: "if-match"}.get(answer.status)
    is_asked_for = wanted in request.headers and str(answer.status) not in operation.responses
    if is_asked_for or request.method != operation.method.upper():
        return True
    if not answer.is_refusal or operation.response_for(answer.status) is not None:
        return False
    if (answer.status in _OF_CREDENTIALS and operation.security) or (
        answer.status in _OF_IDS and "{" in operation.path
    ):
        return True
    if answer.status == _UNSUPPORTED:
        taken = operation.body.media_types if operation.body is not None else {}
        return _declared(taken, _essence(request.headers.get("content-type", ""))) is None
    return answer.status != _NO_METHOD and not any(status.startswith("4") for status in operation.responses)


def _readings(text: str) -> Iterator[Any]:
    """Every value that the text of a header field may stand for."""
    yield text
    if text.lower() in ("true", "false"):
        yield text.lower() == "true"
    for convert in (int, float):
        try:
            yield convert(text)
        except ValueError:
            continue
    yield [piece.strip() for piece in text.split(",")]


def _declared(media_types: Mapping[str, MediaType], sent: str) -> MediaType | None:
    family = f"{sent.partition('/')[0]}/*"
    return next((media_types[name] for name in (sent, family, "*/*") if name in media_types and sent), None)


def _essence(content_type: str) -> str:
    message = Message()
    message["content-type"] = content_type
    return message.get_content_type() if "/" in content_type else ""
