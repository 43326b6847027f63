"""Compiled schemas that tell every violation at once, in words of our own."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

from mockserver.errors import shorten
from mockserver.exchange import Violation
from spec.schema import Direction, compile_schema

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from spec.contract import JsonObject

MOST_VIOLATIONS = 50
"""As many violations as one answer tells."""

_MOST_TEXTS = 500
"""A schema that refers to itself has any number of places."""


class Schema:
    """One compiled schema."""

    def __init__(self, validator: Any) -> None:
        # jsonschema_rs gives one class per draft and no common one; the type stops here.
        self._validator = validator
        self.is_valid: Callable[[Any], bool] = validator.is_valid
        """Whether a value fits."""
        self._texts: dict[tuple[str | int, ...], str] = {}

    def violations(self, value: Any, place: str, prefix: str = "") -> tuple[Violation, ...]:
        """Every way in which the value does not fit, at most MOST_VIOLATIONS; `prefix` leads each pointer."""
        if self._validator.is_valid(value):
            return ()
        found: list[Violation] = []
        for error in islice(self._validator.iter_errors(value), MOST_VIOLATIONS):
            self._note(error, place, prefix, found)
        return tuple(found)

    def _note(self, error: Any, place: str, prefix: str, found: list[Violation]) -> None:
        """Add what one error of the validator means."""
        kind, path = error.kind, error.instance_path
        keyword = kind.name
        pointer = prefix + "".join([f"/{escape_pointer(part)}" for part in path]) if path else prefix
        if keyword == "required":
            found.append(Violation(place, f"{pointer}/{escape_pointer(kind.property)}", keyword, "is required"))
        elif keyword == "additionalProperties":
            names = kind.as_dict()["unexpected"]
            told = "is not a known member"
            found += [Violation(place, f"{pointer}/{escape_pointer(name)}", keyword, told) for name in names]
        elif keyword in ("anyOf", "oneOf") and (meant := _meant(error, kind.as_dict().get("context", ()))):
            for inner in meant:
                self._note(inner, place, prefix, found)
        else:
            text = self._text_of(error, keyword) if keyword in _TEXTS else shorten(error.message)
            found.append(Violation(place, pointer, keyword, text, shorten(error.instance)))

    def _text_of(self, error: Any, keyword: str) -> str:
        """What a keyword asks for, which is the same each time at one place of the schema."""
        where = tuple(error.schema_path)
        text = self._texts.get(where)
        if text is None:
            text = shorten(_TEXTS[keyword].format(**_readable(error.kind.as_dict())))
            if len(self._texts) < _MOST_TEXTS:
                self._texts[where] = text
        return text


class SchemaCompiler:
    """Compiles the schemas of one document for one direction.

    is_open: members that the contract rules out by `additionalProperties: false` are let through.
    """

    def __init__(self, document: JsonObject, direction: Direction, *, is_open: bool = False) -> None:
        self._is_open = is_open
        self._document = _opened(document) if is_open else document
        self._direction = direction
        self._named: dict[str, Schema] = {}

    def compile(self, schema: JsonObject, place: str) -> Schema:
        """The compiled schema; raises ContractError naming `place` if it is not a schema we understand."""
        name = schema.get("$ref")
        if name is None:
            return self._compile(schema, place)
        # Many places mean the same schema by its name.
        found = self._named.get(name)
        if found is None:
            found = self._named[name] = self._compile(schema, place)
        return found

    def _compile(self, schema: JsonObject, place: str) -> Schema:
        if self._is_open:
            schema = _opened(schema)
        return Schema(compile_schema(schema, self._document, self._direction, place))


_TEXTS = {
    "type": "expected {types}",
    "enum": "expected one of {options}",
    "format": "is not a valid {format}",
    "pattern": "does not match the pattern {pattern}",
    "minLength": "must have at least {limit} characters",
    "maxLength": "must have at most {limit} characters",
    "minItems": "must have at least {limit} items",
    "maxItems": "must have at most {limit} items",
    "minProperties": "must have at least {limit} members",
    "maxProperties": "must have at most {limit} members",
    "minimum": "must be at least {limit}",
    "maximum": "must be at most {limit}",
    "exclusiveMinimum": "must be more than {limit}",
    "exclusiveMaximum": "must be less than {limit}",
    "multipleOf": "must be a multiple of {multiple_of}",
    "uniqueItems": "must not hold the same item twice",
    "anyOf": "fits none of the alternatives",
    "oneOf": "must fit exactly one of the alternatives",
    "not": "is what the contract rules out",
}


def _meant(error: Any, alternatives: Sequence[Sequence[Any]]) -> Sequence[Any]:
    """What is wrong with the one alternative of the value's own type; nothing if there are several or none.

    That alternative is what the client meant, and `null` beside it, say, is not.
    """
    own = [
        errors
        for errors in alternatives
        if not any(inner.kind.name == "type" and inner.instance_path == error.instance_path for inner in errors)
    ]
    return own[0] if len(own) == 1 else ()


def _readable(facts: Mapping[str, Any]) -> dict[str, Any]:
    return {
        key: shorten(" or ".join(map(str, value)) if isinstance(value, list) else str(value))
        for key, value in facts.items()
        if key != "context"
    }


def escape_pointer(part: str | int) -> str:
    """One step of a JSON pointer (RFC 6901, 3)."""
    return str(part).replace("~", "~0").replace("/", "~1")


def _opened(node: Any) -> Any:
    """A copy in which no schema closes its object."""
    if isinstance(node, dict):
        return {
            key: _opened(value) for key, value in node.items() if key != "additionalProperties" or value is not False
        }
    return [_opened(item) for item in node] if isinstance(node, list) else node
