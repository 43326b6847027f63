"""Secrets: known values that no byte of output may hold.

Every text that leaves the kit (ledger, reports, terminal) goes through `Secrets.mask`, which puts the
name of an environment variable where a value stood. So a printed curl line works once that variable is set.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, quote_plus

MASKED_FIELDS = re.compile(
    r'("(?:[a-z_]*password|[a-z_]*secret|access_token|refresh_token|id_token|api_key|private_key)"\s*:\s*)"(?:[^"\\]|\\.)*"',
    re.IGNORECASE,
)
"""JSON members whose string value is nobody's business, whoever put it there."""


@dataclass(frozen=True, slots=True)
class Secrets:
    """Secret values by the name of the environment variable that stands for each."""

    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    _written: tuple[tuple[str, str], ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        # Every text of a run is looked through, so the forms of a value are made once.
        object.__setattr__(self, "_written", tuple(_forms(self.values)))

    def mask(self, text: str) -> str:
        """The text with every secret value, in each form it can take on the wire, replaced by `$NAME`."""
        for written, name in self._written:
            text = text.replace(written, f"${name}")
        return MASKED_FIELDS.sub(r'\1"***"', text)

    def mask_all(self, value: Any) -> Any:
        """A JSON-ready value with every string in it masked, keys too."""
        if isinstance(value, str):
            return self.mask(value)
        if isinstance(value, Mapping):
            return {self.mask(str(key)): self.mask_all(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.mask_all(item) for item in value]
        return value


def _forms(values: Mapping[str, str]) -> list[tuple[str, str]]:
    """Every form that a value can take on the wire, and the name of its variable.

    Longest first, or a secret that starts another would leave the other's tail in the open.
    """
    found: dict[str, str] = {}
    for name, value in values.items():
        if value:
            encoded = base64.b64encode(value.encode()).decode()
            for written in (value, quote(value, safe=""), quote_plus(value), encoded):
                found.setdefault(written, name)
    return sorted(found.items(), key=lambda pair: -len(pair[0]))


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
