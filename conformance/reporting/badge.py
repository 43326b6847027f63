"""The conclusion as a badge: a small SVG without fonts, scripts or links of its own."""

from __future__ import annotations

from typing import Final
from xml.sax.saxutils import escape

from conformance.reporting.report import Document
from conformance.secret import printable

_LABEL: Final = "mockproof"
_COLOURS: Final = {"conformant": "#1a7f4b", "violations": "#b3261e"}
_OTHER: Final = "#8a6100"
_WIDE: Final = frozenset("mwMW@%")
_NARROW: Final = frozenset("iljtfrI.,:;|!'()[] 1")

_SVG: Final = """\
<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" role="img" aria-label="{label}: {words}">
  <title>{label}: {words}</title>
  <clipPath id="corners"><rect width="{width}" height="20" rx="3"/></clipPath>
  <g clip-path="url(#corners)">
    <rect width="{left}" height="20" fill="#444"/>
    <rect x="{left}" width="{right}" height="20" fill="{colour}"/>
  </g>
  <g fill="#fff" text-anchor="middle" font-family="Verdana,DejaVu Sans,sans-serif" font-size="11">
    <text x="{label_at}" y="14" textLength="{label_long}">{label}</text>
    <text x="{words_at}" y="14" textLength="{words_long}">{words}</text>
  </g>
</svg>
"""


def badge_text(document: Document) -> str:
    """A badge with the conclusion and how many MUSTs passed of those that apply."""
    counts = document["summary"].get("MUST", {})
    applying = sum(count for outcome, count in counts.items() if outcome != "not applicable")
    words = f"{document['conclusion']} {counts.get('pass', 0)}/{applying}"
    left, right = _width(_LABEL) + 12, _width(words) + 12
    return _SVG.format(
        width=left + right,
        left=left,
        right=right,
        colour=_COLOURS.get(document["conclusion"], _OTHER),
        label=_LABEL,
        words=escape(printable(words), {'"': "&quot;"}),
        label_at=left / 2,
        words_at=left + right / 2,
        label_long=left - 12,
        words_long=right - 12,
    )


def _width(text: str) -> int:
    """About how wide a text is at 11 pixels; the badge stretches it to exactly that, whatever font there is."""
    return round(sum(10 if one in _WIDE else 4 if one in _NARROW else 7 for one in text))
