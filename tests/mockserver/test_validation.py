from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mockserver.exchange import Address, Judged, Refusal
from mockserver.judgement.schema import SchemaCompiler
from mockserver.judgement.strictjson import DEEPEST, parse_json
from mockserver.judgement.strictness import Strictness
from mockserver.judgement.validation import RequestJudge
from mockserver.passage import Passage
from spec.contract import Contract
from spec.contract_reader import contract_from
from spec.errors import ContractError
from spec.schema import Direction

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"


def judge(
    contract: Contract,
    operation: str,
    *,
    path: dict[str, str] | None = None,
    query: str = "",
    headers: dict[str, str] | None = None,
    body: bytes = b"",
    media_type: str | None = None,
    strictness: Strictness = Strictness.NORMAL,
) -> Judged:
    passage = Passage(
        method="GET",
        path="/",
        query=query.encode(),
        headers=headers or {},
        address=Address("http://mock", "/"),
        request_id="1",
        body=body,
        media_type=media_type,
        options={"boundary": "B"},
        values={"shelf_id": "1", "book_id": "b-1"} | (path or {}),
    )
    return RequestJudge(contract, contract.operation(operation), strictness=strictness).judge(passage)


def violations(contract: Contract, operation: str, **request: Any) -> list[tuple[str, str, str]]:
    with pytest.raises(Refusal) as caught:
        judge(contract, operation, **request)
    assert caught.value.reason == "invalid-request"
    return [(found.place, found.pointer, found.keyword) for found in caught.value.violations]


def reason(contract: Contract, operation: str, **request: Any) -> str:
    with pytest.raises(Refusal) as caught:
        judge(contract, operation, **request)
    return caught.value.reason


def one(schema: dict[str, Any], place: str = "query", **more: Any) -> Contract:
    """A contract whose operation `x` has one parameter `p` of that schema."""
    parameter = {"name": "p", "in": place, "schema": schema, **more}
    operation = {"operationId": "x", "parameters": [parameter], "responses": {"200": {"description": ""}}}
    document = {"openapi": "3.0.3", "info": {"title": "t", "version": "1"}, "paths": {"/x": {"get": operation}}}
    return contract_from(document)


# Parameters.


def test_defaults_are_filled_in(shelf: Contract) -> None:
    assert judge(shelf, "listShelves").query == {"page": 1, "per_page": 20}


def test_all_violations_are_told_at_once(shelf: Contract) -> None:
    found = violations(
        shelf,
        "listShelves",
        query="page=x&since=yesterday&load=2&floors=1,1",
        headers={"x-depth": "12", "cookie": "theme=pink; visits=many"},
    )
    assert found == [
        ("query", "page", "type"),
        ("query", "floors", "uniqueItems"),
        ("query", "since", "format"),
        ("query", "load", "maximum"),
        ("header", "X-Depth", "maximum"),
        ("cookie", "theme", "enum"),
        ("cookie", "visits", "type"),
    ]


@pytest.mark.parametrize("text", ["5", "-5", "0", "9" * 30])
def test_an_integer_is_read_as_json_would_write_it(text: str) -> None:
    assert judge(one({"type": "integer"}), "x", query=f"p={text}").query == {"p": int(text)}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "+5",
        "05",
        "1_0",
        "1.0",
        "1e3",
        "0x1",
        "true",
        "None",
        "%D9%A3",
        "%EF%BC%95",
        " 5",
        "5%0A",
        "--5",
        "9" * 5000,
    ],
)
def test_other_spellings_of_an_integer_are_refused(text: str) -> None:
    assert violations(one({"type": "integer"}), "x", query=f"p={text}") == [("query", "p", "type")]


@pytest.mark.parametrize(("text", "value"), [("0.5", 0.5), ("-1e-3", -0.001), ("7", 7), ("1E5", 1e5)])
def test_a_number_is_read_as_json_would_write_it(text: str, value: float) -> None:
    assert judge(one({"type": "number"}), "x", query=f"p={text}").query == {"p": value}


@pytest.mark.parametrize("text", ["", ".", "+", "-", "nan", "inf", "-Infinity", "1e999", "1.", ".5", "1_0.0", "0x1p3"])
def test_other_spellings_of_a_number_are_refused(text: str) -> None:
    assert violations(one({"type": "number"}), "x", query=f"p={text}") == [("query", "p", "type")]


@pytest.mark.parametrize(("text", "value"), [("true", True), ("false", False)])
def test_a_boolean_is_one_of_two_words(text: str, value: bool) -> None:
    assert judge(one({"type": "boolean"}), "x", query=f"p={text}").query == {"p": value}


