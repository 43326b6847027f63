"""Documents beside the interface: checked like everything else of a world, and told under the URL that was asked."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from spec.contract import Contract
from spec.contract_reader import load_contract
from spec.errors import FixtureError
from spec.fixtures import Fixtures, load_fixtures

SHELF = Path(__file__).parent.parent / "contracts" / "shelf.yaml"


@pytest.fixture(scope="module")
def contract() -> Contract:
    return load_contract(SHELF)


def read(contract: Contract, folder: Path, documents: str) -> Fixtures:
    (folder / "world.yaml").write_text(f"documents:\n{documents}")
    return load_fixtures(contract, folder)


def test_a_document_names_the_url_that_was_asked(contract: Contract, tmp_path: Path) -> None:
    fixtures = read(contract, tmp_path, "  - {path: /, body: {links: [{self: '{base}/x'}], version: 3}}\n")
    assert fixtures.documents["/"].at("http://a/w") == {"links": [{"self": "http://a/w/x"}], "version": 3}


@pytest.mark.parametrize(
    ("documents", "told"),
    [
        ("  - {path: x, body: 1}\n", "starts with /"),
        ("  - {path: /__mock/x, body: 1}\n", "not the mock's own"),
        ("  - {path: /shelves, body: 1}\n", "is an operation of the contract"),
        ("  - {path: /}\n", "expected a body"),
        ("  - {path: /, body: 1}\n  - {path: /, body: 2}\n", "another document has the path"),
        ("  - {path: /, body: 1, status: 3}\n", "unknown key"),
        ("  - [1]\n", "expected a mapping"),
    ],
)
def test_a_document_that_cannot_be_is_told(contract: Contract, tmp_path: Path, documents: str, told: str) -> None:
    with pytest.raises(FixtureError, match="fixtures have") as caught:
        read(contract, tmp_path, documents)
    assert told in str(caught.value)


def test_the_packaged_world_has_a_front_door() -> None:
    body: Any = load_fixtures(load_contract()).documents["/"].at("http://a")
    assert body["links"]["self"] == {"href": "http://a"}
