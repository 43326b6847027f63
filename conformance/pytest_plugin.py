"""The kit as a pytest plugin: every requirement of a target is a test.

    pytest --mockproof-target http://127.0.0.1:4010 --mockproof-auth env:TOKEN

pytest reads this module in every project of the environment, so whatever takes time to import waits until a target
is named. `docs/ci.md` tells how it is used.
"""

from __future__ import annotations

from typing import Final

import pytest

from conformance.plugin.marker import EXPLANATION

_LEVELS: Final = ("MUST", "SHOULD", "MAY")
_TIERS: Final = ("preflight", "scenarios", "fuzz", "soak")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Tell pytest the plugin's options: those of `mockproof verify` that a pipeline needs, and what may fail."""
    group = parser.getgroup("mockproof-target", "an implementation is judged, one test for each requirement")
    group.addoption("--mockproof-target", metavar="URL", help="Judge the implementation at this base URL.")
    group.addoption("--mockproof-declaration", metavar="FILE", help="TOML file that describes the target.")
    group.addoption("--mockproof-profile", choices=("documented", "full"), help="Form of the contract.")
    group.addoption("--mockproof-contract", metavar="FILE", help="Judge against this OpenAPI 3.0 document instead.")
    repeated = {
        "auth": ("[SCHEME=]VALUE", "Credential; env:NAME reads the environment. Repeatable."),
        "second-auth": ("[SCHEME=]VALUE", "Likewise, of an identity that sees less."),
        "only": ("OPERATION", "Judge only this operation. Repeatable."),
        "skip": ("OPERATION", "Leave this operation out. Repeatable."),
    }
    for name, (metavar, told) in repeated.items():
        group.addoption(f"--mockproof-{name}", action="append", default=[], metavar=metavar, help=told)
    group.addoption(
        "--mockproof-tier", action="append", default=[], choices=_TIERS, help="Kind of evidence, as for verify."
    )
    group.addoption("--mockproof-disposable", action="store_true", help="The target is a test system, as for verify.")
    group.addoption("--mockproof-seed", type=int, metavar="NUMBER", help="Same seed, same requests.")
    group.addoption("--mockproof-max-time", type=int, metavar="SECONDS", help="How long the run may take.")
    group.addoption("--mockproof-report-dir", metavar="FOLDER", help="Folder for the run's files.")
    group.addoption(
        "--mockproof-fails-at",
        choices=_LEVELS,
        default=_LEVELS[0],
        help="Least level that makes a test fail; a requirement below it is an expected failure.",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Add the requirements to the session where a target is named."""
    config.addinivalue_line("markers", EXPLANATION)
    if config.getoption("mockproof_target") or config.getoption("mockproof_declaration"):
        # Contract and kit take a while, which projects that judge nothing should not pay.
        from conformance.plugin.inspection import Inspection

        config.pluginmanager.register(Inspection(config), "mockproof-inspection")
