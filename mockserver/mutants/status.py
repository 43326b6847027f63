"""Wrong status codes: undocumented successes, failures of the server, and refusals of what is right."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any, Final

from mockserver.exchange import Refusal, Reply
from mockserver.mutant import Mutant
from mockserver.mutants.reach import (
    Applies,
    Pick,
    anywhere,
    cuts_pages,
    every,
    has_role,
    is_plain_text,
    reads_one,
    takes_field,
    takes_parameter,
)
from mockserver.mutants.reply import content_of
from spec.contract import Role

if TYPE_CHECKING:
    from mockserver.exchange import Answer, Context, Handler
    from mockserver.passage import Passage
    from spec.contract import Contract, Operation

_TEAPOT: Final = 418


def _leaves_out(status: Callable[[Operation], int]) -> Applies:
    """Operations that do not document a status code, not even by a range."""
    return lambda _contract, operation: operation.response_for(status(operation)) is None


def _neighbour(operation: Operation) -> int:
    """A success code that is near to the declared one, and another."""
    declared = operation.success.status if operation.success else "200"
    return 201 if declared == "200" else 200


def _swap(context: Context, handler: Handler) -> Reply:
    return handler(context)._replace(status=_neighbour(context.operation))


def _empty_as_204(context: Context, handler: Handler) -> Reply:
    reply = handler(context)
    return reply if content_of(context, reply) else Reply(204)


def _unlisted_refusal(_passage: Passage, answer: Answer) -> Answer:
    return answer._replace(status=_TEAPOT) if 400 <= answer.status < 500 else answer


def _as_success(_passage: Passage, answer: Answer) -> Answer:
    return answer._replace(status=200) if answer.status == 404 else answer


def _fail() -> Refusal:
    return Refusal("internal", "something went wrong")


def _fail_at_largest_page(context: Context, handler: Handler) -> Reply:
    page = context.operation.page
    if page is not None and context.query.get(page.size_parameter or "") == page.maximum_size:
        raise _fail()
    return handler(context)


def _fail_at_unknown_id(context: Context, handler: Handler) -> Reply:
    try:
        return handler(context)
    except Refusal as refusal:
        raise _fail() if refusal.reason == "not-found" else refusal from None


def _fails_at(name: str, text: str, test: Callable[[str], bool], pick: Pick = is_plain_text) -> Mutant:
    """Fails at bodies with a text that passes a test."""

    def answer(context: Context, handler: Handler) -> Reply:
        if any(test(one) for one in _texts(context.body)):
            raise _fail()
        return handler(context)

    return Mutant(name, text, "no-server-error", takes_field(pick), answer=answer)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _texts(part)


def _always_missing(_context: Context, _handler: Handler) -> Reply:
    raise Refusal("not-found", "there is nothing here")


def _always_down(_passage: Passage, _answer: Answer) -> Any:
    body = json.dumps({"message": "try again later"}).encode()
    return _answer._replace(status=503, body=body, media_type="application/json", headers=(("Retry-After", "60"),))


def _has_maximum(contract: Contract, operation: Operation) -> bool:
    return cuts_pages(lambda page: page.size_parameter and page.maximum_size)(contract, operation)


MUTANTS: Final = (
    Mutant(
        "success-status-swapped",
        "A success has a status code that the contract does not document, such as 200 in place of 201.",
        "status",
        every(anywhere, lambda _, operation: operation.success is not None, _leaves_out(_neighbour)),
        answer=_swap,
    ),
    Mutant(
        "empty-list-as-204",
        "An empty list is answered with 204 and no body.",
        "status",
        every(has_role(Role.LIST), _leaves_out(lambda _: 204)),
        answer=_empty_as_204,
    ),
    Mutant(
        "refusal-status-unlisted",
        "Refusals have a status code that the contract does not document.",
        "status",
        _leaves_out(lambda _: _TEAPOT),
        finish=_unlisted_refusal,
    ),
    Mutant(
        "not-found-as-success",
        "What does not exist is told in the body of a 200.",
        "unknown-id-is-refused",
        reads_one,
        finish=_as_success,
    ),
    Mutant(
        "server-error-at-largest-page",
        "Asking for the largest allowed page is a server error.",
        "no-server-error",
        _has_maximum,
        answer=_fail_at_largest_page,
    ),
    Mutant(
        "server-error-at-unknown-id",
        "An id that nobody has is a server error.",
        "no-server-error",
        takes_parameter("path", lambda _: True),
        answer=_fail_at_unknown_id,
    ),
    _fails_at(
        "server-error-at-astral-text",
        "A character beyond the basic plane in a body is a server error.",
        lambda text: any(ord(letter) > 0xFFFF for letter in text),
    ),
    _fails_at("server-error-at-percent", "A percent sign in a body is a server error.", lambda text: "%" in text),
    _fails_at(
        "server-error-at-empty-text",
        "An empty text in a body is a server error.",
        lambda text: not text,
        lambda field: is_plain_text(field) and not field.schema.get("minLength"),
    ),
    Mutant(
        "always-not-found", "Every valid request is answered with 404.", "success", anywhere, answer=_always_missing
    ),
    Mutant("always-unavailable", "Every request is answered with 503.", "success", anywhere, finish=_always_down),
)
