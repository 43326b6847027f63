"""Where a report comes from: the ledger file of a run, read with care, because somebody may give any file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Final

from conformance.errors import LedgerError
from conformance.ledger import LEDGER_NAME, LEDGER_VERSION, Line, read_ledger
from conformance.reporting.report import REPORT_VERSION, Document, report_document

_HINT: Final = "give the ledger.ndjson of a run, or the folder that --report-dir named"


def load_ledger(path: Path) -> list[Line]:
    """The lines of a ledger file, or of the one in a report folder; a last line cut by a crash is left out.

    Raises LedgerError naming file and line when it is something else.
    """
    file = path / LEDGER_NAME if path.is_dir() else path
    lines = read_ledger(file)
    _check_run(lines, file)
    return lines


def load_report(path: Path) -> Document:
    """The report document of a run: from its ledger, its report folder, or a report.json of this version.

    Raises LedgerError when it is none of these.
    """
    if path.suffix != ".json" or path.is_dir():
        return report_document(load_ledger(path))
    try:
        document = json.loads(path.read_bytes())
    except OSError as error:
        raise LedgerError(f"cannot read {path}: {error.strerror}", hint=_HINT) from error
    except (ValueError, RecursionError) as error:
        raise LedgerError(f"{path} is not JSON", hint=_HINT) from error
    version = document.get("report_version") if isinstance(document, dict) else None
    if version != REPORT_VERSION or not isinstance(document.get("requirements"), list):
        raise LedgerError(
            f"{path} is no report of version {REPORT_VERSION}", hint="give the ledger.ndjson of that run instead"
        )
    return dict(document)


def _check_run(lines: list[Line], file: Path) -> None:
    run = lines[0] if lines else None
    if run is None or run["kind"] != "run":
        raise LedgerError(f"{file} does not begin with a run", hint=_HINT)
    if run.get("ledger_version", 0) > LEDGER_VERSION:
        raise LedgerError(
            f"{file} has ledger version {run['ledger_version']}, this mockproof reads up to {LEDGER_VERSION}",
            hint="use the mockproof that wrote it, or a newer one",
        )
