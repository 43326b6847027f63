"""What can go wrong before a figure exists: a missing tool, a server that does not start, a wrong answer."""

from __future__ import annotations


class BenchError(Exception):
    """The benchmark cannot go on; `hint` says what to do."""

    def __init__(self, message: str, *, hint: str) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        return f"{self.message}\n  {self.hint}"
