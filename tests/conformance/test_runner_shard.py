"""Shards: every operation is in exactly one, and no chain of requests is split."""

from __future__ import annotations

from pathlib import Path

import pytest

from conformance.errors import SelectionError
from conformance.run.selection import Shard, read_shard, select_shard
from spec.contract import Contract
from spec.contract_reader import load_contract

VAULT = load_contract(Path(__file__).resolve().parents[1] / "contracts" / "vault.yaml")
PACKAGED = load_contract()


@pytest.mark.parametrize("contract", [VAULT, PACKAGED], ids=["vault", "packaged"])
@pytest.mark.parametrize("count", [1, 2, 3, 8])
def test_shards_together_hold_each_operation_once(contract: Contract, count: int) -> None:
    names = tuple(contract.by_id)
    shards = [select_shard(contract, names, Shard(number, count)) for number in range(1, count + 1)]
    assert sorted(name for shard in shards for name in shard) == sorted(names)


@pytest.mark.parametrize("count", [2, 3, 8])
def test_operations_on_nested_things_stay_together(count: int) -> None:
    holders = {
        number
        for number in range(1, count + 1)
        for name in select_shard(PACKAGED, tuple(PACKAGED.by_id), Shard(number, count))
        if PACKAGED.by_id[name].path.startswith("/v1/backup_instances")
    }
    assert len(holders) == 1


def test_order_is_that_of_the_contract() -> None:
    names = tuple(PACKAGED.by_id)
    assert select_shard(PACKAGED, names, None) == names


@pytest.mark.parametrize("text", ["3", "0/2", "3/2", "a/b", "1/0", "-1/2"])
def test_what_is_no_shard_is_refused(text: str) -> None:
    with pytest.raises(SelectionError, match="no shard"):
        read_shard(text)


def test_shard_is_read_and_told() -> None:
    assert str(read_shard("3/8")) == "3/8"
