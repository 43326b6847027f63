"""The run behind the pytest plugin: `mockproof verify` in a process of its own, and what it is going to judge.

A process of its own, because what pytest makes of warnings, signals and the standard streams is none of the kit's
business, and so that the verdicts are those that anybody gets from the command line.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from conformance.declaring.accommodation import accommodate, read_accommodations
from conformance.declaring.declaration import read_declaration
from conformance.run.selection import select_operations, select_requirements
from conformance.target import checked_url
from spec.contract_reader import load_contract
from spec.packaged import DOCUMENTED, contract_path
from spec.requirements import Requirement, load_requirements

_FAREWELL = 20.0
"""Seconds that a run which is stopped has to delete what it created and to write its reports."""


@dataclass(frozen=True, slots=True)
class Wish:
    """What is to be judged and how, in the words of `mockproof verify`; paths are seen from `home`."""

    home: Path
    url: str | None
    declaration: str | None
    contract: str | None
    profile: str | None
    only: tuple[str, ...] = ()
    skip: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()
    auth: tuple[str, ...] = ()
    second_auth: tuple[str, ...] = ()
    disposable: bool = False
    seed: int | None = None
    max_time: int | None = None

    def command(self, folder: Path) -> list[str]:
        """The command that makes the run, with its files in a folder."""
        words = [sys.executable, "-m", "mockproof", "verify", *([self.url] if self.url else [])]
        single = {
            "profile": self.profile,
            "declaration": self.declaration,
            "contract": self.contract,
            "seed": self.seed,
            "max-time": self.max_time,
            "report-dir": folder,
        }
        for name, value in single.items():
            words += [f"--{name}", str(value)] if value is not None else []
        repeated = {
            "only": self.only,
            "skip": self.skip,
            "tier": self.tiers,
            "auth": self.auth,
            "second-auth": self.second_auth,
        }
        for name, values in repeated.items():
            words += [word for value in values for word in (f"--{name}", value)]
        return [*words, *(["--disposable"] if self.disposable else [])]


def wished_requirements(wish: Wish, environment: Mapping[str, str]) -> tuple[Requirement, ...]:
    """The requirements that the run is going to judge; raises MockproofError for what `mockproof verify` refuses."""
    said = None
    if wish.declaration is not None:
        said = read_declaration(wish.home / wish.declaration, environment, checked_url(wish.url) if wish.url else None)
    profile = wish.profile or (said.profile if said is not None else DOCUMENTED)
    name = "given" if wish.contract else profile
    plain = load_contract(wish.home / wish.contract if wish.contract else contract_path(profile))
    model = load_contract(contract_path("full")) if name == "documented" else plain
    overlay = said.overlay if said is not None else None
    contract, _ = accommodate((plain, model), read_accommodations(overlay) if overlay is not None else ())
    operations = select_operations(contract, wish.only, wish.skip)
    if set(wish.tiers) == {"preflight"}:
        return ()
    return select_requirements(load_requirements(contract, name), operations)


def make_run(wish: Wish, folder: Path, tell: Callable[[str], None]) -> tuple[int, str]:
    """Run the kit to its end; returns its exit code and its last words. `tell` gets every line of its progress."""
    with subprocess.Popen(  # noqa: S603  # our own command; what the user says are its arguments
        wish.command(folder),
        cwd=wish.home,
        env=os.environ,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
    ) as process:
        try:
            return _followed(process, tell)
        except BaseException:
            # It deletes what it created, and reports, before it goes.
            process.terminate()
            try:
                process.wait(_FAREWELL)
            except subprocess.TimeoutExpired:
                process.kill()
            raise


def _followed(process: subprocess.Popen[str], tell: Callable[[str], None]) -> tuple[int, str]:
    """Wait for the end; what comes from the first word of an error on is kept instead of told."""
    kept: list[str] = []
    for line in process.stderr or ():
        if kept or line.startswith(("Error: ", "Usage: ", "Traceback ")):
            kept.append(line.removeprefix("Error: "))
        else:
            tell(line.rstrip("\n"))
    return process.wait(), "".join(kept).strip()
