"""Remarks: what the model notices, and which behaviour of which operation it speaks of."""

from __future__ import annotations

from dataclasses import dataclass

from conformance.verdict.sighting import Sighting


@dataclass(frozen=True, slots=True)
class Remark:
    """A broken promise: the operation and behaviour, the requirement that tells them, and what was seen."""

    operation: str
    behaviour: str
    requirement: str
    sighting: Sighting
