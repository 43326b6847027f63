"""The conflict policy, row by row: what becomes of sources that agree, differ, or fall silent."""

from __future__ import annotations

from typing import Any

import pytest

from spec.errors import ConflictError
from spec.facts import Fact, Level, Reading, Source, Where
from spec.merge.build import merge
from spec.merge.claim import Claim
from spec.merge.tree import Leaf
from spec.merge.unify import Conflict, unify

AT = ("paths", "/things", "get")
FIELD = (*AT, "requestBody", "content", "application/x-www-form-urlencoded", "schema", "properties", "size")


def claim(
    value: Any, source: str = "a", level: Level = Level.STATED, address: tuple[str, ...] = FIELD, line: int = 1
) -> Claim:
    return Claim(address, value, level, Fact(address, value, source, Where(line, line), str(value), level))


def outcome(*claims: Claim) -> Leaf | Conflict:
    unified = unify(claims)
    (only,) = (*unified.leaves.values(), *unified.conflicts)
    return only


def test_one_source_that_speaks_is_taken() -> None:
    leaf = outcome(claim("string", address=(*FIELD, "type")))
    assert isinstance(leaf, Leaf)
    assert (leaf.value, leaf.origin.level, len(leaf.origin.claims)) == ("string", Level.STATED, 1)


def test_equal_sources_are_quiet_and_all_remembered() -> None:
    leaf = outcome(claim("same", "a"), claim("same", "b"), claim("same", "c"))
    assert isinstance(leaf, Leaf)
    assert [claim.fact.source for claim in leaf.origin.claims] == ["a", "b", "c"]


def test_text_that_differs_only_in_white_space_is_equal() -> None:
    assert isinstance(outcome(claim("one  two", "a"), claim("one\n two", "b")), Leaf)


def test_tags_in_another_order_are_equal() -> None:
    tags = (*AT, "tags")
    assert isinstance(outcome(claim(["x", "y"], "a", address=tags), claim(["y", "x"], "b", address=tags)), Leaf)


@pytest.mark.parametrize(
    ("keyword", "narrow", "wide"),
    [
        ("type", "integer", "number"),
        ("enum", ["a"], ["a", "b"]),
        ("maximum", 10, 20),
        ("minLength", 2, 1),
        ("required", True, False),
    ],
)
def test_the_narrower_value_wins_and_the_wider_is_kept_for_the_documented_form(
    keyword: str, narrow: Any, wide: Any
) -> None:
    address = (*FIELD, keyword)
    leaf = outcome(claim(wide, "a", address=address), claim(narrow, "b", address=address))
    assert isinstance(leaf, Leaf)
    assert (leaf.value, leaf.origin.wider, leaf.origin.rule) == (narrow, wide, "narrower-wins")


def test_three_bounds_keep_the_narrowest_and_the_widest() -> None:
    address = (*FIELD, "maximum")
    leaf = outcome(*(claim(value, str(value), address=address) for value in (20, 10, 30)))
    assert isinstance(leaf, Leaf)
    assert (leaf.value, leaf.origin.wider) == (10, 30)


def test_a_structured_field_wins_over_a_sentence_of_another_source() -> None:
    leaf = outcome(claim("stated", "a"), claim("told", "b", Level.PROSE))
    assert isinstance(leaf, Leaf)
    assert leaf.value == "stated"
    assert [claim.value for claim in leaf.origin.overruled] == ["told"]


def test_a_sentence_wins_over_a_sample_of_another_source() -> None:
    leaf = outcome(claim("shown", "a", Level.EXAMPLE), claim("told", "b", Level.PROSE))
    assert isinstance(leaf, Leaf)
    assert (leaf.value, leaf.origin.level) == ("told", Level.PROSE)


def test_two_values_without_a_decision_are_a_conflict() -> None:
    conflict = outcome(claim("integer", "a", address=(*FIELD, "type")), claim("string", "b", address=(*FIELD, "type")))
    assert isinstance(conflict, Conflict)
    assert [side[0].value for side in conflict.sides] == ["integer", "string"]


def test_a_source_that_contradicts_itself_is_a_conflict_even_over_levels() -> None:
    assert isinstance(
        outcome(claim("list", "a", Level.PROSE, line=1), claim("read", "a", Level.EXAMPLE, line=9)), Conflict
    )


def test_a_body_denied_by_one_and_described_by_another_is_a_conflict() -> None:
    denied = claim(True, "a", address=(*AT, "requestBody", "none"))
    content = (*AT, "requestBody", "content", "application/json")
    described = Claim(
        content, "application/json", Level.STATED, Fact(content, "x", "b", Where(3, 3), "x"), is_node=True
    )
    assert len(unify([denied, described]).conflicts) == 1


def source(name: str) -> Source:
    return Source(name, f"{name}.yaml", "test", "shop", name, b"")


def reading(name: str, *facts: tuple[tuple[str, ...], Any]) -> Reading:
    operation = (AT, "GET /things")
    answer = ((*AT, "responses", "200"), "200")
    told = ((*AT, "responses", "200", "description"), "OK")
    found = [
        Fact(address, value, name, Where(line, line), str(value))
        for line, (address, value) in enumerate((operation, answer, told, *facts), 1)
    ]
    return Reading(source(name), tuple(found))


def typed(value: str) -> tuple[tuple[str, ...], str]:
    return (*AT, "parameters", "query:size", "schema", "type"), value


def named() -> tuple[tuple[tuple[str, ...], str], ...]:
    parameter = (*AT, "parameters", "query:size")
    return ((*parameter, "name"), "size"), ((*parameter, "in"), "query")


def test_an_undecided_conflict_stops_the_merge_with_both_places_and_an_action_to_paste() -> None:
    with pytest.raises(ConflictError) as caught:
        merge([reading("a", *named(), typed("integer")), reading("b", *named(), typed("string"))])
    text = str(caught.value)
    assert 'a.yaml:6: "integer"' in text
    assert 'b.yaml:6: "string"' in text
    assert "resolves:" in text
    assert "$.paths['/things'].get.parameters[?@.name=='size' && @.in=='query'].schema" in text


def test_two_interfaces_that_claim_the_same_operation_are_a_conflict() -> None:
    one, other = reading("a"), reading("b")
    moved = Reading(Source("b", "b.yaml", "test", "bank", "b", b""), other.facts)
    with pytest.raises(ConflictError, match="x-api"):
        merge([one, moved])


def test_where_nobody_speaks_the_mock_gets_a_guess_that_is_never_enforced() -> None:
    done = merge([reading("a", *named())])
    parameter = done.full["paths"]["/things"]["get"]["parameters"][0]
    assert parameter["schema"]["type"].origin.level is Level.INFERRED
    assert "type" not in done.documented["paths"]["/things"]["get"]["parameters"][0]["schema"]


def test_a_path_parameter_is_required_because_the_format_leaves_no_choice() -> None:
    done = merge([_reading_at("/things/{id}")])
    parameter = done.full["paths"]["/things/{id}"]["get"]["parameters"][0]
    assert (parameter["required"].value, parameter["required"].origin.rule) == (True, "template-names-parameters")


def _reading_at(path: str) -> Reading:
    at = ("paths", path, "get")
    facts = (
        Fact(at, f"GET {path}", "a", Where(1, 1), path),
        Fact((*at, "responses", "200"), "200", "a", Where(2, 2), "200"),
        Fact((*at, "responses", "200", "description"), "OK", "a", Where(3, 3), "OK"),
    )
    return Reading(source("a"), facts)
