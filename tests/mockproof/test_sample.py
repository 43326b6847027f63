from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from mockproof.sample import Sample, pick_samples
from spec.contract import Contract
from spec.contract_reader import load_contract
from spec.fixtures import Fixtures, bare_fixtures, load_fixtures

SHELF = Path(__file__).parent.parent / "contracts" / "shelf.yaml"


@pytest.fixture(scope="module")
def shelf() -> Contract:
    return load_contract(SHELF)


@pytest.fixture(scope="module")
def library(shelf: Contract) -> Fixtures:
    return load_fixtures(shelf, SHELF.with_suffix(""))


def test_there_is_one_sample_for_each_set_of_credentials(shelf: Contract, library: Fixtures) -> None:
    samples = pick_samples(shelf, library)
    chosen = [frozenset(shelf.operation(sample.operation_id).security[0]) for sample in samples]
    assert samples
    assert len(chosen) == len(set(chosen))


def test_a_sample_carries_a_token_of_the_world(shelf: Contract, library: Fixtures) -> None:
    for sample in pick_samples(shelf, library):
        assert all(value.removeprefix("Bearer ") in library.tokens for _, value in sample.headers)


def test_no_sample_keeps_a_placeholder() -> None:
    contract = load_contract()
    samples = pick_samples(contract, load_fixtures(contract))
    assert len(samples) == 3
    assert not any("{" in sample.path for sample in samples)


def test_a_list_below_unknown_things_is_left_out() -> None:
    contract = load_contract()
    samples = pick_samples(contract, bare_fixtures(contract))
    assert [sample.operation_id for sample in samples] == ["listBackupInstances"]


def test_curl_line_survives_the_shell() -> None:
    sample = Sample("g", "o", "/a%20b?x='1'", (("X-Token", "it's $HOME"),))
    words = shlex.split(sample.curl("http://127.0.0.1:1"))
    assert words == ["curl", "-s", "-H", "X-Token: it's $HOME", "http://127.0.0.1:1/a%20b?x='1'"]
