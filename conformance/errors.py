"""Errors of the kit, in the order in which they can happen.

1. `DeclarationError`: the target is described wrongly (`conformance.target`); nothing was sent.
2. `SelectionError`: an operation that the contract does not have was selected (`conformance.run.selection`).
3. `TransportError`: an exchange did not come to an end (`conformance.exchange.client`); becomes evidence.
4. `ThrottledError`: the target asks for more patience than a run has; what is left is inconclusive.
5. `BudgetError`: the time of a run is over (`conformance.exchange.transport`); what is left was not asked.
6. `ReportError`: a report could not be written (`conformance.reporting.report`); the verdict stands.
7. `LedgerError`: a file is no ledger, or ledgers do not belong together (`conformance.reporting.source`).
8. `BusyError`: another process works in the folder of a run (`conformance.run.lock`); nothing was touched.

What the target does wrong is a verdict, not an error.
"""

from __future__ import annotations

from spec.errors import MockproofError


class ConformanceError(MockproofError):
    """Base of every error raised by `conformance`."""


class DeclarationError(ConformanceError):
    """The target, its credentials or its ids are described in a way that we cannot use."""


class SelectionError(ConformanceError):
    """`--only` or `--skip` names an operation that the contract does not have."""


class TransportError(ConformanceError):
    """No complete answer came: refused, cut, too slow, too large, or not HTTP.

    kind: "unreachable", "slow", "large" or "broken".
    """

    def __init__(self, message: str, *, kind: str) -> None:
        super().__init__(message)
        self.kind = kind


class ThrottledError(ConformanceError):
    """The target kept asking to wait, longer than all the waiting that a run grants."""


class BudgetError(ConformanceError):
    """The time that everything together may take is over, or too short for what comes next."""


class ReportError(ConformanceError):
    """A report file could not be written."""


class LedgerError(ConformanceError):
    """A file is not the ledger of a run, or several ledgers are not of one run."""


class BusyError(ConformanceError):
    """Another process works on the same run."""
