"""The report as JUnit XML: one test case for each requirement."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from xml.etree import ElementTree as ET

from conformance.reporting.report import Document
from conformance.reporting.story import Entry, reason_of, reproducer_of, sources_of, waiver_words
from conformance.secret import printable


def junit_text(document: Document) -> str:
    """JUnit XML: a broken or inconclusive MUST is not green; a broken SHOULD or MAY is a skip that says so."""
    entries = document["requirements"]
    suite = ET.Element("testsuite", name=printable(str(document["contract"]["title"])))
    _add_properties(suite, _about_run(document))
    reasons = reason_of(document)
    for entry in entries:
        suite.append(_case(entry, reasons[entry["id"]]))
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(name, str(sum(case.find(tag) is not None for case in suite)))
    suite.set("tests", str(len(entries)))
    suite.set("time", str(document["seconds"] or 0))
    suite.set("timestamp", str(document["started"]))
    suites = ET.Element("testsuites")
    suites.append(suite)
    ET.indent(suites)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(suites, encoding="unicode") + "\n"


def _case(entry: Entry, why: str) -> ET.Element:
    case = ET.Element("testcase", classname=printable(str(entry["capability"])), name=printable(entry["id"]))
    _add_properties(case, _about_entry(entry))
    outcome, reason = entry["verdict"], printable(f"{entry['level']}: {why}")
    if outcome == "fail" and entry["level"] == "MUST":
        element = ET.SubElement(case, "failure", type="fail", message=reason)
        element.text = printable("\n\n".join(_story(entry, failure) for failure in entry["failures"]))
    elif outcome == "fail":
        ET.SubElement(case, "skipped", message=f"warning, {reason}")
    elif outcome in ("inconclusive", "error") and entry["level"] == "MUST":
        ET.SubElement(case, "error", type=outcome, message=reason)
    elif outcome != "pass":
        words = printable(waiver_words(entry)) if outcome == "waived" else reason
        ET.SubElement(case, "skipped", message=f"{outcome}, {words}")
    return case


def _about_run(document: Document) -> Iterator[tuple[str, str]]:
    yield "target", document["target"]
    yield "contract", f"{document['contract']['version']} ({document['profile']})"
    yield "conclusion", document["conclusion"]
    yield "reproduce", document["reproduce"]["command"]


def _about_entry(entry: Entry) -> Iterator[tuple[str, str]]:
    yield "level", entry["level"]
    yield "observations", str(entry["observations"])
    for source in sources_of(entry):
        yield "source", source
    if entry["consequence_of"]:
        yield "consequence-of", entry["consequence_of"]
    command = next((failure["curl"] for failure in entry["failures"] if "curl" in failure), None)
    if command is not None:
        yield "reproduce", command


def _add_properties(parent: ET.Element, pairs: Iterator[tuple[str, str]]) -> None:
    properties = ET.SubElement(parent, "properties")
    for name, value in pairs:
        ET.SubElement(properties, "property", name=name, value=printable(value))


def _story(entry: Entry, failure: Mapping[str, Any]) -> str:
    lines = [entry["text"], f"expected: {failure['expected']}", f"seen: {failure['seen']}"]
    if "reproduction" in failure:
        lines.append(str(reproducer_of(entry)))
    return "\n".join([*lines, failure["curl"]] if "curl" in failure else lines)
