"""Every data file of the repository is one that our own loader accepts."""

from __future__ import annotations

from pathlib import Path

import pytest

from spec.loading import load_document

HOME = Path(__file__).parents[2]
FOLDERS = ("spec", "fixtures", "mockserver", "conformance", "mockproof", "tests")
REFUSED_ON_PURPOSE = HOME / "tests" / "hostile"


def data_files() -> list[Path]:
    inside = [path for folder in FOLDERS for path in (HOME / folder).rglob("*")]
    found = [path for path in (*HOME.glob(".*"), *inside) if path.suffix in {".yaml", ".yml", ".json"}]
    return sorted(path for path in found if REFUSED_ON_PURPOSE not in path.parents)


def test_there_are_data_files() -> None:
    assert {"contract.yaml", "tokens.yaml", "shelf.yaml"} <= {path.name for path in data_files()}


@pytest.mark.parametrize("path", data_files(), ids=lambda path: str(path.relative_to(HOME)))
def test_data_file_loads(path: Path) -> None:
    assert load_document(path).value
