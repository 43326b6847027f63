"""A target judged as a vendor would have it judged: by the command, with a declaration."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mockproof.cli import main
from mockproof.kill import kill, load_world
from mockserver.sending import App
from mockserver.server import running
from spec.loading import load_document
from tests.conformance.variants.gallery import Variant, serve

VAULT = Path(__file__).parents[2] / "contracts" / "vault.yaml"

_DECLARATION = """\
[target]
url = "{url}"

[identities.owner]
"*" = "nimbus-token"

[identities.second]
"*" = "harbor-token"
"""


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


def judge(app: App, folder: Path, *arguments: str, overlay: Path | None = None) -> Judged:
    """Serve a target and verify it under a declaration with an overlay, or with none."""
    with running(app) as url:
        declaration = folder / "mockproof.toml"
        accommodations = f'\n[accommodations]\noverlay = "{overlay}"\n' if overlay is not None else ""
        declaration.write_text(_DECLARATION.format(url=url) + accommodations)
        options = ["--declaration", str(declaration), "--disposable", "--report-dir", str(folder / "run")]
        code = main(["verify", *options, *arguments])
    report = folder / "run" / "report.json"
    return Judged(code, json.loads(report.read_text()) if report.is_file() else {"requirements": []})


def judge_variants(
    variants: Sequence[Variant], profile: str, folder: Path, *arguments: str, declared: bool = True
) -> Judged:
    """Judge a target that differs in some ways, under its declaration or without an overlay."""
    overlay = merged_overlay(variants, folder) if declared else None
    return judge(serve(*variants), folder, "--profile", profile, *arguments, overlay=overlay)


def merged_overlay(variants: Sequence[Variant], folder: Path) -> Path | None:
    """One overlay with the actions of all; None where no variant needs one."""
    found = [load_document(variant.overlay).value for variant in variants if variant.overlay is not None]
    if not found:
        return None
    path = folder / "overlay.json"
    path.write_text(json.dumps({**found[0], "actions": [action for one in found for action in one["actions"]]}))
    return path


def judge_clean(profile: str, folder: Path, *arguments: str) -> Judged:
    """Judge the packaged mock."""
    return judge(serve(), folder, "--profile", profile, *arguments)


def judge_vault(seed: int) -> Judged:
    """Judge the mock of the second contract, in fast time, for its exports are all yet to be made."""
    found = kill(load_world("vault", VAULT, VAULT.with_suffix("")), None, ("scenarios", "fuzz"), seed)
    failed = [{"id": one, "verdict": "fail", "reason": "", "failures": []} for one in found.by]
    return Judged(1 if failed else 0, {"requirements": failed, "conclusion": "violations" if failed else "conformant"})
