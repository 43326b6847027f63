"""Reproducers: for every failure a file that shows it again, by itself.

`building` makes them from the lines of a ledger, `verification` runs them, `reproducing` does both for a run.
"""

from __future__ import annotations
