"""The lines of a reference page, taken one after the other."""

from __future__ import annotations

from json import JSONDecodeError, JSONDecoder

from spec.errors import SourceError
from spec.facts import Where
from spec.readers._notebook import Notebook
from spec.readers._sample import Sample, load_sample

_BUTTON = "COPY"


class Page:
    """The lines of a page that are not blank, taken one after the other."""

    def __init__(self, notebook: Notebook) -> None:
        self.notebook = notebook
        self._lines = [(n, line.strip()) for n, line in enumerate(notebook.lines, 1) if line.strip()]
        self._next = 0

    @property
    def line(self) -> int:
        """Number of the line that is next, or of the last one."""
        if not self._lines:
            return 1
        return self._lines[min(self._next, len(self._lines) - 1)][0]

    def peek(self) -> str:
        """The next line, without taking it; empty after the last one."""
        return self._lines[self._next][1] if self._next < len(self._lines) else ""

    def take(self, expected: str) -> tuple[str, Where]:
        """The next line; `expected` is said in the error if the page ends here."""
        if not self.peek():
            raise self.refuse(f"the page ends where {expected} should stand", "copy the page again, to its end")
        number, text = self._lines[self._next]
        self._next += 1
        return text, Where(number, number)

    def take_heading(self, text: str) -> Where:
        """The next line, which must be this heading or caption."""
        found, where = self.take(repr(text))
        if found != text:
            raise self.refuse_at(where, f"{found!r} where {text!r} should stand", "copy the page again, all of it")
        self.note_heading(where, text)
        return where

    def note_heading(self, where: Where, text: str) -> None:
        """Write down a line that only structures the page."""
        self.notebook.note_of_source(("heading", str(where.first_line)), text, where)

    def skip_button(self) -> None:
        """Pass over the label of a button, which the browser copied as a line."""
        while self.peek() == _BUTTON:
            text, where = self.take("a button")
            self.notebook.note_of_source(("noise", "button", str(where.first_line)), text, where)

    def text_of(self, where: Where) -> str:
        """The lines of a place, as one paragraph."""
        return " ".join(line.strip() for line in self.notebook.lines[where.first_line - 1 : where.last_line])

    def refuse(self, message: str, hint: str) -> SourceError:
        """The error to raise about the line that is next."""
        return self.notebook.refuse(self.line, message, hint)

    def refuse_at(self, where: Where, message: str, hint: str) -> SourceError:
        """The error to raise about a line already taken."""
        return self.notebook.refuse(where.first_line, message, hint)

    def take_json(self) -> Sample:
        """The JSON value that begins on the next line, to its end."""
        first = self.line
        text = "\n".join(self.notebook.lines[first - 1 :])
        try:
            _, end = JSONDecoder().raw_decode(text.lstrip())
        except JSONDecodeError as error:
            line = first + error.lineno - 1
            hint = "the sample on the page must be whole; check that nothing was cut off"
            raise self.notebook.refuse(line, f"the JSON sample cannot be read: {error.msg}", hint) from None
        except RecursionError:
            raise self.refuse(
                "the JSON sample is nested too deeply", "a sample of an answer is a few levels deep"
            ) from None
        count = text.lstrip()[:end].count("\n") + 1
        while self.peek() and self.line < first + count:
            self._next += 1
        return load_sample(self.notebook, first, self.notebook.lines[first - 1 : first - 1 + count])
