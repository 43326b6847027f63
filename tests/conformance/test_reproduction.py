"""A reproducer of a misbehaviour fails on a fresh server that has it, and passes on one that has not.

`python -m tests.conformance.reproduction_gallery` asks the same of many more.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from conformance.reproduction.naming import FOLDER
from mockproof.cli import main
from mockserver.app import create_app
from mockserver.server import running
from spec.contract_reader import load_contract
from spec.fixtures import load_fixtures
from tests.conformance.reproduction_gallery import reproduce_mutant, reproducers_for, worlds

CHOSEN = {
    "packaged": ["page-overlap", "blob-byte-flipped", "no-credentials-needed", "other-tenant-downloads"],
    "vault": ["update-not-persisted", "delete-takes-sibling", "idempotency-key-ignored", "filter-ignored"],
}
BOTH = ("blob-byte-flipped", "idempotency-key-ignored")
PAIRS = [(name, mutant) for name, mutants in CHOSEN.items() for mutant in mutants]
OPERATIONS = ("listBackupInstances", "getBackupInstance", "createBackupInstance")
TOKENS = {"MOCKPROOF_AUTH_ALL": "nimbus-token", "MOCKPROOF_SECOND_AUTH_ALL": "harbor-token"}


@pytest.mark.parametrize(("name", "mutant"), PAIRS)
def test_reproducer_tells_a_fresh_mutant_from_a_clean_mock(name: str, mutant: str) -> None:
    found = reproduce_mutant(name, mutant, ("python",) if mutant not in BOTH else ("python", "shell"))
    assert found.pairs
    for form, pair in found.pairs.items():
        assert pair.fails_again, (form, pair.again)
        assert pair.passes_clean, (form, pair.clean)


def verified(folder: Path, *mutants: str) -> dict[str, Any]:
    contract = load_contract()
    with running(create_app(contract, load_fixtures(contract), mutants=mutants)) as url:
        credentials = ["--auth", "nimbus-token", "--second-auth", "harbor-token"]
        only = [word for name in OPERATIONS for word in ("--only", name)]
        where = ["--profile", "full", "--tier", "scenarios", "--report-dir", str(folder)]
        main(["verify", url, *credentials, *where, *only])
    report: dict[str, Any] = json.loads((folder / "report.json").read_text())
    return report


def test_every_headline_has_a_confirmed_reproducer_in_the_report_and_in_a_file(tmp_path: Path) -> None:
    report = verified(tmp_path, "page-reversed")
    entries = {entry["id"]: entry for entry in report["requirements"]}
    heads = [head["requirement"] for head in report["headlines"]]
    assert heads
    for name in heads:
        proofs = [one["reproduction"] for one in entries[name]["failures"] if "reproduction" in one]
        assert [proof["status"] for proof in proofs[:1]] == ["confirmed"], name
        assert len(proofs) == 1
        for form, path in proofs[0]["files"].items():
            assert (tmp_path / path).read_text() == proofs[0][form]


def test_reproducers_hold_no_credential(tmp_path: Path) -> None:
    verified(tmp_path, "page-reversed")
    texts = [path.read_text() for path in (tmp_path / FOLDER).iterdir()]
    assert texts
    assert not [text for text in texts for token in TOKENS.values() if token in text]


def test_where_nothing_fails_there_is_no_reproducer(tmp_path: Path) -> None:
    verified(tmp_path)
    assert not (tmp_path / FOLDER).exists()


@pytest.mark.parametrize("mutant", ["range-shifted", "size-wrong"])
def test_what_is_wrong_with_bytes_that_the_run_had_made_is_noticed(mutant: str) -> None:
    world = worlds()["vault"]
    assert reproducers_for(world, next(one for one in world.mutants if one.id == mutant))