@pytest.mark.parametrize("text", ["True", "1", "0", "yes", "", "TRUE"])
def test_other_words_are_no_boolean(text: str) -> None:
    assert violations(one({"type": "boolean"}), "x", query=f"p={text}") == [("query", "p", "type")]


@given(st.integers(min_value=-(10**20), max_value=10**20))
def test_every_integer_comes_back(number: int) -> None:
    assert judge(one({"type": "integer"}), "x", query=f"p={number}").query == {"p": number}


def test_null_is_null_where_it_may_be() -> None:
    assert judge(one({"type": "integer", "nullable": True}), "x", query="p=null").query == {"p": None}
    assert violations(one({"type": "integer", "nullable": True}), "x", query="p=None") == [("query", "p", "type")]


@pytest.mark.parametrize(
    ("schema", "text", "value"),
    [
        ({"enum": [1, "two"]}, "1", 1),
        ({"enum": [1, "two"]}, "two", "two"),
        ({"enum": ["1", "2"]}, "1", "1"),
        ({"anyOf": [{"type": "integer"}, {"type": "string", "pattern": "^[a-z]+$"}]}, "7", 7),
        ({"anyOf": [{"type": "integer"}, {"type": "string", "pattern": "^[a-z]+$"}]}, "abc", "abc"),
        ({"anyOf": [{"type": "integer", "maximum": 5}, {"type": "string"}]}, "7", "7"),
        ({"allOf": [{"type": "integer"}, {"minimum": 3}]}, "3", 3),
        ({}, "x", "x"),
        ({"oneOf": [{"type": "boolean"}, {"type": "number"}]}, "true", True),
    ],
)
def test_a_schema_without_one_type_takes_the_reading_that_fits(schema: dict[str, Any], text: str, value: Any) -> None:
    assert judge(one(schema), "x", query=f"p={text}").query == {"p": value}


def test_no_reading_that_fits_is_a_violation() -> None:
    assert violations(one({"anyOf": [{"type": "integer"}, {"type": "boolean"}]}), "x", query="p=b") == [
        ("query", "p", "anyOf")
    ]


def test_a_list_may_be_several_fields_or_one_with_commas(shelf: Contract) -> None:
    query = judge(shelf, "listShelves", query="room=A1&room=B2&floors=1,2").query
    assert (query["room"], query["floors"]) == (["A1", "B2"], [1, 2])


def test_an_encoded_comma_belongs_to_its_item() -> None:
    contract = one({"type": "array", "items": {"type": "string"}}, explode=False)
    assert judge(contract, "x", query="p=a%2Cb,c").query == {"p": ["a,b", "c"]}


@pytest.mark.parametrize(
    ("style", "text"), [("spaceDelimited", "a%20b"), ("pipeDelimited", "a|b"), ("pipeDelimited", "a%7Cb")]
)
def test_other_separators_are_known(style: str, text: str) -> None:
    contract = one({"type": "array", "items": {"type": "string"}}, style=style, explode=False)
    assert judge(contract, "x", query=f"p={text}").query == {"p": ["a", "b"]}


def test_a_single_value_given_twice_is_told_and_not_chosen_from(shelf: Contract) -> None:
    assert violations(shelf, "listShelves", query="page=1&page=2") == [("query", "page", "repeated")]


def test_an_object_may_have_one_field_for_each_member(shelf: Contract) -> None:
    assert judge(shelf, "listShelves", query="box[width]=3&box%5Blabel%5D=x").query["box"] == {"width": 3, "label": "x"}


@pytest.mark.parametrize("query", ["box[a][b]=1", "box[]=1", "box[=1", "box]=1", "box=1", "box[width]=1&box=2"])
def test_odd_brackets_in_a_query_are_no_failure(shelf: Contract, query: str) -> None:
    assert judge(shelf, "listShelves", query=query).query["page"] == 1


@pytest.mark.parametrize(
    ("more", "query"),
    [
        ({"style": "form", "explode": True}, "a=1&b=x"),
        ({"style": "form", "explode": False}, "p=a,1,b,x"),
        ({"style": "deepObject", "explode": True}, "p[a]=1&p[b]=x"),
    ],
)
def test_an_object_has_three_spellings(more: dict[str, Any], query: str) -> None:
    schema = {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "string"}}}
    assert judge(one(schema, **more), "x", query=query).query == {"p": {"a": 1, "b": "x"}}


def test_header_parameters_are_coerced(shelf: Contract) -> None:
    headers = judge(shelf, "listShelves", headers={"x-depth": "5", "x-tags": "a, b ,c"}).headers
    assert headers == {"X-Depth": 5, "X-Tags": ["a", "b", "c"]}


