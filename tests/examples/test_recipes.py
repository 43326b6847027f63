"""Every recipe under examples/ works as its README says, with the real packages and a mock of its own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
# The vendor is a server to be judged, and no recipe: test_vendor.py is about it.
RECIPES = sorted(page.parent.name for page in EXAMPLES.glob("*/README.md") if page.parent.name != "vendor")
FROM_NPM = sorted(path.parent.name for path in EXAMPLES.glob("*/package-lock.json"))
HERE_ALREADY = ("pip install mockproof",)


def commands(recipe: str) -> list[str]:
    """The lines of the first `sh` block of a recipe's README."""
    text = (EXAMPLES / recipe / "README.md").read_text(encoding="utf-8")
    found = re.search(r"```sh\n(.*?)```", text, flags=re.DOTALL)
    assert found is not None, f"{recipe}/README.md shows no command"
    return found[1].splitlines()


def is_installed(folder: Path) -> bool:
    """Whether node_modules is at least as new as the lock that it was made from."""
    lock, installed = folder / "package-lock.json", folder / "node_modules" / ".package-lock.json"
    return installed.exists() and installed.stat().st_mtime >= lock.stat().st_mtime


def run(command: str, folder: Path) -> str:
    # The mock that a recipe starts is the one of this environment.
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env={**env, "PATH": path, "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=180,
    )
    assert done.returncode == 0, f"{command} in {folder.name}\n{done.stdout}\n{done.stderr}"
    return done.stdout


@pytest.mark.parametrize("recipe", RECIPES)
def test_the_recipe_works_as_its_readme_says(recipe: str) -> None:
    assert shutil.which("npm"), "the recipes need Node 20 or newer with npm: install it, then run the tests again"
    folder = EXAMPLES / recipe
    *setup, test = commands(recipe)
    for command in setup:
        if command not in HERE_ALREADY and not (command == "npm ci" and is_installed(folder)):
            run(command, folder)
    # Each recipe has two tests, and a runner that found none would end well too.
    assert re.search(r"2 passed|# pass 2|\bpass 2\b", run(test, folder))


@pytest.mark.parametrize("recipe", FROM_NPM)
def test_the_lock_names_no_registry(recipe: str) -> None:
    text = (EXAMPLES / recipe / "package-lock.json").read_text(encoding="utf-8")
    assert '"resolved"' not in text
    assert '"integrity"' in text
