"""The marker that every requirement carries in a pytest session. Light: every session of the environment reads it."""

from __future__ import annotations

from typing import Final

MARKER: Final = "mockproof_requirement"
"""Its arguments are the requirement's level and its capability."""
EXPLANATION: Final = f"{MARKER}(level, capability): a requirement of the target that is judged."
"""What `pytest --markers` tells."""
