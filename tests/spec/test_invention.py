from __future__ import annotations

import json
import re
from pathlib import Path
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spec.contract_reader import load_contract
from spec.errors import ContractError
from spec.schema import Direction, compile_schema
from spec.values.invention import DEEPEST, invent
from spec.values.pattern import make_matching

FOLDER = Path(__file__).parent.parent / "contracts"
CONTRACTS = {"packaged": load_contract()} | {path.stem: load_contract(path) for path in sorted(FOLDER.glob("*.yaml"))}
SCHEMAS = [
    (file, f"#/components/schemas/{name}")
    for file, contract in CONTRACTS.items()
    for name in contract.document.get("components", {}).get("schemas", {})
]

SEEDS = st.integers(min_value=0, max_value=2**53 - 1)
DATE = re.compile(r"\d{4}-\d{2}-\d{2}(T[^ ]+)?")


def seeded(seed: int) -> Random:
    return Random(seed)  # noqa: S311  (the same numbers every time are what is wanted)


def made(schema: dict[str, Any], seed: int = 1, **schemas: Any) -> Any:
    return invent(schema, {"components": {"schemas": schemas}}, seeded(seed), "a test")


def numbers_in(node: Any) -> list[Any]:
    if isinstance(node, (dict, list)):
        return [found for child in (node.values() if isinstance(node, dict) else node) for found in numbers_in(child)]
    return [node] if isinstance(node, (int, float)) else []


@given(st.data(), SEEDS)
def test_every_value_for_every_schema_of_every_contract_fits(data: st.DataObject, seed: int) -> None:
    file, pointer = data.draw(st.sampled_from(SCHEMAS))
    document = CONTRACTS[file].document
    value = invent({"$ref": pointer}, document, seeded(seed), pointer)
    judge = compile_schema({"$ref": pointer}, document, Direction.RESPONSE)
    assert not [error.message for error in judge.iter_errors(value)]
    assert all(abs(number) <= 2**53 - 1 for number in numbers_in(value))
    json.dumps(value, allow_nan=False)


@pytest.mark.parametrize(("file", "pointer"), SCHEMAS, ids=lambda part: part.rpartition("/")[2])
def test_the_same_seed_makes_the_same_value(file: str, pointer: str) -> None:
    document = CONTRACTS[file].document
    first, second = (invent({"$ref": pointer}, document, seeded(7), pointer) for _ in range(2))
    assert json.dumps(first) == json.dumps(second)


def test_another_seed_makes_another_value() -> None:
    schema = {"type": "object", "properties": {"a": {"type": "integer"}, "b": {"type": "string"}}}
    assert len({json.dumps(made(schema, seed)) for seed in range(20)}) > 10


