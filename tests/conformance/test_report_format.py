"""Every format of a report, from one small ledger with hostile answers in it: golden files, schemas, masking."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree as ET

import jsonschema_rs
import pytest

from conformance.ledger import Ledger, Line
from conformance.reporting.badge import badge_text
from conformance.reporting.format import FORMATS, report_files
from conformance.reporting.markdown import markdown_text
from conformance.reporting.report import SCHEMA_FILE, Document, report_document, write_files
from conformance.reporting.source import load_ledger
from conformance.secret import Secrets

GOLDEN = Path(__file__).with_name("golden")
CANARY = "canary/9f2+é="
SARIF = {
    "type": "object",
    "required": ["version", "$schema", "runs"],
    "properties": {"version": {"const": "2.1.0"}, "runs": {"items": {"$ref": "#/$defs/run"}, "minItems": 1}},
    "$defs": {
        "words": {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}},
        "level": {"enum": ["none", "note", "warning", "error"]},
        "run": {
            "required": ["tool", "results"],
            "properties": {
                "tool": {"required": ["driver"], "properties": {"driver": {"$ref": "#/$defs/driver"}}},
                "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                "invocations": {"items": {"required": ["executionSuccessful"]}},
                "results": {"items": {"$ref": "#/$defs/result"}},
            },
        },
        "driver": {
            "required": ["name"],
            "properties": {"rules": {"uniqueItems": True, "items": {"$ref": "#/$defs/rule"}}},
        },
        "rule": {
            "required": ["id"],
            "properties": {
                "shortDescription": {"$ref": "#/$defs/words"},
                "help": {"$ref": "#/$defs/words"},
                "defaultConfiguration": {"properties": {"level": {"$ref": "#/$defs/level"}}},
            },
        },
        "result": {
            "required": ["message"],
            "properties": {
                "message": {"$ref": "#/$defs/words"},
                "level": {"$ref": "#/$defs/level"},
                "kind": {"enum": ["notApplicable", "pass", "fail", "review", "open", "informational"]},
                "ruleIndex": {"type": "integer", "minimum": 0},
                "locations": {"items": {"$ref": "#/$defs/location"}},
                "suppressions": {"items": {"properties": {"kind": {"enum": ["inSource", "external"]}}}},
                "partialFingerprints": {"additionalProperties": {"type": "string"}},
            },
        },
        "location": {
            "properties": {
                "physicalLocation": {
                    "required": ["artifactLocation"],
                    "properties": {
                        "artifactLocation": {"properties": {"uri": {"type": "string", "format": "uri-reference"}}},
                        "region": {"properties": {"startLine": {"type": "integer", "minimum": 1}}},
                    },
                }
            }
        },
    },
}
"""What readers of SARIF 2.1.0 rely on, of the parts that we write."""


@pytest.fixture(scope="module")
def lines() -> list[Line]:
    return load_ledger(GOLDEN / "sample.ndjson")


@pytest.fixture(scope="module")
def document(lines: list[Line]) -> Document:
    return report_document(lines)


@pytest.fixture(scope="module")
def files(document: Document, lines: list[Line]) -> dict[str, str]:
    return report_files(document, lines)


@pytest.mark.parametrize(
    ("name", "golden"),
    [("text", "summary.txt"), ("markdown", "summary.md"), ("junit", "junit.xml"), ("badge", "badge.svg")],
)
def test_report_is_the_golden_file(name: str, golden: str, document: Document, lines: list[Line]) -> None:
    # Made again by: mockproof report tests/conformance/golden/sample.ndjson --format NAME --output FILE
    assert FORMATS[name].render(document, lines) == (GOLDEN / golden).read_text(encoding="utf-8")


def test_folder_holds_every_format_that_has_a_file(files: dict[str, str]) -> None:
    assert sorted(files) == [
        "badge.svg", "junit.xml", "report.har", "report.html", "report.json", "report.sarif", "summary.md",
    ]  # fmt: skip


def complaints(schema: Any, instance: Any) -> list[str]:
    return [str(error) for error in jsonschema_rs.validator_for(schema, validate_formats=True).iter_errors(instance)]


@pytest.mark.parametrize("kept", [1, 6, 10, 25])
def test_report_of_a_whole_or_a_cut_run_fits_the_schema(kept: int, lines: list[Line]) -> None:
    schema = json.loads(SCHEMA_FILE.read_text(encoding="utf-8"))
    report = json.loads(json.dumps(report_document(lines[:kept])))
    assert complaints(schema, report) == []
    assert complaints(schema, {**report, "conclusion": "splendid"}) != []


def test_sarif_has_what_its_readers_rely_on(files: dict[str, str], document: Document) -> None:
    sarif = json.loads(files["report.sarif"])
    assert complaints(SARIF, sarif) == []
    (run,) = sarif["runs"]
    rules = [rule["id"] for rule in run["tool"]["driver"]["rules"]]
    assert rules == [entry["id"] for entry in document["requirements"]]
    assert [rules[result["ruleIndex"]] for result in run["results"]] == [one["ruleId"] for one in run["results"]]
    assert {result["ruleId"]: result["level"] for result in run["results"]} == {
        "getTray/no-server-error": "error",
        "getTray/status": "error",
        "getTray/headers": "error",
        "page-links": "error",
        "tray-is-listed": "error",
        "tray-label": "warning",
    }
    assert [result["ruleId"] for result in run["results"] if "suppressions" in result] == ["getTray/headers"]
    prints = [one["partialFingerprints"]["requirementOperationCode/v1"] for one in run["results"]]
    assert len(set(prints)) == len(prints)


def test_har_has_every_exchange_in_order_and_says_where_no_answer_came(files: dict[str, str]) -> None:
    log = json.loads(files["report.har"])["log"]
    assert log["version"] == "1.2"
    assert [entry["response"]["status"] for entry in log["entries"]] == [200, 500, 201, 0, 500]
    assert [entry["startedDateTime"] for entry in log["entries"]][:2] == [
        "2024-01-01T00:00:00.000+00:00",
        "2024-01-01T00:00:00.010+00:00",
    ]
    first, silent = log["entries"][0], log["entries"][3]
    assert first["request"]["queryString"] == [{"name": "page", "value": "2"}]
    assert silent["_error"] == "slow body: 12 bytes in 30 s"
    needed = {"startedDateTime", "time", "request", "response", "cache", "timings"}
    assert all(needed <= set(entry) for entry in log["entries"])
    assert log["entries"][2]["request"]["postData"]["text"] == '{"label": "it\'s <b>$5</b>"}'


def test_junit_tells_level_source_and_how_to_repeat(files: dict[str, str]) -> None:
    cases = {case.get("name"): case for case in ET.fromstring(files["junit.xml"]).iter("testcase")}  # noqa: S314  ours
    told = {one.get("name"): one.get("value") for one in cases["getTray/status"].iter("property")}
    assert told["level"] == "MUST"
    assert told["source"] == "tray.yaml:12-14: A list shows each tray once."
    assert told["consequence-of"] == "getTray/no-server-error"
    assert (told["reproduce"] or "").startswith("curl -i http://127.0.0.1:4010/trays/%00")


def test_badge_is_svg_that_loads_nothing(document: Document) -> None:
    badge = badge_text({**document, "conclusion": 'x"/><script>'})
    tags = {element.tag.rpartition("}")[2] for element in ET.fromstring(badge).iter()}  # noqa: S314  our own text
    assert tags == {"svg", "title", "clipPath", "rect", "g", "text"}
    assert "href" not in badge


def test_no_control_character_and_no_lone_surrogate_reaches_a_file(files: dict[str, str], tmp_path: Path) -> None:
    write_files(tmp_path, files)
    raw = {name: (tmp_path / name).read_bytes().decode("utf-8") for name in files}
    odd = re.compile("[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff\u202e]")
    assert [name for name, text in raw.items() if odd.search(text)] == []


def test_text_of_a_target_is_no_markup_in_markdown(document: Document) -> None:
    text = re.sub(r"^(```+)sh\n.*?\n\1$", "", markdown_text(document), flags=re.DOTALL | re.MULTILINE)
    text = re.sub(r"`[^`\n]*`", "", text)
    assert re.findall(r"<(?!/?(?:details|summary|code)>)", text) == []
    assert "window.struck" in text
    assert not re.search(r"(?<!\\)\$\{7", text)


def written(secret: str) -> list[str]:
    """The forms in which a secret can come along."""
    return [secret, quote(secret, safe=""), base64.b64encode(secret.encode()).decode()]


def test_planted_secret_is_in_no_file(lines: list[Line]) -> None:
    spread = " ".join(written(CANARY))
    ledger = Ledger(Secrets({"TRAY_TOKEN": CANARY}))
    for line in lines:
        planted = json.loads(json.dumps(line).replace("it is not there", "seen PLANTED"))
        if line["kind"] == "exchange" and line["answer"]:
            planted["answer"] = {
                **line["answer"],
                "body": f"{line['answer']['body']} PLANTED",
                "headers": {"x": "PLANTED"},
            }
            planted["request"] = {**line["request"], "target": "/PLANTED?x=PLANTED", "body": "PLANTED"}
        planted = json.loads(json.dumps(planted).replace("PLANTED", spread))
        ledger.add(planted["kind"], **{k: v for k, v in planted.items() if k not in ("kind", "number")})
    files = report_files(report_document(ledger.lines), ledger.lines)
    texts = {**files, "terminal": FORMATS["text"].render(report_document(ledger.lines), ledger.lines)}
    assert "TRAY_TOKEN" in texts["report.html"]
    assert [(name, form) for name, text in texts.items() for form in written(CANARY) if form in text] == []
