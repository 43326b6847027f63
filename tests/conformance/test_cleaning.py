"""The kit leaves a target as it found it, or says what it left."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from conformance.exchange.client import Client
from conformance.exchange.transport import plain_http
from conformance.ledger import Ledger
from conformance.manners.cleaning import Cleaner
from conformance.manners.etiquette import Etiquette
from conformance.manners.manners import DISPOSABLE, Deed, Extent, Manners, deed_of, naming_field
from conformance.manners.trace import Trace, read_trace
from conformance.run.plan import Plan
from conformance.run.runner import run
from conformance.run.selection import select_requirements
from conformance.target import Target, with_auth
from conformance.verdict.examiner import Examiner
from mockserver.app import create_app
from spec.contract import Contract
from spec.contract_reader import load_contract
from spec.fixtures import load_fixtures
from spec.requirements import load_requirements

VAULT = Path(__file__).resolve().parents[1] / "contracts" / "vault.yaml"
TOKEN = "north-token"
LISTS = ("/v1/vaults", "/v1/vaults/1/copies?limit=100", "/v1/vaults/2/copies?limit=100", "/v1/vaults/1/events?limit=50")


@pytest.fixture(scope="module")
def vault() -> Contract:
    return load_contract(VAULT)


@pytest.fixture
def mock(vault: Contract, serve: Callable[[Any], str]) -> str:
    return serve(create_app(vault, load_fixtures(vault, VAULT.with_suffix(""))))


def world(url: str) -> list[str]:
    """Everything that an auditor sees; the clock of a job goes on by itself."""
    ask = {"authorization": "Bearer auditor-token"}
    return [re.sub(r'"[a-z]+_at":"[^"]*"', "", httpx.get(url + path, headers=ask).text) for path in LISTS]


def plan(contract: Contract, url: str, **more: Any) -> Plan:
    operations = tuple(contract.by_id)
    return Plan(
        contract=contract,
        model=contract,
        profile="given",
        target=with_auth(Target(url), (TOKEN,), (), {}),
        operations=operations,
        requirements=select_requirements(load_requirements(contract, "given"), operations),
        seed=1,
        max_examples=3,
        max_time=60,
        **{"phases": (), "manners": Manners(), "run": "t1", **more},
    )


@pytest.mark.parametrize("phases", [(), ("examples", "coverage")], ids=["scenarios", "fuzzer"])
def test_world_is_as_it_was_after_a_run(vault: Contract, mock: str, phases: tuple[str, ...]) -> None:
    before = world(mock)
    ledger = Ledger()
    run(plan(vault, mock, phases=phases), ledger, lambda _text: None)
    assert [(line["left"], line["gone"] > 0) for line in ledger.of("cleaned")] == [(0, True)]
    assert world(mock) == before


def test_everything_created_bears_the_name_of_its_run(vault: Contract, mock: str, tmp_path: Path) -> None:
    given = plan(vault, mock, trace=tmp_path / "created.ndjson", tiers=("fuzz",), phases=("examples",))
    run(given, Ledger(), lambda _text: None)
    text = (tmp_path / "created.ndjson").read_text()
    names = re.findall(r'"operation": "(createVault|createCopy)".*?"name": "([^"]*)"', text)
    assert names
    assert [name for _, name in names if not name.startswith("mockproof-t1-")] == []


def test_things_that_no_operation_deletes_are_listed(tray_contract: Contract, serve: Any, tray: Any) -> None:
    target = with_auth(Target(serve(tray())), ("canary-5f1d7c",), (), {})
    given = plan(tray_contract, target.url)
    ledger = Ledger()
    run(Plan(**{**{name: getattr(given, name) for name in Plan.__slots__}, "target": target}), ledger, lambda _: None)
    left = list(ledger.of("leftover"))
    assert {line["resource"] for line in left} == {"tray", "wash"}
    assert all("no operation that deletes" in line["reason"] for line in left)


def asking(contract: Contract, url: str, trace: Trace, manners: Manners, http: httpx.Client) -> Client:
    target = with_auth(Target(url), (TOKEN,), (), {})
    etiquette = Etiquette(contract, manners, trace)
    return Client(contract, target, Ledger(), http, Examiner(contract), etiquette=etiquette)


def test_what_was_there_before_is_never_changed_or_deleted(vault: Contract, mock: str) -> None:
    before = world(mock)
    with plain_http() as http:
        client = asking(vault, mock, Trace(), Manners(), http)
        held = [
            client.send(vault.operation("updateVault"), {"vaultId": "1"}, body={"name": "x"}),
            client.send(vault.operation("deleteVault"), {"vaultId": "1"}),
            client.send(vault.operation("getVault"), {"vaultId": "1"}, method="DELETE"),
        ]
    assert [exchange.answer for exchange in held] == [None, None, None]
    assert all("this run did not create" in (exchange.trouble or "") for exchange in held)
    assert world(mock) == before


def test_what_lies_in_a_created_thing_is_ours(vault: Contract) -> None:
    trace = Trace()
    trace.created(trace.intend("createVault", "vault", {}), {"vault": "9"})
    etiquette = Etiquette(vault, Manners(may_create=Extent.CREATED), trace)
    create = vault.operation("createCopy")
    assert etiquette.objection(create, {"vaultId": "9"}) is None
    assert etiquette.objection(create, {"vaultId": "1"}) is not None


def test_parent_of_a_created_thing_is_not_ours(vault: Contract) -> None:
    trace = Trace()
    trace.created(trace.intend("createCopy", "copy", {"vault": "1"}), {"vault": "1", "copy": "c"})
    assert Etiquette(vault, Manners(), trace).objection(vault.operation("deleteVault"), {"vaultId": "1"}) is not None


@pytest.mark.parametrize("manners", [Manners(Extent.NOTHING), DISPOSABLE], ids=["nothing", "anything"])
def test_declaration_decides_whether_anything_is_created(vault: Contract, manners: Manners) -> None:
    objection = Etiquette(vault, manners).objection(vault.operation("createVault"), {})
    assert (objection is None) == (manners is DISPOSABLE)


def test_thing_whose_creation_was_cut_off_is_found_by_its_name(vault: Contract, mock: str, tmp_path: Path) -> None:
    before = world(mock)
    trace = Trace("t2", tmp_path / "created.ndjson")
    with plain_http() as http:
        client = asking(vault, mock, Trace(), DISPOSABLE, http)
        trace.intend("createVault", "vault", {}, "mockproof-t2-1")
        client.send(vault.operation("createVault"), body={"name": "mockproof-t2-1", "region": "north"})
        assert world(mock) != before
        lost = read_trace(tmp_path / "created.ndjson", "t2")
        cleaner = Cleaner(asking(vault, mock, lost, Manners(), http), lost, until=float("inf"))
        cleaner.find_lost()
        assert cleaner.clean().gone == 1
    assert world(mock) == before


def test_only_a_free_text_takes_a_name(vault: Contract, tray_contract: Contract) -> None:
    assert naming_field(vault, vault.operation("createVault")) == ("name", 64)
    assert naming_field(vault, vault.operation("createExport")) is None
    assert naming_field(tray_contract, tray_contract.operation("createTray")) is None, "the label has a pattern"


@pytest.mark.parametrize(
    ("operation", "method", "deed"),
    [
        ("listVaults", None, Deed.READ),
        ("createVault", None, Deed.CREATE),
        ("updateVault", None, Deed.CHANGE),
        ("deleteVault", None, Deed.DELETE),
        ("getVault", "DELETE", Deed.DELETE),
        ("getVault", "PATCH", Deed.CHANGE),
        ("deleteVault", "HEAD", Deed.READ),
    ],
)
def test_deed_follows_from_what_is_sent(vault: Contract, operation: str, method: str | None, deed: Deed) -> None:
    assert deed_of(vault.operation(operation), method) is deed


def test_list_of_created_things_survives_a_cut_line(tmp_path: Path) -> None:
    path = tmp_path / "created.ndjson"
    trace = Trace("t", path)
    trace.created(trace.intend("createVault", "vault", {}), {"vault": "1"})
    with path.open("a") as file:
        file.write('{"kind": "crea')
    assert [one.chain for one in read_trace(path, "t").remaining()] == [{"vault": "1"}]


def test_what_is_deleted_is_no_longer_there(tmp_path: Path) -> None:
    trace = Trace("t", tmp_path / "created.ndjson")
    for name in ("1", "2"):
        trace.created(trace.intend("createVault", "vault", {}), {"vault": name})
    trace.gone({"vault": "1"})
    again = read_trace(tmp_path / "created.ndjson", "t")
    assert [one.chain["vault"] for one in again.remaining()] == ["2"]
    assert again.intend("createVault", "vault", {}) == "plain-3"
