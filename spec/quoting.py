"""Quotes: words that must stand in a source, and the lines where they do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from spec.errors import SourceError
from spec.facts import Source


@dataclass(frozen=True, slots=True)
class Quote:
    """Words of a source: `lines` is "12" or "12-14", 1-based."""

    source: str
    file: str
    lines: str
    text: str


def quote_from(raw: Mapping[str, Any], sources: Mapping[str, Source], file: str, line: int) -> Quote:
    """The quote {source, text} with its lines found in the source; white space need not match."""
    source = sources.get(raw["source"])
    if source is None:
        raise SourceError(f"no source is called {raw['source']!r}", file=file, line=line, hint=_known(sources))
    span = find_words(source.text, raw["text"])
    if span is None:
        raise SourceError(
            f"{source.file} does not contain the words {raw['text']!r}", file=file, line=line, hint="quote it verbatim"
        )
    lines = f"{span[0]}" if span[0] == span[1] else f"{span[0]}-{span[1]}"
    return Quote(source.id, source.file, lines, raw["text"])


def find_words(text: str, words: str) -> tuple[int, int] | None:
    """First and last 1-based line where the words stand in the text, whatever the white space between them.

    Table borders (`|`) between words are skipped too, so that a cell can be quoted.
    """
    wanted = words.split()
    found = [
        (word, number) for number, line in enumerate(text.splitlines(), 1) for word in line.replace("|", " ").split()
    ]
    tokens = [word for word, _ in found]
    for start in range(len(tokens) - len(wanted) + 1):
        if _same(tokens[start : start + len(wanted)], wanted):
            return found[start][1], found[start + len(wanted) - 1][1]
    return None


def _same(tokens: Sequence[str], wanted: Sequence[str]) -> bool:
    """Equal words; the first may begin, and the last may end, in the middle of a quoted string."""
    if len(wanted) == 1:
        return wanted[0] in tokens[0]
    return tokens[0].endswith(wanted[0]) and tokens[-1].startswith(wanted[-1]) and tokens[1:-1] == list(wanted[1:-1])


def _known(sources: Iterable[str]) -> str:
    return f"known sources: {', '.join(sorted(sources))}"
