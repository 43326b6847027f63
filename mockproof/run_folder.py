"""Where runs live on disk: `.mockproof/runs/<when>-<id>`, or any folder that the user names.

A run's folder holds its ledger, its reports, the list of what it created, and `run.json`: how it was started.
"""

from __future__ import annotations

import contextlib
import json
import secrets
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from conformance.errors import DeclarationError, ReportError
from conformance.ledger import LEDGER_NAME
from conformance.manners.trace import TRACE_NAME, read_trace
from conformance.reproduction.naming import FOLDER as REPRODUCERS
from conformance.reproduction.naming import SUFFIXES
from conformance.run.lock import held

STATE = Path(".mockproof")
_RUNS = "runs"
_STARTED = "run.json"
_LAST_WORDS = 30.0
"""Seconds in which a fuzzer notices that the run it belongs to is gone."""


def new_folder(now: datetime, state: Path = STATE) -> Path:
    """The folder of a new run; raises ReportError when it cannot be made."""
    folder = state / _RUNS / f"{now:%Y%m%d-%H%M%S}-{secrets.token_hex(2)}"
    make_folder(folder)
    try:
        # The folder ignores itself, so that nobody commits a report by accident.
        (state / ".gitignore").write_text("*\n", encoding="ascii")
    except OSError as error:
        raise _unwritable(folder, error) from error
    return folder


def make_folder(folder: Path) -> None:
    """Make a folder unless it is there; raises ReportError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable(folder, error) from error


def _unwritable(folder: Path, error: OSError) -> ReportError:
    return ReportError(f"cannot write {folder}: {error.strerror}", hint="choose another folder with --report-dir")


def make_room(folder: Path) -> None:
    """Make a folder that an earlier run was in ready for another.

    Raises DeclarationError when that run was cut off and what it made is still at its target: nobody would know.
    """
    path = folder / TRACE_NAME
    trace = read_trace(path, "")
    forgotten = [one for one in trace.remaining() if one.number not in trace.leftovers]
    perhaps = [one for one in trace.open_intentions() if one.name is not None]
    if forgotten or perhaps:
        raise DeclarationError(
            f"the run in {folder} was cut off, and left {len(forgotten) + len(perhaps)} things at its target",
            hint=f"'mockproof clean {folder}' deletes them, 'mockproof verify --resume {folder}' goes on with the run; "
            "or choose another folder with --report-dir",
        )
    try:
        path.unlink(missing_ok=True)
        for old in (folder / REPRODUCERS).glob("*"):
            if old.suffix.lstrip(".") in SUFFIXES.values():
                old.unlink()
    except OSError as error:
        raise _unwritable(folder, error) from error


def find_folder(run: str, state: Path = STATE) -> Path:
    """The folder of a run that a user names by its folder, its name below `.mockproof/runs`, or the end of that."""
    candidates = [Path(run), state / _RUNS / run, *sorted((state / _RUNS).glob(f"*{run}"))]
    found = next((one for one in candidates if (one / LEDGER_NAME).is_file()), None)
    if found is None:
        known = sorted(one.name for one in (state / _RUNS).glob("*") if one.is_dir())
        hint = f"known: {', '.join(known[-5:])}" if known else "give the folder that 'mockproof verify' printed"
        raise DeclarationError(f"there is no run {run!r}", hint=hint)
    return found


@contextlib.contextmanager
def at_work(folder: Path) -> Iterator[None]:
    """Keep other processes out of a run's folder; raises BusyError where one is at work already.

    The fuzzer of a run that was killed may still be about to write down what it created: that is waited for.
    """
    with held(folder):
        if (folder / TRACE_NAME).is_file():
            with held(folder / TRACE_NAME, _LAST_WORDS):
                pass
        yield


def short_id(folder: Path) -> str:
    """A few characters that stand for a run in the names of what it creates."""
    tail = folder.name.rpartition("-")[2]
    return tail if len(tail) == 4 and tail.isalnum() else secrets.token_hex(2)


def write_start(folder: Path, options: Mapping[str, Any]) -> None:
    """Keep how a run was started; raises ReportError."""
    make_folder(folder)
    try:
        (folder / _STARTED).write_text(json.dumps(options, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        raise _unwritable(folder, error) from error


def read_start(folder: Path) -> dict[str, Any]:
    """How a run was started; raises DeclarationError."""
    try:
        found = json.loads((folder / _STARTED).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DeclarationError(
            f"{folder} does not tell how its run was started", hint="start a new run instead of resuming this one"
        ) from error
    return dict(found)
