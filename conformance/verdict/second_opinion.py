"""The second opinion on a finding of the fuzzer: whether the judge sees it, too, and what else may explain it."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

from conformance.exchange.decoding import UnreadableError, read_json
from conformance.exchange.exchange import Answer, Request
from conformance.exchange.shape import plain_name
from conformance.verdict.examiner import is_unknown_method, needs_no_word
from conformance.verdict.growth import may_not_fit
from conformance.verdict.judge import Judge, essence, form_pairs
from spec.contract import Operation, Role

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_OF_TAKING = frozenset({"ST201", "ST202", "ST203", "ST204", "ST301", "ST302", "ST401"})
"""Codes of what was taken and should have been refused, or the other way round."""
_NOT_FOUND = 404
_UNNAMEABLE = ("", ".", "..")
_OF_STATUS = "ST103"
"""Code of a status that the contract does not document."""
_OF_METHODS = frozenset({"ST101", "ST204", "ST205"})
"""Codes of how a method is answered that a path does not offer, a server error among them."""
_OF_SHAPE = frozenset({"ST108", "ST109", "ST110"})
"""Codes of bodies that are not what they should be."""


def second_opinion(
    judge: Judge, operation: Operation, request: Request, code: str, answer: Answer | None = None
) -> dict[str, Any]:
    """What the judge makes of a finding of the fuzzer: the `offences` of the request, and why it is `dismissed`, if so.

    Codes that no second opinion exists for are left as they are: {"dismissed": None}.
    """
    silent = _silence(judge, operation, request, code, answer) if answer is not None else None
    if silent is not None:
        return {"dismissed": silent}
    if code in ("ST201", "ST203"):
        offences = [str(offence) for offence in judge.offences(operation, request)]
        return {"offences": offences, "dismissed": None if offences else "the request as sent fits the contract"}
    if code == "ST202":
        offences = [str(offence) for offence in judge.offences(operation, request)]
        doubt = "the request as sent does not fit the contract" if offences else _doubt(judge, operation, request)
        return {"offences": offences, "dismissed": doubt}
    if code == "ST302" and not operation.path.endswith("}"):
        # `/things/{id}/part` or `/things/latest` is not the thing that was created, only something near it.
        return {"dismissed": "the operation does not read the created item itself"}
    if code == "ST302" and request.path.rpartition("/")[2] in _UNNAMEABLE:
        return {"dismissed": "no path can name a thing whose id is empty or dots"}
    return {"dismissed": None}


def _silence(judge: Judge, operation: Operation, request: Request, code: str, answer: Answer) -> str | None:
    """Why an answer says nothing of what a finding is about."""
    if code in _OF_METHODS and is_unknown_method(operation, request, answer):
        return f"status {answer.status} says that there is no method {request.method}, as HTTP lets it"
    if code == _OF_STATUS and needs_no_word(operation, request, answer):
        return f"status {answer.status} needs no word in the contract"
    if code in _OF_TAKING and answer.is_elsewhere(operation):
        return f"status {answer.status} leads elsewhere, so it neither takes nor refuses anything"
    if code in _OF_SHAPE and answer.is_boundless:
        return "the body may be JSON, but is deeper or longer than mockproof reads"
    if code == "ST108" and judge.is_bytes(operation, answer):
        return "the body is documented as bytes, whatever they spell"
    return None


def _doubt(judge: Judge, operation: Operation, request: Request) -> str | None:
    """Why a request that fits the contract may be refused all the same."""
    named = _conditions(operation, request) or _references(operation, request)
    if named:
        return f"{named[0]} names something that need not exist"
    if "{" in operation.path and operation.response_for(_NOT_FOUND) is None:
        return "what the path names need not exist, and the contract has no other word for that"
    own = _chosen_id(judge, operation, request)
    if own is not None:
        return f"{own} may be the id of something else"
    grown = may_not_fit(judge.contract, operation, request)
    if grown is not None:
        return f"what {grown} holds already may leave no room for more"
    day = _impossible_day(request)
    if day is not None:
        return f"{day} has the form of a date, and is in no calendar"
    doubts = judge.doubts(operation, request)
    return f"given more than once: {', '.join(doubts)}" if doubts else None


def _conditions(operation: Operation, request: Request) -> list[str]:
    """Entity tags and cursors that a request names: only the target knows whether it ever gave them."""
    tags = ("if-match", "if-none-match") if operation.has_entity_tag else ()
    named = [name for name in tags if name in request.headers]
    if operation.page is not None and operation.page.cursor_parameter:
        named += [name for name, _ in request.query if name == operation.page.cursor_parameter]
    return named


def _chosen_id(judge: Judge, operation: Operation, request: Request) -> str | None:
    """The field by which a client chooses the id of something new; whether it is taken only the target knows."""
    use = operation.resource
    if use is None or use.role is not Role.CREATE:
        return None
    wanted = judge.contract.resources[use.name].id
    return next((name for name in _named_in(request) if plain_name(name) == wanted), None)


def _references(operation: Operation, request: Request) -> list[str]:
    """Fields of a request that name a sibling: whether such a thing exists is not for a schema to say."""
    references = operation.resource.references if operation.resource else {}
    return [name for name in _named_in(request) if plain_name(name) in references] if references else []


def _named_in(request: Request) -> list[str]:
    """Names of the fields of a body."""
    if not request.body:
        return []
    if essence(request.headers.get("content-type", "")).endswith("json"):
        return _member_names(request.body)
    return [name for name, _ in form_pairs(request.body)]


def _member_names(body: bytes) -> list[str]:
    try:
        value = read_json(body)
    except UnreadableError:
        return []
    return list(value) if isinstance(value, dict) else []


def _impossible_day(request: Request) -> str | None:
    """A text in query or form that has the form of a date, such as 30 February, and is none."""
    is_form = essence(request.headers.get("content-type", "")) == "application/x-www-form-urlencoded"
    texts = [value for _, value in (*request.query, *(form_pairs(request.body) if is_form else ()))]
    return next((text for text in texts if _DAY.fullmatch(text) and not _is_day(text)), None)


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True
