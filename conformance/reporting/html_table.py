"""Tables of the HTML report: every requirement, with filters; and how long answers took."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, Final

from conformance.reporting.element import Markup, element, joined
from conformance.reporting.html_fault import failure_part, level_mark, mark, source_quotes
from conformance.reporting.report import Document
from conformance.reporting.story import OUTCOMES, Entry, causes_of, shortened, waiver_words
from conformance.secret import printable

_LEVELS: Final = ("MUST", "SHOULD", "MAY")
_TIMED: Final = ("Exchanges", "Median", "Slowest")


def filter_bar(document: Document) -> Markup:
    """The filters; hidden until the script that makes them work has run."""
    entries = document["requirements"]
    outcomes = [one for one in OUTCOMES if any(entry["verdict"] == one for entry in entries)]
    return element(
        "form",
        element("fieldset", element("legend", "Outcome"), (_box(one, entries) for one in outcomes)),
        _select("filter-level", "Level", [one for one in _LEVELS if any(entry["level"] == one for entry in entries)]),
        _select("filter-capability", "Capability", sorted({entry["capability"] for entry in entries})),
        element("input", type="search", id="filter-text", placeholder="Words", aria_label="Words to look for"),
        element("button", "Show all", type="reset"),
        element("span", "", id="shown", role="status", class_="faint"),
        class_="card filters",
        id="filters",
        hidden=True,
    )


def requirement_table(document: Document) -> Markup:
    """One row for each requirement, gravest first, with its evidence; what a headline tells already is linked."""
    entries = sorted(document["requirements"], key=lambda entry: OUTCOMES.index(entry["verdict"]))
    heads = {head["requirement"] for head in document["headlines"]}
    held = {entry["id"] for cause in causes_of(document) for entry in cause.entries}
    return element(
        "table",
        element("thead", element("tr", map(_heading, ("Outcome", "Requirement", "Level")), _number_heading("Seen"))),
        element("tbody", (_row(entry, told=entry["id"] in heads, held=entry["id"] in held) for entry in entries)),
        class_="list",
        id="requirements",
    )


def timing_table(document: Document) -> Markup | None:
    """Median and slowest answer of each operation, or None when nothing was exchanged."""
    timing = document["timing"]
    if not timing:
        return None
    longest = max((one["slowest"] or 0 for one in timing), default=0) or 1
    return element(
        "table",
        element("thead", element("tr", _heading("Operation"), map(_number_heading, _TIMED), element("td"))),
        element("tbody", (_timing(one, longest) for one in timing)),
        class_="list",
    )


def _heading(text: str) -> Markup:
    return element("th", text, scope="col")


def _number_heading(text: str) -> Markup:
    return element("th", text, scope="col", class_="number")


def _row(entry: Entry, *, told: bool, held: bool) -> Markup:
    sought = shortened(printable(f"{entry['id']} {entry['text']} {' '.join(entry['operations'])}"), 1000).lower()
    return element(
        "tr",
        element("td", mark(entry)),
        element("td", element("code", entry["id"]), element("p", entry["text"]), _more(entry, told=told, held=held)),
        element("td", level_mark(entry), element("p", entry["capability"], class_="faint")),
        element("td", str(entry["observations"]), class_="number", data_name="Seen"),
        id=f"row-{entry['id']}",
        data_outcome=entry["verdict"],
        data_level=entry["level"],
        data_capability=entry["capability"],
        data_text=sought,
    )


def _more(entry: Entry, *, told: bool, held: bool) -> Markup:
    reason: Markup | str | None = shortened(entry["reason"], 400) if entry["verdict"] != "pass" else None
    if held:
        reason = element("a", "Left open by what hindered the run.", href="#hindered")
    return joined(
        (
            element("p", f"Waiver: {waiver_words(entry)}") if entry["waiver"] else None,
            element("p", reason, class_="faint") if reason else None,
            element("p", f"Failed with {entry['consequence_of']}.") if entry["consequence_of"] else None,
            element("details", element("summary", _summary(entry)), source_quotes(entry), _evidence(entry, told=told))
            if entry["sources"] or entry["failures"]
            else None,
        )
    )


def _summary(entry: Entry) -> str:
    parts = ("source" if entry["sources"] else "", "evidence" if entry["failures"] else "")
    return " and ".join(filter(None, parts)).capitalize()


def _evidence(entry: Entry, *, told: bool) -> Iterable[Markup]:
    if told:
        return [element("p", element("a", "Evidence is told above.", href="#faults"))]
    return (failure_part(failure) for failure in entry["failures"])


def _box(outcome: str, entries: list[Entry]) -> Markup:
    count = sum(entry["verdict"] == outcome for entry in entries)
    box = element("input", type="checkbox", name="outcome", value=outcome, checked=True)
    return element("label", box, f" {outcome} ({count})")


def _select(name: str, title: str, values: Iterable[str]) -> Markup:
    options = (element("option", value, value=value) for value in values)
    return element("select", element("option", f"{title}: any", value=""), options, id=name, aria_label=title)


def _timing(one: Mapping[str, Any], longest: float) -> Markup:
    share = round(100 * (one["slowest"] or 0) / longest, 1)
    drawn = element("svg", element("rect", width=share, height=6, class_="rest"), viewBox="0 0 100 6", **_STRETCHED)
    return element(
        "tr",
        element("td", element("code", one["operation"])),
        element("td", str(one["exchanges"]), class_="number", data_name="Exchanges"),
        element("td", _milliseconds(one["median"]), class_="number", data_name="Median"),
        element("td", _milliseconds(one["slowest"]), class_="number", data_name="Slowest"),
        element("td", drawn, class_="bar"),
    )


_STRETCHED: Final[Mapping[str, str]] = {"preserveAspectRatio": "none", "aria_hidden": "true"}


def _milliseconds(seconds: float | None) -> str:
    return "no answer" if seconds is None else f"{seconds * 1000:.1f} ms"
