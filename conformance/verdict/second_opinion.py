"""The second opinion on a finding of the fuzzer: whether the judge sees it, too, and what else may explain it."""

from __future__ import annotations

from typing import Any

from conformance.exchange.exchange import Answer, Request
from conformance.verdict.doubt import doubts_about
from conformance.verdict.examiner import is_unknown_method, needs_no_word
from conformance.verdict.judge import Judge
from spec.contract import Operation

_OF_TAKING = frozenset({"ST201", "ST202", "ST203", "ST204", "ST301", "ST302", "ST401"})
"""Codes of what was taken and should have been refused, or the other way round."""
_UNFIT = "the request as sent does not fit the contract"
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
        doubt = _UNFIT if offences else next(doubts_about(judge, operation, request), None)
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