def test_cookie_parameters_are_coerced(shelf: Contract) -> None:
    assert judge(shelf, "listShelves", headers={"cookie": "visits=3; theme=dark; other=1"}).cookies == {
        "visits": 3,
        "theme": "dark",
    }


@pytest.mark.parametrize("name", ["Accept", "Content-Type", "Authorization"])
def test_header_parameters_that_openapi_ignores_are_ignored(name: str) -> None:
    contract = one({"type": "integer"}, "header", required=True)
    contract.document["paths"]["/x"]["get"]["parameters"][0]["name"] = name
    assert judge(contract_from(contract.document), "x").headers == {}


def test_a_required_parameter_is_missed() -> None:
    assert violations(one({"type": "string"}, required=True), "x") == [("query", "p", "required")]


def test_path_values_are_coerced(shelf: Contract) -> None:
    assert judge(shelf, "getShelf", path={"shelf_id": "7"}).path == {"shelf_id": 7}
    assert violations(shelf, "getShelf", path={"shelf_id": "seven"}) == [("path", "shelf_id", "type")]


def test_unknown_parameters_matter_only_when_strict(shelf: Contract) -> None:
    assert judge(shelf, "listShelves", query="colour=red").query == {"page": 1, "per_page": 20}
    assert violations(shelf, "listShelves", query="colour=red&box[width]=1", strictness=Strictness.STRICT) == [
        ("query", "colour", "unknown")
    ]


@pytest.mark.parametrize("query", ["p=%FF", "%FF=1", "p=%C3%28", "&".join(["a=1"] * 1001)])
def test_a_query_that_cannot_be_read_is_malformed(query: str) -> None:
    assert reason(one({"type": "string"}), "x", query=query) == "malformed"


@pytest.mark.parametrize("style", ["label", "matrix"])
def test_a_style_that_is_not_served_stops_the_start(style: str) -> None:
    with pytest.raises(ContractError, match=f"style '{style}' is not served"):
        judge(one({"type": "string"}, style=style), "x")


def test_a_schema_that_cannot_be_compiled_stops_the_start() -> None:
    with pytest.raises(ContractError, match="query parameter 'p'"):
        judge(one({"type": "string", "pattern": "(("}), "x")


# Formats and the dialect of OpenAPI 3.0.


@pytest.mark.parametrize(
    ("form", "good", "bad"),
    [
        ("date-time", "2026-01-01T00:00:00Z", "2026-01-01"),
        ("date", "2026-01-31", "2026-02-31"),
        ("uuid", "123e4567-e89b-12d3-a456-426614174000", "123"),
        ("uri", "https://a.example/b", "not a uri"),
        ("email", "a@b.example", "a.b"),
        ("ipv4", "10.0.0.1", "10.0.0.256"),
        ("byte", "YWJj", "YWJ"),
    ],
)
def test_formats_are_enforced(form: str, good: str, bad: str) -> None:
    contract = one({"type": "string", "format": form})
    assert judge(contract, "x", query=f"p={good}").query == {"p": good}
    assert violations(contract, "x", query=f"p={bad}") == [("query", "p", "format")]


@pytest.mark.parametrize(("form", "bits"), [("int32", 31), ("int64", 63)])
def test_integer_formats_are_ranges(form: str, bits: int) -> None:
    contract = one({"type": "integer", "format": form})
    assert judge(contract, "x", query=f"p={2**bits - 1}").query == {"p": 2**bits - 1}
    assert violations(contract, "x", query=f"p={2**bits}") == [("query", "p", "maximum")]


def test_a_pattern_that_backtracks_runs_in_linear_time() -> None:
    contract = one({"type": "string", "pattern": "^(a+)+$"})
    assert violations(contract, "x", query="p=" + "a" * 5000 + "b") == [("query", "p", "pattern")]


def test_a_pattern_with_look_around_is_understood() -> None:
    contract = one({"type": "string", "pattern": "^(?=.*[0-9])[a-z0-9]+$"})
    assert judge(contract, "x", query="p=ab1").query == {"p": "ab1"}
    assert violations(contract, "x", query="p=ab") == [("query", "p", "pattern")]


def check(schema: dict[str, Any], value: Any, direction: Direction = Direction.REQUEST) -> bool:
    return (
        SchemaCompiler({"components": {"schemas": {"T": schema}}}, direction)
        .compile({"$ref": "#/components/schemas/T"}, "here")
        .is_valid(value)
    )


