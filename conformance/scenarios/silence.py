"""Silence: a failure does not count where the target was not heard.

A connection that broke, an answer that came too late, and one that leads elsewhere look to a check like the answer
that it did not get. So whatever a check holds against a target is put aside here when something that it asked for it
was not answered: nobody can say then what the answer would have been.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from conformance.exchange.exchange import Answer
from conformance.ledger import Line
from conformance.scenarios.catalogue import Check
from conformance.scenarios.scene import Scene
from conformance.verdict.sighting import Sight, Sighting
from spec.contract import Operation


def carry_out(scene: Scene, operation: Operation, check: Check) -> list[Sighting]:
    """What a check sees on one operation; failures that rest on an exchange without an answer are inconclusive."""
    began = len(scene.client.ledger.lines)
    # A sighting rests on what was asked before it, not on what the check asks afterwards.
    return [_reconsidered(scene, operation, one, began) for one in check(scene, operation)]


def _reconsidered(scene: Scene, operation: Operation, sighting: Sighting, began: int) -> Sighting:
    if sighting.sight is not Sight.FAIL:
        return sighting
    silent = next((line for line in _behind(scene, operation, sighting, began) if _is_silent(scene, line)), None)
    if silent is None:
        return sighting
    answer = silent["answer"]
    told = silent["trouble"] if answer is None else f"status {answer['status']}, which leads elsewhere"
    reason = f"{sighting.reason}; but that may be because {silent['operation']} was not answered: {told}"
    return Sighting(Sight.INCONCLUSIVE, reason, exchange=silent["id"])


def _behind(scene: Scene, operation: Operation, sighting: Sighting, began: int) -> Iterator[Line]:
    """Exchanges that a sighting may rest on: all of the check, and those of the operation since the one it names.

    Pages of a list are kept from one check to the next, and so is where they broke off.
    """
    lines = scene.client.ledger.lines
    is_named = False
    for line in islice(lines, began):
        is_named = is_named or (line["kind"] == "exchange" and line["id"] == sighting.exchange)
        if is_named and line["kind"] == "exchange" and line["operation"] == operation.id:
            yield line
    yield from (line for line in islice(lines, began, None) if line["kind"] == "exchange")


def _is_silent(scene: Scene, line: Line) -> bool:
    if line["answer"] is None:
        return True
    return Answer(line["answer"]["status"]).is_elsewhere(scene.law.by_id.get(line["operation"]))
