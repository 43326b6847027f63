"""The report as one HTML file that people forward: it works from a disk, loads nothing, and trusts nothing in it.

The Content-Security-Policy allows the one style and the one script of the page by their digests and forbids the
rest. Without the script everything can still be read; only filters and copy buttons need it.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from conformance.reporting.element import Markup, element, joined
from conformance.reporting.html_fault import copied, fault_card, label, link_to
from conformance.reporting.html_table import filter_bar, requirement_table, timing_table
from conformance.reporting.report import Document
from conformance.reporting.story import (
    MEANINGS,
    OUTCOMES,
    Cause,
    Question,
    causes_of,
    counted,
    faults_of,
    leftovers_of,
    number_of,
    questions_of,
    shortened,
)

_TEMPLATES: Final = Path(__file__).with_name("templates")


def html_text(document: Document) -> str:
    """The whole page."""
    style = (_TEMPLATES / "report.css").read_text(encoding="utf-8")
    script = (_TEMPLATES / "report.js").read_text(encoding="utf-8")
    contract = document["contract"]
    head = element(
        "head",
        element("meta", charset="utf-8"),
        element("meta", http_equiv="Content-Security-Policy", content=_policy(style, script)),
        element("meta", name="viewport", content="width=device-width, initial-scale=1"),
        element("meta", name="referrer", content="no-referrer"),
        element("meta", name="robots", content="noindex"),
        element("title", f"{document['conclusion'].capitalize()}: {contract['title']} at {document['target']}"),
        element("style", Markup(style)),
    )
    body = element(
        "body",
        element("a", "Skip to the requirements", href="#all", class_="skip"),
        _top(document),
        element("main", _sections(document)),
        _foot(document),
        element("script", Markup(script)),
    )
    return f"<!DOCTYPE html>\n{element('html', head, body, lang='en')}\n"


def _policy(style: str, script: str) -> str:
    rules = ("default-src 'none'", f"script-src '{_digest(script)}'", f"style-src '{_digest(style)}'")
    return "; ".join((*rules, "base-uri 'none'", "form-action 'none'"))


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _top(document: Document) -> Markup:
    contract, conclusion = document["contract"], document["conclusion"]
    return element(
        "header",
        element(
            "div",
            element("p", "Conformance report", class_="faint"),
            element("h1", conclusion.capitalize()),
            element("p", _lead(document), class_="lead"),
            element("p", contract["title"], " at ", element("code", document["target"])),
            _sums(document),
            _facts(document),
        ),
        class_=f"top {conclusion}",
    )


def _lead(document: Document) -> str:
    words = MEANINGS.get(document["conclusion"], "")
    musts = document["summary"].get("MUST", {})
    if not musts.get("fail"):
        return words
    heads = {entry["id"] for entry in document["requirements"] if entry["level"] == "MUST"}
    faults = sum(head["requirement"] in heads for head in document["headlines"])
    plural = "" if faults == 1 else "s"
    return f"{words} {musts['fail']} of {sum(musts.values())} MUSTs fail, from {faults} fault{plural}."


def _sums(document: Document) -> Markup:
    rows = (
        element(
            "tr",
            element("th", level, scope="row"),
            element("td", _bar(counts), class_="bar"),
            element("td", counted(counts)),
        )
        for level, counts in document["summary"].items()
    )
    return element("table", element("tbody", rows), class_="sums")


def _bar(counts: Mapping[str, int]) -> Markup:
    whole, drawn, at = sum(counts.values()), [], 0.0
    for outcome in reversed(OUTCOMES):
        share = 100 * counts.get(outcome, 0) / whole
        if share:
            kind = "rest" if outcome == "not applicable" else outcome
            drawn.append(element("rect", x=round(at, 2), width=round(share, 2), height=8, class_=kind))
        at += share
    return element("svg", drawn, viewBox="0 0 100 8", preserveAspectRatio="none", aria_hidden="true")


def _facts(document: Document) -> Markup:
    contract, seconds = document["contract"], document["seconds"]
    told = {
        "Contract": f"{contract['version']}, {document['profile']}",
        "Contract digest": str(contract["digest"])[:12],
        "Started": document["started"].replace("T", " ").replace("+00:00", " UTC"),
        "Took": f"{seconds:.1f} s" if seconds is not None else "not to the end",
        "Exchanges": str(document["exchanges"]),
        "Operations": str(len(document["operations"])),
        "Seed": str(document["seed"]),
        "Kit": document["tool"],
    }
    pairs = (element("div", element("dt", name), element("dd", value)) for name, value in told.items())
    return element("dl", pairs, class_="facts")


def _sections(document: Document) -> Iterator[Markup]:
    causes = causes_of(document)
    if causes:
        yield element("h2", "What hindered the run", id="hindered")
        yield element("div", element("ul", map(_cause, causes), class_="questions"), class_="card open")
    faults = faults_of(document)
    if faults:
        yield element("h2", "What is broken", id="faults")
        yield joined(map(fault_card, faults))
    questions = questions_of(document)
    if questions:
        yield element("h2", "What nobody can say yet")
        yield _questions(questions)
    yield element("h2", "All requirements", id="all")
    yield filter_bar(document)
    yield requirement_table(document)
    yield from _asides(document)
    yield element("h2", "How to see this again")
    yield joined(_reproduce(document))


def _cause(cause: Cause) -> Markup:
    said = element("span", shortened(cause.reason, 1000))
    names = (joined((link_to(entry), " ")) for entry in cause.entries)
    return element(
        "li",
        element("div", label("inconclusive", "trouble"), said, class_="head"),
        element("details", element("summary", f"{number_of(cause.entries)} left open by it"), element("p", names))
        if cause.entries
        else None,
    )


def _questions(questions: tuple[Question, ...]) -> Markup:
    return element("div", element("ul", map(_question, questions), class_="questions"), class_="card open")


def _question(question: Question) -> Markup:
    names = [
        joined((link_to(entry), None if entry["level"] == "MUST" else f" {entry['level']}", " "))
        for entry in question.entries
    ]
    said = element("span", shortened(question.reason, 1000))
    return element("li", element("div", label(question.outcome), said, class_="head"), element("p", names))


def _asides(document: Document) -> Iterator[Markup]:
    whole = {cause.reason for cause in causes_of(document)}
    troubles = [one for one in document["troubles"] if one["reason"] not in whole]
    told = [f"{one['operation']}: {one['reason']} ({one['trouble']})" for one in troubles]
    if told or document["notes"]:
        yield element("h2", "Troubles and notes")
        lines = (element("li", shortened(one, 1000)) for one in (*told, *document["notes"]))
        yield element("div", element("ul", lines, class_="plain"), class_="card")
    things = document["things"]
    if things["created"] or things["leftovers"]:
        yield element("h2", "What the run left behind")
        words = f"Made {things['created']}, deleted {things['deleted']}, left {len(things['leftovers'])}."
        left = (element("li", shortened(one, 1000)) for one in leftovers_of(document))
        yield element("div", element("p", words), element("ul", left, class_="plain"), class_="card")
    timing = timing_table(document)
    if timing is not None:
        yield element("h2", "How long answers took")
        yield timing


def _reproduce(document: Document) -> Iterator[Markup]:
    again = document["reproduce"]
    if again["variables"]:
        names = ", ".join(again["variables"])
        yield element("p", f"Credentials are not in this file. They are taken from the environment: {names}.")
    yield copied(again["command"])
    yield element("p", "This page is made from the ledger of the run, and can be made from it again:")
    yield copied("mockproof report ledger.ndjson --format html --output report.html")


def _foot(document: Document) -> Markup:
    version = document["report_version"]
    return element(
        "footer", f"{document['tool']}, report version {version}. No part of this page is loaded from elsewhere."
    )
