"""The ledger: one append-only NDJSON file per run, from which every report can be made again.

Each line is one object with a `kind`:

    run          what is about to be judged: target, contract, profile, seed, operations, requirements
    exchange     one request and its answer (or why there was none), and what was found wrong with it
    observation  what one behaviour check saw on one operation, or what the model noticed in one exchange
    closing      one phase of one operation is over, with its status
    trouble      the kit could not go on: a stalled answer, a crash, a cut budget
    preflight    what was found before the run: probes, notes, and why it would be in vain, if so
    budget       how much the run will ask and how long that should take
    flaky        a GET that succeeded only when it was repeated
    visible      how long it took until a created thing could be seen
    reproduction a failure that anybody can see again: a shell script and a pytest file, and how often it was seen
    cleaned      how many created things were deleted again; a `leftover` line for each that was not
    waiver       what became of a known deviation
    resumed      the run goes on here after it was cut off
    verdict      one requirement, judged
    end          the outcome of the run

A line is written whole, masked, and flushed before the next thing happens: whatever kills the process,
the lines before it can be read.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from conformance.errors import LedgerError, ReportError
from conformance.secret import Secrets

Line = Mapping[str, Any]

LEDGER_VERSION = 1
"""Version of the line format; stands in the `run` line."""


@dataclass(slots=True)
class Ledger:
    """Lines of one run, kept in memory and, where a file is given, on disk."""

    secrets: Secrets = field(default_factory=Secrets)
    file: TextIO | None = None
    lines: list[Line] = field(default_factory=list)
    failed: str | None = None
    """Why lines no longer reach the disk, once writing failed."""

    def add(self, kind: str, **fields: Any) -> Line:
        """Append one line and flush it."""
        line: Line = self.secrets.mask_all({"kind": kind, "number": len(self.lines) + 1, **fields})
        self.lines.append(line)
        if self.file is not None and self.failed is None:
            self._write(self.file, line)
        return line

    def of(self, kind: str) -> Iterator[Line]:
        """The lines of one kind, in order."""
        return (line for line in self.lines if line["kind"] == kind)

    def close(self) -> None:
        """Close the file; a failure to write the last of it, or its loss, is remembered like any other."""
        if self.file is None:
            return
        try:
            is_lost = os.fstat(self.file.fileno()).st_nlink == 0
            self.file.close()
        except OSError as error:
            self.failed = self.failed or f"cannot write the ledger: {error}"
        else:
            self.failed = self.failed or ("the ledger was removed during the run" if is_lost else None)

    def _write(self, file: TextIO, line: Line) -> None:
        try:
            file.write(json.dumps(line, ensure_ascii=True) + "\n")
            file.flush()
        except OSError as error:
            # The run goes on: the verdict is worth having even when nobody can store it.
            self.failed = f"cannot write the ledger: {error}"


LEDGER_NAME = "ledger.ndjson"
_MEMBERS = {
    "run": ("tool", "target", "contract", "profile", "seed", "phases", "operations", "started"),
    "exchange": ("id", "operation", "request", "answer", "trouble", "failures"),
    "observation": ("requirement", "operation", "check", "sight"),
    "verdict": ("id", "level", "text", "capability", "operations", "sources", "verdict", "reason", "failures"),
    "reproduction": ("requirement", "code", "exchange", "status", "shell", "pytest"),
    "note": ("text",),
    "closing": ("operation", "phase", "status"),
    "trouble": ("operation", "reason", "trouble"),
    "waiver": ("requirement",),
    "flaky": ("operation",),
    "visible": ("seconds",),
    "cleaned": ("gone",),
    "leftover": ("resource", "id"),
    "resumed": ("at",),
    "end": ("conclusion", "seconds"),
}
"""What a line has to tell before anything can be made of it, by kind; other kinds are taken as they are."""
_HINT = "give the ledger.ndjson of a run, or the folder that it is in"


def open_ledger(folder: Path | None, secrets: Secrets) -> Ledger:
    """A ledger that writes `ledger.ndjson` in a folder, or only remembers when there is no folder.

    Raises ReportError when the folder cannot be written: better before the run than after it.
    """
    if folder is None:
        return Ledger(secrets)
    path = folder / LEDGER_NAME
    try:
        folder.mkdir(parents=True, exist_ok=True)
        return Ledger(secrets, path.open("w", encoding="ascii"))
    except OSError as error:
        raise ReportError(f"cannot write {path}: {error.strerror}", hint="choose another --report-dir") from error


def reopen_ledger(folder: Path, secrets: Secrets, keep: Callable[[list[Line]], list[Line]]) -> Ledger:
    """A ledger that goes on with the lines of an earlier one, as far as `keep` takes them over.

    Raises LedgerError when what is there is no ledger, and leaves it as it is; ReportError when it cannot be written.
    """
    path = folder / LEDGER_NAME
    draft = folder / f".{LEDGER_NAME}.part"
    lines = [{**line, "number": number} for number, line in enumerate(keep(read_ledger(path)), 1)]
    try:
        draft.write_text("".join(json.dumps(line, ensure_ascii=True) + "\n" for line in lines), encoding="ascii")
        draft.replace(path)
        return Ledger(secrets, path.open("a", encoding="ascii"), list(lines))
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise ReportError(f"cannot go on with {path}: {error.strerror}", hint="make room for it") from error


def read_ledger(path: Path) -> list[Line]:
    """The lines of a ledger file; a last line that was cut by a crash is left out.

    Raises LedgerError, naming the line, for a file that cannot be read or has something else in it.
    """
    try:
        texts = path.read_bytes().split(b"\n")
    except OSError as error:
        raise LedgerError(f"cannot read {path}: {error.strerror}", hint=_HINT) from error
    lines: list[Line] = []
    for number, text in enumerate(texts, 1):
        if not text.strip():
            continue
        line = _parsed(text)
        if line is None and number == len(texts):
            break  # every whole line ends with a newline: this one was cut
        if line is None or not all(name in line for name in _MEMBERS.get(line["kind"], ())):
            raise LedgerError(f"{path}:{number}: this is no line of a ledger", hint=_HINT)
        lines.append(line)
    return lines


def _parsed(text: bytes) -> Line | None:
    try:
        line = json.loads(text)
    except (ValueError, RecursionError):
        return None
    return line if isinstance(line, dict) and isinstance(line.get("kind"), str) else None