@pytest.mark.parametrize(
    ("schema", "value", "fits"),
    [
        ({"type": "string", "nullable": True}, None, True),
        ({"type": "string"}, None, False),
        ({"type": "string", "enum": ["a"], "nullable": True}, None, False),
        ({"type": "string", "enum": ["a", None], "nullable": True}, None, True),
        ({"nullable": True, "allOf": [{"type": "object"}]}, None, True),
        ({"allOf": [{"type": "object"}]}, None, False),
        ({"type": "number", "minimum": 0, "exclusiveMinimum": True}, 0, False),
        ({"type": "number", "minimum": 0, "exclusiveMinimum": False}, 0, True),
        ({"type": "number", "multipleOf": 0.01}, 0.29, True),
        ({"type": "integer"}, 1.0, True),
        (
            {"type": "object", "properties": {"enum": {"type": "integer"}, "$ref": {"type": "string"}}},
            {"enum": "x"},
            False,
        ),
        ({"type": "object", "properties": {"nullable": {"type": "integer"}}}, {"nullable": None}, False),
        ({"type": "array", "items": {"$ref": "#/components/schemas/T"}}, [[[]]], True),
        ({"type": "array", "items": {"$ref": "#/components/schemas/T"}}, [[[1]]], False),
    ],
)
def test_the_dialect_of_openapi_is_understood(schema: dict[str, Any], value: Any, fits: bool) -> None:
    assert check(schema, value) is fits


def test_read_only_members_are_not_required_in_requests_and_write_only_ones_not_in_answers() -> None:
    schema = {
        "type": "object",
        "required": ["id", "secret"],
        "properties": {"id": {"type": "integer", "readOnly": True}, "secret": {"type": "string", "writeOnly": True}},
    }
    assert check(schema, {"secret": "s"}, Direction.REQUEST)
    assert not check(schema, {"id": 1}, Direction.REQUEST)
    assert check(schema, {"id": 1}, Direction.RESPONSE)
    assert not check(schema, {"id": 1, "secret": "s"}, Direction.RESPONSE)


# Form bodies.


@pytest.mark.parametrize("name", ["shelf[name]", "shelf%5Bname%5D"])
def test_bracketed_names_work_raw_and_encoded(shelf: Contract, name: str) -> None:
    assert judge(shelf, "createShelf", body=f"{name}=x".encode(), media_type=FORM).body == {"name": "x"}


def test_form_fields_are_coerced_and_unwrapped(shelf: Contract) -> None:
    body = b"shelf[name]=A+B%26C&shelf[capacity]=5&shelf[subjects]=a&shelf[subjects]=b"
    assert judge(shelf, "createShelf", body=body, media_type=FORM).body == {
        "name": "A B&C",
        "capacity": 5,
        "subjects": ["a", "b"],
    }


def test_a_repeated_field_is_a_violation_unless_it_is_a_list(shelf: Contract) -> None:
    found = violations(shelf, "createShelf", body=b"shelf[name]=a&shelf[name]=b&shelf[room]=A1", media_type=FORM)
    assert found == [("body", "/shelf[name]", "repeated")]


def test_a_repeated_field_that_is_not_declared_is_a_list(shelf: Contract) -> None:
    body = b"shelf[name]=a&extra=1&extra=2"
    assert judge(shelf, "createShelf", body=body, media_type=FORM).body == {"name": "a", "extra": ["1", "2"]}


def test_a_form_without_fields_is_a_form(shelf: Contract) -> None:
    assert judge(shelf, "updateShelf", media_type=FORM).body == {}
    assert violations(shelf, "createShelf", media_type=FORM) == [("body", "/shelf[name]", "required")]


def test_an_optional_body_may_be_left_out_and_a_required_one_not(shelf: Contract) -> None:
    assert judge(shelf, "updateShelf").body is None
    assert violations(shelf, "createShelf") == [("body", "", "required")]
    assert violations(shelf, "createBook", media_type=JSON) == [("body", "", "required")]


def test_a_body_without_a_media_type_is_read_as_the_first_declared_one(shelf: Contract) -> None:
    assert judge(shelf, "createShelf", body=b"shelf[name]=x").body == {"name": "x"}


@pytest.mark.parametrize("body", [b"shelf[name]=%FF", b"\xff=1", b"&".join([b"a=1"] * 1001)])
def test_a_form_that_cannot_be_read_is_malformed(shelf: Contract, body: bytes) -> None:
    assert reason(shelf, "createShelf", body=body, media_type=FORM) == "malformed"


# JSON bodies.


