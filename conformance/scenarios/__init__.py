"""Scenarios: checks of behaviours that a schema cannot state, as plain HTTP in a fixed order."""

from __future__ import annotations

from conformance.scenarios.catalogue import BEHAVIOURS, KINDS, check_of, in_order, known_behaviours

__all__ = ["BEHAVIOURS", "KINDS", "check_of", "in_order", "known_behaviours"]
