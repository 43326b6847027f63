"""A target judged as a vendor would have it judged: by the command, with a declaration."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mockproof.cli import main
from mockproof.kill import RATE
from mockserver.app import create_app
from mockserver.sending import App
from mockserver.server import running
from mockserver.state.clock import Clock
from spec.contract_reader import load_contract
from spec.fixtures import load_fixtures
from spec.loading import load_document
from tests.conformance.variants.crowd import Beside, grown
from tests.conformance.variants.gallery import Variant, serve

VAULT = Path(__file__).parents[2] / "contracts" / "vault.yaml"

_DECLARATION = """\
[target]
url = "{url}"
{time}

[identities.owner]
"*" = "{owner}"

[identities.second]
"*" = "{second}"
"""
_DEADLINE = "job_deadline = 10"
_IDS = """
[ids]
database_instance = "d4603f69-ec7e-4e9b-803f-600b9205576f"
"""
"""An instance with some backups, which no list shows; the one in the contract's example has a single one."""


@dataclass(frozen=True, slots=True)
class Judged:
    """What came of a run. report: as report.json has it."""

    code: int
    report: dict[str, Any]

    @property
    def failures(self) -> list[str]:
        """Requirements that failed, each with its reason and what was seen."""
        return [
            f"{entry['id']}: {entry['reason']} {_seen(entry)}"
            for entry in self.report["requirements"]
            if entry["verdict"] == "fail"
        ]

    @property
    def open(self) -> list[str]:
        """Requirements that nobody can say anything of, each with its reason."""
        return [
            f"{entry['id']}: {entry['reason']}"
            for entry in self.report["requirements"]
            if entry["verdict"] in ("inconclusive", "error")
        ]


def _seen(entry: dict[str, Any]) -> str:
    return "; ".join(f"{one.get('expected')} / {one.get('seen')}" for one in entry["failures"][:2])


def judge(
    app: App,
    folder: Path,
    *arguments: str,
    overlay: Path | None = None,
    who: tuple[str, str] = ("nimbus-token", "harbor-token"),
    more: str = _IDS,
    time: str = "",
    beside: Beside | None = None,
) -> Judged:
    """Serve a target and verify it under a declaration with an overlay, or with none.

    who: tokens of the owner and of a second identity. more: further tables of the declaration. time: further members
    of its target. beside: what goes on meanwhile.
    """
    with running(app) as url, beside(url) if beside is not None else nullcontext():
        declaration = folder / "mockproof.toml"
        accommodations = f'\n[accommodations]\noverlay = "{overlay}"\n' if overlay is not None else ""
        declaration.write_text(
            _DECLARATION.format(url=url, time=time, owner=who[0], second=who[1]) + more + accommodations
        )
        options = ["--declaration", str(declaration), "--report-dir", str(folder / "run")]
        code = main(["verify", *options, *arguments])
    report = folder / "run" / "report.json"
    return Judged(code, json.loads(report.read_text()) if report.is_file() else {"requirements": []})


def judge_variants(
    variants: Sequence[Variant], profile: str, folder: Path, *arguments: str, declared: bool = True
) -> Judged:
    """Judge a target that differs in some ways, under its declaration or without an overlay."""
    overlay = merged_overlay(variants, folder) if declared else None
    return judge(serve(*variants), folder, "--disposable", "--profile", profile, *arguments, overlay=overlay)


def merged_overlay(variants: Sequence[Variant], folder: Path) -> Path | None:
    """One overlay with the actions of all; None where no variant needs one."""
    found = [load_document(variant.overlay).value for variant in variants if variant.overlay is not None]
    if not found:
        return None
    path = folder / "overlay.json"
    path.write_text(json.dumps({**found[0], "actions": [action for one in found for action in one["actions"]]}))
    return path


def judge_clean(
    profile: str, folder: Path, *arguments: str, disposable: bool = True, more: int = 0, beside: Beside | None = None
) -> Judged:
    """Judge the packaged mock, in fast time, so that what the run makes comes to its end while it lasts.

    more: items that its longest list has beside its own. beside: what goes on meanwhile.
    """
    contract = load_contract()
    fixtures = grown(load_fixtures(contract), "backup_instance", more)
    app = create_app(contract, fixtures, clock=Clock(fixtures.now, RATE))
    return judge(app, folder, *_manners(disposable), "--profile", profile, *arguments, time=_DEADLINE, beside=beside)


def judge_vault(
    folder: Path,
    *arguments: str,
    disposable: bool = True,
    more: int = 0,
    beside: Beside | None = None,
) -> Judged:
    """Judge the mock of the second contract, in fast time, for its exports are all yet to be made.

    more: items that two of its lists have beside their own, one of them with cursors. beside: what goes on meanwhile.
    """
    contract = load_contract(VAULT)
    fixtures = load_fixtures(contract, VAULT.with_suffix(""))
    for resource in ("vault", "event"):
        fixtures = grown(fixtures, resource, more)
    app = create_app(contract, fixtures, clock=Clock(fixtures.now, RATE))
    options = (*_manners(disposable), "--contract", str(VAULT), *arguments)
    who = ("north-token", "south-token")
    return judge(app, folder, *options, who=who, more="", time=_DEADLINE, beside=beside)


def _manners(disposable: bool) -> tuple[str, ...]:
    return ("--disposable",) if disposable else ()
