"""The report as SARIF 2.1.0, which code hosts show as findings: rules are requirements, results are failures."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from typing import Any, Final
from urllib.parse import quote

from conformance.reporting.report import Document
from conformance.reporting.story import Entry, shortened
from conformance.secret import printable

_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS: Final = {"MUST": "error", "SHOULD": "warning", "MAY": "note"}
_LONGEST: Final = 1000


def sarif_text(document: Document) -> str:
    """SARIF as JSON; a waived failure is a suppressed result, and a failure lies where its source says the rule."""
    entries = document["requirements"]
    name, _, version = str(document["tool"]).partition(" ")
    driver = {
        "name": name,
        **({"version": version} if version else {}),
        "rules": [_rule(entry) for entry in entries],
    }
    run = {
        "tool": {"driver": driver},
        "automationDetails": {"id": _words(f"{name}/{document['profile']}/{document['contract']['title']}")},
        "invocations": [_invocation(document)],
        "columnKind": "unicodeCodePoints",
        "results": [result for index, entry in enumerate(entries) for result in _results(entry, index)],
        "properties": {"target": _words(document["target"]), "conclusion": document["conclusion"]},
    }
    return json.dumps({"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2) + "\n"


def _rule(entry: Entry) -> Mapping[str, Any]:
    quotes = "\n".join(f"{one['file']}:{one['lines']}: {one['text']}" for one in entry["sources"])
    return {
        "id": entry["id"],
        "shortDescription": {"text": _words(entry["text"])},
        "help": {"text": _words(quotes or entry["text"])},
        "defaultConfiguration": {"level": _LEVELS[entry["level"]]},
        "properties": {"tags": [_words(entry["capability"]), entry["level"]]},
    }


def _results(entry: Entry, index: int) -> Iterator[Mapping[str, Any]]:
    if entry["verdict"] not in ("fail", "waived"):
        return
    for failure in entry["failures"]:
        seen = f"{failure['operation']}: expected {failure['expected']}; saw {failure['seen']}"
        identity = "\n".join((entry["id"], failure["operation"], failure["code"]))
        yield {
            "ruleId": entry["id"],
            "ruleIndex": index,
            "kind": "fail",
            "level": _LEVELS[entry["level"]],
            "message": {"text": _words(seen)},
            "locations": [_location(entry, failure)],
            # The same failure of the next run has the same print, whatever ids and bodies it came with.
            "partialFingerprints": {"requirementOperationCode/v1": hashlib.sha256(identity.encode()).hexdigest()},
            "properties": {"times": failure["times"], **_named(failure)},
            **_suppressed(entry),
        }


def _location(entry: Entry, failure: Mapping[str, Any]) -> Mapping[str, Any]:
    place: dict[str, Any] = {
        "logicalLocations": [{"name": _words(failure["operation"]), "kind": "function"}],
    }
    one = next(iter(entry["sources"]), None)
    if one is not None:
        first, _, last = str(one["lines"]).partition("-")
        region = {"startLine": int(first), **({"endLine": int(last)} if last.isdigit() else {})}
        physical = {"artifactLocation": {"uri": quote(one["file"])}}
        place["physicalLocation"] = {**physical, **({"region": region} if first.isdigit() else {})}
    return place


def _named(failure: Mapping[str, Any]) -> Mapping[str, str]:
    names = {"curl": failure.get("curl"), "repeated": failure.get("reproduction", {}).get("status")}
    return {name: printable(value) for name, value in names.items() if value}


def _suppressed(entry: Entry) -> Mapping[str, Any]:
    if entry["verdict"] != "waived":
        return {}
    reason = (entry["waiver"] or {}).get("reason", "waived")
    return {"suppressions": [{"kind": "external", "justification": _words(reason)}]}


def _invocation(document: Document) -> Mapping[str, Any]:
    return {
        "executionSuccessful": document["conclusion"] != "incomplete",
        "commandLine": printable(document["reproduce"]["command"]),
        "toolExecutionNotifications": [
            {"level": "warning", "message": {"text": _words(f"{one['operation']}: {one['reason']}")}}
            for one in document["troubles"]
        ],
    }


def _words(text: str) -> str:
    return printable(shortened(text, _LONGEST))
