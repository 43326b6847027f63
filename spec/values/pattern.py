"""Texts made up for a regular expression, from the tree that Python's own parser makes of it.

Anchors, look-around and back-references to what was not made are passed over, so a text is a good guess
and its maker checks it. Repetitions are bounded: no pattern makes a long text unless it asks for one.
"""

from __future__ import annotations

import re
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from random import Random

# The tree is what `re` compiles; it has no public door, and a parser of our own would be a second truth.
_names: Final[Any] = import_module("re._constants")
_parser: Final[Any] = import_module("re._parser")

_MORE = 8
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
_PLAIN: Final = _LETTERS + _LETTERS.upper() + "0123456789"
_PRINTABLE: Final = "".join(map(chr, range(0x20, 0x7F)))
_CATEGORIES: Final = {
    _names.CATEGORY_DIGIT: "0123456789",
    _names.CATEGORY_WORD: f"{_PLAIN}_",
    _names.CATEGORY_SPACE: " ",
    _names.CATEGORY_NOT_DIGIT: _LETTERS,
    _names.CATEGORY_NOT_WORD: "-. ",
    _names.CATEGORY_NOT_SPACE: _PLAIN,
}
_WIDEST = 512


def make_matching(pattern: str, random: Random, more: int = _MORE) -> str | None:
    """A text that the pattern should match, or None where the pattern is beyond us.

    more: how often a part may be repeated beyond what it must.
    """
    try:
        tree = _parser.parse(pattern.replace(r"\z", r"\Z"))
    except (re.error, OverflowError, RecursionError):
        return None
    return _Maker(random, more).text(tree)


class _Maker:
    """Walks one tree; lives for one text."""

    def __init__(self, random: Random, more: int) -> None:
        self._random = random
        self._more = more
        self._groups: dict[int, str] = {}

    def text(self, tree: Any) -> str:
        return "".join(self._part(kind, value) for kind, value in tree)

    def _part(self, kind: Any, value: Any) -> str:
        if kind in (_names.MAX_REPEAT, _names.MIN_REPEAT, _names.POSSESSIVE_REPEAT):
            return self._repeated(value)
        if kind is _names.SUBPATTERN:
            return self._group(value)
        if kind is _names.BRANCH:
            return self.text(self._random.choice(value[1]))
        if kind is _names.ATOMIC_GROUP:
            return self.text(value)
        return self._groups.get(value, "") if kind is _names.GROUPREF else self._letter(kind, value)

    def _letter(self, kind: Any, value: Any) -> str:
        if kind is _names.LITERAL:
            return chr(value)
        if kind is _names.NOT_LITERAL:
            return self._pick(set(_PLAIN) - {chr(value)})
        if kind is _names.IN:
            return self._pick(_members(value))
        return self._pick(set(_LETTERS)) if kind is _names.ANY else ""

    def _group(self, value: Any) -> str:
        number, *_, tree = value
        made = self.text(tree)
        if number is not None:
            self._groups[number] = made
        return made

    def _repeated(self, value: Any) -> str:
        least, most, tree = value
        count = self._random.randint(least, min(int(most), least + self._more))
        return "".join(self.text(tree) for _ in range(count))

    def _pick(self, letters: set[str]) -> str:
        # Sorted, since the order of a set changes from one run to the next.
        return self._random.choice(sorted(letters)) if letters else ""


def _members(parts: Any) -> set[str]:
    """The characters of a class: all of a small one, some of a wide one, printable ones of a negated one."""
    found: set[str] = set()
    is_negated = False
    for kind, value in parts:
        if kind is _names.NEGATE:
            is_negated = True
        elif kind is _names.LITERAL:
            found.add(chr(value))
        elif kind is _names.RANGE:
            found.update(map(chr, range(value[0], min(value[1], value[0] + _WIDEST) + 1)))
        elif kind is _names.CATEGORY:
            found.update(_CATEGORIES.get(value, ""))
    if is_negated:
        return (set(_PLAIN) - found) or (set(_PRINTABLE) - found)
    # A wide class has control characters in it, which nobody means.
    return found.intersection(_PRINTABLE) or found
