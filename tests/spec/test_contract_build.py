"""The real merge: all operations, every leaf explained, every fact accounted for, files fresh."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from spec import packaged
from spec.contract import Contract
from spec.contract_reader import load_contract
from spec.lint import leaf_pointers
from spec.merge.accounting import Fate, tally
from spec.merge.build import Merge, merge_folder
from spec.merge.output import generate, stale_files, write_files
from spec.merge.tree import leaves, plain

OPERATIONS = {
    "listBackupInstances": "get /v1/backup_instances",
    "createBackupInstance": "post /v1/backup_instances",
    "getBackupInstance": "get /v1/backup_instances/{backup_instance_id}",
    "updateBackupInstance": "put /v1/backup_instances/{backup_instance_id}",
    "listBackups": "get /v1/backup_instances/{backup_instance_id}/backups",
    "createBackup": "post /v1/backup_instances/{backup_instance_id}/backups",
    "getActiveBackup": "get /v1/backup_instances/{backup_instance_id}/backups/active",
    "getBackup": "get /v1/backup_instances/{backup_instance_id}/backups/{backup_id}",
    "listEndpoints": "get /v1/backup_instances/{backup_instance_id}/endpoints",
    "getEndpoint": "get /v1/backup_instances/{backup_instance_id}/endpoints/{endpoint_name}",
    "listRecords": "get /v1/backup_instances/{backup_instance_id}/endpoints/{endpoint_name}/records",
    "getRecord": "get /v1/backup_instances/{backup_instance_id}/endpoints/{endpoint_name}/records/{record_id}",
    "getRecordBlob": "get /v1/backup_instances/{backup_instance_id}/endpoints/{endpoint_name}/records/{record_id}/blob",
    "listExports": "get /v1/backup_instances/{backup_instance_id}/exports",
    "createExport": "post /v1/backup_instances/{backup_instance_id}/exports",
    "getExport": "get /v1/backup_instances/{backup_instance_id}/exports/{export_id}",
    "reauthorizeExport": "post /v1/backup_instances/{backup_instance_id}/exports/{export_id}/reauth",
    "listServiceInstanceBackups": "get /v3/service_instances/{service_instance_guid}/backups",
    "listInstanceBackups": "get /v1.0/{accountId}/instances/{instanceId}/backups",
}
"""The inventory of the sources, made by hand from reading them."""


@cache
def done() -> Merge:
    return merge_folder()


@cache
def generated() -> dict[str, bytes]:
    return generate(done())


@cache
def provenance() -> dict[str, Any]:
    document: dict[str, Any] = json.loads(generated()["provenance.json"])
    return document


@cache
def form(profile: str) -> Contract:
    return load_contract(packaged.contract_path(profile))


def test_the_committed_files_are_what_the_sources_make() -> None:
    assert stale_files(generated()) == []


@pytest.mark.parametrize("profile", packaged.PROFILES)
def test_both_forms_hold_exactly_the_operations_of_the_inventory(profile: str) -> None:
    assert {o.id: f"{o.method} {o.path}" for o in form(profile).operations} == OPERATIONS


def test_every_leaf_of_the_contract_has_provenance_and_nothing_else_has() -> None:
    assert set(provenance()["leaves"]) == set(leaf_pointers(form("full").document))


def test_every_quote_of_the_provenance_stands_in_its_source() -> None:
    folder = packaged.spec_folder() / "sources"
    lines = {path.name: path.read_text().splitlines() for path in folder.iterdir()}
    for entry in provenance()["leaves"].values():
        for quote in (*entry["sources"], *entry.get("overruled", ())):
            first, _, last = quote["lines"].partition("-")
            stand = " ".join("\n".join(lines[quote["file"]][int(first) - 1 : int(last or first)]).split())
            assert " ".join(quote["text"].split()) in stand, quote


def test_every_leaf_tells_a_rule_or_a_decision() -> None:
    entries = provenance()["leaves"].values()
    assert all("decision" in entry or "rule" in entry for entry in entries)
    assert all(entry["sources"] for entry in entries if entry.get("rule") == "as-written")


def test_stated_and_told_leaves_name_a_source() -> None:
    mute = [
        pointer
        for pointer, entry in provenance()["leaves"].items()
        if entry["level"] in ("stated", "prose", "example") and not entry["sources"] and "x-levels" not in pointer
    ]
    assert mute == []


def test_every_fact_has_exactly_one_fate_and_the_sum_is_exact() -> None:
    facts = sum(len(reading.facts) for reading in done().readings)
    counts = tally(done().accounts)
    assert len(done().accounts) == facts == sum(sum(row.values()) for row in counts.values())
    assert all(entry.reason for entry in done().accounts)
    assert {source.id for source in done().sources} == set(counts)


def test_no_fact_about_an_operation_is_rejected_without_a_named_rule() -> None:
    rejected = [entry for entry in done().accounts if entry.fate is Fate.REJECTED and entry.fact.address[0] == "paths"]
    assert {entry.fact.address[-1] for entry in rejected} <= {"tags", "x-example-path"}


@pytest.mark.parametrize(
    ("repair", "count"),
    [
        ("parameter-without-type", 57),
        ("path-parameter-without-required", 23),
        ("duplicated-tags", 15),
        ("stray-document", 2),
    ],
)
def test_repairs_are_counted_exactly(repair: str, count: int) -> None:
    counts = Counter(found.rule for reading in done().readings for found in reading.repairs)
    assert counts[repair] == count
    assert f"`{repair}`" in generated()["MERGE_REPORT.md"].decode()


def test_every_level_occurs_in_the_full_form() -> None:
    levels = {str(leaf.origin.level) for _, leaf in leaves(done().full)}
    assert levels == {"stated", "prose", "example", "decided", "inferred"}


def test_behaviours_carry_their_levels() -> None:
    operation = form("full").operation("listBackups").document
    assert operation["x-levels"]["x-page.order.field"] == "prose"
    assert operation["x-levels"]["x-page.size.default"] == "prose"
    assert operation["x-levels"]["x-page.size.parameter"] == "inferred"


def test_nothing_below_prose_is_enforced_in_the_documented_form() -> None:
    weak = {
        (location[-1], leaf.origin.rule)
        for location, leaf in leaves(done().documented)
        if not leaf.origin.level.is_enforceable
        and location[0] in ("paths", "components")
        and not any(str(part).startswith("x-") or part == "tags" for part in location)
    }
    names = {("operationId", None), ("description", "other-answers-are-open"), ("description", "documented-form")}
    # The two kinds of answer that one page tells and shows, and where a sample puts its token: both only allow.
    allowing = {("title", "documented-form"), ("type", "documented-form")}
    token = {("in", "credential-header"), ("name", "credential-header"), ("type", "credential-header")}
    assert weak == names | allowing | token


def test_the_documented_form_drops_guessed_parameters_bodies_and_codes() -> None:
    operation = form("documented").operation("listBackups")
    assert [parameter.name for parameter in operation.parameters] == ["backup_instance_id"]
    assert list(operation.responses) == ["200", "default"]
    assert operation.responses["200"].media_types["application/json"].schema is None


def test_the_documented_form_keeps_what_sentences_tell() -> None:
    page = form("documented").operation("listBackups").page
    assert page is not None
    assert (page.order_by, page.default_size, page.relations) == ("id", 20, ("first", "prev", "next", "last"))
    assert page.page_parameter is None


def test_the_documented_form_takes_a_list_or_the_object_of_the_sample() -> None:
    answer = form("documented").operation("listInstanceBackups").responses["200"]
    assert [option["type"] for option in answer.media_types["*/*"].schema["anyOf"]] == ["array", "object"]


def test_the_date_of_an_export_is_told_and_its_flags_are_not() -> None:
    body = form("documented").operation("createExport").body
    assert body is not None
    fields = body.media_types["application/x-www-form-urlencoded"].schema["properties"]
    assert "pattern" in fields["export_run[export_datetime]"]
    assert "enum" not in fields["export_run[force_full]"]
    assert fields["export_run[content_types]"]["x-list"] == "comma"


def test_security_is_per_interface() -> None:
    full = form("full")
    names = {o.id: o.security for o in full.operations}
    assert names["getRecordBlob"] == (("backupifyAccessToken",),)
    assert names["getRecord"] == (("backupifyAuthorization",),)
    assert names["listServiceInstanceBackups"] == (("cloudfoundryAuthorization",),)
    assert names["listInstanceBackups"] == (("troveAuthToken",),)
    schemes = full.security_schemes
    assert [(s.header, s.bearer) for s in schemes.values()] == [
        ("Access-Token", False),
        ("Authorization", True),
        ("Authorization", False),
        ("X-Auth-Token", False),
    ]


def test_every_operation_has_an_example_answer() -> None:
    for operation in form("full").operations:
        assert operation.success is not None
        assert any(media.examples for media in operation.success.media_types.values()), operation.id


def test_reauth_is_marked_as_told_by_one_source() -> None:
    assert form("full").operation("reauthorizeExport").document["x-sources"] == ["backupify-postman"]


def test_the_order_of_reading_and_the_hash_seed_do_not_change_a_byte() -> None:
    program = (
        "import hashlib, sys\n"
        "from spec.merge.build import merge, merge_folder\n"
        "from spec.merge.output import generate\n"
        "done = merge_folder()\n"
        "again = merge(tuple(reversed(done.readings)), done.actions, done.findings)\n"
        "print([hashlib.sha256(data).hexdigest() for made in (done, again) for data in generate(made).values()])\n"
    )
    outputs = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(outputs) == 1


def test_writing_reports_only_what_changed(tmp_path: Path) -> None:
    assert {path.name for path in write_files(generated(), tmp_path)} == set(generated())
    assert write_files(generated(), tmp_path) == []
    (tmp_path / "provenance.json").write_text("{}")
    assert stale_files(generated(), tmp_path) == ["provenance.json"]


def test_the_full_form_is_the_tree_it_was_written_from() -> None:
    assert form("full").document == plain(done().full)
