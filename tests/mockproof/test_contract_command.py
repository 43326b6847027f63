"""`mockproof contract`, as a person types it."""

from __future__ import annotations

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from mockproof.cli import main
from spec import packaged

SUMMARY = "#/paths/~1v1~1backup_instances/get/summary"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of everything that the build reads and writes."""
    home = packaged.spec_folder()
    copied = tmp_path / "spec"
    copied.mkdir()
    for name in ("sources", "overlays"):
        shutil.copytree(home / name, copied / name)
    for name in (*packaged.PROFILES.values(), "findings.yaml", "provenance.json", "MERGE_REPORT.md"):
        shutil.copy(home / name, copied / name)
    return copied


def test_build_check_passes_on_the_committed_files(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["contract", "build", "--check"]) == 0
    assert "5 sources" in capsys.readouterr().out


def test_build_check_fails_on_a_stale_file_and_writes_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "contract.yaml").write_text("stale")
    assert main(["contract", "build", "--check", "--folder", str(folder)]) == 1
    told = capsys.readouterr()
    assert "stale   contract.yaml" in told.out
    assert "fresh   documented.yaml" in told.out
    assert "mockproof contract build" in told.err
    assert (folder / "contract.yaml").read_text() == "stale"


def test_build_writes_what_is_stale(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "contract.yaml").unlink()
    assert main(["contract", "build", "--folder", str(folder), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["stale"] == ["contract.yaml"]
    assert (folder / "contract.yaml").read_bytes() == packaged.contract_path("full").read_bytes()


def test_a_changed_source_is_refused_by_its_digest(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder / "sources" / "backupify.swagger.yaml"
    path.write_text(path.read_text().replace("default of 20", "default of 25"))
    assert main(["contract", "build", "--folder", str(folder)]) == 2
    assert "Traceback" not in (told := capsys.readouterr().err)
    assert "manifest.yaml" in told


def test_a_conflict_between_sources_stops_the_build_and_offers_an_action(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    source = folder / "sources" / "backupify-fragment.swagger.yaml"
    text = source.read_text().replace("default of 20\n        per page", "default of 25\n        per page", 1)
    text = text.replace("default of 20 per page", "default of 25 per page")
    _put(source, text)
    assert main(["contract", "build", "--folder", str(folder)]) == 2
    told = capsys.readouterr().err
    assert "undecided conflict" in told
    assert "backupify-fragment.swagger.yaml:22: 25 (prose, read by rule default-page-size)" in told
    assert "backupify.swagger.yaml:23: 20 (prose, read by rule default-page-size)" in told
    assert "x-decision:" in told
    assert before(folder)


def test_the_offered_action_settles_the_conflict(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    source = folder / "sources" / "backupify-fragment.swagger.yaml"
    _put(source, source.read_text().replace("Create a new backup_instance from the specified", "Make one from the", 2))
    assert main(["contract", "build", "--folder", str(folder)]) == 2
    told = capsys.readouterr().err
    actions = "\n\n".join(_offered(told))
    head = "overlay: 1.1.0\ninfo: {title: settled, version: 1.0.0}\nactions:\n"
    (folder / "overlays" / "01-settled.yaml").write_text(head + actions + "\n")
    assert main(["contract", "build", "--folder", str(folder)]) == 0
    assert "conflicts decided" in capsys.readouterr().out


def _offered(told: str) -> list[str]:
    """The actions that the message offers, as they stand there."""
    found: list[list[str]] = []
    for line in told.splitlines():
        if line.startswith("  - target:"):
            found.append([])
        if found and line.startswith(("  - target:", "    ")):
            found[-1].append(line)
    return ["\n".join(lines) for lines in found]


def _put(source: Path, text: str) -> None:
    """Change a source and its digest in the manifest."""
    manifest = source.parent / "manifest.yaml"
    old = hashlib.sha256(source.read_bytes()).hexdigest()
    source.write_text(text)
    manifest.write_text(manifest.read_text().replace(old, hashlib.sha256(text.encode()).hexdigest()))


def before(folder: Path) -> bool:
    """Whether nothing was written."""
    return (folder / "contract.yaml").read_bytes() == packaged.contract_path("full").read_bytes()


def test_lint_finds_nothing_in_the_packaged_forms(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["contract", "lint"]) == 0
    assert capsys.readouterr().out == "no problems\n"


def test_lint_of_a_bad_file_names_file_pointer_and_rule(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "bad.yaml"
    path.write_text(
        "openapi: 3.0.3\ninfo: {title: t, version: '1'}\npaths:\n  /a:\n    get:\n      operationId: a\n"
        "      security: [{nobody: []}]\n      responses: {'200': {description: OK}}\n"
    )
    assert main(["contract", "lint", str(path)]) == 1
    assert f"{path}: #/paths/~1a/get/security: unknown-security: " in capsys.readouterr().out
    assert main(["contract", "lint", str(path), "--json"]) == 1
    assert json.loads(capsys.readouterr().out)["problems"][0]["rule"] == "unknown-security"


def test_explain_tells_a_leaf_with_its_source(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["contract", "explain", SUMMARY]) == 0
    told = capsys.readouterr().out
    assert "level     stated" in told
    assert 'value     "Retrieves a list of backup_instances' in told


def test_explain_takes_an_operation_id(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["contract", "explain", "getActiveBackup", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)


def test_explain_of_nothing_is_an_error_with_a_suggestion(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["contract", "explain", "#/paths/nowhere"]) == 2
    assert "Error: the contract has nothing at #/paths/nowhere" in capsys.readouterr().err


def test_show_lists_operations_and_prints_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["contract", "show", "--list"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 19
    assert main(["contract", "show", "getBackup", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["operationId"] == "getBackup"
    assert main(["contract", "show", "--profile", "documented"]) == 0
    assert capsys.readouterr().out.encode() == packaged.contract_path("documented").read_bytes()
