"""The packaged contract, served with the packaged fixtures: every operation, from the outside."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import pytest

from mockserver.app import create_app
from mockserver.judgement.schema import SchemaCompiler
from spec.contract import Contract, Operation
from spec.contract_reader import load_contract
from spec.fixtures import Fixtures, load_fixtures
from spec.schema import Direction

CONTRACT = load_contract()
OPERATIONS = [pytest.param(operation, id=operation.id) for operation in CONTRACT.operations]


@pytest.fixture(scope="module")
def world() -> Fixtures:
    return load_fixtures(CONTRACT)


@pytest.fixture(scope="module")
def app(world: Fixtures) -> Any:
    return create_app(CONTRACT, world)


def urls(operation: Operation, world: Fixtures) -> Iterator[str]:
    """The operation's path, for everything in the world that it could speak of."""
    assert operation.resource is not None
    named = operation.resource.path
    if not named:
        yield operation.path
        return
    for item in world.items[named[-1][1]]:
        url = operation.path
        for (parameter, _), value in zip(named, item.key, strict=False):
            url = url.replace(f"{{{parameter}}}", quote(str(value), safe=""))
        yield url


def credentials(contract: Contract, operation: Operation, world: Fixtures) -> Iterator[dict[str, str]]:
    for token in world.tokens.values():
        for names in operation.security:
            if set(names) <= token.schemes:
                yield {contract.security_schemes[name].header: token.value for name in names}


def example_body(operation: Operation) -> tuple[bytes, dict[str, str]]:
    if operation.body is None:
        return b"", {}
    media_type = next(iter(operation.body.media_types.values()))
    value = next(iter(media_type.examples.values()))
    data = urlencode(value) if "urlencoded" in media_type.name else json.dumps(value)
    return data.encode(), {"content-type": media_type.name}


def errors_fit(operation: Operation, answer: Any) -> bool:
    response = operation.response_for(answer.status)
    if response is None or not response.media_types:
        return response is not None
    schema = response.media_types[answer.headers["content-type"]].schema
    compiler = SchemaCompiler(CONTRACT.document, Direction.RESPONSE)
    return schema is None or compiler.compile(schema, operation.id).is_valid(answer.json)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_succeeds_for_something_in_the_world(
    app: Any, ask: Any, world: Fixtures, operation: Operation
) -> None:
    body, content = example_body(operation)
    success = operation.success
    assert success is not None
    seen = set()
    for headers in credentials(CONTRACT, operation, world):
        for url in urls(operation, world):
            answer = ask(app, operation.method.upper(), url, headers=headers | content, body=body)
            assert answer.status < 500, answer.body
            seen.add(str(answer.status))
            if success.status in seen:
                return
    pytest.fail(f"{operation.id} never answered {success.status}, only {sorted(seen)}")


@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_refuses_strangers_as_it_declares(
    app: Any, ask: Any, world: Fixtures, operation: Operation
) -> None:
    url = next(urls(operation, world))
    header = CONTRACT.security_schemes[operation.security[0][0]].header
    for headers in ({}, {header: "nobody"}):
        answer = ask(app, operation.method.upper(), url, headers=headers)
        assert answer.status == 401
        assert answer.headers["www-authenticate"]
        assert errors_fit(operation, answer)


@pytest.mark.parametrize("operation", [param for param in OPERATIONS if "{" in param.values[0].path])
def test_an_operation_does_not_know_a_thing_that_is_not_there(
    app: Any, ask: Any, world: Fixtures, operation: Operation
) -> None:
    body, content = example_body(operation)
    url = "/".join("nothing-like-it" if part.startswith("{") else part for part in operation.path.split("/"))
    headers = next(credentials(CONTRACT, operation, world))
    answer = ask(app, operation.method.upper(), url, headers=headers | content, body=body)
    assert answer.status in (403, 404)
    assert errors_fit(operation, answer)


@pytest.mark.parametrize("operation", OPERATIONS)
def test_a_path_tells_which_methods_it_has(app: Any, ask: Any, world: Fixtures, operation: Operation) -> None:
    url = next(urls(operation, world))
    declared = set(CONTRACT.methods_of(operation.path))
    for method, status in (("TRACE", 405), ("OPTIONS", 204)):
        answer = ask(app, method, url)
        assert answer.status == status
        assert declared <= set(answer.headers["allow"].split(", "))


@pytest.mark.parametrize("operation", [param for param in OPERATIONS if param.values[0].body])
@pytest.mark.parametrize(
    ("content", "body", "statuses"),
    [("text/plain", b"x", {415}), ("xxx", b"x", {415}), ("application/x-www-form-urlencoded", b"\xff", {400, 422})],
)
def test_a_body_that_is_not_declared_is_refused(
    app: Any, ask: Any, world: Fixtures, operation: Operation, content: str, body: bytes, statuses: set[int]
) -> None:
    headers = next(credentials(CONTRACT, operation, world)) | {"content-type": content}
    answer = ask(app, operation.method.upper(), next(urls(operation, world)), headers=headers, body=body)
    assert answer.status in statuses
    assert errors_fit(operation, answer)
