"""Names of the files of reproducers, as reports tell them and as they are written."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from conformance.ledger import Line

FOLDER = "reproducers"
"""Folder below that of the run."""
SUFFIXES: Mapping[str, str] = {"shell": "sh", "pytest": "py"}
"""Form of a reproducer, as the ledger calls it, to the ending of its file."""


def file_names(lines: Sequence[Line]) -> Mapping[str, Mapping[str, str]]:
    """Paths below the run's folder, by requirement and form; no two are alike, in upper or lower case."""
    taken: set[str] = set()
    found: dict[str, Mapping[str, str]] = {}
    for line in lines:
        if line["kind"] != "reproduction" or line["requirement"] in found:
            continue
        stem = _free(_stem(line["requirement"]), taken)
        found[line["requirement"]] = {form: f"{FOLDER}/{stem}.{suffix}" for form, suffix in SUFFIXES.items()}
    return found


def reproducer_files(lines: Sequence[Line]) -> dict[str, str]:
    """Name and text of the files of the folder `reproducers`: a shell script and a pytest file for each requirement."""
    made = {line["requirement"]: line for line in reversed(lines) if line["kind"] == "reproduction"}
    return {
        path.removeprefix(f"{FOLDER}/"): made[requirement][form]
        for requirement, paths in file_names(lines).items()
        for form, path in paths.items()
    }


def _free(stem: str, taken: set[str]) -> str:
    names = (stem, *(f"{stem}-{number}" for number in range(2, len(taken) + 3)))
    free = next(name for name in names if name.lower() not in taken)
    taken.add(free.lower())
    return free


def _stem(requirement: str) -> str:
    """The name of a requirement as that of a file; without dots, since pytest takes what follows one for a module."""
    return re.sub(r"[^A-Za-z0-9_-]+", "-", requirement).strip("-") or "requirement"
