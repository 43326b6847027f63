"""Faults that show only on a later page, after a while, to somebody else or far away are found all the same."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest

from mockproof.kill import RATE
from mockserver.app import create_app
from mockserver.sending import App
from mockserver.state.clock import Clock
from spec.contract_reader import load_contract
from spec.fixtures import load_fixtures
from tests.conformance.variants.judging import VAULT, judge
from tests.conformance.variants.wire import Answered, Asked, rewriting

INSTANCES = "/v1/backup_instances"
Wrap = Callable[[App], App]


def _header(asked: Asked, name: str) -> str:
    return next((value.decode() for key, value in asked.headers if key.lower() == name.encode()), "")


def _with_header(asked: Asked, name: str, value: str) -> Asked:
    others = tuple(pair for pair in asked.headers if pair[0].lower() != name.encode())
    return replace(asked, headers=(*others, (name.encode(), value.encode())))


def back_from_a_later_page_leads_to_the_first(app: App) -> App:
    def after(asked: Asked, answered: Answered) -> Answered:
        link = answered.headers.get("link", "")
        page = dict(parse_qsl(asked.query)).get("page", "1")
        if page in ("1", "2") or not link:
            return answered
        wrong = re.sub(r'([?&]page=)\d+([^>]*>; rel="prev")', r"\g<1>1\2", link)
        return replace(answered, headers={**answered.headers, "link": wrong})

    return rewriting(app, after=after)


def filter_forgotten_on_later_pages(app: App) -> App:
    def before(asked: Asked) -> Asked:
        query = dict(parse_qsl(asked.query))
        if query.get("page", "1") != "1":
            query.pop("backup_definition_id", None)
            return replace(asked, query=urlencode(query))
        return asked

    return rewriting(app, before=before)


def filter_satisfied_by_a_beginning(app: App) -> App:
    def before(asked: Asked) -> Asked:
        wanted = dict(parse_qsl(asked.query)).get("backup_definition_id")
        whole = next((one for one in ("def-workspace", "def-mail") if wanted and one.startswith(wanted)), wanted)
        query = asked.query if whole == wanted else urlencode({"backup_definition_id": whole})
        return replace(asked, query=query)

    return rewriting(app, before=before)


def id_read_as_far_as_it_is_a_number(app: App) -> App:
    def before(asked: Asked) -> Asked:
        return replace(asked, path=re.sub(rf"({INSTANCES}/\d+)[^/\d][^/]*", r"\1", asked.path))

    return rewriting(app, before=before)


def token_compared_by_its_beginning(app: App) -> App:
    def before(asked: Asked) -> Asked:
        value = _header(asked, "authorization")
        kept = re.sub(r"(nimbus-token)\S+", r"\1", value)
        return _with_header(asked, "authorization", kept) if kept != value else asked

    return rewriting(app, before=before)


def filter_shows_what_the_list_hides(app: App) -> App:
    def before(asked: Asked) -> Asked:
        if asked.path == INSTANCES and "backup_definition_id" in asked.query and _header(asked, "authorization"):
            return _with_header(asked, "authorization", "Bearer auditor-token")
        return asked

    return rewriting(app, before=before)


def date_taken_with_slashes(app: App) -> App:
    def before(asked: Asked) -> Asked:
        body = re.sub(rb"=(\d{4})%2F(\d\d)%2F(\d\d)", rb"=\1-\2-\3", asked.body)
        return replace(asked, body=body)

    return rewriting(app, before=before)


def create_answered_with_another_field(app: App) -> App:
    def after(asked: Asked, answered: Answered) -> Answered:
        if asked.method != "POST" or asked.path != INSTANCES or answered.status >= 300:
            return answered
        other = "weekly" if answered.data["backup_frequency"] != "weekly" else "hourly"
        return answered.with_data({**answered.data, "backup_frequency": other})

    return rewriting(app, after=after)


def renewal_answers_another_item(app: App) -> App:
    def after(asked: Asked, answered: Answered) -> Answered:
        if not asked.path.endswith("/reauth") or answered.status >= 300:
            return answered
        return answered.with_data({**answered.data, "id": answered.data["id"] + 1})

    return rewriting(app, after=after)


def change_lost_after_three_reads(app: App) -> App:
    reads: dict[str, int] = {}

    def after(asked: Asked, answered: Answered) -> Answered:
        if not re.fullmatch(rf"{INSTANCES}/\d+", asked.path) or answered.status >= 300:
            return answered
        if asked.method == "PUT":
            reads[asked.path] = 0
        elif asked.path in reads:
            reads[asked.path] += 1
            if reads[asked.path] > 3:
                other = "daily" if answered.data["backup_frequency"] != "daily" else "weekly"
                return answered.with_data({**answered.data, "backup_frequency": other})
        return answered

    return rewriting(app, after=after)


def refused_change_made_all_the_same(app: App) -> App:
    def before(asked: Asked) -> Asked:
        if asked.method == "PUT" and "harbor-token" in _header(asked, "authorization"):
            return _with_header(asked, "authorization", "Bearer auditor-token")
        return asked

    def after(asked: Asked, answered: Answered) -> Answered:
        is_theirs = asked.method == "PUT" and "harbor-token" in _header(asked, "authorization")
        if not is_theirs or answered.status >= 300:
            return answered
        return Answered(404, answered.headers, b'{"error": "not_found", "message": "there is no such instance"}')

    return rewriting(app, before=before, after=after)


def blob_below_any_instance(app: App) -> App:
    records = load_fixtures(load_contract()).items["record"]
    homes = {tuple(map(str, item.key[1:])): item.key[0] for item in records}

    def before(asked: Asked) -> Asked:
        found = re.fullmatch(rf"{INSTANCES}/[^/]+/endpoints/([^/]+)/records/([^/]+)/blob", asked.path)
        home = homes.get(found.groups()) if found is not None else None
        return (
            asked
            if home is None
            else replace(asked, path=re.sub(rf"{INSTANCES}/[^/]+", f"{INSTANCES}/{home}", asked.path))
        )

    return rewriting(app, before=before)


def null_that_clears_nothing(app: App) -> App:
    return rewriting(app, before=_without(lambda value: value is None))


def no_that_is_not_heard(app: App) -> App:
    return rewriting(app, before=_without(lambda value: value is False))


def _without(is_left_out: Callable[[object], bool]) -> Callable[[Asked], Asked]:
    """Changes of a copy lose some members, as with code that asks whether a value is true."""

    def before(asked: Asked) -> Asked:
        if asked.method != "PATCH":
            return asked
        try:
            sent = json.loads(asked.body)
        except ValueError:
            return asked
        if not isinstance(sent, dict):
            return asked
        kept = {name: value for name, value in sent.items() if not is_left_out(value)}
        return replace(asked, body=json.dumps(kept or {"locked": True}).encode()) if kept != sent else asked

    return before


FAULTS: dict[str, tuple[Wrap, str]] = {
    wrap.__name__.replace("_", "-"): (wrap, requirement)
    for wrap, requirement in (
        (back_from_a_later_page_leads_to_the_first, "page-links"),
        (filter_forgotten_on_later_pages, "definition-filter"),
        (filter_satisfied_by_a_beginning, "definition-filter"),
        (id_read_as_far_as_it_is_a_number, "getBackupInstance/unknown-id-is-refused"),
        (token_compared_by_its_beginning, "listBackupInstances/authentication"),
        (filter_shows_what_the_list_hides, "only-permitted"),
        (date_taken_with_slashes, "export-date"),
        (create_answered_with_another_field, "create-is-read-back"),
        (renewal_answers_another_item, "reauthorized-url"),
        (change_lost_after_three_reads, "update-persists"),
        (refused_change_made_all_the_same, "only-permitted-changes"),
        (blob_below_any_instance, "own-parent-only"),
        (null_that_clears_nothing, "updateCopy/update-persists"),
        (no_that_is_not_heard, "updateCopy/update-persists"),
    )
}


@pytest.mark.parametrize("fault", FAULTS)
def test_quiet_fault_is_found_by_its_requirement(fault: str, tmp_path: Path) -> None:
    wrap, requirement = FAULTS[fault]
    is_vault = requirement.startswith("updateCopy")
    contract = load_contract(VAULT) if is_vault else load_contract()
    fixtures = load_fixtures(contract, VAULT.with_suffix("")) if is_vault else load_fixtures(contract)
    app = wrap(create_app(contract, fixtures, clock=Clock(fixtures.now, RATE)))
    options = ("--contract", str(VAULT)) if is_vault else ("--profile", "full")
    more: dict[str, Any] = {"who": ("north-token", "south-token"), "more": ""} if is_vault else {}
    judged = judge(app, tmp_path, "--disposable", *options, "--tier", "preflight", "--tier", "scenarios", **more)
    assert judged.code == 1
    assert requirement in {told.partition(":")[0] for told in judged.failures}