BOX = {"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}


@pytest.mark.parametrize(
    "schema",
    [
        {"type": "integer", "minimum": 3, "maximum": 4, "exclusiveMinimum": True},
        {"type": "integer", "maximum": -5},
        {"type": "integer", "format": "int64", "minimum": 2**53 - 3},
        {"type": "integer", "multipleOf": 7, "minimum": 20, "maximum": 22},
        {"type": "number", "multipleOf": 0.01, "minimum": 0, "exclusiveMinimum": True, "maximum": 0.02},
        {"type": "number", "minimum": 0.001, "maximum": 0.002},
        {"type": "string", "pattern": r"^[A-Z]{3}-\d{4}$"},
        {"type": "string", "pattern": r"^(\w+)@\1$"},
        {"type": "string", "pattern": r"^(?:a|bc)+\.(?:png|jpe?g)$", "minLength": 12},
        {"type": "string", "pattern": r"[^/]{2,}", "maxLength": 3},
        {"type": "string", "pattern": r"^.{40,}$"},
        {"type": "string", "pattern": "^(?!x)[a-z]{3}$"},
        {"type": "string", "minLength": 30, "maxLength": 31},
        {"type": "string", "maxLength": 0},
        {"type": "string", "format": "date-time", "minLength": 3},
        {"type": "string", "not": {"enum": ["amber"]}},
        {"enum": [1, "two", None], "nullable": True},
        {"type": "array", "items": {"enum": [1, 2, 3]}, "uniqueItems": True, "minItems": 3},
        {"type": "array", "items": {"type": "boolean"}, "minItems": 9},
        {"type": "array", "maxItems": 0},
        {"oneOf": [{"type": "integer", "minimum": 5}, {"type": "integer", "maximum": 9}]},
        {"anyOf": [{"type": "boolean"}, BOX]},
        {"allOf": [BOX, {"type": "object", "required": ["b"], "properties": {"b": {"type": "integer"}}}]},
        {"allOf": [{"type": "integer", "minimum": 2}, {"maximum": 3}, {"minimum": 3}]},
        {"allOf": [{"enum": ["a", "b"]}, {"enum": ["b", "c"]}]},
        {"type": "object", "properties": {"k": {"type": "integer"}}, "oneOf": [{"required": ["k"]}]},
        {"type": "object", "additionalProperties": {"type": "integer"}, "minProperties": 2, "maxProperties": 2},
        {"type": "object", "minProperties": 1, "properties": {"a": {"type": "string"}}, "additionalProperties": False},
        {"type": "object", "maxProperties": 1, "properties": {"a": {}, "b": {}, "c": {}}},
        {"type": "object", "properties": {"s": {"type": "string", "writeOnly": True}}, "required": ["s"]},
        {"nullable": True, "allOf": [BOX]},
        {},
    ],
    ids=str,
)
def test_a_value_is_made_for_every_keyword(schema: dict[str, Any]) -> None:
    judge = compile_schema(schema, {}, Direction.RESPONSE)
    assert all(judge.is_valid(made(schema, seed)) for seed in range(20))


@pytest.mark.parametrize(
    "form", ["date-time", "date", "time", "uuid", "uri", "email", "ipv4", "ipv6", "hostname", "byte"]
)
def test_a_format_has_values_of_its_own(form: str) -> None:
    schema = {"type": "string", "format": form}
    judge = compile_schema(schema, {})
    values = {made(schema, seed) for seed in range(20)}
    assert all(judge.is_valid(value) for value in values)
    assert len(values) > 3


def test_a_pattern_of_a_date_gets_one_that_is_in_the_calendar() -> None:
    judge = compile_schema({"type": "string", "format": "date-time"}, {})
    pattern = "^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}$"
    assert all(judge.is_valid(made({"type": "string", "pattern": pattern}, seed) + "Z") for seed in range(20))


def test_ids_in_a_list_differ() -> None:
    item = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer", "minimum": 1, "maximum": 3}}}
    for seed in range(20):
        ids = [entry["id"] for entry in made({"type": "array", "items": item, "minItems": 3}, seed)]
        assert len(set(ids)) == len(ids) == 3


def depth_of(node: Any) -> int:
    if isinstance(node, (dict, list)):
        return 1 + max((depth_of(child) for child in (node.values() if isinstance(node, dict) else node)), default=0)
    return 0


def test_a_schema_that_holds_itself_ends() -> None:
    tree = {"type": "object", "properties": {"kids": {"type": "array", "items": {"$ref": "#/components/schemas/Tree"}}}}
    reference = {"$ref": "#/components/schemas/Tree"}
    depths = [depth_of(made(reference, seed, Tree=tree)) for seed in range(50)]
    assert 2 < max(depths) <= DEEPEST + 2


def test_a_circle_without_an_end_is_told_to_its_author() -> None:
    loop = {"type": "object", "required": ["me"], "properties": {"me": {"$ref": "#/components/schemas/Loop"}}}
    with pytest.raises(ContractError, match="no value could be made up for a test"):
        made({"$ref": "#/components/schemas/Loop"}, 1, Loop=loop)


def test_what_only_an_example_can_satisfy_takes_the_example() -> None:
    schema = {"type": "string", "pattern": r"^\p{Lu}\p{Ll}+$", "example": "Åsa"}
    assert made(schema) == "Åsa"


@pytest.mark.parametrize("pattern", ["((", r"\p{L}", "[z-a]", "(a", "a{3,1}"])
def test_a_pattern_that_is_beyond_us_makes_nothing(pattern: str) -> None:
    assert make_matching(pattern, seeded(1)) is None


@pytest.mark.parametrize(
    "pattern",
    [
        r"(?>ab)+c",
        r"a*+b",
        r"[^a-z]",
        r"\D\W\S\s\d",
        r"x{2,}?",
        r"a|b|cd",
        r"[\w.-]+@[\w-]+",
        r"(?i)abc",
        "",
        r"(a|b)\1",
    ],
)
def test_a_text_matches_its_pattern(pattern: str) -> None:
    assert all(re.fullmatch(pattern, make_matching(pattern, seeded(seed)) or "") for seed in range(20))
