"""With `settle`, a target may show late what was done to it, for as long as its vendor declared and no longer."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from conformance.exchange.exchange import Answer, Exchange, Request
from conformance.manners.pacing import Pace
from conformance.manners.settling import Settling
from spec.contract import Operation
from spec.contract_reader import load_contract

VAULT = load_contract(Path(__file__).parent.parent / "contracts" / "vault.yaml")
HERE = {"vaultId": "7"}


def answer(status: int, body: Any = None) -> Answer:
    content = b"" if body is None else json.dumps(body).encode()
    return Answer(status, {"content-type": "application/json"}, content, 0.01)


def waited(operation: str, sent: Any, told: Answer, shown: Iterator[Answer | None], seconds: float = 5) -> float | None:
    """What came of waiting by a clock that goes on by a second with every look at it."""
    done = VAULT.operation(operation)
    moments = itertools.count()
    pace = Pace(clock=lambda: float(next(moments)), sleep=lambda _: None)

    def ask(read: Operation, address: Mapping[str, str]) -> Answer | None:
        assert (read.id, address) == ("getVault", HERE)
        return next(shown)

    exchange = Exchange("plain-1", operation, Request(done.method.upper(), "/"), told)
    address = {} if operation == "createVault" else HERE
    return Settling(VAULT, seconds, pace).seen_after(done, address, sent, exchange, ask)


OLD, NEW = {"id": 7, "name": "old"}, {"id": 7, "name": "new"}


@pytest.mark.parametrize(
    ("operation", "sent", "told", "late", "right"),
    [
        ("createVault", NEW, answer(201, NEW), answer(404), answer(200, NEW)),
        ("updateVault", {"name": "new"}, answer(200, NEW), answer(200, OLD), answer(200, NEW)),
        ("replaceVault", {"name": " new "}, answer(200, NEW), answer(200, OLD), answer(200, NEW)),
        ("deleteVault", None, answer(204), answer(200, OLD), answer(404)),
    ],
    ids=["created", "changed", "replaced and kept otherwise", "deleted"],
)
def test_a_read_is_repeated_until_it_shows_what_was_done(
    operation: str, sent: Any, told: Answer, late: Answer, right: Answer
) -> None:
    shown = iter((late, right, late))
    assert waited(operation, sent, told, shown) is not None
    assert len(list(shown)) == 1


def test_what_is_never_shown_is_waited_for_no_longer_than_declared() -> None:
    asked = itertools.count()
    shown = (answer(200, OLD) for _ in asked)
    assert waited("updateVault", {"name": "new"}, answer(200, NEW), shown, seconds=4) is None
    assert next(asked) <= 4


@pytest.mark.parametrize(
    ("operation", "sent", "told", "seconds"),
    [
        ("updateVault", {"name": "new"}, answer(422), 5),
        ("updateVault", {"name": "new"}, answer(200, NEW), 0),
        ("updateVault", None, answer(200, NEW), 5),
        ("listVaults", None, answer(200, []), 5),
    ],
    ids=["refused", "no time declared", "bytes of a scenario", "a read"],
)
def test_nothing_is_asked_where_nothing_was_done_or_nobody_asked_for_time(
    operation: str, sent: Any, told: Answer, seconds: float
) -> None:
    assert waited(operation, sent, told, iter(()), seconds) is None
