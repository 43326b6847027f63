"""Secrets: known values that no byte of output may hold.

Every text that leaves the kit (ledger, reports, terminal) goes through `Secrets.mask`, which puts the
name of an environment variable where a value stood. So a printed curl line works once that variable is set.

A target may write a value back in another spelling: percent-encoded, escaped as in JSON or HTML, in base64 (also
inside of a longer text, such as user:password) or in hexadecimal. All of these are known. A value that is hardly
a secret, such as `test`, would take words of the contract with it: it is masked only where it is a credential.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from html import entities
from typing import Any, Final
from urllib.parse import quote, quote_plus

MASKED_FIELDS = re.compile(
    r'("(?:[a-z_]*password|[a-z_]*secret|access_token|refresh_token|id_token|api_key|private_key)"\s*:\s*)"(?:[^"\\]|\\.)*"',
    re.IGNORECASE,
)
"""JSON members whose string value is nobody's business, whoever put it there."""


_SHORTEST: Final = 6
"""Characters of a value below which it is a word like any other."""
_LONGEST_WORD: Final = 11
"""Letters of the longest value that may be nothing but a word."""
_SHORTEST_CORE: Final = 8
"""Characters of base64 below which a piece of it may stand for anything."""
_LEAST_CUT: Final = 5
"""Characters of a value that tell something of it, where the rest was cut off."""
_MOST_CUT: Final = 60
_HALF_ESCAPE: Final = r"(?:%[%\da-fA-F]{0,11}|\\+u?[\da-fA-F]*|&\#?\w*)?"
_ESCAPES: Final = frozenset("%\\&")


