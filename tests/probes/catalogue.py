"""All probes, in the order of the features they show."""

from __future__ import annotations

from tests.probes import answering, judging, keeping, paging, preferring, watching
from tests.probes.probe import Probe

PROBES: tuple[Probe, ...] = tuple(
    sorted(
        (
            *answering.PROBES,
            *preferring.PROBES,
            *paging.PROBES,
            *keeping.PROBES,
            *judging.PROBES,
            *watching.PROBES,
        ),
        key=lambda probe: probe.row,
    )
)
