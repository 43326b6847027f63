"""The ledger: one append-only NDJSON file per run, from which every report can be made again.

Each line is one object with a `kind`:

    run          what is about to be judged: target, contract, profile, seed, operations, requirements
    exchange     one request and its answer (or why there was none), and what was found wrong with it
    observation  what one behaviour check saw on one operation
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
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from conformance.errors import ReportError
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
        """Close the file; a failure to write the last of it is remembered like any other."""
        if self.file is not None:
            try:
                self.file.close()
            except OSError as error:
                self.failed = self.failed or str(error)

    def _write(self, file: TextIO, line: Line) -> None:
        try:
            file.write(json.dumps(line, ensure_ascii=True) + "\n")
            file.flush()
        except OSError as error:
            # The run goes on: the verdict is worth having even when nobody can store it.
            self.failed = str(error)


LEDGER_NAME = "ledger.ndjson"


def reopen_ledger(folder: Path, secrets: Secrets, keep: Callable[[list[Line]], list[Line]]) -> Ledger:
    """A ledger that goes on with the lines of an earlier one, as far as `keep` takes them over.

    Raises ReportError when there is none, or when it cannot be written.
    """
    path = folder / LEDGER_NAME
    draft = folder / f".{LEDGER_NAME}.part"
    try:
        lines = [{**line, "number": number} for number, line in enumerate(keep(read_ledger(path)), 1)]
        draft.write_text("".join(json.dumps(line, ensure_ascii=True) + "\n" for line in lines), encoding="ascii")
        draft.replace(path)
        return Ledger(secrets, path.open("a", encoding="ascii"), list(lines))
    except OSError as error:
        raise ReportError(f"cannot go on with {path}: {error.strerror}", hint="give the folder of a run") from error


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


def read_ledger(path: Path) -> list[Line]:
    """The lines of a ledger file; a last line that was cut by a crash is left out."""
    lines: list[Line] = []
    for text in path.read_text(encoding="ascii").splitlines():
        try:
            lines.append(json.loads(text))
        except ValueError:
            break
    return lines
