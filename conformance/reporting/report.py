"""The report: one document made from the lines of a ledger, from which every format is rendered.

The document's form is versioned and described by `report.schema.json`. What a ledger does not hold (because an
older kit wrote it, or the run was cut) is empty in the document, never missing.
"""

from __future__ import annotations

import shlex
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any, Final

from conformance.errors import LedgerError, ReportError
from conformance.ledger import Line
from conformance.reporting.note import notes_of
from conformance.reproduction.naming import file_names
from conformance.verdict.headline import find_headlines

REPORT_VERSION: Final = 2
"""Version of the document's form; also the `report_version` of report.schema.json."""

SCHEMA_FILE: Final = Path(__file__).with_name("report.schema.json")
"""The JSON Schema that every document fits."""

_NOISE = frozenset(
    {"accept", "accept-encoding", "connection", "content-length", "host", "user-agent", "x-schemathesis-testcaseid"}
)
_HEADING: Final = ("tool", "target", "contract", "profile", "seed", "phases", "operations", "started")
_INTERNAL: Final = frozenset({"kind", "number", "ledger_version", "variables"})

Document = dict[str, Any]


def report_document(lines: Sequence[Line]) -> Document:
    """The report of a run: what was judged, the conclusion, the headlines, and one entry for each requirement.

    Each failure carries request, answer and a `curl` line; credentials in it are environment variables. Where a run
    was resumed, the last verdict of a requirement and the last end count. Raises LedgerError without a `run` line.
    """
    run = next((line for line in lines if line["kind"] == "run"), None)
    if run is None:
        raise LedgerError("the ledger tells of no run", hint="give the ledger.ndjson of a run of mockproof verify")
    ends = [line for line in lines if line["kind"] == "end"]
    exchanges = {line["id"]: line for line in lines if line["kind"] == "exchange"}
    verdicts = list({line["id"]: line for line in lines if line["kind"] == "verdict"}.values())
    heads = find_headlines(verdicts, exchanges.values())
    waivers = _waivers(lines)
    behind = {one.requirement: head.requirement for head in heads for one in head.consequences}
    proofs = _reproductions(lines)
    entries = [_entry(line, run, exchanges, proofs, behind, waivers) for line in verdicts]
    return {
        "report_version": REPORT_VERSION,
        **{name: run[name] for name in _HEADING},
        "settings": {name: value for name, value in run.items() if name not in {*_INTERNAL, *_HEADING}},
        "seconds": ends[-1]["seconds"] if ends else None,
        "conclusion": ends[-1]["conclusion"] if ends else "incomplete",
        "exchanges": len(exchanges),
        "summary": summary_of(entries),
        "reproduce": {"command": command_of(run), "variables": list(run.get("variables", ()))},
        "headlines": [
            {
                "requirement": head.requirement,
                "consequences": [{"requirement": one.requirement, "rule": one.rule} for one in head.consequences],
            }
            for head in heads
        ],
        "troubles": [_without_kind(line) for line in lines if line["kind"] == "trouble"],
        "notes": list(notes_of(lines)),
        "things": _things(lines),
        "timing": _timing(exchanges.values(), run["operations"]),
        "requirements": entries,
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


def command_of(run: Mapping[str, Any]) -> str:
    """The command that makes the run of a `run` line again, as far as the line tells; secrets are variables."""
    words = ["mockproof", "verify", str(run["target"])]
    if run["profile"] in ("documented", "full"):
        words += ["--profile", str(run["profile"])]
    else:
        words += ["--contract", "CONTRACT"]
    words += ["--seed", str(run["seed"])]
    if "max_examples" in run:
        words += ["--max-examples", str(run["max_examples"])]
    variables = list(run.get("variables", ()))
    first = [name for name in variables if "SECOND_" not in name]
    for option, names in (("--auth", first), ("--second-auth", [name for name in variables if name not in first])):
        # Which scheme a variable belongs to is not in the ledger; one credential serves every scheme.
        words += [option, f"env:{names[0]}" if len(names) == 1 else "SCHEME=env:VARIABLE"] if names else []
    return shlex.join(words)


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


def _entry(
    line: Line,
    run: Line,
    exchanges: Mapping[str, Line],
    proofs: Mapping[str, Document],
    behind: Mapping[str, str],
    waivers: Mapping[str, Document],
) -> Document:
    entry = _without_kind(line)
    entry["waiver"] = line.get("waiver") or waivers.get(line["id"])
    entry["consequence_of"] = behind.get(line["id"])
    entry["failures"] = [
        _shown(failure, run, exchanges, proof) for failure, proof in _proven(line, proofs.get(line["id"]))
    ]
    return entry


def _proven(line: Line, proof: Document | None) -> Iterator[tuple[Mapping[str, Any], Document | None]]:
    """Each failure of a requirement; the one that the requirement's reproducer was made from with that."""
    failures = line["failures"]
    codes = [number for number, one in enumerate(failures) if proof is not None and one["code"] == proof["code"]]
    own = [number for number in codes if proof is not None and failures[number]["exchange"] == proof["exchange"]]
    place = next(iter(own or codes), None)
    for number, failure in enumerate(failures):
        yield failure, proof if number == place else None


def _shown(failure: Mapping[str, Any], run: Line, exchanges: Mapping[str, Line], proof: Document | None) -> Document:
    exchange = exchanges.get(failure["exchange"] or "")
    shown = dict(failure)
    if exchange is not None:
        shown["curl"] = curl_of(exchange, run["target"], run.get("variables", ()))
        shown["request"] = exchange["request"]
        shown["answer"] = exchange["answer"]
        shown["trouble"] = exchange["trouble"]
    if proof is not None:
        shown["reproduction"] = {name: proof[name] for name in ("status", "files", "shell", "pytest")}
    return shown


def _reproductions(lines: Sequence[Line]) -> Mapping[str, Document]:
    """The reproducer of each requirement that has one, and the names of its files."""
    files = file_names(lines)
    made = {line["requirement"]: line for line in reversed(lines) if line["kind"] == "reproduction"}
    return {name: {**line, "files": dict(files[name])} for name, line in made.items()}


def _waivers(lines: Sequence[Line]) -> Mapping[str, Document]:
    """What was waived, by requirement; of several words about one, that of the run which saw it."""
    found: dict[str, Document] = {}
    for line in sorted(
        (one for one in lines if one["kind"] == "waiver"), key=lambda one: one.get("state") == "applied"
    ):
        found[line["requirement"]] = {name: line.get(name) for name in ("owner", "reason", "expires", "state")}
    return found


def _things(lines: Sequence[Line]) -> Document:
    """What the run made at the target, and what of it is still there."""
    counts = Counter(line["kind"] for line in lines)
    resumed = [line["number"] for line in lines if line["kind"] == "resumed" and "shards" not in lines[0]]
    # A run that goes on tries again to delete what it had left.
    since = max(resumed, default=0)
    left = [_without_kind(line) for line in lines if line["kind"] == "leftover" and line["number"] > since]
    deleted = counts["deleted"] + sum(line["gone"] for line in lines if line["kind"] == "cleaned")
    return {"created": max(counts["created"], deleted + len(left)), "deleted": deleted, "leftovers": left}


def _timing(exchanges: Iterable[Line], operations: Sequence[str]) -> list[Document]:
    """Seconds that answers took, by operation in the order of the run; troubled exchanges only count."""
    seconds: dict[str, list[float]] = defaultdict(list)
    counts: Counter[str] = Counter()
    for line in exchanges:
        counts[line["operation"]] += 1
        if line["answer"]:
            seconds[line["operation"]].append(line["answer"].get("seconds", 0.0))
    ordered = [*(name for name in operations if counts[name]), *sorted(set(counts) - set(operations))]
    return [
        {
            "operation": name,
            "exchanges": counts[name],
            "median": round(median(seconds[name]), 4) if seconds[name] else None,
            "slowest": round(max(seconds[name]), 4) if seconds[name] else None,
        }
        for name in ordered
    ]


def _without_kind(line: Line) -> Document:
    return {name: value for name, value in line.items() if name not in ("kind", "number")}


def _quoted(text: str, variables: Sequence[str]) -> str:
    quoted = shlex.quote(text)
    for variable in sorted(variables, key=len, reverse=True):
        quoted = quoted.replace(f"${variable}", f"'\"${variable}\"'")
    return quoted
