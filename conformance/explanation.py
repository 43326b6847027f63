"""How a requirement is checked: in words, for a vendor who wants to know what a verdict stands on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from inspect import getdoc
from types import MappingProxyType
from typing import Final

from conformance.fuzzing.findings import PLACES
from conformance.scenarios import BEHAVIOURS
from spec.requirements import Requirement

_OF_SUCCESSES: Final = "one success (2xx) of the operation in which it was looked for, and none that breaks it"
_NEEDS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "success": "one valid request that is answered with 2xx",
        "no-server-error": "an answer below 500 to every request, and one success of the operation",
        "status": _OF_SUCCESSES,
        "media-type": _OF_SUCCESSES,
        "schema": _OF_SUCCESSES,
        "headers": _OF_SUCCESSES,
        "parameters": "valid parameters answered with 2xx, and invalid ones with 4xx",
        "body": "a valid body answered with 2xx, and an invalid one with 4xx",
        "authentication": "a refusal of a request without credentials and of one with wrong ones, "
        "at an address that answers the right ones",
    }
)
"""What a pass of each derived kind stands on."""


@dataclass(frozen=True, slots=True)
class Explanation:
    """How one requirement is judged: what is looked for, by which codes it fails, and what a pass needs."""

    looked_for: str
    codes: tuple[str, ...]
    needs: str


def explain_requirement(requirement: Requirement) -> Explanation:
    """How a requirement is judged; a written one by its scenario, a derived one by scenarios and generated requests."""
    if requirement.behaviour is None:
        codes = tuple(code for code, kinds in PLACES.items() if requirement.kind in kinds)
        looked_for = "every answer to plain and to generated requests is examined, in all phases"
        return Explanation(looked_for, codes, _NEEDS.get(requirement.kind, "no failure, and one observation"))
    check = BEHAVIOURS.get(requirement.behaviour)
    if check is None:
        return Explanation("no check looks for it yet: its verdict is an error", (), "a check")
    count = len(requirement.operations)
    operations = "its operation" if count == 1 else f"one of its {count} operations, and a failure on none"
    return Explanation(
        f"a scenario of plain requests on each operation: {' '.join((getdoc(check) or '').split())}",
        (requirement.behaviour,),
        f"the scenario passes on {operations}",
    )
