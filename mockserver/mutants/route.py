"""Methods that a path does not offer, answered wrongly; no operation is found there, so it shows everywhere."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from mockserver.exchange import Answer
from mockserver.mutant import Mutant
from mockserver.mutants.reach import anywhere

if TYPE_CHECKING:
    from mockserver.passage import Passage


def _as_missing(_passage: Passage, answer: Answer) -> Answer:
    return answer._replace(status=404, headers=_without_allow(answer)) if answer.status == 405 else answer


def _unsaid(_passage: Passage, answer: Answer) -> Answer:
    return answer._replace(headers=_without_allow(answer)) if answer.status == 405 else answer


def _accepted(_passage: Passage, answer: Answer) -> Answer:
    return Answer(200, b"{}", "application/json") if answer.status == 405 else answer


def _without_allow(answer: Answer) -> tuple[tuple[str, str], ...]:
    return tuple((name, value) for name, value in answer.headers if name.lower() != "allow")


MUTANTS: Final = (
    Mutant(
        "undeclared-method-not-found",
        "A method that a path does not offer is refused with 404.",
        "method-not-allowed",
        anywhere,
        finish=_as_missing,
    ),
    Mutant(
        "allow-missing",
        "A 405 does not say which methods are offered.",
        "method-not-allowed",
        anywhere,
        finish=_unsaid,
    ),
    Mutant(
        "undeclared-method-accepted",
        "A method that a path does not offer succeeds.",
        "method-not-allowed",
        anywhere,
        finish=_accepted,
    ),
)
