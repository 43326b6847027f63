"""Findings: what people noticed in the sources, each with quotes that must stand there word for word."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from spec.facts import Source
from spec.loading import load_document
from spec.quoting import Quote, quote_from


@dataclass(frozen=True, slots=True)
class Finding:
    """Something odd in the sources, and what was made of it; `is_bug` marks what their owners could mend."""

    id: str
    title: str
    resolution: str
    is_bug: bool
    quotes: tuple[Quote, ...]


def load_findings(path: Path, sources: Sequence[Source]) -> tuple[Finding, ...]:
    """The findings of a file, in its order; raises SourceError for a quote that its source does not contain."""
    if not path.is_file():
        return ()
    loaded = load_document(path)
    by_id = {source.id: source for source in sources}
    return tuple(
        Finding(
            id=raw["id"],
            title=raw["title"],
            resolution=raw["resolution"],
            is_bug=bool(raw.get("bug", False)),
            quotes=tuple(
                quote_from(quote, by_id, path.name, loaded.span((index, "quotes", place))[0])
                for place, quote in enumerate(raw.get("quotes", ()))
            ),
        )
        for index, raw in enumerate(loaded.value)
    )
