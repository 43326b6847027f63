"""Where the files that ship with mockproof live: the only module that knows both places.

In an installed wheel `fixtures` sits inside the `spec` package (as `spec/_fixtures`); in a checkout
it is the sibling folder of `spec`.
"""

from __future__ import annotations

from pathlib import Path

_HERE = Path(__file__).resolve().parent

PROFILES = {"full": "contract.yaml", "documented": "documented.yaml"}
"""File of each form of the contract: all that the mock promises, and only what the sources tell."""

DOCUMENTED = "documented"
"""The form that an implementation is held against where nobody names one: no vendor fails for what no source says."""


def spec_folder() -> Path:
    """The folder that holds sources, overlays and the generated contract."""
    return _HERE


def contract_path(profile: str) -> Path:
    """The packaged contract in one of its two forms: "full" or "documented"."""
    return _HERE / PROFILES[profile]


def fixtures_folder() -> Path:
    """The folder of the packaged fixtures."""
    installed = _HERE / "_fixtures"
    return installed if installed.is_dir() else _HERE.parent / "fixtures"
