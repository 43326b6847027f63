"""Values made up at random for a schema: different for every seed, the same for the same seed, and always valid.

`spec.values.generation` makes the plain value that fills a gap; this makes the varied one that a client
asks for, to see what its code does with data that it has not met, and the one that takes more than plain words.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final

from spec.errors import ContractError
from spec.schema import FOREIGN, Direction, compile_schema, resolved
from spec.values.generation import generate
from spec.values.narrowing import flatten, narrow
from spec.values.number import invent_number
from spec.values.text import propose_texts

if TYPE_CHECKING:
    from random import Random

    from spec.contract import JsonObject

DEEPEST: Final = 5
"""Levels down to which more is made up than must be there."""

_BOTTOM: Final = 60
_ATTEMPTS: Final = 8
_MOST_VALUES: Final = 400
_USUAL_ITEMS: Final = 3
_TEXT_RULES: Final = frozenset({"pattern", "format", "not", "minLength"})
_OFTEN, _SELDOM = 0.8, 0.15
_KIND_OF: Final = (
    ("object", ("properties", "additionalProperties", "required", "minProperties")),
    ("array", ("items", "minItems", "uniqueItems")),
    ("number", ("minimum", "maximum", "multipleOf")),
)


def invent(
    schema: JsonObject, document: JsonObject, random: Random, name: str, direction: Direction = Direction.RESPONSE
) -> Any:
    """A value that an answer, or a request, may hold where the schema stands; `name` says what it is for, in errors.

    Raises ContractError where none can be made, which is for the author of the contract to mend.
    """
    judge = compile_schema(schema, document, direction, name)
    for _ in range(_ATTEMPTS):
        try:
            value = _Inventor(document, random, direction).value(schema)
        except ContractError:
            break
        if judge.is_valid(value):
            return value
    value = generate(schema, document, name)
    if not judge.is_valid(value):
        raise ContractError(f"no value could be made up for {name}", hint="give its schema an example or a default")
    return value


class _Inventor:
    """Makes one value; counts what it makes, so that a schema that branches cannot grow without end."""

    def __init__(self, document: JsonObject, random: Random, direction: Direction) -> None:
        self._document = document
        self._random = random
        self._direction = direction
        self._foreign = FOREIGN[direction]
        self._left = _MOST_VALUES

    def value(self, schema: JsonObject, name: str = "", depth: int = 0) -> Any:
        """A value that likely fits; raises ContractError where the schema has no end."""
        if depth > _BOTTOM:
            raise ContractError("a schema whose values have no end", hint="let one member of the circle be left out")
        self._left -= 1
        schema = flatten(self._document, schema)
        if schema.get("nullable") and depth > 0 and (self._is_low(depth) or self._random.random() < _SELDOM):
            return None
        if "enum" in schema:
            return self._random.choice(schema["enum"])
        for keyword in ("oneOf", "anyOf"):
            if keyword in schema:
                return self._alternative(schema, keyword, name, depth)
        return self._plain(schema, name, depth)

    def _is_low(self, depth: int) -> bool:
        return depth >= DEEPEST or self._left < 0

    def _alternative(self, schema: dict[str, Any], keyword: str, name: str, depth: int) -> Any:
        """A value for one of the alternatives, together with what stands beside them."""
        rest = {key: value for key, value in schema.items() if key != keyword}
        whole = compile_schema(schema, self._document, self._direction)
        parts = list(schema[keyword])
        self._random.shuffle(parts)
        value: Any = None
        for part in parts:
            value = self.value(narrow([rest, flatten(self._document, part)]), name, depth + 1)
            if whole.is_valid(value):
                return value
        return value

    def _plain(self, schema: dict[str, Any], name: str, depth: int) -> Any:
        match _kind_of(schema):
            case "object":
                return self._object(schema, depth)
            case "array":
                return self._array(schema, name, depth)
            case "integer":
                return invent_number(schema, self._random, whole=True)
            case "number":
                return invent_number(schema, self._random, whole=False)
            case "boolean":
                return self._random.random() < 0.5
        return self._text(schema, name)

    def _text(self, schema: dict[str, Any], name: str) -> str:
        proposals = propose_texts(schema, name, self._random)
        if not _TEXT_RULES & schema.keys():
            return next(proposals)
        judge = compile_schema(schema, self._document)
        text = ""
        for text in proposals:
            if judge.is_valid(text):
                break
        return text

    def _array(self, schema: dict[str, Any], name: str, depth: int) -> list[Any]:
        least = schema.get("minItems", 0)
        most = max(least, min(schema.get("maxItems", _USUAL_ITEMS), _USUAL_ITEMS))
        count = least if self._is_low(depth) else self._random.randint(max(least, min(1, most)), most)
        items, unique = schema.get("items", {}), schema.get("uniqueItems", False)
        made: list[Any] = []
        seen: set[str] = set()
        for _ in range(count * _ATTEMPTS):
            if len(made) == count:
                break
            value = self.value(items, name.removesuffix("s"), depth + 1)
            key = _identity_of(value, unique=unique)
            if key is None or key not in seen:
                made.append(value)
                seen.add(key or "")
        return made

    def _object(self, schema: dict[str, Any], depth: int) -> dict[str, Any]:
        properties: JsonObject = schema.get("properties", {})
        required = [name for name in schema.get("required", ()) if not self._is_foreign(properties.get(name, {}))]
        names = self._chosen(schema, properties, required, depth)
        made: dict[str, Any] = {}
        for name in names:
            try:
                made[name] = self.value(properties.get(name, {}), name, depth + 1)
            except ContractError:
                # What leads round in circles is left out where it may be.
                if name in required:
                    raise
        self._add_others(schema, made, depth)
        return made

    def _chosen(self, schema: JsonObject, properties: JsonObject, required: list[str], depth: int) -> list[str]:
        """Members to make, in the order of the schema: all that must be there, and most of the others."""
        optional = [name for name in properties if name not in required and not self._is_foreign(properties[name])]
        kept = [name for name in optional if not self._is_low(depth) and self._random.random() < _OFTEN]
        missing = schema.get("minProperties", 0) - len(required) - len(kept)
        kept += [name for name in optional if name not in kept][: max(missing, 0)]
        room = schema.get("maxProperties", len(properties) + len(required)) - len(required)
        wanted = {*required, *kept[: max(room, 0)]}
        return [
            *(name for name in properties if name in wanted),
            *(name for name in required if name not in properties),
        ]

    def _is_foreign(self, schema: JsonObject) -> bool:
        # What only the other direction holds.
        return bool(resolved(self._document, schema).get(self._foreign))

    def _add_others(self, schema: JsonObject, made: dict[str, Any], depth: int) -> None:
        """Members with names of their own, where the schema speaks of such, or asks for more than it names."""
        others = schema.get("additionalProperties", True)
        if others is False:
            return
        is_map = isinstance(others, dict) and not schema.get("properties") and not self._is_low(depth)
        least = max(schema.get("minProperties", 0), 1 if is_map else 0)
        for at in range(min(least, schema.get("maxProperties", least))):
            if len(made) >= least:
                return
            made.setdefault(f"key{at + 1}", self.value(others if isinstance(others, dict) else {}, "", depth + 1))


def _identity_of(value: Any, *, unique: bool) -> str | None:
    """What no two items of a list may share: the whole value, or the id where there is one; None for nothing."""
    if unique:
        return json.dumps(value, sort_keys=True)
    return json.dumps(value["id"]) if isinstance(value, dict) and "id" in value else None


def _kind_of(schema: JsonObject) -> str:
    if "type" in schema:
        return str(schema["type"])
    return next((kind for kind, keys in _KIND_OF if any(key in schema for key in keys)), "string")
