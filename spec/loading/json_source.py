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
      | (?P<mark>[{}\[\],:])
      | (?P<number>-?(?:0|[1-9][0-9]*+)(?:\.[0-9]++)?(?:[eE][-+]?[0-9]++)?(?![\w.+-]))
      | (?P<word>-?[A-Za-z_]\w*+)
      | (?P<end>\Z)
    )""",
    re.VERBOSE,
)
_SPACE = re.compile(r"[ \t\n\r]*+")
_WORDS = {"true": True, "false": False, "null": None}
_NOT_FINITE = frozenset({"NaN", "Infinity", "-Infinity"})


def read_json(text: str, name: str) -> Builder:
    """Build the one value of a JSON text."""
    return _Source(text, name).read()


class _Source:
    """Walks over the tokens; `_open` holds the closing bracket of each open list and object."""

    def __init__(self, text: str, name: str) -> None:
        self._text = text
        self._builder = Builder(name)
        self._place = 0
        self._line = 1
        self._open: list[str] = []
        self._is_fresh = False

    def read(self) -> Builder:
        """Read all of the text."""
        kind, text = self._next()
        if kind == "end":
            return self._builder
        self._value(kind, text)
        while self._open:
            self._element()
        kind, text = self._next()
        if kind != "end":
            self._refuse(f"{_shorten(text)} follows after the end of the document", "keep one value per file")
        return self._builder

    def _next(self) -> tuple[str, str]:
        """Kind and text of the next token; moves past it."""
        match = _TOKEN.match(self._text, self._place)
        if match is None or match.lastgroup is None:
            self._refuse_unreadable()
        kind = match.lastgroup
        self._line += self._text.count("\n", self._place, match.start(kind))
        self._place = match.end()
        return kind, match.group(kind)

    def _element(self) -> None:
        """What may follow inside an open bracket: its end, or a comma and one more element."""
        closing = self._open[-1]
        kind, text = self._next()
        if text == closing:
            self._open.pop()
            self._builder.close(self._line)
            self._is_fresh = False
            return
        if not self._is_fresh:
            if text != ",":
                self._refuse_found(f"',' or '{closing}'", text)
            kind, text = self._next()
        self._is_fresh = False
        if closing == "}":
            self._member(kind, text)
        else:
            self._value(kind, text)

    def _member(self, kind: str, text: str) -> None:
        if kind != "string":
            self._refuse_found("a key in double quotes", text)
        self._builder.key(self._string(text), self._line)
        kind, text = self._next()
        if text != ":":
            self._refuse_found("':'", text)
        self._value(*self._next())

    def _value(self, kind: str, text: str) -> None:
        line = self._line
        if kind == "string":
            self._builder.scalar(self._string(text), line, line)
        elif kind == "number":
            self._builder.scalar(self._number(text), line, line)
        elif text in _WORDS:
            self._builder.scalar(_WORDS[text], line, line)
        elif text in ("{", "["):
            self._builder.open({} if text == "{" else [], line)
            self._open.append("}" if text == "{" else "]")
            self._is_fresh = True
        elif text in _NOT_FINITE:
            self._refuse(f"{text} is not JSON, which has finite numbers only", "use null, or a string")
        else:
            self._refuse_found("a value", text)

    def _string(self, text: str) -> str:
        if "\\" not in text:
            return text[1:-1]
        try:
            value: str = json.loads(text)
            value.encode()
        except UnicodeEncodeError:
            self._refuse("a string holds half of a surrogate pair", "write both halves, or the character itself")
        except ValueError:
            self._refuse("a string holds an escape that JSON does not have", r"double the backslash: \\")
        return value

    def _number(self, text: str) -> int | float:
        try:
            return read_integer(text) if text.lstrip("-").isdigit() else read_float(text)
        except UnfitScalarError as unfit:
            self._refuse(f"the number {_shorten(text)} {unfit}", "write it as a string, or use a smaller one")

    def _refuse(self, message: str, hint: str) -> NoReturn:
        raise LoadError(message, file=self._builder.name, line=self._line, hint=hint)

    def _refuse_found(self, expected: str, text: str) -> NoReturn:
        seen = _shorten(text) if text else "the end of the file"
        self._refuse(f"not valid JSON: expected {expected}, found {seen}", "mend this line or the one above it")

    def _refuse_unreadable(self) -> NoReturn:
        space = _SPACE.match(self._text, self._place)
        start = space.end() if space else self._place
        self._line += self._text.count("\n", self._place, start)
        if self._text[start] == '"':
            self._refuse(
                "not valid JSON: a string has no closing quote on its line, or holds a control character",
                r"close the quote; write line ends as \n and tabs as \t",
            )
        if self._text[start] in "-.0123456789":
            self._refuse("not valid JSON: a number is malformed", "write it as 1, -1, 0.5 or 1e3")
        self._refuse(f"not valid JSON: unexpected {self._text[start]!a}", "JSON has no comments and only double quotes")


def _shorten(text: str) -> str:
    return repr(text if len(text) <= 80 else text[:79] + "…")
