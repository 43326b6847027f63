"""Wording: texts that break programs, all of them legal."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_NASTY = "Ä é𝒜 😀 100%41% 'q\" <b>& \\n عربى MiX"  # the odd letters are the point
"""Accents, characters beyond the basic plane, percent signs, quotes, mark-up, a backslash, right-to-left, capitals."""


def nasty_texts(schema: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Legal values of a free text field that programs get wrong, with what each is called."""
    longest = schema.get("maxLength", 400)
    yield "odd letters", _NASTY[:longest]
    if not schema.get("minLength"):
        yield "an empty text", ""
    yield "long texts", text_as_long_as(min(longest, 4096))


def text_as_long_as(length: int) -> str:
    """A text of so many letters that no two of its beginnings are alike."""
    words = "".join(f"{number} " for number in range(1, length // 2 + 2))
    return words[: max(length - 1, 0)] + "x" if length else ""


def is_text(schema: Mapping[str, Any]) -> bool:
    """Whether a field takes any text as far as its schema tells, though it may stand for something."""
    return schema.get("type") == "string" and not {"enum", "format", "pattern", "readOnly"} & set(schema)


def is_free_text(schema: Mapping[str, Any]) -> bool:
    """Whether a field takes any text."""
    return schema.get("type") == "string" and not {"enum", "format", "pattern", "x-list", "readOnly"} & set(schema)
