"""The fuzzer keeps the manners: whatever it makes up is sent to what the run created."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from conformance.exchange.exchange import Answer
from conformance.fuzzing.chaperone import Chaperone
from conformance.manners.etiquette import Etiquette
from conformance.manners.manners import DISPOSABLE, Manners
from conformance.manners.trace import Trace
from spec.contract import Contract
from spec.contract_reader import load_contract

VAULT = Path(__file__).resolve().parents[1] / "contracts" / "vault.yaml"


@pytest.fixture(scope="module")
def vault() -> Contract:
    return load_contract(VAULT)


@dataclass
class Case:
    method: str
    path_parameters: Any
    body: Any = None
    id: str = "c1"


def chaperone(
    vault: Contract, *vaults: str, manners: Manners | None = None, wrong: list[str] | None = None
) -> Chaperone:
    trace = Trace()
    for name in vaults:
        trace.created(trace.intend("createVault", "vault", {}), {"vault": name})
    etiquette = Etiquette(vault, manners or Manners(), trace)
    return Chaperone(etiquette, "mockproof-t-", lambda _: wrong or [])


def sent(watching: Chaperone, operation: str, case: Case) -> Any:
    watching.before(watching.etiquette.contract.operation(operation), case)
    return case.path_parameters


def test_change_is_sent_to_what_was_created(vault: Contract) -> None:
    assert sent(chaperone(vault, "8", "9"), "updateVault", Case("PATCH", {"vaultId": 1})) == {"vaultId": 8}


def test_delete_leaves_one_to_change(vault: Contract) -> None:
    assert sent(chaperone(vault, "8", "9"), "deleteVault", Case("DELETE", {"vaultId": 1})) == {"vaultId": 9}


def test_created_id_is_left_alone(vault: Contract) -> None:
    assert sent(chaperone(vault, "8", "9"), "updateVault", Case("PATCH", {"vaultId": "9"})) == {"vaultId": "9"}


def test_without_anything_created_nobody_is_asked(vault: Contract) -> None:
    address = sent(chaperone(vault), "deleteVault", Case("DELETE", {"vaultId": 1}))
    assert address == {"vaultId": "mockproof-t-nobody"}


@pytest.mark.parametrize(("identifier", "kept"), [("abc", True), ("1.0", False), (" 2", False)])
def test_wrong_id_is_kept_unless_it_reads_as_a_number(vault: Contract, identifier: str, *, kept: bool) -> None:
    watching = chaperone(vault, "8", wrong=["path"])
    address = sent(watching, "updateVault", Case("PATCH", {"vaultId": identifier}))
    assert (address == {"vaultId": identifier}) is kept


def test_reads_go_where_they_like(vault: Contract) -> None:
    assert sent(chaperone(vault, "8"), "getVault", Case("GET", {"vaultId": 1})) == {"vaultId": 1}


def test_disposable_target_is_used_as_it_is(vault: Contract) -> None:
    watching = chaperone(vault, "8", manners=DISPOSABLE)
    assert sent(watching, "deleteVault", Case("DELETE", {"vaultId": 1})) == {"vaultId": 1}


def test_create_goes_below_what_was_created_and_gets_a_name(vault: Contract) -> None:
    watching = chaperone(vault, "8")
    case = Case("POST", {"vaultId": 1}, {"name": "n" * 64, "kind": "full"})
    assert sent(watching, "createCopy", case) == {"vaultId": 8}
    assert (case.body["name"][:13], len(case.body["name"])) == ("mockproof-t-n", 64)


def test_name_that_is_wrong_on_purpose_stays_wrong(vault: Contract) -> None:
    case = Case("POST", None, {"name": "n" * 65, "region": "north"})
    sent(chaperone(vault), "createVault", case)
    assert case.body["name"] == "n" * 65


def test_answer_tells_what_was_created_and_what_is_gone(vault: Contract) -> None:
    watching = chaperone(vault)
    case = Case("POST", None, {"name": "n", "region": "north"})
    sent(watching, "createVault", case)
    assert len(watching.etiquette.trace.open_intentions()) == 1
    watching.after(vault.operation("createVault"), case, Answer(201, {}, b'{"id": 7}'))
    assert [one.chain for one in watching.etiquette.trace.remaining()] == [{"vault": "7"}]
    gone = Case("DELETE", {"vaultId": 7})
    sent(watching, "deleteVault", gone)
    watching.after(vault.operation("deleteVault"), gone, Answer(204))
    assert watching.etiquette.trace.remaining() == []


def test_what_lay_in_something_that_is_gone_leads_nowhere(vault: Contract) -> None:
    watching = chaperone(vault, "8", "9")
    trace = watching.etiquette.trace
    trace.created(trace.intend("createCopy", "copy", {"vault": "8"}), {"vault": "8", "copy": "c"})
    trace.gone({"vault": "8"})
    assert [one.chain for one in trace.alive()] == [{"vault": "9"}]
    assert {"vault": "8", "copy": "c"} in [one.chain for one in trace.remaining()]
    assert sent(watching, "updateVault", Case("PATCH", {"vaultId": 1})) == {"vaultId": 9}
    assert sent(watching, "createCopy", Case("POST", {"vaultId": 8}, {"name": "n"})) == {"vaultId": 9}


def test_what_other_requests_are_made_for_is_not_the_first_to_be_deleted(vault: Contract) -> None:
    watching = chaperone(vault, "8", "9")
    trace = watching.etiquette.trace
    trace.stem = "fuzz-1"
    assert sent(watching, "deleteVault", Case("DELETE", {"vaultId": 8})) == {"vaultId": 9}
    trace.created(trace.intend("createVault", "vault", {}), {"vault": "10"})
    trace.created(trace.intend("createVault", "vault", {}), {"vault": "11"})
    assert sent(watching, "deleteVault", Case("DELETE", {"vaultId": 10})) == {"vaultId": 10}


def test_who_was_led_elsewhere_is_known(vault: Contract) -> None:
    watching = chaperone(vault, "8", "9")
    sent(watching, "updateVault", Case("PATCH", {"vaultId": 1}, id="away"))
    sent(watching, "updateVault", Case("PATCH", {"vaultId": 9}, id="here"))
    assert watching.redirected == {"away"}
