"""Hypothesis profiles: `ci` tells the same every time, `wide` searches for as long as somebody likes to wait.

make test ARGS="--hypothesis-profile=wide tests/spec"
"""

from __future__ import annotations

from datetime import timedelta

from hypothesis import HealthCheck, settings

settings.register_profile(
    "ci",
    derandomize=True,
    max_examples=50,
    # A loaded machine is slow, not wrong.
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
    database=None,
)
settings.register_profile("wide", max_examples=2000, deadline=timedelta(seconds=5))
settings.load_profile("ci")
