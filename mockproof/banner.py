"""What `mockproof serve` says when it is ready: for people as text, for scripts as one JSON line."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass

import click

from mockproof.sample import Sample
from mockproof.version import package_version
from spec.contract import Contract


@dataclass(frozen=True, slots=True)
class Banner:
    """The facts that somebody needs to use a mock that has just started."""

    base_url: str
    contract: Contract
    samples: tuple[Sample, ...]

    @property
    def api_url(self) -> str:
        """What the paths of the contract stand below: for clients, and for `mockproof verify`."""
        return self.base_url + self.contract.base_path

    @property
    def health_url(self) -> str:
        """Where the mock tells that it is up, and which contract it serves."""
        return f"{self.base_url}/__mock/health"

    @property
    def admin_url(self) -> str:
        """Where state, clock, journal, faults and mutants are seen and changed."""
        return f"{self.base_url}/__mock/"

    @property
    def contract_url(self) -> str:
        """Where the mock hands out the contract."""
        return f"{self.base_url}/openapi.yaml"

    def as_json(self) -> str:
        """One line of JSON."""
        return json.dumps(
            {
                "url": self.base_url,
                "api_url": self.api_url,
                "health": self.health_url,
                "admin": self.admin_url,
                "contract_url": self.contract_url,
                "pid": os.getpid(),
                "mockproof": package_version(),
                "contract": {
                    "title": self.contract.title,
                    "version": self.contract.version,
                    "digest": self.contract.digest,
                    "operations": len(self.contract.operations),
                },
                "samples": [
                    {"group": sample.group, "operation": sample.operation_id, "curl": sample.curl(self.base_url)}
                    for sample in self.samples
                ],
            }
        )

    def as_text(self) -> str:
        """A few lines for a terminal."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        count = len(self.contract.operations)
        name = click.style(f"{self.contract.title} {self.contract.version}", bold=True)
        yield f"Serving {name}: {count} operation{'' if count == 1 else 's'}, state in memory"
        yield f"  base URL  {click.style(self.api_url, fg='green')}"
        yield f"  health    {self.health_url}"
        yield f"  contract  {self.contract_url}"
        yield f"  admin     {self.admin_url} (docs/admin.md)"
        for sample in self.samples:
            yield f"\n  {sample.group or 'open to anyone'}: {sample.operation_id}"
            yield f"  {sample.curl(self.base_url)}"
        yield "\nCtrl-C stops it."