def test_json_is_judged_deep_inside(shelf: Contract) -> None:
    body = (
        b'{"title": "", "chapters": [{"title": "a", "chapters": [{}]}],'
        b' "colour": 1, "pages": 0, "author": {"mail": "x"}}'
    )
    assert sorted(violations(shelf, "createBook", body=body, media_type=JSON)) == [
        ("body", "/author/mail", "format"),
        ("body", "/author/name", "required"),
        ("body", "/chapters/0/chapters/0/title", "required"),
        ("body", "/colour", "additionalProperties"),
        ("body", "/pages", "minimum"),
        ("body", "/title", "minLength"),
    ]


def test_a_media_type_that_is_not_declared_is_unsupported(shelf: Contract) -> None:
    assert reason(shelf, "createBook", body=b"{}", media_type="text/plain") == "unsupported-media-type"


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"{",
        b"nul",
        b"\xff\xfe",
        b"\xef\xbb\xbf{}",
        b"NaN",
        b"[Infinity]",
        b"-Infinity",
        b"1e400",
        b"1" * 5000,
        b"[" * 100_000,
        b"[" * (DEEPEST + 1) + b"]" * (DEEPEST + 1),
        b'{"a":' * 900 + b"1" + b"}" * 900,
        b'{"a":1,"a":2}',
        b'[{"b":{"c":1,"c":1}}]',
        b'"\\ud800"',
        b'{"\\udfff": 1}',
        b"{'a': 1}",
        b"[1,]",
        b"01",
        b"{} {}",
        b"\x00",
    ],
    ids=lambda text: text[:12].decode("latin-1") + f"…{len(text)}",
)
def test_json_that_two_readers_could_disagree_on_is_malformed(text: bytes) -> None:
    with pytest.raises(Refusal) as caught:
        parse_json(text)
    assert caught.value.reason == "malformed"
    assert caught.value.violations[0].keyword == "syntax"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b'"\\ud83d\\ude00"', "😀"),
        (b" [1.5, -0, 1e2] ", [1.5, 0, 100.0]),
        (b"[" * DEEPEST + b"]" * DEEPEST, None),
        (b"9" * 400, int("9" * 400)),
        (b"[" + b"{}," * 500 + b"{}]", [{}] * 501),
    ],
)
def test_json_that_is_odd_but_right_is_read(text: bytes, value: Any) -> None:
    read = parse_json(text)
    assert value is None or read == value


# Multipart bodies.


def part(name: str, data: str, more: str = "") -> str:
    return f'--B\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n{data}\r\n'


PICTURE = part("picture", "PNG", '; filename="a.png"\r\nContent-Type: image/png')


def test_multipart_fields_are_coerced_and_files_stay_bytes(shelf: Contract) -> None:
    text = (
        PICTURE + part("width", "5") + part("labels", "a") + part("labels", "b") + part("meta", '{"by": "x"}') + "--B--"
    )
    assert judge(shelf, "sendCover", body=text.encode(), media_type="multipart/form-data").body == {
        "picture": b"PNG",
        "width": 5,
        "labels": ["a", "b"],
        "meta": {"by": "x"},
    }


def test_multipart_fields_are_judged(shelf: Contract) -> None:
    text = part("width", "0") + part("caption", "x" * 41) + part("meta", "{}") + part("width", "1") + "--B--"
    assert sorted(violations(shelf, "sendCover", body=text.encode(), media_type="multipart/form-data")) == [
        ("body", "/caption", "maxLength"),
        ("body", "/meta/by", "required"),
        ("body", "/picture", "required"),
        ("body", "/width", "repeated"),
    ]


@pytest.mark.parametrize(
    "text",
    [
        "garbage",
        "--B",
        "--B\r\n",
        PICTURE,
        "--B\r\nContent-Disposition: form-data\r\n\r\nx\r\n--B--",
        "--B\r\nno header line\r\n\r\nx\r\n--B--",
        "--B\r\n\r\n\r\n--B--",
        part("meta", "{", "") + "--B--",
        part("a", "1") * 1001 + "--B--",
        "--C\r\n\r\n--C--",
    ],
    ids=lambda text: f"{text[:40]!r}…{len(text)}",
)
def test_multipart_that_cannot_be_read_is_malformed(shelf: Contract, text: str) -> None:
    assert reason(shelf, "sendCover", body=text.encode(), media_type="multipart/form-data") == "malformed"


def test_a_multipart_field_that_is_not_utf8_is_malformed(shelf: Contract) -> None:
    body = part("caption", "§").encode("latin-1") + b"--B--"
    assert reason(shelf, "sendCover", body=body, media_type="multipart/form-data") == "malformed"
