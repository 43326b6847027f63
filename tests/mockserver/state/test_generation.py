"""Values made up for schemas, and moments in the form that a schema asks for."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from mockserver.resource.fitting import fit
from mockserver.resource.moment import write_moment
from spec.contract import Contract
from spec.errors import ContractError
from spec.schema import compile_schema
from spec.values.generation import generate

NOON = datetime(2026, 1, 15, 12, 0, 30, 999999, tzinfo=UTC)


@pytest.mark.parametrize(
    ("schema", "value"),
    [
        ({"type": "string", "example": "A1", "default": "B"}, "A1"),
        ({"type": "string", "default": "B", "enum": ["A", "B"]}, "B"),
        ({"type": "string", "enum": ["x", "y"]}, "x"),
        ({"type": "string", "minLength": 6}, "textxx"),
        ({"type": "string", "maxLength": 2}, "te"),
        ({"type": "integer", "minimum": 3}, 3),
        ({"type": "integer", "minimum": 3, "exclusiveMinimum": True}, 4),
        ({"type": "integer", "maximum": -2}, -2),
        ({"type": "integer", "minimum": 7, "multipleOf": 5}, 10),
        ({"type": "number", "minimum": 0, "exclusiveMinimum": True, "maximum": 1}, 0.5),
        ({"type": "boolean"}, False),
        ({"type": "array", "items": {"type": "integer"}, "minItems": 2}, [0, 0]),
        ({"type": "object", "required": ["a"], "properties": {"a": {"type": "boolean"}, "b": {}}}, {"a": False}),
        ({"oneOf": [{"type": "integer"}, {"type": "string"}]}, 0),
    ],
)
def test_a_made_up_value_is_the_plainest_that_fits(schema: dict[str, Any], value: Any) -> None:
    assert generate(schema, {}, "it") == value


@pytest.mark.parametrize("name", ["date-time", "date", "email", "hostname", "ipv4", "ipv6", "uri", "uuid"])
def test_known_formats_are_met(name: str) -> None:
    schema = {"type": "string", "format": name}
    assert compile_schema(schema, {}).is_valid(generate(schema, {}, "it"))


def test_every_schema_of_the_library_can_be_made_up(shelf: Contract) -> None:
    for name, schema in shelf.document["components"]["schemas"].items():
        if name != "LedgerError":
            assert compile_schema(schema, shelf.document).is_valid(generate(schema, shelf.document, name))


def test_a_schema_that_leads_back_to_itself_comes_to_an_end() -> None:
    node = {"type": "object", "required": ["next"], "properties": {"next": {"$ref": "#/components/schemas/Node"}}}
    document = {"components": {"schemas": {"Node": node}}}
    with pytest.raises(ContractError, match="no value could be made up for node"):
        generate(node, document, "node")


def test_a_schema_made_of_itself_is_refused() -> None:
    schema = {"$ref": "#/components/schemas/Node"}
    document = {"components": {"schemas": {"Node": {"allOf": [schema]}}}}
    with pytest.raises(ContractError, match="made of itself"):
        generate(schema, document, "node")


@pytest.mark.parametrize(
    ("schema", "written"),
    [
        ({"type": "integer"}, 1768478430),
        ({"type": "string", "format": "date-time"}, "2026-01-15T12:00:30Z"),
        ({"type": "string", "format": "date"}, "2026-01-15"),
        ({"type": "string"}, "2026-01-15T12:00:30Z"),
        ({"type": "string", "pattern": "^[0-9T:-]+$"}, "2026-01-15T12:00:30"),
        ({"type": "string", "pattern": "Z$"}, "2026-01-15T12:00:30Z"),
    ],
)
def test_a_moment_is_written_as_its_field_asks(schema: dict[str, Any], written: Any) -> None:
    assert write_moment(schema, NOON) == written


@pytest.mark.parametrize(
    ("kind", "sent", "stored"),
    [
        ("integer", "12", 12),
        ("integer", "-3", -3),
        ("integer", "007", "007"),
        ("integer", "1_0", "1_0"),
        ("integer", "٣", "٣"),
        ("integer", "9" * 40, "9" * 40),
        ("number", "1.5", 1.5),
        ("number", "1e3", 1000.0),
        ("number", "nan", "nan"),
        ("boolean", "TRUE", True),
        ("boolean", "0", False),
        ("boolean", "yes", "yes"),
        ("string", "12", "12"),
        ("integer", 5, 5),
    ],
)
def test_a_form_value_takes_the_type_of_its_field_or_stays_as_it_is(kind: str, sent: Any, stored: Any) -> None:
    fitted = fit({"type": kind}, sent)
    assert (fitted, type(fitted)) == (stored, type(stored))


def test_an_empty_form_value_is_nothing_where_a_field_may_be_null() -> None:
    assert fit({"type": "integer", "nullable": True}, "") is None
    assert fit({"type": "integer"}, "") == ""
