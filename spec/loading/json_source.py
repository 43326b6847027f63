"""Reads JSON (RFC 8259) strictly: a tokenizer and the few states between tokens."""

from __future__ import annotations

import json
import re
from typing import NoReturn

from spec.errors import LoadError
from spec.loading.builder import Builder
from spec.loading.scalar import UnfitScalarError, read_float, read_integer

# Possessive quantifiers: a string that never ends costs one pass over it, not one per character.
_TOKEN = re.compile(
    r"""[ \t\n\r]*+(?:
        (?P<string>"[^"\\\x00-\x1f]*+(?:\\.[^"\\\x00-\x1f]*+)*+")
      | (?P<punctuation>[{}\[\],:])
      | (?P<number>-?(?:0|[1-9][0-9]*+)(?P<fraction>\.[0-9]++)?(?P<exponent>[eE][-+]?[0-9]++)?(?![\w.+-]))
      | (?P<word>-?[A-Za-z_]\w*+)
      | (?P<end>\Z)
    )""",
    re.VERBOSE,
)
_WORDS = {"true": True, "false": False, "null": None}
_NOT_FINITE = frozenset({"NaN", "Infinity", "-Infinity"})


def read_json(text: str, name: str) -> Builder:
    """Build the one value of a JSON text."""
    return _Source(text, name).read()


class _Source:
    """Walks over the tokens. `_open` holds the closing bracket of each open list or object."""

    def __init__(self, text: str, name: str) -> None:
        self._text = text
        self._builder = Builder(name)
        self._place = 0
        self._line = 1
        self._open: list[str] = []

    def read(self) -> Builder:
        """All of the text."""
        if not self._text.strip(" \t\n\r"):
            self._refuse("the file holds no document", "give it content, or remove the file")
        self._value(*self._next())
        while self._open:
            self._after_value()
        if self._next()[0] != "end":
            self._refuse("something follows after the end of the document", "keep one value per file")
        return self._builder

    def _next(self) -> tuple[str, str]:
        """Kind and text of the next token; moves past it."""
        match = _TOKEN.match(self._text, self._place)
        if match is None:
            self._unreadable()
        kind = "number" if match.group("number") else str(match.lastgroup)
        token = match.group(kind)
        self._line += self._text.count("\n", self._place, match.start(kind))
        self._place = match.end()
        if kind == "number" and not (match.group("fraction") or match.group("exponent")):
            return "integer", token
        return kind, token

    def _value(self, kind: str, token: str) -> None:
        if kind == "string":
            self._builder.scalar(self._string(token), self._line, self._line)
        elif kind in ("integer", "number"):
            self._builder.scalar(self._number(kind, token), self._line, self._line)
        elif token in ("{", "["):
            self._begin(token)
        elif kind == "word" and token in _WORDS:
            self._builder.scalar(_WORDS[token], self._line, self._line)
        elif token in _NOT_FINITE:
            self._refuse(f"{token} is not JSON, which has only finite numbers", "use null, or a string")
        else:
            self._expected("a value", token)

    def _begin(self, token: str) -> None:
        self._builder.open({} if token == "{" else [], self._line)
        closing = "}" if token == "{" else "]"
        self._open.append(closing)
        kind, first = self._next()
        if first == closing and kind == "punctuation":
            self._end()
        elif token == "{":
            self._member(kind, first)
        else:
            self._pending(kind, first)

    def _after_value(self) -> None:
        """A comma and the next element, or the closing bracket."""
        kind, token = self._next()
        if token == self._open[-1] and kind == "punctuation":
            self._end()
        elif token == "," and kind == "punctuation":
            kind, token = self._next()
            if self._open[-1] == "}":
                self._member(kind, token)
            else:
                self._value(kind, token)
        else:
            self._expected(f"',' or '{self._open[-1]}'", token)
