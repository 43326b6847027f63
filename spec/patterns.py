"""Judges `pattern`s: whether every engine can match them in time that grows with the text alone.

Our own engine is linear, so no pattern can freeze the mock. But the contract is also read by
frontends, gateways and languages whose engines try every way to split a text, and there a nested
quantifier such as `^(a+)+$` takes twice as long with each further character.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import jsonschema_rs

_MANY = 10
"""A quantifier that allows this many repetitions is as bad as one without end."""

_MAX_LENGTH = 2_000
_COUNTED = re.compile(r"\{(\d*)(,?)(\d*)\}")
_GROUP_START = re.compile(r"\?(?::|P?<[A-Za-z_]\w*>|[a-z]*(?:-[a-z]+)?:)?")
_ESCAPE = re.compile(
    r"\\(?:[pP]\{[^}]*\}|[pP]\w|x[0-9A-Fa-f]{2}|u\{[0-9A-Fa-f]+\}|u[0-9A-Fa-f]{4}|c[A-Za-z]|.)", re.DOTALL
)
# Characters that stand for all others when two parts of a pattern are compared.
_SAMPLE = tuple(chr(code) for code in (*range(0x80), 0xA0, 0xE9, 0x416, 0x4E2D, 0x1F600))


def judge_pattern(pattern: str) -> str | None:
    """Why a regular expression is a risk, or None if it is not.

    The text begins with `not a regular expression`, `needs backtracking` (look-around and
    back-references, which no linear engine has) or `nested quantifiers`.
    """
    if len(pattern) > _MAX_LENGTH:
        return f"not a regular expression that can be judged: it has more than {_MAX_LENGTH:,} characters"
    if not _compiles(pattern, jsonschema_rs.RegexOptions()):
        if _compiles(pattern, jsonschema_rs.FancyRegexOptions()):
            return "needs backtracking: it uses look-around or a back-reference, which no linear-time engine has"
        return "not a regular expression: it is malformed, or grows too large when its repetitions are written out"
    culprit = _Scanner(pattern).find_nested()
    if culprit is None:
        return None
    shown = culprit if len(culprit) <= 60 else culprit[:59] + "…"
    return f"nested quantifiers: {shown} can split one text in more and more ways; repeat only one of the two"


def _compiles(pattern: str, options: jsonschema_rs.RegexOptions | jsonschema_rs.FancyRegexOptions) -> bool:
    try:
        jsonschema_rs.Draft202012Validator({"pattern": pattern}, pattern_options=options)
    except (jsonschema_rs.ValidationError, ValueError):
        return False
    return True


@dataclass(frozen=True, slots=True)
class _Item:
    """One part of a sequence. characters: those of the sample it may consist of.

    repeats: has a quantifier without a small end. optional: may match nothing.
    """

    characters: frozenset[str]
    repeats: bool
    optional: bool


@dataclass(slots=True)
class _Group:
    """An open group: its branches, each a list of items, and where it starts in the pattern."""

    start: int
    branches: list[list[_Item]] = field(default_factory=lambda: [[]])


class _Scanner:
    """Reads a pattern that the engine has accepted, from left to right."""

    def __init__(self, pattern: str) -> None:
        self._pattern = pattern
        self._place = 0
        self._open = [_Group(0)]
        self._known: dict[str, frozenset[str]] = {}

    def find_nested(self) -> str | None:
        """The first group whose repetitions can take over each other's text, as it is written."""
        while self._place < len(self._pattern):
            character = self._pattern[self._place]
            if character == "(":
                self._begin()
            elif character == ")" and len(self._open) > 1:
                if culprit := self._end():
                    return culprit
            elif character == "|":
                self._open[-1].branches.append([])
                self._place += 1
            else:
                self._atom(character)
        return None

    def _begin(self) -> None:
        self._open.append(_Group(self._place))
        self._place += 1
        if match := _GROUP_START.match(self._pattern, self._place):
            self._place = match.end()

    def _end(self) -> str | None:
        group = self._open.pop()
        self._place += 1
        repeats, optional = self._quantifier()
        if repeats and any(_splits(branch) for branch in group.branches):
            return self._pattern[group.start : self._place]
        items = [item for branch in group.branches for item in branch]
        characters = frozenset[str]().union(*(item.characters for item in items))
        nothing = any(all(item.optional for item in branch) for branch in group.branches)
        inner = any(item.repeats for item in items)
        self._open[-1].branches[-1].append(_Item(characters, repeats or inner, optional or nothing))
        return None

    def _atom(self, character: str) -> None:
        start = self._place
        if character == "\\" and (match := _ESCAPE.match(self._pattern, start)):
            self._place = match.end()
        elif character == "[":
            self._place = self._class_end()
        else:
            self._place += 1
        atom = self._pattern[start : self._place]
        repeats, optional = self._quantifier()
        if atom not in ("^", "$", r"\b", r"\B", r"\A", r"\z"):
            if atom not in self._known:
                self._known[atom] = _characters_of(atom)
            self._open[-1].branches[-1].append(_Item(self._known[atom], repeats, optional))

    def _class_end(self) -> int:
        """Where a character class ends; one may stand in another, and a bracket may be escaped."""
        place, depth = self._place, 0
        while place < len(self._pattern):
            character = self._pattern[place]
            depth += {"[": 1, "]": -1}.get(character, 0)
            place += 2 if character == "\\" else 1
            if depth == 0:
                break
        return place

    def _quantifier(self) -> tuple[bool, bool]:
        """Whether the part before it repeats, and whether it may be missing."""
        character = self._pattern[self._place : self._place + 1]
        counted = _COUNTED.match(self._pattern, self._place)
        if character and character in "*+?":
            self._place += 1
            repeats, optional = character in "*+", character in "*?"
        elif counted and counted.group() not in ("{}", "{,}"):
            self._place = counted.end()
            least, comma, most = counted.groups()
            repeats = int(most or least) >= _MANY or bool(comma and not most)
            optional = int(least or 0) == 0
        else:
            return False, False
        if self._pattern[self._place : self._place + 1] == "?":
            self._place += 1
        return repeats, optional


def _splits(branch: Sequence[_Item]) -> bool:
    """Whether what one repetition of this branch matches can also be matched by several.

    It can if something in it repeats and nothing else in it marks the end: a part that must be
    there, and that shares no character with what repeats, as the dash in `([a-z]+-)*`.
    """
    for index, item in enumerate(branch):
        others = [other for place, other in enumerate(branch) if place != index]
        if item.repeats and not any(not other.optional and not other.characters & item.characters for other in others):
            return True
    return False


def _characters_of(atom: str) -> frozenset[str]:
    try:
        single = jsonschema_rs.Draft202012Validator(
            {"pattern": f"^(?:{atom})$"}, pattern_options=jsonschema_rs.RegexOptions()
        )
    except (jsonschema_rs.ValidationError, ValueError):
        return frozenset(_SAMPLE)
    return frozenset(character for character in _SAMPLE if single.is_valid(character))
