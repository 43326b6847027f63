"""Entity tags, ranges and repeated creates all the way: answers that HTTP defines and contracts do not declare."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from mockserver.answer import AnswerCheck
from mockserver.app import create_app
from mockserver.exchange import Refusal, Reply
from mockserver.state.clock import Clock
from spec.contract import Contract, Role
from spec.contract_reader import load_contract
from spec.fixtures import Fixtures, load_fixtures

CONTRACTS = Path(__file__).parent.parent / "contracts"
NORTH = {"authorization": "Bearer north-token"}
EXPORT = "/v1/exports/00000e01-0000-4000-8000-000000000e01/content"
FIRST = "/v1/copies/00000001-0000-4000-8000-000000000001"


@pytest.fixture(scope="module")
def vault() -> Contract:
    return load_contract(CONTRACTS / "vault.yaml")


@pytest.fixture
def app(vault: Contract) -> Any:
    fixtures = load_fixtures(vault, CONTRACTS / "vault")
    return create_app(vault, fixtures, clock=Clock(fixtures.now, rate=0))


def downloads(contract: Contract, fixtures: Fixtures) -> list[tuple[str, dict[str, str], bytes, str]]:
    """URL, credentials, bytes and media type of everything in a world that can be downloaded."""
    found = []
    for operation in contract.operations:
        use = operation.resource
        if use is None or use.part != "content" or use.role is not Role.READ:
            continue
        scheme = contract.security_schemes[operation.security[0][0]]
        for item in fixtures.items.get(use.name, ()):
            token = next(t for t in fixtures.tokens.values() if {scheme.name} <= t.schemes and not t.sees)
            path = operation.path
            for (parameter, _), part in zip(use.path, item.key[len(item.key) - len(use.path) :], strict=True):
                path = path.replace(f"{{{parameter}}}", str(part))
            credential = f"Bearer {token.value}" if scheme.bearer else token.value
            if item.content is not None:
                media_type = str(item.fields.get("content_type", "application/octet-stream"))
                found.append((contract.base_path + path, {scheme.header.lower(): credential}, item.content, media_type))
    return found


@pytest.mark.parametrize("name", ["the packaged contract", "vault"])
def test_every_download_is_byte_exact_with_type_tag_and_ranges(name: str, ask: Any) -> None:
    packaged = name != "vault"
    contract = load_contract(None if packaged else CONTRACTS / "vault.yaml")
    fixtures = load_fixtures(contract, None if packaged else CONTRACTS / "vault")
    app = create_app(contract, fixtures)
    found = downloads(contract, fixtures)
    assert found
    for url, headers, content, media_type in found:
        whole = ask(app, "GET", url, headers=headers)
        assert (whole.status, whole.body, whole.headers["content-type"]) == (200, content, media_type)
        part = ask(app, "GET", url, headers=headers | {"range": "bytes=3-7"})
        assert (part.status, part.body) == (206, content[3:8])
        assert part.headers["content-range"] == f"bytes 3-7/{len(content)}"
        known = ask(app, "GET", url, headers=headers | {"if-none-match": whole.headers["etag"]})
        assert (known.status, known.body) == (304, b"")
        beyond = ask(app, "GET", url, headers=headers | {"range": f"bytes={len(content)}-"})
        assert (beyond.status, beyond.headers["content-range"]) == (416, f"bytes */{len(content)}")


def test_head_tells_what_get_would(app: Any, ask: Any) -> None:
    whole, head = ask(app, "GET", EXPORT, headers=NORTH), ask(app, "HEAD", EXPORT, headers=NORTH)
    assert (head.status, head.body, head.headers["etag"]) == (200, b"", whole.headers["etag"])
    assert head.headers["content-length"] == str(len(whole.body))


def test_a_stale_change_is_refused_in_the_contracts_own_shape(app: Any, ask: Any) -> None:
    headers = NORTH | {"content-type": "application/merge-patch+json", "if-match": '"old"'}
    answer = ask(app, "PATCH", FIRST, headers=headers, body=b'{"name": "x"}')
    assert (answer.status, answer.json["type"]) == (412, "urn:vault:problem:precondition-failed")


def test_a_repeated_create_is_answered_with_the_same_bytes(app: Any, ask: Any) -> None:
    headers = NORTH | {"content-type": "application/json", "idempotency-key": "k"}
    url, body = "/v1/vaults/3/copies", {"name": "n", "kind": "full"}
    first, again = (ask(app, "POST", url, headers=headers, body=json.dumps(body).encode()) for _ in range(2))
    assert (first.status, first.body, first.headers["location"]) == (201, again.body, again.headers["location"])
    other = ask(app, "POST", url, headers=headers, body=json.dumps(body | {"name": "m"}).encode())
    assert other.status == 409


def test_a_made_up_cursor_is_a_bad_request(app: Any, ask: Any) -> None:
    answer = ask(app, "GET", "/v1/vaults/1/events?cursor=made-up", headers=NORTH)
    assert (answer.status, answer.json["violations"][0]["pointer"]) == (400, "cursor")


def test_only_reading_may_be_answered_with_less_than_all(vault: Contract) -> None:
    part = Reply(206, b"xy", "application/octet-stream", {"ETag": '"t"', "Content-Range": "bytes 0-1/9"})
    AnswerCheck(vault, vault.operation("downloadExport")).seal(part)
    with pytest.raises(Refusal):
        AnswerCheck(vault, vault.operation("createExport")).seal(part)


def test_part_of_a_body_is_still_held_to_what_200_declares(vault: Contract) -> None:
    check = AnswerCheck(vault, vault.operation("downloadExport")).seal
    for odd in (
        Reply(206, b"xy", "text/plain", {"ETag": '"t"'}),
        Reply(206, b"xy", "application/octet-stream", {}),
    ):
        with pytest.raises(Refusal):
            check(odd)
