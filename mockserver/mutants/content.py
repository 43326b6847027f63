"""Bytes and media types that are not what was promised, on successes and refusals alike."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final

from mockserver.judgement.bodies import is_json
from mockserver.mutant import Mutant
from mockserver.mutants.reach import anywhere, declares_header, shows_items
from mockserver.mutants.reply import with_header

if TYPE_CHECKING:
    from mockserver.exchange import Answer, Context, Handler, Reply
    from mockserver.mutant import Finish
    from mockserver.passage import Passage
    from spec.contract import Contract, JsonObject, Operation

_OOPS: Final = b'{"oops": "it did not work"}'


def _rewrite(change: Callable[[bytes], bytes]) -> Finish:
    """Changes the bytes of successes that are JSON."""

    def finish(_passage: Passage, answer: Answer) -> Answer:
        return answer._replace(body=change(answer.body)) if _is_json_success(answer) else answer

    return finish


def _relabel(media_type: str | None) -> Finish:
    """Sends successes that are JSON under another media type."""

    def finish(_passage: Passage, answer: Answer) -> Answer:
        return answer._replace(media_type=media_type) if _is_json_success(answer) else answer

    return finish


def _is_json_success(answer: Answer) -> bool:
    return answer.status < 300 and bool(answer.body) and is_json(answer.media_type or "")


def _refusal(change: Callable[[Answer], Answer]) -> Finish:
    """Changes refusals."""
    return lambda _passage, answer: change(answer) if answer.status >= 400 else answer


def _as_html(answer: Answer) -> Answer:
    body = f"<html><body><h1>{answer.status}</h1></body></html>".encode()
    return answer._replace(body=body, media_type="text/html; charset=utf-8")


def _hide_not_found(_passage: Passage, answer: Answer) -> Answer:
    return answer._replace(body=_OOPS) if answer.status == 404 else answer


def _declares_required(_contract: Contract, operation: Operation) -> bool:
    return declares_header(operation, lambda header: header.get("required"))


def _declares_number(_contract: Contract, operation: Operation) -> bool:
    return declares_header(operation, _is_number)


def _is_number(header: JsonObject) -> bool:
    return bool(header.get("schema", {}).get("type") == "integer")


def _drop_headers(context: Context, handler: Handler) -> Reply:
    reply = handler(context)
    for name, header in _declared(context):
        if header.get("required"):
            reply = with_header(reply, name, None)
    return reply


def _spoil_headers(context: Context, handler: Handler) -> Reply:
    reply = handler(context)
    for name, header in _declared(context):
        if _is_number(header):
            reply = with_header(reply, name, "many")
    return reply


def _declared(context: Context) -> tuple[tuple[str, JsonObject], ...]:
    success = context.operation.success
    return tuple(success.headers.items()) if success else ()


def _headless(passage: Passage, answer: Answer) -> Answer:
    if passage.method != "HEAD" or answer.status >= 300:
        return answer
    return answer._replace(status=404, headers=())


def _is_get(_contract: Contract, operation: Operation) -> bool:
    return operation.method == "get"


MUTANTS: Final = (
    Mutant(
        "json-as-plain-text",
        "JSON is sent as text/plain.",
        "media-type",
        shows_items,
        finish=_relabel("text/plain; charset=utf-8"),
    ),
    Mutant(
        "media-type-missing",
        "An answer with a body has no Content-Type.",
        "media-type",
        shows_items,
        finish=_relabel(None),
    ),
    Mutant("refusal-as-html", "Refusals are pages of HTML.", "media-type", anywhere, finish=_refusal(_as_html)),
    Mutant(
        "refusal-without-body",
        "Refusals have no body.",
        "schema",
        anywhere,
        finish=_refusal(lambda answer: answer._replace(body=b"", media_type=None)),
    ),
    Mutant(
        "not-found-without-envelope",
        "A 404 has another shape than the errors of the contract.",
        "schema",
        anywhere,
        finish=_hide_not_found,
    ),
    Mutant(
        "json-cut-off",
        "The last byte of a JSON answer is missing, so that it cannot be parsed.",
        "schema",
        shows_items,
        finish=_rewrite(lambda body: body[:-1]),
    ),
    Mutant(
        "json-with-trailing-comma",
        "JSON answers have a comma before the last bracket.",
        "schema",
        shows_items,
        finish=_rewrite(lambda body: body[:-1] + b"," + body[-1:]),
    ),
    Mutant(
        "json-with-byte-order-mark",
        "JSON answers begin with a byte order mark.",
        "schema",
        shows_items,
        finish=_rewrite(lambda body: b"\xef\xbb\xbf" + body),
    ),
    Mutant(
        "json-in-utf-16",
        "JSON answers are encoded in UTF-16.",
        "schema",
        shows_items,
        finish=_rewrite(lambda body: body.decode("utf-8").encode("utf-16-le")),
    ),
    Mutant(
        "required-header-missing",
        "A header field that every success must carry is missing.",
        "headers",
        _declares_required,
        answer=_drop_headers,
    ),
    Mutant(
        "header-not-a-number",
        "A header field that is a number holds a word.",
        "headers",
        _declares_number,
        answer=_spoil_headers,
    ),
    Mutant("head-not-found", "HEAD is answered with 404 where GET succeeds.", "head-as-get", _is_get, finish=_headless),
)
