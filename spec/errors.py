"""Errors of the ground floor, in the order in which they can happen.

1. `LoadError`: a file cannot be read safely (`spec.loading`).
2. `SourceError`: a source document does not have the shape its reader expects (`spec.readers`).
3. `ConflictError`: sources contradict each other and nobody decided (`spec.merge`).
4. `OverlayError`: a decision does not fit the merged document (`spec.merge.overlay`).
5. `ContractError`: a contract uses a construct we do not understand (`spec.contract`).
6. `FixtureError`: the fixtures do not fit the contract (`spec.fixtures`).

Every message says where, what was expected, what was seen, and what to do.
"""

from __future__ import annotations


class MockproofError(Exception):
    """Base of every error that we foresee, in any package; its text is meant for a person.

    file: path or source name, as the user knows it.
    line: 1-based line in that file, where one is known.
    hint: what to do next; one sentence.
    """

    def __init__(
        self, message: str, *, file: str | None = None, line: int | None = None, hint: str | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.file = file
        self.line = line
        self.hint = hint

    def __str__(self) -> str:
        where = f"{self.file}:{self.line}: " if self.file and self.line else f"{self.file}: " if self.file else ""
        hint = f"\n  {self.hint}" if self.hint else ""
        return f"{where}{self.message}{hint}"


class SpecError(MockproofError):
    """Base of every error raised by `spec`."""


class LoadError(SpecError):
    """A YAML or JSON file is unsafe, malformed, too large, or out of bounds."""


class SourceError(SpecError):
    """A source document does not have the shape that its reader expects."""


class ConflictError(SpecError):
    """Sources contradict each other and no overlay decides; the text holds a ready-to-paste action."""


class OverlayError(SpecError):
    """An overlay action matches nothing, changes nothing, or resolves what is no longer open."""


class ContractError(SpecError):
    """A contract uses a construct that we do not understand, or is not valid."""


class FixtureError(SpecError):
    """Fixtures do not fit the contract; the text lists every pointer at fault."""
