"""Kill a run at random moments, resume it, and compare: the long form of `test_resume.py`, run by hand.

    python tests/conformance/soak_resume.py [MOMENTS] [SEED]

Each resumed run must come to the verdicts of an uninterrupted one, and leave nothing behind.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import httpx

from conformance.ledger import read_ledger
from mockserver.app import create_app
from mockserver.server import running
from spec.contract_reader import load_contract
from spec.fixtures import load_fixtures

VAULT = Path(__file__).resolve().parents[1] / "contracts" / "vault.yaml"
OPERATIONS = ("listVaults", "createVault", "getVault", "updateVault", "deleteVault")
ENVIRONMENT = {**os.environ, "VAULT_TOKEN": "north-token"}
MOCKPROOF = (sys.executable, "-m", "mockproof", "verify")


def main(moments: int = 20, seed: int = 1) -> int:
    """Number of moments at which the resumed run differed from the whole one."""
    chance = random.Random(seed)  # noqa: S311  moments, no secrets
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        whole = _whole(Path(folder) / "whole")
        seconds = time.monotonic() - began
        for number in range(moments):
            moment = chance.uniform(0.1, 0.95) * seconds
            problems = _killed(Path(folder) / f"run{number}", moment, whole)
            print(f"{number + 1:3d}  killed after {moment:5.1f} s  {'; '.join(problems) or 'the same'}")  # noqa: T201
            wrong += bool(problems)
    return wrong


def _whole(folder: Path) -> dict[str, str]:
    with running(_mock()) as url:
        subprocess.run(_command(url, folder), env=ENVIRONMENT, cwd=folder.parent, capture_output=True, check=False)
    return _verdicts(folder)


def _killed(folder: Path, moment: float, whole: dict[str, str]) -> list[str]:
    with running(_mock()) as url:
        before = _world(url)
        with subprocess.Popen(
            _command(url, folder),
            env=ENVIRONMENT,
            cwd=folder.parent,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            time.sleep(moment)
            process.send_signal(signal.SIGKILL)
        time.sleep(1.5)
        if not (folder / "ledger.ndjson").exists():
            return []  # killed before it began: there is nothing to resume
        again = [*MOCKPROOF, "--resume", str(folder)]
        subprocess.run(again, env=ENVIRONMENT, cwd=folder.parent, capture_output=True, check=False)
        now = _verdicts(folder)
        differing = [
            f"{name}: {now.get(name)}, not {verdict}" for name, verdict in whole.items() if now.get(name) != verdict
        ]
        return differing + ([] if _world(url) == before else ["something is left behind"])


def _mock() -> Any:
    contract = load_contract(VAULT)
    return create_app(contract, load_fixtures(contract, VAULT.with_suffix("")))


def _command(url: str, folder: Path) -> list[str]:
    only = [word for name in OPERATIONS for word in ("--only", name)]
    given = [url, "--contract", str(VAULT), "--auth", "env:VAULT_TOKEN", "--max-examples", "2"]
    return [*MOCKPROOF, *given, *only, "--report-dir", str(folder)]


def _verdicts(folder: Path) -> dict[str, str]:
    return {line["id"]: line["verdict"] for line in read_ledger(folder / "ledger.ndjson") if line["kind"] == "verdict"}


def _world(url: str) -> Any:
    return httpx.get(f"{url}/v1/vaults", headers={"authorization": "Bearer auditor-token"}).json()


if __name__ == "__main__":
    sys.exit(main(*map(int, sys.argv[1:])))
