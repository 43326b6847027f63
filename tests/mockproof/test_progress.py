"""Progress is a living line for people and a short list for logs."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import cast

import pytest

from conformance.run.outlook import Outlook, Place
from mockproof.progress import ProgressLine, duration, fitted

STEPS = ("looking for ids", "checking a/status", "checking b/status", "fuzzing a", "fuzzing \x1b[31mb")
TERMINAL = {"TERM": "xterm"}


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


class Known:
    """An outlook that is always the same."""

    def place(self, stage: str) -> Place | None:
        return Place(3, 19, "coverage") if stage == "fuzzing" else Place(45, 210)

    def seconds_left(self) -> float:
        return 24.2


def shown(
    stream: io.StringIO,
    environment: dict[str, str] | None = None,
    outlook: Known | None = None,
    *,
    apart: float = 0.0,
    width: int = 80,
) -> str:
    seconds: Iterator[float] = iter(number * apart for number in range(100))
    progress = ProgressLine(
        stream, cast("Outlook | None", outlook), environment or {}, clock=lambda: next(seconds), width=lambda: width
    )
    for step in STEPS:
        progress(step)
    progress.finish()
    return stream.getvalue()


def test_a_log_gets_one_line_for_each_stage() -> None:
    assert shown(io.StringIO()) == "looking for ids\nchecking a/status\nfuzzing a\n"


def test_a_log_hears_of_a_long_stage_every_few_seconds_with_its_place_and_the_time_left() -> None:
    assert shown(io.StringIO(), outlook=Known(), apart=6.0).splitlines() == [
        "looking for ids",
        "checking a/status, 45 of 210, about 24 s left",
        "checking b/status, 45 of 210, about 24 s left",
        "fuzzing a (coverage), 3 of 19, about 24 s left",
        r"fuzzing \x1b[31mb (coverage), 3 of 19, about 24 s left",
    ]


def test_a_terminal_gets_every_step_on_one_line_that_is_gone_at_the_end() -> None:
    text = shown(Terminal(), TERMINAL, Known())
    assert "24 s left  45/210 checking b/status" in text
    assert "\n" not in text
    assert text.endswith("\r\x1b[2K")


@pytest.mark.parametrize("width", [80, 40, 24])
def test_no_line_is_as_wide_as_the_terminal_which_would_break_it(width: int) -> None:
    frames = shown(Terminal(), TERMINAL, Known(), width=width).split("\r\x1b[2K")
    assert max(map(len, frames)) < width
    assert any(frame.startswith("24 s left") for frame in frames)


@pytest.mark.parametrize("environment", [{"TERM": "dumb"}, {}, {"TERM": "xterm", "CI": "true"}])
def test_a_terminal_that_cannot_erase_and_a_pipeline_get_plain_lines(environment: dict[str, str]) -> None:
    assert "\x1b" not in shown(Terminal(), environment)


def test_a_note_stays_on_a_terminal() -> None:
    stream = Terminal()
    progress = ProgressLine(stream, None, TERMINAL, width=lambda: 20)
    progress("checking a")
    progress("note: the clock of the target is wrong")
    progress("checking b")
    progress.finish()
    assert "note: the clock of the target is wrong\n" in stream.getvalue()


def test_what_a_target_says_cannot_steer_the_terminal() -> None:
    assert "\x1b[31m" not in shown(Terminal(), TERMINAL)


@pytest.mark.parametrize(
    ("text", "cut"), [("abcdef", "abcd…"), ("abcde", "abcde"), ("表表表", "表表…"), ("e\u0301" * 5, "e\u0301" * 5)]
)
def test_a_text_is_as_wide_as_its_letters_are(text: str, cut: str) -> None:
    assert fitted(text, 5) == cut


@pytest.mark.parametrize(("seconds", "words"), [(0.2, "1 s"), (89, "89 s"), (200, "3 min"), (7300, "2 h")])
def test_a_time_is_told_no_more_exactly_than_it_is_known(seconds: float, words: str) -> None:
    assert duration(seconds) == words
