"""The packaged world: what its README promises, asked for as its tokens would."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

import pytest

from mockserver.answer import AnswerCheck
from mockserver.exchange import Refusal
from spec import packaged
from spec.contract import Contract
from spec.contract_reader import load_contract
from spec.fixtures import Fixtures, load_fixtures

NONE, SOME, MANY = (f"6a1f0c52-3b1d-4e8a-9c00-{number:012d}" for number in (1, 2, 3))
PLACES = {
    "backup_instance_id": "1",
    "backup_id": "1",
    "endpoint_name": "mail",
    "record_id": "1",
    "export_id": "3",
    "service_instance_guid": SOME,
    "accountId": "1234",
    "instanceId": "34d6c8bf-539e-47d1-8a06-2b7590521309",
}
FORMS = {
    "createBackupInstance": {"backup_definition_id": "def-mail", "customer_id": "cust-100"},
    "updateBackupInstance": {"backup_frequency": "weekly"},
}


@pytest.fixture(scope="module")
def contract() -> Contract:
    return load_contract()


@pytest.fixture(scope="module")
def world(contract: Contract) -> Fixtures:
    return load_fixtures(contract)


@pytest.fixture
def nimbus(contract: Contract, world: Fixtures, make_desk: Any) -> Any:
    return make_desk(contract, world, identity="Nimbus")


def reason(desk: Any, *args: Any, **kwargs: Any) -> str:
    with pytest.raises(Refusal) as caught:
        desk.ask(*args, **kwargs)
    return caught.value.reason


def test_every_operation_answers_what_the_contract_promises(nimbus: Any, contract: Contract) -> None:
    for operation in contract.operations:
        path = [PLACES[name] for name, _ in operation.resource.path] if operation.resource else []
        reply = nimbus.ask(operation.id, *path, body=FORMS.get(operation.id))
        assert reply.status == 200
        AnswerCheck(contract, operation).seal(reply)


@pytest.mark.parametrize(("name", "pages"), [("Nimbus", [20, 20, 7]), ("Harbor", [8]), ("Auditor", [20, 20, 15])])
def test_each_token_sees_its_own_backup_instances(nimbus: Any, name: str, pages: list[int]) -> None:
    numbers = range(1, len(pages) + 1)
    seen = [nimbus.ask("listBackupInstances", query={"page": number}, identity=name).body for number in numbers]
    assert [len(page) for page in seen] == pages
    ids = [item["id"] for page in seen for item in page]
    assert ids == sorted(ids)


def test_two_vendors_see_nothing_of_each_other(nimbus: Any) -> None:
    query = {"per_page": 100}
    mine, theirs = (nimbus.ask("listBackupInstances", query=query, identity=who).body for who in ("Nimbus", "Harbor"))
    assert not {item["customer_id"] for item in mine} & {item["customer_id"] for item in theirs}
    for item in theirs:
        assert reason(nimbus, "getBackupInstance", str(item["id"])) == "not-found"
    assert reason(nimbus, "listServiceInstanceBackups", "6a1f0c52-3b1d-4e8a-9c00-000000000004") == "not-found"
    assert reason(nimbus, "listInstanceBackups", "5678", "5b7e9d12-4c3a-4f60-9a8b-7c6d5e4f3a2b") == "forbidden"


def test_a_definition_narrows_the_list(nimbus: Any) -> None:
    reply = nimbus.ask("listBackupInstances", query={"backup_definition_id": "def-mail", "per_page": 100})
    assert reply.body
    assert {item["backup_definition_id"] for item in reply.body} == {"def-mail"}


def test_a_customer_of_somebody_else_gets_no_backup_instance(nimbus: Any) -> None:
    form = {"backup_definition_id": "def-mail", "customer_id": "cust-200"}
    assert reason(nimbus, "createBackupInstance", body=form) == "forbidden"


@pytest.mark.parametrize("resource", ["backup", "export"])
def test_there_is_one_in_every_state(world: Fixtures, contract: Contract, resource: str) -> None:
    lifecycle = contract.resources[resource].lifecycle
    assert lifecycle
    assert {item.fields["status"] for item in world.items[resource]} == set(lifecycle.states)


def test_no_instance_has_more_than_one_active_backup_and_those_stay(world: Fixtures, nimbus: Any) -> None:
    active = [item for item in world.items["backup"] if item.fields["status"] in ("queued", "running")]
    assert Counter(item.key[0] for item in active) == {1: 1, 3: 1}
    nimbus.clock.advance(10**8)
    assert nimbus.ask("getActiveBackup", "1").body["status"] == "running"
    assert nimbus.ask("getActiveBackup", "3").body["status"] == "queued"
    assert reason(nimbus, "getActiveBackup", "2") == "not-found"


def test_endpoints_count_their_records(world: Fixtures) -> None:
    records = Counter(item.key[:2] for item in world.items["record"])
    assert {item.key: item.fields["record_count"] for item in world.items["endpoint"]} == {
        item.key: records[item.key] for item in world.items["endpoint"]
    }


@pytest.mark.parametrize(
    ("endpoint", "media_type", "start"),
    [
        ("mail", "message/rfc822", b"From: "),
        ("contacts", "application/json", b"{"),
        ("drive", "image/png", b"\x89PNG\r\n\x1a\n"),
        ("drive", "text/plain", b"Things"),
    ],
)
def test_blobs_are_what_their_media_type_says(nimbus: Any, endpoint: str, media_type: str, start: bytes) -> None:
    records = nimbus.ask("listRecords", "1", endpoint, query={"per_page": 100}).body
    record = next(record for record in records if record["content_type"] == media_type)
    reply = nimbus.ask("getRecordBlob", "1", endpoint, str(record["id"]))
    assert reply.media_type == media_type
    assert reply.body.startswith(start)
    assert len(reply.body) == record["size"]


def test_one_link_has_run_out_and_one_has_not(world: Fixtures, nimbus: Any) -> None:
    now = world.now.strftime("%Y-%m-%dT%H:%M:%SZ")
    over, good = (nimbus.ask("getExport", "1", number).body["expires_at"] for number in ("2", "3"))
    assert over < now < good


def test_exports_were_made_from_finished_backups_of_their_instance(world: Fixtures) -> None:
    states = {item.key: item.fields["status"] for item in world.items["backup"]}
    made_from = {(item.key[0], item.fields["backup_run_id"]) for item in world.items["export"]}
    assert {states[key] for key in made_from} == {"completed"}


def test_an_export_takes_the_most_recent_completed_backup(nimbus: Any) -> None:
    assert nimbus.ask("createExport", "1").body["backup_run_id"] == 25
    assert reason(nimbus, "createExport", "4") == "conflict"
    assert reason(nimbus, "createExport", "5") == "conflict"


def test_a_form_of_an_export_is_stored_as_its_schema_says(nimbus: Any) -> None:
    form = {"force_full": "1", "send_confirmation": "false", "content_types": "text/plain,image/png"}
    made = nimbus.ask("createExport", "1", body={**form, "export_datetime": "2026-01-14"}).body
    assert (made["force_full"], made["send_confirmation"], made["content_types"], made["export_datetime"]) == (
        True,
        False,
        "text/plain,image/png",
        "2026-01-14",
    )
    assert (made["status"], made["exported_data_url"], made["expires_at"]) == ("queued", None, None)


def test_an_export_gets_its_link_when_it_is_done_and_a_new_one_when_it_is_renewed(nimbus: Any) -> None:
    made = str(nimbus.ask("createExport", "1").body["id"])
    nimbus.clock.advance(60)
    done = nimbus.ask("getExport", "1", made).body
    assert done["status"] == "completed"
    assert done["exported_data_url"]
    renewed = nimbus.ask("reauthorizeExport", "1", made).body
    assert renewed["exported_data_url"] != done["exported_data_url"]
    assert renewed["expires_at"] > done["expires_at"]


@pytest.mark.parametrize(("guid", "count"), [(NONE, 0), (SOME, 3), (MANY, 25)], ids=["none", "some", "many"])
def test_service_instances_have_none_some_or_many_backups(nimbus: Any, guid: str, count: int) -> None:
    backups = nimbus.ask("listServiceInstanceBackups", guid).body["backups"]
    assert len(backups) == count
    assert len(nimbus.ask("listServiceInstanceBackups", guid, query={"limit": 2}).body["backups"]) == min(2, count)


def test_the_documented_sample_is_there_member_for_member(nimbus: Any) -> None:
    page = (packaged.spec_folder() / "sources" / "trove-instance-backups.rst").read_text(encoding="utf-8")
    sample = json.loads(page[page.rindex('   {\n       "backup"') :])["backup"]
    answer = nimbus.ask("listInstanceBackups", "1234", sample["instance_id"]).body
    assert answer == {"backups": [sample]}


def test_database_backups_belong_to_their_instance(world: Fixtures) -> None:
    assert all(item.fields["instance_id"] == item.key[1] for item in world.items["database_backup"])


def test_markers_walk_through_the_database_backups(nimbus: Any) -> None:
    place = ("1234", "d4603f69-ec7e-4e9b-803f-600b9205576f")
    everything = nimbus.ask("listInstanceBackups", *place).body["backups"]
    first = nimbus.ask("listInstanceBackups", *place, query={"limit": 5}).body
    assert first["links"][0]["href"].endswith(f"?limit=5&marker={first['backups'][-1]['id']}")
    rest = nimbus.ask("listInstanceBackups", *place, query={"limit": 5, "marker": first["backups"][-1]["id"]}).body
    assert first["backups"] + rest["backups"] == everything
    assert len(everything) == 8
