"""Our mock with the contract of the probes: at the same moment, with the same world, every time."""

from __future__ import annotations

from typing import Any

from mockserver.app import create_app
from mockserver.state.clock import Clock
from tests.probes.probe import probe_contract, probe_world


def make_probed() -> Any:
    """A fresh mock whose clock moves only when it is told to."""
    return create_app(probe_contract(), probe_world(), clock=Clock(probe_world().now, rate=0))
