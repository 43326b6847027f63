"""The wheel holds what it should, and works in an empty environment, from another folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import tarfile
import time
import venv
import zipfile
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

HOME = Path(__file__).parents[2]
PACKAGES = ("spec", "mockserver", "conformance", "mockproof")


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel and the source distribution of this checkout."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(HOME)]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


@pytest.fixture(scope="module")
def wheel(built: Path) -> Path:
    (found,) = built.glob("*.whl")
    return found


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The `bin` folder of an environment that holds the wheel and can see its dependencies, but not this checkout."""
    home = tmp_path_factory.mktemp("environment")
    venv.create(home, with_pip=True, symlinks=True)
    python = home / "bin" / "python"
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index", str(wheel)], check=True, timeout=300
    )
    site = Path(sysconfig.get_path("purelib", vars={"base": str(home), "platbase": str(home)}))
    (site / "dependencies.pth").write_text(f"{_dependencies(tmp_path_factory)}\n")
    return python.parent


def _dependencies(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the tests run with, less the editable install of this checkout."""
    folder = tmp_path_factory.mktemp("dependencies")
    for path in Path(sysconfig.get_path("purelib")).iterdir():
        if not path.name.endswith(".pth") and not path.name.startswith("mockproof"):
            (folder / path.name).symlink_to(path)
    return folder


def files_in(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if not name.endswith("/")}


def tracked(*folders: str) -> set[str]:
    """Files of these folders, as they are here, without what Python leaves behind."""
    return {
        str(path.relative_to(HOME))
        for folder in folders
        for path in (HOME / folder).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }


def test_the_wheel_holds_exactly_the_packages_and_the_fixtures(wheel: Path) -> None:
    expected = tracked(*PACKAGES) | {f"spec/_fixtures{name.removeprefix('fixtures')}" for name in tracked("fixtures")}
    found = {name for name in files_in(wheel) if ".dist-info/" not in name}
    assert found == expected


@pytest.mark.parametrize(
    "name",
    [
        "spec/contract.yaml",
        "spec/documented.yaml",
        "spec/provenance.json",
        "spec/requirements.yaml",
        "spec/MERGE_REPORT.md",
        "spec/sources/backupify.postman.json",
        "spec/overlays/00-document.yaml",
        "spec/_fixtures/tokens.yaml",
        "spec/_fixtures/blobs/logo.png",
        *(f"{package}/py.typed" for package in PACKAGES),
    ],
)
def test_the_wheel_holds(name: str, wheel: Path) -> None:
    assert name in files_in(wheel)


def test_the_wheel_brings_its_licence(wheel: Path) -> None:
    assert any(name.endswith("/licenses/LICENSE") for name in files_in(wheel))


def test_the_source_distribution_holds_what_a_build_and_the_tests_need(built: Path) -> None:
    (found,) = built.glob("*.tar.gz")
    with tarfile.open(found) as archive:
        names = {member.name.partition("/")[2] for member in archive.getmembers() if member.isfile()}
    assert tracked(*PACKAGES, "fixtures", "docs", "requirements") <= names
    assert {"pyproject.toml", "README.md", "LICENSE", "Makefile", "CHANGELOG.md", "tests/conftest.py"} <= names


def test_the_source_distribution_holds_nothing_else(built: Path) -> None:
    (found,) = built.glob("*.tar.gz")
    with tarfile.open(found) as archive:
        top = {member.name.split("/")[1] for member in archive.getmembers() if member.isfile()}
    folders = {*PACKAGES, "bench", "docs", "examples", "fixtures", "requirements", "tests"}
    files = {"action.yml", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "Makefile", "README.md", "pyproject.toml"}
    assert top == folders | files | {".gitignore", "PKG-INFO"}


def test_every_package_comes_from_the_wheel_and_not_from_the_checkout(installed: Path, tmp_path: Path) -> None:
    program = f"import {', '.join(PACKAGES)}\nfor package in ({', '.join(PACKAGES)}): print(package.__file__)"
    done = run(tmp_path, installed / "python", "-c", program)
    assert done.returncode == 0, done.stderr
    assert [line.startswith(str(installed.parent)) for line in done.stdout.splitlines()] == [True] * len(PACKAGES)


@pytest.fixture(scope="module")
def served(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The base URL of the installed mock, started in an empty folder."""
    folder = tmp_path_factory.mktemp("elsewhere")
    ready = folder / "ready.json"
    server = subprocess.Popen(
        [installed / "mockproof", "serve", "--port", "0", "--ready-file", ready],
        cwd=folder,
        env=_plain_environment(),
        stdout=subprocess.DEVNULL,
    )
    try:
        until = time.monotonic() + 60
        while not ready.exists():
            assert server.poll() is None, "the server ended before it was ready"
            assert time.monotonic() < until, "the server was not ready in a minute"
            time.sleep(0.05)
        yield json.loads(ready.read_text())["url"]
    finally:
        server.terminate()
        assert server.wait(timeout=20) == 0
    assert not ready.exists()


def run(folder: Path, *command: str | Path) -> subprocess.CompletedProcess[str]:
    """Run a command of the installed environment in a folder, with nothing that leads to the checkout."""
    return subprocess.run(
        command, cwd=folder, env=_plain_environment(), capture_output=True, text=True, check=False, timeout=120
    )


def _plain_environment() -> dict[str, str]:
    """Ours without what would let Python find the checkout."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "COVERAGE", "COV_"))}


def test_the_installed_command_knows_its_versions(installed: Path, tmp_path: Path) -> None:
    done = run(tmp_path, installed / "mockproof", "--version")
    assert done.returncode == 0, done.stderr
    assert "0.1.0" in done.stdout
    assert "1.0.0" in done.stdout


def test_the_installed_mock_serves_from_another_folder(served: str) -> None:
    answer = httpx.get(f"{served}/v1/backup_instances/1", headers={"Authorization": "Bearer nimbus-token"})
    assert answer.json()["customer_id"] == "cust-100"


def test_the_installed_kit_verifies_from_another_folder(served: str, installed: Path, tmp_path: Path) -> None:
    command = (
        installed / "mockproof",
        "verify",
        served,
        "--auth",
        "nimbus-token",
        "--disposable",
        "--max-examples",
        "3",
    )
    done = run(tmp_path, *command)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Conclusion: conformant" in done.stdout
