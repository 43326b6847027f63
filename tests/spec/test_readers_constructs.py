"""What the formats may say beyond what the five sources happen to say."""

from __future__ import annotations

import json
from typing import Any

from spec.facts import Fact, Level, Source
from spec.loading import load_text
from spec.readers import known_formats, read
from spec.sourcing import load_sources

FORM = ("requestBody", "content", "application/x-www-form-urlencoded", "schema")
POST = ("paths", "/a/{id}", "post")
INFO = {"name": "x", "schema": "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"}


def facts_of(format_: str, text: str) -> dict[tuple[str, ...], Fact]:
    return {fact.address: fact for fact in read(Source("s", "s.txt", format_, "shop", "s", text.encode())).facts}


def swagger(parameters: str, answer: str = "{description: Fine}") -> dict[tuple[str, ...], Any]:
    text = f"""
swagger: "2.0"
produces: [application/json]
paths:
  /a/{{id}}:
    post:
      parameters: {parameters}
      responses:
        "201": {answer}
"""
    return {address: fact.value for address, fact in facts_of("swagger-2.0", text).items()}


def postman(request: dict[str, Any], **item: Any) -> dict[tuple[str, ...], Fact]:
    collection = {"info": INFO, "item": [{"request": {"method": "POST", **request}, **item}]}
    return facts_of("postman-2.1", json.dumps(collection, indent=1))


def page(*lines: str) -> dict[tuple[str, ...], Any]:
    text = "\n".join(("Title", "Request", "URI", "POST", "/a/{id}", *lines))
    return {address: fact.value for address, fact in facts_of("reference-page", text).items()}


def test_every_reader_is_found_without_being_listed() -> None:
    assert known_formats() == ("postman-2.0", "postman-2.1", "reference-page", "rst-page", "swagger-2.0")


def test_every_leaf_stands_at_the_pointer_of_a_fact() -> None:
    for source in load_sources():
        if source.format.endswith("-page"):
            continue
        facts = read(source).facts
        pointers = {fact.where.pointer for fact in facts}
        lists = {fact.where.pointer for fact in facts if isinstance(fact.value, list)}
        missed = [p for p in leaf_pointers(load_text(source.data, source.file).value) if p not in pointers]
        assert [pointer for pointer in missed if pointer.rpartition("/")[0] not in lists] == []


def leaf_pointers(value: Any, pointer: str = "") -> list[str]:
    if not isinstance(value, (dict, list)) or not value:
        return [pointer]
    members = value.items() if isinstance(value, dict) else enumerate(value)
    steps = ((str(key).replace("~", "~0").replace("/", "~1"), member) for key, member in members)
    return [found for step, member in steps for found in leaf_pointers(member, f"{pointer}/{step}")]


def test_swagger_required_form_fields_become_one_list() -> None:
    told = swagger(
        "[{in: formData, name: a, type: string, required: true}, {in: formData, name: b, type: string, required: true}]"
    )
    assert told[*POST, *FORM, "required"] == ["a", "b"]


def test_a_swagger_form_field_may_be_declared_optional() -> None:
    told = swagger("[{in: formData, name: a, type: string, required: false}]")
    assert told[*POST, *FORM, "properties", "a", "x-optional"] is True
    assert (*POST, *FORM, "required") not in told


def test_swagger_parameter_keywords_move_into_the_schema() -> None:
    told = swagger("[{in: query, name: q, type: array, items: {type: integer}, maxItems: 3, x-note: n}]")
    schema = (*POST, "parameters", "query:q", "schema")
    assert (told[*schema, "type"], told[*schema, "items", "type"], told[*schema, "maxItems"]) == ("array", "integer", 3)
    assert not any(address[-1] == "x-note" for address in told if address[0] == "paths")


def test_a_swagger_body_keeps_its_schema() -> None:
    told = swagger("[{in: body, name: b, required: true, schema: {type: object, properties: {n: {enum: [1, 2]}}}}]")
    body = (*POST, "requestBody")
    assert told[*body, "required"] is True
    assert told[*body, "content", "application/json", "schema", "properties", "n", "enum"] == [1, 2]


def test_a_swagger_answer_keeps_its_schema() -> None:
    told = swagger("[]", "{description: Made, schema: {type: object, required: [n]}}")
    schema = (*POST, "responses", "201", "content", "application/json", "schema")
    assert (told[*schema, "type"], told[*schema, "required"]) == ("object", ["n"])


def test_a_postman_url_in_parts_names_query_and_variables() -> None:
    url = {
        "raw": "https://h.example/a/:id?q=1",
        "host": ["h", "example"],
        "path": ["a", ":id"],
        "query": [{"key": "q", "value": "1", "description": "how many"}],
        "variable": [{"key": "id", "value": "7"}],
    }
    told = postman({"url": url}, name="Make an a")
    assert told["document", "s", "host"].value == "h.example"
    assert told[*POST, "summary"].value == "Make an a"
    assert told[*POST, "parameters", "query:q", "description"].value == "how many"
    sample = told[*POST, "parameters", "path:id", "schema", "example"]
    assert (sample.value, sample.level) == ("7", Level.EXAMPLE)


def test_bodies_of_postman_requests_and_responses_are_examples() -> None:
    request = {"url": "http://h.example/a/:id", "body": {"mode": "raw", "raw": '{"n": 1}'}}
    told = postman(request, name="make", response=[{"code": 201, "status": "Made", "body": '{"n": 2}', "header": []}])
    for end, body in ((("requestBody",), {"n": 1}), (("responses", "201"), {"n": 2})):
        sample = told[*POST, *end, "content", "application/json", "example"]
        assert (sample.value, sample.level) == (body, Level.EXAMPLE)


def test_headers_that_describe_a_body_are_no_parameters() -> None:
    header = [{"key": "Content-Type", "value": "application/json"}, {"key": "X-Trace", "value": "{{trace}}"}]
    told = postman({"url": "http://h.example/a/:id", "header": header}, name="make")
    parameters = {address[4] for address in told if address[3:4] == ("parameters",)}
    assert parameters == {"header:X-Trace"}


def test_required_members_of_a_page_become_one_list() -> None:
    told = page(
        "Responses", "200", "OK", "Returns", "Thing", "of type(s)", "application/json",
        "string", "a", "Required", "Words", "array of", "integer", "b", "Required", "Numbers",
    )  # fmt: skip
    schema = (*POST, "responses", "200", "content", "application/json", "schema")
    assert told[*schema, "required"] == ["a", "b"]
    assert told[*schema, "properties", "b", "items", "type"] == "integer"


def test_a_page_may_document_an_answer_without_a_body() -> None:
    told = page("Responses", "204", "No Content", "401", "Unauthorized")
    assert {address[4] for address in told if address[3:4] == ("responses",)} == {"204", "401"}


def test_a_command_may_span_lines_and_name_more_headers() -> None:
    told = page(
        "Responses", "204", "No Content", "Code Samples",
        "curl -X POST \\", "-H 'Accept: */*' \\", "--header 'X-Trace: 1' https://h.example/a/1",
    )  # fmt: skip
    assert {address[4] for address in told if address[3:4] == ("parameters",)} == {"header:X-Trace"}
