"""Every exchange of a run as HAR 1.2, which browsers' developer tools and other viewers open.

Masked and cut as the ledger is. A ledger does not say when each exchange began: they are put one after the other
from the start of the run, and the file says so.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Final
from urllib.parse import parse_qsl

from conformance.ledger import Line
from conformance.reporting.report import Document

_ORDER: Final = "start times follow from the order and the time of the exchanges before; they were not measured"
_HTTP: Final = "HTTP/1.1"


def har_text(document: Document, lines: Sequence[Line]) -> str:
    """HAR as JSON: one entry for each exchange, in the order of the ledger; status 0 where no answer came."""
    name, _, version = str(document["tool"]).partition(" ")
    began = datetime.fromisoformat(document["started"])
    entries = []
    for line in lines:
        if line["kind"] == "exchange":
            entries.append(_entry(line, document["target"], began))
            began += timedelta(milliseconds=entries[-1]["time"])
    log = {
        "version": "1.2",
        "creator": {"name": name, "version": version or "0"},
        "comment": _ORDER,
        "entries": entries,
    }
    return json.dumps({"log": log}, indent=1) + "\n"


def _entry(line: Line, url: str, began: datetime) -> dict[str, Any]:
    answer = line["answer"]
    milliseconds = round((answer or {}).get("seconds", 0) * 1000, 1)
    entry = {
        "startedDateTime": began.isoformat(timespec="milliseconds"),
        "time": milliseconds,
        "request": _request(line["request"], url),
        "response": _response(answer, line["trouble"]),
        "cache": {},
        "timings": {"send": 0, "wait": milliseconds, "receive": 0},
        "comment": f"{line['id']} {line['operation']}",
    }
    return entry if answer is not None else {**entry, "_error": line["trouble"] or "no answer"}


def _request(request: Mapping[str, Any], url: str) -> Mapping[str, Any]:
    # By hand: a path that a fuzzer made may look like a broken host to a parser of URLs.
    query = parse_qsl(request["target"].partition("?")[2], keep_blank_values=True)
    made: dict[str, Any] = {
        "method": request["method"],
        "url": url + request["target"],
        "httpVersion": _HTTP,
        "cookies": [],
        "headers": _pairs(request["headers"].items()),
        "queryString": _pairs(query),
        "headersSize": -1,
        "bodySize": len(request["body"].encode("utf-8", "surrogatepass")),
    }
    if request["body"]:
        media_type = request["headers"].get("content-type", "")
        made["postData"] = {"mimeType": media_type, "params": [], "text": request["body"]}
    return made


def _response(answer: Mapping[str, Any] | None, trouble: str | None) -> Mapping[str, Any]:
    shown = answer or {"status": 0, "headers": {}, "body": "", "bytes": 0}
    return {
        "status": shown["status"],
        "statusText": "",
        "httpVersion": _HTTP,
        "cookies": [],
        "headers": _pairs(shown["headers"].items()),
        "content": {
            "size": shown["bytes"],
            "mimeType": shown["headers"].get("content-type", ""),
            "text": shown["body"],
        },
        "redirectURL": shown["headers"].get("location", ""),
        "headersSize": -1,
        "bodySize": shown["bytes"],
        **({} if answer is not None else {"comment": trouble or "no answer"}),
    }


def _pairs(items: Any) -> list[Mapping[str, str]]:
    return [{"name": name, "value": value} for name, value in items]
