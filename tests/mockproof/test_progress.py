"""Progress is a living line for people and a short list for logs."""

from __future__ import annotations

import io

from mockproof.progress import ProgressLine

STEPS = ("looking for ids", "checking a/status", "checking b/status", "fuzzing a", "fuzzing \x1b[31mb")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def shown(stream: io.StringIO) -> str:
    progress = ProgressLine(stream, 300)
    for step in STEPS:
        progress(step)
    progress.finish()
    return stream.getvalue()


def test_a_log_gets_one_line_for_each_stage() -> None:
    assert shown(io.StringIO()) == "looking for ids\nchecking a/status\nfuzzing a\n"


def test_a_terminal_gets_every_step_on_one_line_that_is_gone_at_the_end() -> None:
    text = shown(Terminal())
    assert "checking b/status" in text
    assert "\n" not in text
    assert text.endswith("\r\x1b[2K")


def test_what_a_target_says_cannot_steer_the_terminal() -> None:
    assert "\x1b[31m" not in shown(Terminal())
