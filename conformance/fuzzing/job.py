"""The fuzz job: what the parent tells the child, as one JSON object on its standard input."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

PHASES = ("examples", "coverage", "fuzzing", "stateful")
"""Phases of the fuzzer, in the order in which it runs them."""

EVERY_OPERATION = "*"
"""Stands for the operation in lines that are about all of them together."""


@dataclass(frozen=True, slots=True)
class Job:
    """One run of the fuzzer.

    contract: the whole document, examples included. operations: operationIds to test.
    auth: security scheme to credential. secrets: variable name to value, to be masked in what the child writes.
    checks: name of each check to whether it is made. seconds: the longest the child may run, watched by the parent.
    slowest: seconds after which one exchange counts as stalled. memory: bytes of address space, or None.
    manners: what may be done, by the names of a declaration; empty for everything. name: begins the names of created
    things. created: lines of the list of created things so far; trace: the file that new ones are appended to.
    rate: requests a second at most. patience: seconds of waiting that the target may ask for.
    promises: requirement ids by "operationId/behaviour", of which the passive model may speak. ca: file of the
    certificates to trust; None for those of the public authorities.
    """

    contract: Mapping[str, Any]
    url: str
    operations: tuple[str, ...]
    auth: Mapping[str, str]
    secrets: Mapping[str, str]
    checks: Mapping[str, bool]
    seed: int
    max_examples: int
    seconds: int
    phases: tuple[str, ...] = PHASES
    slowest: float = 30.0
    memory: int | None = field(default=2 * 1024**3)
    manners: Mapping[str, str] = field(default_factory=dict)
    name: str = "mockproof-"
    created: tuple[Mapping[str, Any], ...] = ()
    trace: str | None = None
    rate: float | None = None
    patience: float = 30.0
    promises: Mapping[str, str] = field(default_factory=dict)
    ca: str | None = None

    def to_json(self) -> str:
        """The job as text for the child's standard input."""
        return json.dumps(asdict(self))


def job_from(text: str) -> Job:
    """The job that `Job.to_json` wrote."""
    raw = json.loads(text)
    for name in ("operations", "phases", "created"):
        raw[name] = tuple(raw[name])
    return Job(**raw)
