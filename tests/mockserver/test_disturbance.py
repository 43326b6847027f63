from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from mockserver.rendering import Renderer
from mockserver.trouble.disturbance import answer_instead, send_disturbed
from mockserver.trouble.fault import Cut, Drip, Effect, Strike
from spec.contract import Contract

HEAD = [(b"content-length", b"10")]
BODY = b"0123456789"


@dataclass
class Line:
    """What went over a connection, in order, and the pauses between."""

    log: list[Any] = field(default_factory=list)

    async def send(self, message: Any) -> None:
        self.log.append(message["body"] if message["type"] == "http.response.body" else message["status"])

    async def sleep(self, seconds: float) -> None:
        self.log.append(f"wait {seconds}")

    def reset(self) -> None:
        self.log.append("reset")

    def close(self) -> None:
        self.log.append("close")


def disturbed(strike: Strike) -> list[Any]:
    line = Line()
    asyncio.run(send_disturbed(strike, 200, HEAD, BODY, line.send, line, sleep=line.sleep))
    return line.log


def test_a_late_answer_comes_whole() -> None:
    assert disturbed(Strike(("f",), latency=0.5)) == ["wait 0.5", 200, BODY, b""]


def test_a_dripping_answer_comes_in_pieces_with_pauses() -> None:
    assert disturbed(Strike(("f",), drip=Drip(4, 0.1))) == [200, b"0123", "wait 0.1", b"4567", "wait 0.1", b"89", b""]


@pytest.mark.parametrize(("cut", "left"), [(Cut(3), b"012"), (Cut(share=0.5), b"01234")])
def test_a_truncated_answer_ends_before_its_length(cut: Cut, left: bytes) -> None:
    assert disturbed(Strike(("f",), cut=cut)) == [200, left, "close"]


def test_an_answer_can_be_cut_to_nothing() -> None:
    assert disturbed(Strike(("f",), cut=Cut(0))) == [200, "close"]


def test_an_answer_shorter_than_the_cut_comes_whole() -> None:
    assert disturbed(Strike(("f",), cut=Cut(99))) == [200, BODY, b""]


def test_a_dripping_answer_can_be_cut() -> None:
    assert disturbed(Strike(("f",), drip=Drip(2, 0.1), cut=Cut(3))) == [200, b"01", "wait 0.1", b"2", "close"]


def test_garbage_has_the_length_of_the_answer_and_is_the_same_every_time() -> None:
    first, second = (disturbed(Strike(("f",), garbage=7)) for _ in range(2))
    assert first == second
    assert len(first[1]) == len(BODY)
    assert first[1] != BODY


@pytest.mark.parametrize(("effect", "end"), [(Effect.RESET, "reset"), (Effect.EMPTY, "close")])
def test_a_connection_is_broken_off_without_an_answer(effect: Effect, end: str) -> None:
    assert disturbed(Strike(("f",), latency=1.0, instead=effect)) == ["wait 1.0", end]


def test_without_a_connection_at_hand_the_application_fails() -> None:
    line = Line()
    strike = Strike(("f",), cut=Cut(3))
    with pytest.raises(ConnectionResetError):
        asyncio.run(send_disturbed(strike, 200, HEAD, BODY, line.send, None, sleep=line.sleep))
    assert line.log == [200, b"012"]


@pytest.mark.parametrize("status", [429, 503, 502, 418])
def test_an_error_has_the_style_of_its_operation(shelf: Contract, status: int) -> None:
    strike = Strike(("f",), instead=Effect.STATUS, status=status, retry_after=3)
    answer = answer_instead(strike, Renderer(shelf), shelf.operation("listShelves"))
    assert (answer.status, answer.why, dict(answer.headers)["Retry-After"]) == (status, "fault", "3")
    assert json.loads(answer.body)["status"] == status
    assert set(json.loads(answer.body)) == {"error", "status", "detail"}


def test_an_error_where_no_operation_is_meant_is_a_problem(shelf: Contract) -> None:
    answer = answer_instead(Strike(("f",), instead=Effect.STATUS), Renderer(shelf), None)
    assert (answer.status, answer.media_type) == (503, "application/problem+json")


def test_no_answer_is_an_answer_of_status_zero(shelf: Contract) -> None:
    answer = answer_instead(Strike(("f",), instead=Effect.RESET), Renderer(shelf), None)
    assert (answer.status, answer.body, answer.why) == (0, b"", "fault")


@pytest.mark.parametrize(
    ("strike", "verdict"),
    [
        (Strike(("f",), latency=1), True),
        (Strike(("f",), instead=Effect.STATUS), True),
        (Strike(("f",), instead=Effect.EMPTY), False),
        (Strike(("f",), drip=Drip(1, 1)), False),
        (Strike(("f",), cut=Cut(1)), False),
        (Strike(("f",), garbage=1), False),
    ],
    ids=str,
)
def test_a_strike_knows_whether_the_answer_comes_in_one_piece(strike: Strike, verdict: bool) -> None:
    assert strike.is_plain is verdict