@dataclass(frozen=True, slots=True)
class Secrets:
    """Secret values by the name of the environment variable that stands for each."""

    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    _written: tuple[tuple[str, str], ...] = field(init=False, repr=False, compare=False)
    _spelled: tuple[tuple[re.Pattern[str], str], ...] = field(init=False, repr=False, compare=False)
    _cut: tuple[tuple[re.Pattern[str], str], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Every text of a run is looked through, so the forms of a value are made once.
        strong = {name: value for name, value in self.values.items() if value and not _is_word(value)}
        forms = _forms(strong)
        object.__setattr__(self, "_written", tuple(forms))
        longest_first = sorted(strong.items(), key=lambda pair: -len(pair[1]))
        spelled = [(list(map(_spelling, value)), name) for name, value in longest_first]
        object.__setattr__(self, "_spelled", tuple((re.compile("".join(every)), name) for every, name in spelled))
        cut = [*spelled, *(([*map(re.escape, written)], name) for written, name in forms)]
        object.__setattr__(self, "_cut", tuple((_beginning(pieces), name) for pieces, name in cut))

    @property
    def words(self) -> tuple[str, ...]:
        """Names of the values that are mere words, and are masked only where they are a credential."""
        return tuple(name for name, value in self.values.items() if value and _is_word(value))

    def mask(self, text: str) -> str:
        """The text with every secret value, in each form it can take on the wire, replaced by `$NAME`."""
        for written, name in self._written:
            text = text.replace(written, f"${name}")
        if self._spelled and not _ESCAPES.isdisjoint(text):
            for spelled, name in self._spelled:
                text = spelled.sub(f"${name}", text)
        if self._cut and ("..." in text or "\u2026" in text):
            for beginning, name in self._cut:
                text = beginning.sub(f"${name}", text)
        return MASKED_FIELDS.sub(r'\1"***"', text) if '"' in text else text

    def mask_all(self, value: Any) -> Any:
        """A JSON-ready value with every string in it masked, keys too; under `headers`, words as well."""
        if isinstance(value, str):
            return self.mask(value)
        if isinstance(value, Mapping):
            return {
                self.mask(str(key)): self._mask_fields(item) if key == "headers" else self.mask_all(item)
                for key, item in value.items()
            }
        if isinstance(value, (list, tuple)):
            return [self.mask_all(item) for item in value]
        return value

    def _mask_fields(self, fields: Any) -> Any:
        masked = self.mask_all(fields)
        return {name: self._mask_word(text) for name, text in masked.items()} if isinstance(masked, dict) else masked

    def _mask_word(self, text: Any) -> Any:
        """A header field's value whose credential is a mere word, with or without the name of a scheme before it."""
        for name in self.words if isinstance(text, str) else ():
            value = self.values[name]
            if text == value or text.endswith((f" {value}", f"={value}")):
                return f"{text[: -len(value)]}${name}"
        return text


def _is_word(value: str) -> bool:
    return len(value) < _SHORTEST or (value.isalpha() and len(value) <= _LONGEST_WORD)


def _forms(values: Mapping[str, str]) -> list[tuple[str, str]]:
    """Forms that can be found as they are, and the name of the variable.

    Longest first, or a secret that starts another would leave the other's tail in the open.
    """
    found: dict[str, str] = {}
    for name, value in values.items():
        hexadecimal = value.encode().hex()
        whole = (value, quote(value, safe=""), quote_plus(value), hexadecimal, hexadecimal.upper())
        for written in (*whole, *_in_base64(value.encode())):
            found.setdefault(written, name)
    return sorted(found.items(), key=lambda pair: -len(pair[0]))


def _in_base64(value: bytes) -> Iterator[str]:
    """The value alone in both alphabets, and what of it stands in the base64 of any longer text that holds it."""
    for encode in (base64.b64encode, base64.urlsafe_b64encode):
        yield encode(value).decode()
        yield encode(value).decode().rstrip("=")
        for before in range(3):
            # Six bits a character: those that share bits with what stands before or after are anybody's.
            core = encode(bytes(before) + value).decode()[-(-before * 8 // 6) : (before + len(value)) * 8 // 6]
            if len(core) >= _SHORTEST_CORE:
                yield core


def _beginning(pieces: Sequence[str]) -> re.Pattern[str]:
    """As much of a value as a message kept of it before an ellipsis, which may stand in the midst of an escape."""
    longer = ""
    for piece in reversed(pieces[_LEAST_CUT:_MOST_CUT]):
        longer = f"(?:{piece}{longer})?"
    return re.compile("".join(pieces[:_LEAST_CUT]) + longer + _HALF_ESCAPE + r"(?=\.\.\.|\u2026)")


def _spelling(character: str) -> str:
    """Every spelling of one character, plain or escaped one way or another."""
    escaped = json.dumps(character)[1:-1]
    units = [unit for unit in escaped.split("\\u") if unit] if escaped.startswith("\\u") else [f"{ord(character):04x}"]
    percent = "".join(f"%(?:25)?(?i:{byte:02x})" for byte in character.encode("utf-8", "surrogatepass"))
    unicode = "".join(f"\\\\+u(?i:{unit})" for unit in units)
    code = ord(character)
    named = "".join(f"|&{name};" for name, other in entities.name2codepoint.items() if other == code)
    space = r"|\+" if character == " " else ""
    return rf"(?:\\*{re.escape(character)}|{percent}|{unicode}|&\#0*{code};|&\#[xX]0*(?i:{code:x});{named}{space})"


def variable_for(scheme: str, identity: str = "first") -> str:
    """Environment variable that stands for the credential of a scheme in printed commands."""
    stem = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|[^A-Za-z0-9]+", "_", scheme).strip("_").upper() or "ALL"
    return f"MOCKPROOF_{'' if identity == 'first' else identity.upper() + '_'}AUTH_{stem}"


def printable(text: str) -> str:
    r"""The text with control characters shown as \xNN, so that an answer cannot steer a terminal."""
    return "".join(
        character if character in "\n\t" or (character.isprintable() and character != "\x7f") else _escaped(character)
        for character in text
    )


def _escaped(character: str) -> str:
    code = ord(character)
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
