"""Reading fixtures, and telling all that is wrong with them at once."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from spec.contract import Contract
from spec.contract_reader import load_contract
from spec.errors import FixtureError
from spec.fixtures import Fixtures, bare_fixtures, load_fixtures

CONTRACTS = Path(__file__).parent.parent / "contracts"


@pytest.fixture(scope="module")
def press() -> Contract:
    return load_contract(CONTRACTS / "press.yaml")


def read(contract: Contract, folder: Path, text: str) -> Fixtures:
    folder.joinpath("world.yaml").write_text(text, encoding="utf-8")
    return load_fixtures(contract, folder)


def faults(contract: Contract, folder: Path, text: str) -> list[str]:
    with pytest.raises(FixtureError) as caught:
        read(contract, folder, text)
    lines = str(caught.value).replace(f"{folder}/", "").splitlines()
    return [line.strip() for line in lines if line.strip().startswith("world.yaml")]


CUSTOMER = "items:\n- resource: customer\n  items: [{id: c1}]\n"


def job(fields: str) -> str:
    return f"{CUSTOMER}- resource: job\n  under: {{customer: c1}}\n  items:\n  - {{{fields}}}\n"


CLIENT = "tokens: [{value: t, name: T, schemes: [desk]}]\nclients: [{client_id: c, client_secret: s, token: T"
GOOD = "id: 1, status: done, created_at: 5"


def test_an_item_is_completed_and_ordered_like_its_schema(press: Contract, tmp_path: Path) -> None:
    item = read(press, tmp_path, job("created_at: 5, status: done, id: 1")).items["job"][0]
    assert item.key == ("c1", 1)
    assert list(item.fields.items()) == [
        ("id", 1),
        ("customer_id", "c1"),
        ("status", "done"),
        ("copies", 1),
        ("glossy", False),
        ("note", None),
        ("created_at", 5),
        ("started_at", None),
        ("finished_at", None),
        ("size", None),
        ("operator", None),
    ]


def test_an_items_size_is_that_of_its_blob(press: Contract) -> None:
    sheet = load_fixtures(press, CONTRACTS / "press").items["sheet"][0]
    assert sheet.content == b"A scanned sheet.\n"
    assert sheet.fields["size"] == 17


def test_tokens_tell_where_they_are_valid_and_what_they_see(press: Contract) -> None:
    token = load_fixtures(press, CONTRACTS / "press").tokens["ann-token"]
    assert (token.name, token.schemes) == ("Ann", frozenset({"desk"}))
    assert token.sees["customer"]["id"] == frozenset({"c1"})


def test_a_token_may_expire_or_only_read(press: Contract, tmp_path: Path) -> None:
    text = "tokens: [{value: t, name: T, schemes: [desk], expires: '2026-01-15T14:00:00+02:00', read_only: true}]"
    token = read(press, tmp_path, text).tokens["t"]
    assert (token.expires, token.read_only) == (datetime(2026, 1, 15, 12, tzinfo=UTC), True)


def test_a_client_has_the_rights_of_a_token(press: Contract, tmp_path: Path) -> None:
    fixtures = read(press, tmp_path, f"{CLIENT}, expires_in: 60, scopes: [read, write]}}]")
    client = fixtures.clients["c"]
    assert (client.token, client.secret, client.lifetime) == (fixtures.tokens["t"], "s", 60)
    assert client.scopes == ("read", "write")
    assert "secret='s'" not in repr(client)


def test_whoever_has_a_token_is_a_client_under_its_name(press: Contract, tmp_path: Path) -> None:
    fixtures = read(press, tmp_path, "tokens: [{value: t, name: T, schemes: [desk]}]")
    assert (fixtures.clients["T"].token, fixtures.clients["T"].secret) == (fixtures.tokens["t"], None)
    assert bare_fixtures(press).clients["demo"].token.value == "demo-token"


def test_a_token_never_shows_in_its_own_description(press: Contract) -> None:
    fixtures = load_fixtures(press, CONTRACTS / "press")
    assert "ann-token" not in repr(fixtures)
    assert "ann-token" not in repr(fixtures.tokens["ann-token"])


def test_the_time_of_the_world_is_utc(press: Contract, tmp_path: Path) -> None:
    assert read(press, tmp_path, "now: '2026-01-15T14:00:00+02:00'\n").now == datetime(2026, 1, 15, 12, tzinfo=UTC)


def test_a_good_item_has_no_fault(press: Contract, tmp_path: Path) -> None:
    assert len(read(press, tmp_path, job(GOOD)).items["job"]) == 1


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        (f"{GOOD}, copies: many", 'world.yaml:7: #/items/1/items/0/copies: "many" is not of type "integer"'),
        (f"{GOOD}, copies: 0", "world.yaml:7: #/items/1/items/0/copies: 0 is less than the minimum of 1"),
        ("id: 1, status: done", 'world.yaml:7: #/items/1/items/0: "created_at" is a required property'),
        (
            f"{GOOD}, notes: x",
            "world.yaml:7: #/items/1/items/0/notes: job has no field 'notes'; it has: id, customer_id",
        ),
        (f"{GOOD}, customer_id: c2", "world.yaml:7: #/items/1/items/0/customer_id: expected 'c1', as the group says"),
        (
            f"{GOOD}, x-holt: true",
            "world.yaml:7: #/items/1/items/0/x-holt: unknown; expected x-hold, x-outcome or x-blob",
        ),
        (
            f"{GOOD}, x-hold: sure",
            "world.yaml:7: #/items/1/items/0/x-hold: expected true or false, saw the text 'sure'",
        ),
        (f"{GOOD}, x-outcome: lost", "world.yaml:7: #/items/1/items/0/x-outcome: expected one of queued, printing"),
        (f"{GOOD}, x-outcome: [a]", "world.yaml:7: #/items/1/items/0/x-outcome: expected one of queued, printing"),
        ("id: 1, status: over, created_at: 5", "world.yaml:7: #/items/1/items/0/status: expected one of queued"),
        (
            "id: '1', status: done, created_at: 5",
            "world.yaml:7: #/items/1/items/0/id: expected a whole number as an id",
        ),
        (
            "id: true, status: done, created_at: 5",
            "world.yaml:7: #/items/1/items/0/id: expected a whole number as an id",
        ),
        ("status: done, created_at: 5", "world.yaml:7: #/items/1/items/0: an item of job needs its id, 'id'"),
        ("", "world.yaml:7: #/items/1/items/0: an item of job needs its id, 'id'"),
        (f"{GOOD}, x-blob: ../world.yaml", "world.yaml:7: #/items/1/items/0/x-blob:"),
        (f"{GOOD}, x-blob: /etc/hostname", "world.yaml:7: #/items/1/items/0/x-blob:"),
        (f"{GOOD}, x-blob: nowhere.txt", "world.yaml:7: #/items/1/items/0/x-blob:"),
        (f"{GOOD}, x-blob: 7", "world.yaml:7: #/items/1/items/0/x-blob: expected text, saw the number 7"),
        (f"{GOOD}, size: 1, x-blob: world.yaml", "world.yaml:7: #/items/1/items/0/size: expected "),
    ],
)
def test_a_fault_of_an_item_is_told_with_its_place(press: Contract, tmp_path: Path, fields: str, told: str) -> None:
    assert any(line.startswith(told) for line in faults(press, tmp_path, job(fields)))


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("[]", "world.yaml:1: #: expected a mapping, saw a list"),
        ("itmes: []", "world.yaml:1: #/itmes: unknown key; expected one of clients, documents, items, now, tokens"),
        ("items: {}", "world.yaml:1: #/items: expected a list, saw a mapping"),
        ("items: [7]", "world.yaml:1: #/items/0: expected a mapping, saw the number 7"),
        ("items: [{}]", "world.yaml:1: #/items/0/resource: the contract has no resource None; it has: customer, job"),
        ("items:\n- resource: jobs", "world.yaml:2: #/items/0/resource: the contract has no resource 'jobs'"),
        ("items:\n- resource: [job]", "world.yaml:2: #/items/0/resource: the contract has no resource ['job']"),
        ("items:\n- {resource: customer}", "world.yaml:2: #/items/0/items: expected a list, saw nothing"),
        (
            "items:\n- {resource: job, items: []}",
            "world.yaml:2: #/items/0/under: expected the ids of customer; saw nothing",
        ),
        (
            "items:\n- {resource: job, under: {customer: {a: 1}}, items: []}",
            "world.yaml:2: #/items/0/under/customer: expected an id, saw a mapping",
        ),
        (
            "items:\n- {resource: customer, under: {job: 1}, items: []}",
            "world.yaml:2: #/items/0/under: expected the ids of nothing; saw job",
        ),
        (
            f"items:\n- resource: job\n  under: {{customer: c9}}\n  items:\n  - {{{GOOD}}}",
            "world.yaml:5: #/items/0/items/0: there is no customer 'c9' for it to be under",
        ),
        (
            "items:\n- resource: customer\n  items: [{id: a},\n   {id: a}]",
            "world.yaml:4: #/items/0/items/1: another customer has the id 'a' under the same parent: world.yaml:3",
        ),
        ("items:\n- resource: customer\n  items: [{id: 5}]", "world.yaml:3: #/items/0/items/0/id: expected text"),
        (
            f"{job(GOOD)}- resource: sheet\n  under: {{customer: c1, job: 1}}\n  items: [{{name: cover}}]",
            "world.yaml:10: #/items/2/items/0/name: 'cover' is reserved",
        ),
        (
            f"{job(GOOD)}- resource: sheet\n  under: {{customer: c1, job: 1}}\n  items: [{{name: a, x-hold: true}}]",
            "world.yaml:10: #/items/2/items/0/x-hold: sheet has no lifecycle",
        ),
        ("now: yesterday", "world.yaml:1: #/now: expected a time with a zone"),
        ("now: '2026-01-15T12:00:00'", "world.yaml:1: #/now: expected a time with a zone"),
        ("tokens: [{value: t, name: T, schemes: [door]}]", "world.yaml:1: #/tokens/0/schemes/0: the contract has no"),
        ("tokens: [{name: T, schemes: [desk]}]", "world.yaml:1: #/tokens/0/value: expected text, saw nothing"),
        ("tokens: [{value: ' t', name: T, schemes: [desk]}]", "world.yaml:1: #/tokens/0/value: a token travels in"),
        ("tokens: [{value: té, name: T, schemes: [desk]}]", "world.yaml:1: #/tokens/0/value: a token travels in"),
        (
            "tokens: [{value: t, name: T, schemes: [desk], expires: soon}]",
            "world.yaml:1: #/tokens/0/expires: expected a time with a zone",
        ),
        (
            "tokens: [{value: t, name: T, schemes: [desk], read_only: 1}]",
            "world.yaml:1: #/tokens/0/read_only: expected true or false, saw the number 1",
        ),
        ("clients: [7]", "world.yaml:1: #/clients/0: expected a mapping, saw the number 7"),
        ("clients: [{client_id: c, secret: s}]", "world.yaml:1: #/clients/0/secret: unknown key"),
        (
            "clients: [{client_id: c, client_secret: s, token: T}]",
            "world.yaml:1: #/clients/0/token: no token has the name 'T'; names: none",
        ),
        (
            "tokens: [{value: t, name: T, schemes: []}, {value: u, name: T, schemes: []}]\nclients:\n- {token: T}",
            "world.yaml:3: #/clients/0/token: several tokens have the name 'T'; names: T",
        ),
        (
            f"{CLIENT}, expires_in: 0}}]",
            "world.yaml:2: #/clients/0/expires_in: expected a number of seconds from 1 on, saw 0",
        ),
        (f"{CLIENT}, scopes: [a b]}}]", "world.yaml:2: #/clients/0/scopes/0: a scope is one word"),
        (
            f"{CLIENT}}}, {{client_id: c, client_secret: s, token: T}}]",
            "world.yaml:2: #/clients/1/client_id: another client has the id 'c'",
        ),
        (
            "tokens:\n- {value: t, name: T, schemes: [desk]}\n- {value: t, name: U, schemes: [desk]}",
            "world.yaml:3: #/tokens/1/value: 'T' has the same token",
        ),
        (
            "tokens: [{value: t, name: T, schemes: [desk], sees: {room: {}}}]",
            "world.yaml:1: #/tokens/0/sees/room: unknown key; expected one of customer, job, proof, sheet",
        ),
        (
            "tokens: [{value: t, name: T, schemes: [desk], sees: {job: {colour: [a]}}}]",
            "world.yaml:1: #/tokens/0/sees/job/colour: unknown key",
        ),
        (
            "tokens: [{value: t, name: T, schemes: [desk], sees: {job: {note: [[a]]}}}]",
            "world.yaml:1: #/tokens/0/sees/job/note/0: expected a plain value",
        ),
    ],
)
def test_a_fault_of_the_world_is_told_with_its_place(press: Contract, tmp_path: Path, text: str, told: str) -> None:
    assert any(line.startswith(told) for line in faults(press, tmp_path, text))


def test_all_faults_are_told_at_once_in_the_order_of_the_lines(press: Contract, tmp_path: Path) -> None:
    found = faults(
        press, tmp_path, f"now: never\ntokens: [{{}}]\n{job('id: x, status: no')}- resource: gone\n  items: []\n"
    )
    lines = [int(line.split(":")[1]) for line in found]
    assert lines == sorted(lines)
    assert set(lines) == {1, 2, 9, 10}


def test_faults_of_several_files_are_told_together(press: Contract, tmp_path: Path) -> None:
    tmp_path.joinpath("a.yaml").write_text("now: '2026-01-15T12:00:00Z'", encoding="utf-8")
    tmp_path.joinpath("b.yaml").write_text("items: [", encoding="utf-8")
    tmp_path.joinpath("c.yaml").write_text("now: '2026-01-15T12:00:00Z'", encoding="utf-8")
    with pytest.raises(FixtureError) as caught:
        load_fixtures(press, tmp_path)
    text = str(caught.value).replace(f"{tmp_path}/", "")
    assert text.startswith("the fixtures have 2 faults:\n  b.yaml:1: not valid YAML")
    assert "c.yaml:1: #/now: the time of the world is stated twice; first in a.yaml" in text


def test_a_link_out_of_the_folder_is_not_followed(press: Contract, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("keep this", encoding="utf-8")
    folder = tmp_path / "world"
    folder.mkdir()
    folder.joinpath("link.txt").symlink_to(secret)
    found = faults(press, folder, job(f"{GOOD}, x-blob: link.txt"))
    assert len(found) == 1
    assert "keep this" not in found[0]


@pytest.mark.parametrize("make", [True, False], ids=["empty", "missing"])
def test_a_folder_without_fixtures_is_said_to_be_so(press: Contract, tmp_path: Path, make: bool) -> None:
    folder = tmp_path / "world"
    if make:
        folder.mkdir()
    with pytest.raises(FixtureError, match="folder"):
        load_fixtures(press, folder)


def test_a_bare_world_has_a_token_for_everything_and_nothing_else(press: Contract) -> None:
    fixtures = bare_fixtures(press)
    assert fixtures.items == {}
    assert fixtures.tokens["demo-token"].schemes == frozenset({"desk"})
