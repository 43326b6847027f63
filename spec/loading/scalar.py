"""What a plain YAML word means: the core schema of YAML 1.2, which is what JSON readers expect.

So `yes`, `on` and `2024-01-31` are strings here, whatever YAML 1.1 makes of them.
"""

from __future__ import annotations

import math
import re

from spec.loading.limit import MAX_DIGITS

_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_DECIMAL = re.compile(r"[-+]?[0-9]+")
_OTHER_BASE = re.compile(r"0o[0-7]+|0x[0-9a-fA-F]+")
_FLOAT = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_NUMBER_START = frozenset("+-.0123456789")
_LARGEST = 10**MAX_DIGITS

Scalar = str | int | float | bool | None


class UnfitScalarError(ValueError):
    """A scalar cannot be read as what it claims to be; the text says why."""


def resolve_plain(text: str) -> Scalar:
    """The value of a plain (unquoted, untagged) word; raises UnfitScalarError for a number out of bounds."""
    if text in _NULLS:
        return None
    if text in _BOOLEANS:
        return _BOOLEANS[text]
    if text[0] not in _NUMBER_START:
        return text
    if _DECIMAL.fullmatch(text) or _OTHER_BASE.fullmatch(text):
        return read_integer(text)
    if _FLOAT.fullmatch(text) or _NOT_FINITE.fullmatch(text):
        return read_float(text)
    return text


def is_null(text: str) -> bool:
    """Whether a plain word means null."""
    return text in _NULLS


def read_integer(text: str) -> int:
    """An integer in decimal, or in the bases `0o` and `0x`."""
    if not _DECIMAL.fullmatch(text) and not _OTHER_BASE.fullmatch(text):
        raise UnfitScalarError("is not an integer")
    if len(text) > MAX_DIGITS:
        raise UnfitScalarError(f"has more than {MAX_DIGITS:,} digits")
    try:
        value = int(text, 0 if text[:2] in ("0o", "0x") else 10)
    except ValueError as error:  # the interpreter may be told to allow fewer digits than we do
        raise UnfitScalarError("has more digits than this Python is set up to read") from error
    if abs(value) >= _LARGEST:
        raise UnfitScalarError(f"has more than {MAX_DIGITS:,} digits")
    return value


def read_float(text: str) -> float:
    """A finite number; infinity and not-a-number have no place in JSON."""
    if _NOT_FINITE.fullmatch(text):
        raise UnfitScalarError("is not a finite number, and JSON has no other")
    if not _FLOAT.fullmatch(text):
        raise UnfitScalarError("is not a number")
    value = float(text)
    if not math.isfinite(value):
        raise UnfitScalarError("is larger than any number that JSON readers can hold")
    return value


def read_tagged(tag: str, text: str) -> Scalar:
    """The value of a word with an explicit core tag, given by its last part: str, int, float, bool or null."""
    if tag == "str":
        return text
    if tag == "int":
        return read_integer(text)
    if tag == "float":
        return read_float(text)
    if tag == "bool":
        if text not in _BOOLEANS:
            raise UnfitScalarError("is neither true nor false")
        return _BOOLEANS[text]
    if text not in _NULLS:
        raise UnfitScalarError("is not null")
    return None
