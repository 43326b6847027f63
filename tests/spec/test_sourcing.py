"""The manifest names every source, and a source that is not the recorded one is refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from spec import packaged
from spec.errors import SpecError
from spec.sourcing import load_sources


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(shutil.copytree(packaged.spec_folder() / "sources", tmp_path / "sources"))


def test_five_sources_come_in_the_order_of_their_ids() -> None:
    ids = [source.id for source in load_sources()]
    assert ids == sorted(ids)
    assert len(ids) == 5


def test_every_file_of_the_folder_is_named_or_explains_the_others() -> None:
    named = {source.file for source in load_sources()}
    there = {path.name for path in (packaged.spec_folder() / "sources").iterdir()}
    assert there - named == {"README.md", "manifest.yaml"}


def test_a_changed_source_is_refused_with_both_digests(folder: Path) -> None:
    path = folder / "backupify.postman.json"
    path.write_bytes(path.read_bytes() + b"\n")
    with pytest.raises(SpecError, match="8157266b99ddf4817bfa97db9cba373073092f0eb9237ee6e0a8525103eb047a") as caught:
        load_sources(folder)
    assert caught.value.hint


def test_a_missing_source_is_refused(folder: Path) -> None:
    (folder / "backupify.postman.json").unlink()
    with pytest.raises(SpecError, match=r"backupify\.postman\.json"):
        load_sources(folder)


def test_a_source_outside_the_folder_is_refused(folder: Path) -> None:
    manifest = folder / "manifest.yaml"
    manifest.write_text(manifest.read_text().replace("file: backupify.postman.json", "file: ../secret.json"))
    with pytest.raises(SpecError):
        load_sources(folder)


def test_an_id_used_twice_is_refused(folder: Path) -> None:
    manifest = folder / "manifest.yaml"
    manifest.write_text(manifest.read_text().replace("id: trove-page", "id: cloudfoundry-page"))
    with pytest.raises(SpecError, match="cloudfoundry-page"):
        load_sources(folder)
