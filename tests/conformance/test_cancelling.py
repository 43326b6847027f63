"""A signal stops the gathering of evidence, and nothing after it."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from conformance.ledger import Ledger
from conformance.manners.manners import Manners
from conformance.manners.trace import read_trace
from conformance.run.cancelling import Cancellation, Cancelled, on_signals
from conformance.run.plan import Plan
from conformance.run.runner import run
from conformance.run.selection import select_requirements
from conformance.target import Target, with_auth
from mockserver.app import create_app
from spec.contract_reader import load_contract
from spec.fixtures import load_fixtures
from spec.requirements import load_requirements

VAULT = Path(__file__).resolve().parents[1] / "contracts" / "vault.yaml"


def test_who_listens_is_stopped_at_once() -> None:
    cancellation = Cancellation()
    with pytest.raises(Cancelled), cancellation.listening():
        cancellation.ask(15)
    assert cancellation.signal == 15


def test_who_does_not_listen_goes_on_and_finds_out_later() -> None:
    cancellation = Cancellation()
    cancellation.ask(2)
    with pytest.raises(Cancelled), cancellation.listening():
        pytest.fail("the part began all the same")


def test_part_that_was_over_is_not_stopped() -> None:
    cancellation = Cancellation()
    with cancellation.listening():
        pass
    cancellation.ask(15)
    assert cancellation.signal == 15


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_first_signal_is_heard_and_the_others_are_not(number: signal.Signals) -> None:
    cancellation, before = Cancellation(), signal.getsignal(number)
    with on_signals(cancellation):
        os.kill(os.getpid(), number)
        os.kill(os.getpid(), signal.SIGTERM)
    assert cancellation.signal == number
    assert signal.getsignal(number) == before


@pytest.mark.parametrize("stage", ["preflight", "looking", "checking", "cleaning"])
def test_run_that_is_cancelled_cleans_up_and_judges_all_the_same(
    serve: Callable[[Any], str], tmp_path: Path, stage: str
) -> None:
    contract, cancellation, ledger = load_contract(VAULT), Cancellation(), Ledger()
    plan = vault_plan(serve(create_app(contract, load_fixtures(contract, VAULT.with_suffix("")))), tmp_path)

    def progress(text: str) -> None:
        if text.startswith(stage):
            cancellation.ask(15)

    with pytest.raises(Cancelled):
        run(plan, ledger, progress, cancellation)
    assert {line["id"] for line in ledger.of("verdict")} == {one.id for one in plan.requirements}
    assert ledger.lines[-1]["kind"] == "end"
    assert read_trace(tmp_path / "created.ndjson", "").remaining() == []


def vault_plan(url: str, folder: Path) -> Plan:
    contract, operations = load_contract(VAULT), ("listVaults", "createVault", "getVault", "deleteVault")
    return Plan(
        contract=contract,
        model=contract,
        profile="given",
        target=with_auth(Target(url), ("north-token",), (), {}),
        operations=operations,
        requirements=select_requirements(load_requirements(contract, "given"), operations),
        seed=1,
        max_examples=1,
        max_time=60,
        phases=(),
        manners=Manners(),
        run="t1",
        trace=folder / "created.ndjson",
    )
