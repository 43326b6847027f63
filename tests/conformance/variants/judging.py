"""A target judged as a vendor would have it judged: by the command, with a declaration."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mockproof.cli import main
from mockserver.sending import App
from mockserver.server import running
from tests.conformance.variants.gallery import Variant

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


def judge_variant(variant: Variant, profile: str, folder: Path, *arguments: str, declared: bool = True) -> Judged:
    """Judge a variant against a form of the contract, under its declaration or without its overlay."""
    overlay = variant.overlay if declared else None
    return judge(variant.serve(), folder, "--profile", profile, *arguments, overlay=overlay)
