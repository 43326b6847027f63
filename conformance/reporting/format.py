"""The formats of a report: each is one function of the document, or of the ledger's lines, and has one file name."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from conformance.ledger import Line
from conformance.reporting.badge import badge_text
from conformance.reporting.har import har_text
from conformance.reporting.html import html_text
from conformance.reporting.junit import junit_text
from conformance.reporting.markdown import markdown_text
from conformance.reporting.report import Document
from conformance.reporting.sarif import sarif_text
from conformance.reporting.text import summary_text


@dataclass(frozen=True, slots=True)
class Format:
    """How a report is written; `file` is its name in a report folder, None for what only a terminal shows."""

    file: str | None
    render: Callable[[Document, Sequence[Line]], str]


def json_text(document: Document) -> str:
    """The document itself as JSON, in ASCII: what a target sent cannot become an unpaired surrogate in a file."""
    return json.dumps(document, indent=2) + "\n"


FORMATS: Final[Mapping[str, Format]] = MappingProxyType(
    {
        "html": Format("report.html", lambda document, _: html_text(document)),
        "json": Format("report.json", lambda document, _: json_text(document)),
        "junit": Format("junit.xml", lambda document, _: junit_text(document)),
        "markdown": Format("summary.md", lambda document, _: markdown_text(document)),
        "sarif": Format("report.sarif", lambda document, _: sarif_text(document)),
        "har": Format("report.har", har_text),
        "badge": Format("badge.svg", lambda document, _: badge_text(document)),
        "text": Format(None, lambda document, _: summary_text(document)),
    }
)
"""Every format by its name."""


def report_files(document: Document, lines: Sequence[Line]) -> dict[str, str]:
    """Name and text of every file of a report folder but the ledger, which is there from the start."""
    return {one.file: one.render(document, lines) for one in FORMATS.values() if one.file is not None}
