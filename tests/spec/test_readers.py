"""Readers: every leaf and line of every source is read, every repair is counted, broken input is told with its line."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest

from spec.errors import SourceError
from spec.facts import Level, Reading, Source
from spec.loading import load_text
from spec.readers import read
from spec.sourcing import load_sources

SOURCES = {source.id: source for source in load_sources()}
TEXTS = ("cloudfoundry-page", "trove-page")
STRUCTURED = tuple(name for name in SOURCES if name not in TEXTS)
BACKUPS = ("paths", "/{version}/{accountId}/instances/{instanceId}/backups", "get")
SERVICE = ("paths", "/v3/service_instances/{service_instance_guid}/backups", "get")
FORM = ("requestBody", "content", "application/x-www-form-urlencoded", "schema", "properties")


@cache
def reading(name: str) -> Reading:
    return read(SOURCES[name])


def values(name: str, address: tuple[str, ...]) -> list[Any]:
    return [fact.value for fact in reading(name).facts if fact.address == address]


def leaves(value: Any, parts: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    members: Any = ()
    if isinstance(value, dict):
        members = value.items()
    elif isinstance(value, list):
        members = enumerate(value)
    if not members:
        yield parts
    for key, member in members:
        yield from leaves(member, (*parts, key))


@pytest.mark.parametrize("name", SOURCES)
def test_every_line_with_words_belongs_to_a_fact(name: str) -> None:
    covered = {
        number for fact in reading(name).facts for number in range(fact.where.first_line, fact.where.last_line + 1)
    }
    lines = SOURCES[name].text.splitlines()
    words = {n for n, line in enumerate(lines, 1) if any(c.isalnum() for c in line)}
    containers = set() if name in TEXTS else _containers(name)
    assert words - covered - containers == set()


def _containers(name: str) -> set[int]:
    """Lines that only open a mapping or list, whose members are facts of their own."""
    loaded = load_text(SOURCES[name].data, SOURCES[name].file)
    return {loaded.span(parts[:depth])[0] for parts in leaves(loaded.value) for depth in range(1, len(parts))}


@pytest.mark.parametrize("name", STRUCTURED)
def test_every_leaf_belongs_to_a_fact(name: str) -> None:
    loaded = load_text(SOURCES[name].data, SOURCES[name].file)
    spans = [(fact.where.first_line, fact.where.last_line) for fact in reading(name).facts]
    missed = []
    for parts in leaves(loaded.value):
        first, last = loaded.span(parts)
        if not any(a <= first and last <= b for a, b in spans):
            missed.append(parts)
    assert missed == []


@pytest.mark.parametrize("name", SOURCES)
def test_the_text_of_a_fact_stands_on_its_lines(name: str) -> None:
    lines = SOURCES[name].text.splitlines()
    for fact in reading(name).facts:
        stands = "\n".join(lines[fact.where.first_line - 1 : fact.where.last_line])
        assert " ".join(fact.text.split()) in " ".join(stands.split()), fact


@pytest.mark.parametrize(
    ("name", "repairs"),
    [
        (
            "backupify-fragment",
            {
                "parameter-without-type": 8, "path-parameter-without-required": 1, "duplicated-tags": 1,
                "stray-document": 1, "integer-status-key": 3, "form-under-json-consumes": 1,
            },
        ),
        (
            "backupify-swagger",
            {
                "parameter-without-type": 49, "path-parameter-without-required": 22, "duplicated-tags": 14,
                "stray-document": 1, "integer-status-key": 16, "form-under-json-consumes": 3,
            },
        ),
        (
            "backupify-postman",
            {
                "colon-path-parameter": 24, "slash-joined-path": 15, "string-url": 2, "empty-raw-body": 14,
                "variable-id-as-name": 24, "schema-url-without-file": 1, "placeholder-value": 52,
            },
        ),
        ("cloudfoundry-page", {"type-placeholder": 14, "placeholder-value": 2}),
        ("trove-page", {"untabulated-path-parameter": 1}),
    ],
)  # fmt: skip
def test_repairs_are_counted_exactly(name: str, repairs: dict[str, int]) -> None:
    assert Counter(repair.rule for repair in reading(name).repairs) == repairs


@pytest.mark.parametrize(
    ("name", "count"),
    [
        ("backupify-fragment", 3),
        ("backupify-swagger", 16),
        ("backupify-postman", 17),
        ("cloudfoundry-page", 1),
        ("trove-page", 1),
    ],
)
def test_operations_are_counted_exactly(name: str, count: int) -> None:
    # A method and a URL may stand apart, and are two facts of one operation.
    found = {fact.address for fact in reading(name).facts if fact.address[0] == "paths" and len(fact.address) == 3}
    assert len(found) == count


def test_two_formats_meet_at_the_same_address() -> None:
    address = ("paths", "/v1/backup_instances", "post", *FORM, "backup_instance[customer_id]", "description")
    told = {name: values(name, address) for name in STRUCTURED}
    assert told == {name: ["ID of the customer to create the backup_instance for"] for name in STRUCTURED}


def test_colon_parameters_become_templates_with_a_stated_type() -> None:
    address = ("paths", "/v1/backup_instances/{backup_instance_id}", "get", "parameters", "path:backup_instance_id")
    assert values("backupify-postman", (*address, "schema", "type")) == ["string"]


def test_placeholders_are_no_examples() -> None:
    found = [fact for fact in reading("backupify-postman").facts if fact.value == "{}" or "%7B" in fact.text]
    assert found
    assert all("example" not in fact.address for fact in found)


def test_the_reference_page_gives_types_and_not_samples() -> None:
    schema = (*SERVICE, "responses", "200", "content", "application/json", "schema")
    backup = (*schema, "properties", "backups", "items", "properties")
    assert values("cloudfoundry-page", (*backup, "created_at", "type")) == ["integer"]
    assert values("cloudfoundry-page", (*schema, "title")) == ["ServiceInstanceBackupList"]
    assert not any(
        "example" in fact.address[-1] for fact in reading("cloudfoundry-page").facts if fact.address[0] == "paths"
    )


def test_operations_named_in_a_menu_are_known_and_not_invented() -> None:
    assert sum(1 for fact in reading("cloudfoundry-page").facts if fact.address[0] == "known") == 14


def test_table_cells_are_read_whole() -> None:
    told = values("trove-page", (*BACKUPS, "responses", "400", "description"))
    assert told == ["The request is missing one or more elements, or the values of some elements are invalid."]


def test_a_sample_is_an_example_and_its_types_are_too() -> None:
    content = (*BACKUPS, "responses", "200", "content", "application/json")
    (sample,) = values("trove-page", (*content, "example"))
    assert sample["backup"]["size"] == 0.141026
    levels = {fact.level for fact in reading("trove-page").facts if fact.address[: len(content)] == content}
    assert levels == {Level.EXAMPLE}


def test_no_request_body_is_told_in_prose() -> None:
    (fact,) = [f for f in reading("trove-page").facts if f.address == (*BACKUPS, "requestBody", "none")]
    assert (fact.level, fact.text) == (Level.PROSE, "This operation does not accept a request body.")


def test_an_unknown_format_is_told_with_the_known_ones() -> None:
    with pytest.raises(SourceError, match=r"postman-2\.0") as caught:
        read(Source("x", "x.raml", "raml", "shop", "x", b""))
    assert "raml" in str(caught.value)


SWAGGER = "swagger: '2.0'\ninfo: {title: t, version: '1'}\n"
RST_HEAD = "Things\n~~~~~~\n\n.. code::\n\n    GET /things\n\n"
RST_TABLE = (
    "+-------------+----+-----------+\n|Response Code|Name|Description|\n+=============+====+===========+\n"
    "|200          |OK  |Fine.      |\n+-------------+----+-----------+\n"
)
SWAGGER_GET = SWAGGER + "paths:\n  /a:\n    get:\n      responses: {}\n      parameters: "
PAGE = "Title\nRequest\nURI\nGET\nhttps://h.example/things\nResponses\n200\nOK\nReturns\nThing\nof type(s)\n"
RST_SAMPLE = "\n.. code::\n\n   HTTP/1.1 200 OK\n   Content-Type: application/json\n\n"
BROKEN = {
    "swagger without paths": ("swagger-2.0", SWAGGER),
    "swagger that is a list": ("swagger-2.0", "- a\n- b\n"),
    "swagger of another version": ("swagger-2.0", "swagger: '1.2'\npaths: {}\n"),
    "swagger parameter without name": ("swagger-2.0", SWAGGER_GET + "[{in: query}]\n"),
    "swagger parameter of no place": ("swagger-2.0", SWAGGER_GET + "[{in: mind, name: x}]\n"),
    "swagger that is no yaml": ("swagger-2.0", "a: [\n"),
    "collection without items": ("postman-2.0", '{"info": {"name": "x"}}'),
    "item without request": ("postman-2.0", '{"info": {"name": "x", "schema": "s"}, "item": [{"name": "a"}]}'),
    "collection that is cut off": ("postman-2.0", '{"info": '),
    "page that is empty": ("reference-page", ""),
    "page that ends early": ("reference-page", "Title\nWords\nRequest\nURI\nGET\n"),
    "page whose sample is cut": ("reference-page", PAGE + 'application/json\n{\n"a": \n'),
    "rst without an operation": ("rst-page", "Things\n~~~~~~\n\nWords.\n"),
    "rst with a torn table": ("rst-page", RST_HEAD + "+---+---+\n|a  |b\n+---+---+\n"),
    "rst without a table": ("rst-page", RST_HEAD),
    "rst with two operations": ("rst-page", RST_HEAD + RST_TABLE + "\n.. code::\n\n    GET /others\n"),
    "rst with an unknown table": ("rst-page", RST_HEAD + RST_TABLE.replace("Name", "Nami")),
    "rst with a bad status": ("rst-page", RST_HEAD + RST_TABLE.replace("200 ", "OK  ")),
    "rst with a list": ("rst-page", RST_HEAD + RST_TABLE + "\n* one\n* two\n"),
    "rst that includes a file": ("rst-page", RST_HEAD + RST_TABLE + "\n.. include:: /etc/hostname\n"),
    "rst with a sample that is cut": ("rst-page", RST_HEAD + RST_TABLE + RST_SAMPLE + '   {"a":\n'),
    "bytes that are no text": ("rst-page", "\udcff"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_broken_input_is_told_with_its_file_and_a_hint(case: str) -> None:
    format_, text = BROKEN[case]
    source = Source("broken", "broken.txt", format_, "shop", case, text.encode("utf-8", "surrogateescape"))
    with pytest.raises(SourceError) as caught:
        read(source)
    assert str(caught.value).startswith("broken.txt")
    assert caught.value.hint


def test_a_small_page_is_read_whole() -> None:
    source = Source("small", "small.rst", "rst-page", "shop", "small", (RST_HEAD + RST_TABLE).encode())
    facts = {fact.address: fact.value for fact in read(source).facts}
    assert facts["paths", "/things", "get"] == "GET /things"
    assert facts["paths", "/things", "get", "summary"] == "Things"
    assert facts["paths", "/things", "get", "responses", "200", "description"] == "Fine."


def test_a_collection_of_folders_within_folders_is_read() -> None:
    item = {"name": "a", "request": {"method": "GET", "url": "http://h.example/a"}, "response": []}
    collection = {
        "info": {"name": "x", "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"},
        "item": [{"name": "outer", "item": [{"name": "inner", "item": [item]}]}],
    }
    source = Source("c", "c.json", "postman-2.1", "shop", "c", json.dumps(collection).encode())
    assert ("paths", "/a", "get") in {fact.address for fact in read(source).facts}
