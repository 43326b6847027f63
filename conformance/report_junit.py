"""The report as JUnit XML: one test case for each requirement."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as ET

from conformance.report import Document
from conformance.secret import printable


def junit_text(document: Document) -> str:
    """JUnit XML: a broken or inconclusive MUST is not green; a broken SHOULD or MAY is a skip that says so."""
    entries = document["requirements"]
    suite = ET.Element("testsuite", name=printable(str(document["contract"]["title"])))
    for entry in entries:
        suite.append(_case(entry))
    for name, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(name, str(sum(case.find(tag) is not None for case in suite)))
    suite.set("tests", str(len(entries)))
    suite.set("time", str(document["seconds"] or 0))
    suite.set("timestamp", str(document["started"]))
    suites = ET.Element("testsuites")
    suites.append(suite)
    ET.indent(suites)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(suites, encoding="unicode") + "\n"


def _case(entry: Mapping[str, Any]) -> ET.Element:
    case = ET.Element("testcase", classname=printable(str(entry["capability"])), name=printable(entry["id"]))
    outcome, reason = entry["verdict"], printable(f"{entry['level']}: {entry['reason']}")
    if outcome == "fail" and entry["level"] == "MUST":
        element = ET.SubElement(case, "failure", type="fail", message=reason)
        element.text = printable("\n\n".join(_story(entry, failure) for failure in entry["failures"]))
    elif outcome == "fail":
        ET.SubElement(case, "skipped", message=f"warning, {reason}")
    elif outcome in ("inconclusive", "error") and entry["level"] == "MUST":
        ET.SubElement(case, "error", type=outcome, message=reason)
    elif outcome != "pass":
        ET.SubElement(case, "skipped", message=f"{outcome}, {reason}")
    return case


def _story(entry: Mapping[str, Any], failure: Mapping[str, Any]) -> str:
    lines = [entry["text"], f"expected: {failure['expected']}", f"seen: {failure['seen']}"]
    return "\n".join([*lines, failure["curl"]] if "curl" in failure else lines)
