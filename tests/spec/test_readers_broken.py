"""Whatever happens to a source, a reader either reads it or says where and why not; it never falls over."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spec.errors import SourceError
from spec.facts import Source
from spec.readers import read
from spec.sourcing import load_sources

SMALL = tuple(source for source in load_sources() if len(source.data) < 10_000)
DEBRIS = (b"", b"\x00", b"{", b"[]", b": ", b"\xff", b"|", b"'", b"null", b"\t", b"\x0c")

SWAGGER = "swagger: '2.0'\npaths:\n  /a/{id}:\n    get:\n      responses:\n        '200': {description: Fine}\n"
PARAMETERS = SWAGGER + "      parameters:\n"
PAGE = "Title\nRequest\nURI\nGET\nhttps://h.example/a/{id}\n"
ANSWER = PAGE + "Responses\n200\nOK\nReturns\nThing\nof type(s)\napplication/json\n"
RST = "Things\n~~~~~~\n\n.. code::\n\n    GET /a\n\n"
FORMAT = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"


def collection(**request: Any) -> str:
    item = {"name": "a", "request": {"method": "GET", "url": "http://h.example/a", **request}}
    return json.dumps({"info": {"name": "x", "schema": FORMAT}, "item": [item]}, indent=1)


BROKEN = {
    "swagger of an unknown member": ("swagger-2.0", SWAGGER + "definitions: {}\n", 7, "definitions"),
    "swagger parameter twice": (
        "swagger-2.0", PARAMETERS + "      - {in: query, name: q}\n      - {in: query, name: q}\n", 9, "line 8",
    ),
    "swagger path parameter of no path": ("swagger-2.0", PARAMETERS + "      - {in: path, name: q}\n", 8, "'q'"),
    "swagger type of another format": (
        "swagger-2.0", PARAMETERS + "      - {in: query, name: q, type: file}\n", 8, "file",
    ),
    "swagger body without schema": ("swagger-2.0", PARAMETERS + "      - {in: body, name: q}\n", 8, "schema"),
    "swagger reference": (
        "swagger-2.0",
        PARAMETERS + "      - in: body\n        name: q\n        schema: {$ref: '#/x'}\n", 10, "reference",
    ),
    "swagger status of words": ("swagger-2.0", SWAGGER.replace("'200'", "fine"), 6, "fine"),
    "swagger operation without responses": (
        "swagger-2.0", "swagger: '2.0'\npaths:\n  /a:\n    get: {}\n", 4, "responses",
    ),
    "swagger path without slash": ("swagger-2.0", "swagger: '2.0'\npaths:\n  a: {}\n", 3, "'a'"),
    "collection of another version": ("postman-2.0", '{"info": {"schema": "v1"},\n "item": []}', 1, "v1"),
    "request without url": (
        "postman-2.0", '{"info": {"schema": "' + FORMAT + '"},\n "item": [\n{"request": {"method": "GET"}}]}', 3, "url",
    ),
    "request of an unknown method": ("postman-2.0", collection(method="FETCH"), 9, "FETCH"),
    "request of an unknown body mode": ("postman-2.0", collection(body={"mode": "graphql"}), 13, "graphql"),
    "request whose body is no json": ("postman-2.0", collection(body={"mode": "raw", "raw": "a=b"}), 14, "JSON"),
    "request with a variable of no path": (
        "postman-2.0", collection(url={"path": ["a"], "variable": [{"key": "q", "value": ""}]}), 17, "'q'",
    ),
    "page of an unknown method": ("reference-page", PAGE.replace("GET", "FETCH"), 4, "FETCH"),
    "page whose url has no path": ("reference-page", PAGE.replace("https://h.example/a/{id}", "nowhere"), 5, "nowhere"),
    "page parameter of no path": (
        "reference-page", PAGE + "Path Parameters\nstring\nq\nRequired\nWords\nResponses\n", 8, "'q'",
    ),
    "page parameter of no type": ("reference-page", PAGE + "Query Parameters\nwords\nq\n", 7, "words"),
    "page parameter of no demand": ("reference-page", PAGE + "Query Parameters\nstring\nq\nMaybe\n", 9, "Maybe"),
    "page answer of no media type": ("reference-page", ANSWER.replace("application/json", "words"), 12, "words"),
    "page sample that is cut": ("reference-page", ANSWER + '{\n"a": [\n', 15, "JSON"),
    "page of two operations": ("reference-page", PAGE + "Responses\n200\nOK\nRequest\n", 9, "end of the page"),
    "page with a torn command": ("reference-page", PAGE + "Responses\nCode Samples\ncurl -H 'Auth\n", 8, "command"),
    "page with another command": ("reference-page", PAGE + "Responses\nCode Samples\nwget x\n", 8, "curl"),
    "rst row of two cells": (
        "rst-page",
        RST + "+---+---+---+\n|a  |b  |c  |\n+===+===+===+\n|d      |e  |\n+-------+---+\n", 11, "2 cells",
    ),
    "rst row without words": (
        "rst-page", RST + "+---+---+\n|a  |b  |\n+===+===+\n|   |   |\n+---+---+\n", 8, "without words",
    ),
    "rst table before the operation": ("rst-page", "+---+\n|a  |\n+---+\n", 1, "operation"),
    "rst block with a control character": ("rst-page", "A\n~\n\n.. code::\n\n   GET\x0c/a\n", 6, "not as they look"),
}  # fmt: skip


@pytest.mark.parametrize("case", BROKEN)
def test_what_is_wrong_is_told_with_its_line(case: str) -> None:
    format_, text, line, word = BROKEN[case]
    with pytest.raises(SourceError) as caught:
        read(Source("broken", "broken.txt", format_, "shop", case, text.encode()))
    assert (caught.value.line, bool(caught.value.hint)) == (line, True)
    assert word in caught.value.message


@st.composite
def damaged_sources(draw: st.DrawFn) -> Source:
    """A real source with lines dropped, doubled or moved, cut off, or sprinkled with debris."""
    source = draw(st.sampled_from(SMALL))
    lines = source.data.split(b"\n")
    first, second = (draw(st.integers(0, len(lines) - 1)) for _ in range(2))
    kind = draw(st.sampled_from(("cut", "drop", "double", "replace", "debris")))
    if kind == "cut":
        return dataclasses.replace(source, data=source.data[: draw(st.integers(0, len(source.data)))])
    if kind == "drop":
        lines = lines[: min(first, second)] + lines[max(first, second) :]
    elif kind == "double":
        lines.insert(first, lines[second])
    elif kind == "replace":
        lines[first] = lines[second]
    else:
        at = draw(st.integers(0, len(lines[first])))
        lines[first] = lines[first][:at] + draw(st.sampled_from(DEBRIS)) + lines[first][at + 1 :]
    return dataclasses.replace(source, data=b"\n".join(lines))


def outcome_of(source: Source) -> str:
    """How reading went; anything that is neither a reading nor a refusal is raised."""
    try:
        return "read" if read(source).facts else "empty"
    except SourceError as error:
        return "refused" if error.hint and error.file == source.file else f"refused without a word: {error}"


@given(damaged_sources())
@settings(max_examples=150, deadline=None, derandomize=True)
def test_a_damaged_source_is_read_or_refused_and_nothing_else(source: Source) -> None:
    assert outcome_of(source) in ("read", "refused")


@pytest.mark.parametrize("source", SMALL, ids=lambda source: source.id)
def test_a_source_that_lost_any_one_line_is_read_or_refused(source: Source) -> None:
    lines = source.data.split(b"\n")
    torn = (dataclasses.replace(source, data=b"\n".join(lines[:n] + lines[n + 1 :])) for n in range(len(lines)))
    # Some lines can be missed, and some cannot: both must happen, and nothing else may.
    assert {outcome_of(source) for source in torn} == {"read", "refused"}
