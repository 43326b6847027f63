"""Every style of OpenAPI 3.0, in every place, judged by one small contract that has them all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mockserver.exchange import Address, Judged, Refusal
from mockserver.judgement.strictness import Strictness
from mockserver.judgement.validation import RequestJudge
from mockserver.passage import Passage
from spec.contract import Contract
from spec.contract_reader import load_contract

FORM, MULTIPART, JSON = "application/x-www-form-urlencoded", "multipart/form-data", "application/json"
COOKIE = {"cookie": "taste=sweet"}


@pytest.fixture(scope="module")
def styles() -> Contract:
    return load_contract(Path(__file__).parent.parent / "contracts" / "styles.yaml")


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
    passage = Passage("GET", "/", query.encode(), headers or {}, Address("http://mock", "/"), "1", body, media_type)
    passage.options, passage.values = {"boundary": "B"}, path or {}
    return RequestJudge(contract, contract.operation(operation), strictness=strictness).judge(passage)


def refusal(contract: Contract, operation: str, **request: Any) -> Refusal:
    with pytest.raises(Refusal) as caught:
        judge(contract, operation, **request)
    return caught.value


def found(contract: Contract, operation: str, **request: Any) -> list[tuple[str, str, str]]:
    return [(one.place, one.pointer, one.keyword) for one in refusal(contract, operation, **request).violations]


def part(name: str, data: str, more: str = "") -> str:
    return f'--B\r\nContent-Disposition: form-data; name="{name}"{more}\r\n\r\n{data}\r\n'


# Paths.


def test_a_path_spells_values_simply(styles: Contract) -> None:
    path = {"list": "1,2", "record": "width,3,label,x", "pairs": "width=3,label=x"}
    box = {"width": 3, "label": "x"}
    assert judge(styles, "readSimple", path=path).path == {"list": [1, 2], "record": box, "pairs": box}


def test_a_path_spells_values_with_a_leading_dot(styles: Contract) -> None:
    path = {"one": ".5", "list": ".1,2", "points": ".1.2", "pairs": ".width=3.label=x"}
    assert judge(styles, "readLabel", path=path).path == {
        "one": 5,
        "list": [1, 2],
        "points": [1, 2],
        "pairs": {"width": 3, "label": "x"},
    }


def test_a_path_spells_values_as_a_matrix(styles: Contract) -> None:
    path = {
        "one": ";one=5",
        "list": ";list=1,2",
        "several": ";several=1;several=2",
        "record": ";record=width,3",
        "pairs": ";width=3;label=x",
    }
    assert judge(styles, "readMatrix", path=path).path == {
        "one": 5,
        "list": [1, 2],
        "several": [1, 2],
        "record": {"width": 3},
        "pairs": {"width": 3, "label": "x"},
    }


def test_a_value_without_the_mark_of_its_style_is_a_violation(styles: Contract) -> None:
    path = {"one": "5", "list": ";lost=1", "several": ";several=1;2", "record": ";record=width", "pairs": ";width=x"}
    assert found(styles, "readMatrix", path=path) == [
        ("path", "one", "style"),
        ("path", "list", "style"),
        ("path", "several", "style"),
        ("path", "record", "style"),
        ("path", "pairs/width", "type"),
    ]


# Queries, header fields and cookies.


def test_a_query_has_a_spelling_for_every_style(styles: Contract) -> None:
    query = "several=1&several=2&commas=3,4&blanks=5%206&pipes=7|8&record=width,9&width=1&label=y"
    assert judge(styles, "readQuery", query=query, headers=COOKIE).query == {
        "several": [1, 2],
        "commas": [3, 4],
        "blanks": [5, 6],
        "pipes": [7, 8],
        "record": {"width": 9},
        "spread": {"width": 1, "label": "y"},
        "size": 7,
    }


def test_a_deep_object_may_hold_lists(styles: Contract) -> None:
    query = "deep[width]=1&deep[tags]=a&deep[tags]=b"
    assert judge(styles, "readQuery", query=query, headers=COOKIE).query["deep"] == {"width": 1, "tags": ["a", "b"]}


def test_a_member_given_twice_is_told_by_its_field(styles: Contract) -> None:
    query = "deep[width]=1&deep[width]=2&label=a&label=b"
    assert found(styles, "readQuery", query=query, headers=COOKIE) == [
        ("query", "deep[width]", "repeated"),
        ("query", "label", "repeated"),
    ]


def test_header_fields_hold_lists_and_objects(styles: Contract) -> None:
    headers = COOKIE | {"x-numbers": "1, 2", "x-record": "width,3", "x-pairs": "width=3, label=x"}
    assert judge(styles, "readQuery", headers=headers).headers == {
        "X-Numbers": [1, 2],
        "X-Record": {"width": 3},
        "X-Pairs": {"width": 3, "label": "x"},
    }


def test_pairs_without_an_end_are_a_violation(styles: Contract) -> None:
    assert found(styles, "readQuery", headers=COOKIE | {"x-record": "width"}) == [("header", "X-Record", "style")]


def test_a_required_cookie_is_missed(styles: Contract) -> None:
    assert found(styles, "readQuery") == [("cookie", "taste", "required")]


# Forms.


def test_a_form_has_the_styles_of_its_encoding(styles: Contract) -> None:
    body = b'name=n&several=1&several=2&commas=3,4&pipes=5%7C6&deep[width]=7&deep[tags]=a&box={"width":8}'
    assert judge(styles, "sendForm", body=body, media_type=FORM).body == {
        "name": "n",
        "several": [1, 2],
        "commas": [3, 4],
        "pipes": [5, 6],
        "deep": {"width": 7, "tags": ["a"]},
        "box": {"width": 8},
    }


def test_broken_json_in_two_fields_is_told_twice_and_with_the_rest(styles: Contract) -> None:
    told = refusal(styles, "sendForm", query="page=x", body=b"box={&lid=[&commas=a", media_type=FORM)
    assert told.reason == "malformed"
    assert sorted((one.place, one.pointer, one.keyword) for one in told.violations) == [
        ("body", "/box", "syntax"),
        ("body", "/commas/0", "type"),
        ("body", "/lid", "syntax"),
        ("body", "/name", "required"),
        ("query", "page", "type"),
    ]


def test_a_part_of_another_media_type_is_a_violation(styles: Contract) -> None:
    text = part("name", "n") + part("picture", "GIF", '; filename="a.gif"\r\nContent-Type: image/gif') + "--B--"
    assert found(styles, "sendForm", body=text.encode(), media_type=MULTIPART) == [("body", "/picture", "media type")]


def test_several_parts_may_be_wrong_at_once(styles: Contract) -> None:
    text = part("name", "") + part("box", "{") + part("lid", '{"depth": 1}') + part("several", "x") + "--B--"
    assert sorted(found(styles, "sendForm", body=text.encode(), media_type=MULTIPART)) == [
        ("body", "/box", "syntax"),
        ("body", "/lid/depth", "additionalProperties"),
        ("body", "/name", "minLength"),
        ("body", "/several/0", "type"),
    ]


def test_a_part_may_hold_a_whole_list_as_json(styles: Contract) -> None:
    several = part("several", "[1, 2]", "\r\nContent-Type: application/json")
    text = part("name", "n") + several + "--B--"
    assert judge(styles, "sendForm", body=text.encode(), media_type=MULTIPART).body == {"name": "n", "several": [1, 2]}


# All at once, and the graver trouble decides.


def test_a_body_that_cannot_be_read_does_not_hide_the_query(styles: Contract) -> None:
    told = refusal(styles, "sendForm", query="page=x", body=b"{", media_type=JSON)
    assert told.reason == "malformed"
    assert [(one.place, one.keyword) for one in told.violations] == [("query", "type"), ("body", "syntax")]


def test_a_foreign_media_type_does_not_hide_the_query(styles: Contract) -> None:
    told = refusal(styles, "sendForm", query="page=x", body=b"<a/>", media_type="application/xml")
    assert (told.reason, "Accept" in told.headers) == ("unsupported-media-type", True)
    assert [(one.place, one.keyword, one.got) for one in told.violations] == [
        ("query", "type", "x"),
        ("body", "media type", "application/xml"),
    ]


def test_a_coded_body_is_unsupported(styles: Contract) -> None:
    told = refusal(styles, "sendForm", body=b"\x1f\x8b", media_type=JSON, headers={"content-encoding": "gzip"})
    assert (told.reason, told.headers["Accept-Encoding"]) == ("unsupported-media-type", "identity")
    plain = {"content-encoding": "identity"}
    assert judge(styles, "sendForm", body=b'{"name":"n"}', media_type=JSON, headers=plain).body == {"name": "n"}


def test_text_is_judged_too(styles: Contract) -> None:
    assert judge(styles, "sendForm", body="ä".encode(), media_type="text/plain").body == "ä"
    assert found(styles, "sendForm", body=b"x" * 21, media_type="text/plain") == [("body", "", "maxLength")]


# Strictness.


@pytest.mark.parametrize("strictness", list(Strictness))
def test_declared_things_are_judged_alike(styles: Contract, strictness: Strictness) -> None:
    assert found(styles, "readQuery", query="size=x", headers=COOKIE, strictness=strictness) == [
        ("query", "size", "type")
    ]
    judged = judge(
        styles, "readQuery", query="deep[width]=1&deep[tags]=a&width=2&several=3", headers=COOKIE, strictness=strictness
    )
    assert judged.query["spread"] == {"width": 2}


def test_strict_refuses_undeclared_query_parameters_and_form_fields(styles: Contract) -> None:
    strict = Strictness.STRICT
    assert found(styles, "readQuery", query="page=1&deep=2&size[x]=3", headers=COOKIE, strictness=strict) == [
        ("query", "page", "unknown"),
        ("query", "deep", "unknown"),
        ("query", "size[x]", "unknown"),
    ]
    assert found(styles, "sendForm", body=b"name=n&colour=red", media_type=FORM, strictness=strict) == [
        ("body", "/colour", "unknown")
    ]
    text = part("name", "n") + part("colour", "red") + "--B--"
    assert found(styles, "sendForm", body=text.encode(), media_type=MULTIPART, strictness=strict) == [
        ("body", "/colour", "unknown")
    ]


def test_normal_lets_undeclared_things_through_unless_a_schema_closes_itself(styles: Contract) -> None:
    assert judge(styles, "sendForm", body=b"name=n&colour=red", media_type=FORM).body == {"name": "n", "colour": "red"}
    assert found(styles, "sendForm", body=b'{"name": "n", "box": {"depth": 1}}', media_type=JSON) == [
        ("body", "/box/depth", "additionalProperties")
    ]


def test_lenient_ignores_undeclared_things(styles: Contract) -> None:
    lenient = Strictness.LENIENT
    assert judge(styles, "sendForm", body=b"name=n&colour=red", media_type=FORM, strictness=lenient).body == {
        "name": "n"
    }
    body = b'{"name": "n", "box": {"depth": 1}}'
    assert judge(styles, "sendForm", body=body, media_type=JSON, strictness=lenient).body["box"] == {"depth": 1}


def test_only_lenient_takes_a_member_that_is_given_twice(styles: Contract) -> None:
    body = b'{"name": "a", "name": "b"}'
    assert judge(styles, "sendForm", body=body, media_type=JSON, strictness=Strictness.LENIENT).body == {"name": "b"}
    for strictness in (Strictness.NORMAL, Strictness.STRICT):
        assert refusal(styles, "sendForm", body=body, media_type=JSON, strictness=strictness).reason == "malformed"
