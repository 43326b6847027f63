"""One answer, as every judging function sees it. Copied into reproducers."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple
from urllib.parse import parse_qsl

from conformance.exchange.shape import Item, id_of, item_in, items_in


class Unclear(Exception):
    """The state could not be built, or the answers do not show whether the fault is there."""


class Answer(NamedTuple):
    """An answer and what was asked: header names are lower-case, `sent` is the body of the request."""

    status: int
    headers: Mapping[str, str] = MappingProxyType({})
    body: bytes = b""
    seconds: float = 0.0
    target: str = ""
    sent: str = ""
    sent_type: str = ""

    def json(self) -> Any:
        """The decoded body; raises Unclear when it is not JSON."""
        try:
            return json.loads(self.body)
        except ValueError as error:
            raise Unclear(f"{self.target}: the body is not JSON ({error}), status {self.status}") from error


def plain(text: str) -> str:
    """A text of the target's as one line that a terminal shows as it is."""
    return "".join(one if one.isprintable() else " " for one in text)[:2000]


def need(got: Answer) -> Answer:
    """The answer, which must be a success for the rest to make sense."""
    if not 200 <= got.status < 300:
        raise Unclear(f"{got.target}: status {got.status}, so there is nothing to look at")
    return got


def has_body(got: Answer, status: int) -> str:
    """What is wrong unless an answer with a status has a body."""
    if got.status != status:
        raise Unclear(f"{got.target}: status {got.status}, not {status}")
    return "" if got.body.strip() else "expected a body, saw none"


def item(got: Answer, envelope: str | None = None) -> Item:
    """The one item that a successful answer shows."""
    found = item_in(need(got).json(), envelope)
    if found is None:
        raise Unclear(f"{got.target}: no item in the answer")
    return found


def rows(pages: Answer | Sequence[Answer], told: Mapping[str, Any]) -> list[Item]:
    """The items of a list, over all its pages. told: what the contract says of the list."""
    found: list[Item] = []
    for got in [pages] if isinstance(pages, Answer) else pages:
        part = items_in(need(got).json(), told["envelope"])
        if part is None:
            raise Unclear(f"{got.target}: no list in the answer")
        found += part
    return found


def row_ids(pages: Answer | Sequence[Answer], told: Mapping[str, Any]) -> list[str]:
    """Ids of the items of a list, in order."""
    return [str(id_of(row, told["id"])) for row in rows(pages, told)]


def sent_fields(got: Answer) -> dict[str, Any]:
    """The fields of the body that was sent, of JSON or of a form."""
    if "json" in got.sent_type:
        body = json.loads(got.sent)
        return dict(body) if isinstance(body, dict) else {}
    return dict(parse_qsl(got.sent, keep_blank_values=True))


def by_eye(answers: Sequence[Answer | Sequence[Answer]]) -> str:
    """Show what was answered: no rule that a program could follow tells whether it is right."""
    for one in answers:
        for got in [one] if isinstance(one, Answer) else one:
            print(f"{got.target}: status {got.status}, {got.body[:400]!r}")  # noqa: T201  a program that people run
    raise Unclear("to be judged by eye")
