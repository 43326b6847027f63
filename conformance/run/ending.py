"""Ending: how a part of a run may end before it is done, and the word that the ledger has for it.

Only a signal goes further than this. Whatever else happens, what was created is deleted, verdicts are given, and
reports are written.
"""

from __future__ import annotations

import contextlib
import traceback
from collections.abc import Iterator

from conformance.errors import BudgetError, ReportError, ThrottledError
from conformance.fuzzing.job import EVERY_OPERATION
from conformance.ledger import Ledger


def note(ledger: Ledger, reason: str, trouble: str) -> None:
    """Write down a trouble that concerns every operation."""
    ledger.add("trouble", operation=EVERY_OPERATION, reason=reason, trouble=trouble)


@contextlib.contextmanager
def noted(ledger: Ledger, stage: str) -> Iterator[None]:
    """A stage of a run, in a word or two: what ends it early is written down, and what follows the stage goes on."""
    try:
        yield
    except BudgetError as error:
        note(ledger, error.message, "budget")
    except ThrottledError as error:
        note(ledger, error.message, "throttled")
    except ReportError as error:
        note(ledger, f"{error.message}, so nothing more may be created", "stopped")
    except Exception as error:  # noqa: BLE001  our own fault is no verdict on the target, and no reason to leave things
        what = f"{type(error).__name__}: {str(error)[:200]}"
        reason = f"mockproof itself failed while {stage} ({what}); this is a bug in it"
        # The end of the stack says where; all of it may be a thousand frames of one function.
        told = "".join(traceback.format_exception(error, limit=-20))
        ledger.add("trouble", operation=EVERY_OPERATION, reason=reason, trouble="crash", traceback=told)
