"""The report: one document made from the lines of a ledger, from which every format is rendered."""

from __future__ import annotations

import shlex
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from conformance.errors import ReportError
from conformance.ledger import Line

REPORT_VERSION = 1
"""Version of the document's format."""

_NOISE = frozenset(
    {"accept", "accept-encoding", "connection", "content-length", "host", "user-agent", "x-schemathesis-testcaseid"}
)

Document = dict[str, Any]


def report_document(lines: Sequence[Line]) -> Document:
    """The report of a run: what was judged, the conclusion, and one entry for each requirement.

    Each failure carries a `curl` line; credentials in it are environment variables.
    """
    run = next(line for line in lines if line["kind"] == "run")
    end = next((line for line in lines if line["kind"] == "end"), None)
    exchanges = {line["id"]: line for line in lines if line["kind"] == "exchange"}
    verdicts = [_entry(line, run, exchanges) for line in lines if line["kind"] == "verdict"]
    return {
        "report_version": REPORT_VERSION,
        **{
            name: run[name]
            for name in ("tool", "target", "contract", "profile", "seed", "phases", "operations", "started")
        },
        "seconds": end["seconds"] if end else None,
        "conclusion": end["conclusion"] if end else "incomplete",
        "exchanges": len(exchanges),
        "summary": summary_of(verdicts),
        "troubles": [_without_kind(line) for line in lines if line["kind"] == "trouble"],
        "requirements": verdicts,
    }


def summary_of(verdicts: Iterable[Mapping[str, Any]]) -> dict[str, dict[str, int]]:
    """How many requirements of each level came to each outcome."""
    counts = Counter((verdict["level"], verdict["verdict"]) for verdict in verdicts)
    levels = [level for level in ("MUST", "SHOULD", "MAY") if any(key[0] == level for key in counts)]
    return {
        level: {outcome: counts[level, outcome] for one, outcome in sorted(counts) if one == level} for level in levels
    }


def curl_of(exchange: Mapping[str, Any], url: str, variables: Sequence[str]) -> str:
    """A command that sends the request of an `exchange` line again; the shell fills in the secrets."""
    request = exchange["request"]
    parts = ["curl", "-i"]
    if request["method"] != "GET":
        parts += ["-X", request["method"]]
    parts.append(_quoted(url + request["target"], variables))
    for name, value in request["headers"].items():
        if name not in _NOISE:
            parts += ["-H", _quoted(f"{name}: {value}", variables)]
    if request["body"]:
        parts += ["--data-raw", _quoted(request["body"], variables)]
    return " ".join(parts)


def write_files(folder: Path, files: Mapping[str, str]) -> None:
    """Write texts into a folder, each whole or not at all; raises ReportError."""
    for name, text in files.items():
        path, draft = folder / name, folder / f".{name}.part"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            draft.write_text(text, encoding="utf-8")
            draft.replace(path)
        except OSError as error:
            raise ReportError(
                f"cannot write {path}: {error.strerror}", hint="the verdict stands; choose another --report-dir"
            ) from error


def _entry(line: Line, run: Line, exchanges: Mapping[str, Line]) -> Document:
    entry = _without_kind(line)
    entry["failures"] = [_shown(failure, run, exchanges) for failure in line["failures"]]
    return entry


def _shown(failure: Mapping[str, Any], run: Line, exchanges: Mapping[str, Line]) -> Document:
    exchange = exchanges.get(failure["exchange"] or "")
    shown = dict(failure)
    if exchange is not None:
        shown["curl"] = curl_of(exchange, run["target"], run["variables"])
        shown["answer"] = exchange["answer"]
    return shown


def _without_kind(line: Line) -> Document:
    return {name: value for name, value in line.items() if name not in ("kind", "number")}


def _quoted(text: str, variables: Sequence[str]) -> str:
    quoted = shlex.quote(text)
    for variable in sorted(variables, key=len, reverse=True):
        quoted = quoted.replace(f"${variable}", f"'\"${variable}\"'")
    return quoted
