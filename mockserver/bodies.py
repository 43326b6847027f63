"""Request bodies of one operation: found by media type, decoded once and judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mockserver.coercion import Coercer, compile_coercer, properties_of, shape_of
from mockserver.errors import shorten
from mockserver.exchange import Refusal, Violation
from mockserver.forms import decode, gather, parse_pairs, unwrap
from mockserver.multipart import Part, parse_parts
from mockserver.passage import Passage
from mockserver.strictjson import parse_json

if TYPE_CHECKING:
    from mockserver.schema import Schema, SchemaCompiler
    from spec.contract import Contract, MediaType, Operation

FORM = "application/x-www-form-urlencoded"
MULTIPART = "multipart/form-data"

Judgement = tuple[Any, tuple[Violation, ...]]
"""A decoded body, and what is wrong with it."""

BodyReader = Callable[[Passage], Judgement]


@dataclass(frozen=True, slots=True)
class Bodies:
    """What an operation accepts: readers by media type or range, the first declared one, and whether one must come."""

    readers: Mapping[str, BodyReader]
    first: str
    required: bool

    def read(self, passage: Passage) -> Judgement:
        """The body and its violations; raises Refusal malformed or unsupported-media-type."""
        if not passage.body and passage.media_type is None:
            return _missing(self.required)
        media_type = passage.media_type or self.first
        reader = self.readers.get(media_type) or self.readers.get(f"{media_type.partition('/')[0]}/*")
        reader = reader or self.readers.get("*/*")
        if reader is None:
            raise Refusal(
                "unsupported-media-type",
                f"{shorten(media_type, 80)} is not accepted here; accepted: {', '.join(self.readers)}",
                headers={"Accept": ", ".join(self.readers)},
            )
        # A form without fields is an empty body too, and a fine form.
        if not passage.body and media_type != FORM:
            return _missing(self.required)
        return reader(passage)


def compile_bodies(contract: Contract, operation: Operation, compiler: SchemaCompiler) -> Bodies | None:
    """The accepted bodies of an operation, or None where it declares none."""
    if operation.body is None:
        return None
    readers = {
        name.lower(): _reader(contract, media_type, compiler, f"{operation.pointer}/requestBody")
        for name, media_type in operation.body.media_types.items()
    }
    return Bodies(readers, next(iter(readers)), operation.body.required)


def is_json(media_type: str) -> bool:
    """Whether a media type means JSON: application/json or anything ending in +json."""
    return media_type == "application/json" or media_type.endswith("+json")


def _missing(required: bool) -> Judgement:
    return None, (Violation("body", "", "required", "a body is required"),) if required else ()


def _reader(contract: Contract, media_type: MediaType, compiler: SchemaCompiler, place: str) -> BodyReader:
    name = media_type.name.lower()
    raw = media_type.schema or {}
    schema = compiler.compile(raw, place)
    if is_json(name):
        return _json_reader(schema)
    if name in (FORM, MULTIPART):
        fields = _Fields(contract, raw, compiler, place)
        return _form_reader(schema, fields) if name == FORM else _multipart_reader(schema, fields)
    return _text_reader(schema) if name.startswith("text/") else lambda passage: (passage.body, ())


def _json_reader(schema: Schema) -> BodyReader:
    def read(passage: Passage) -> Judgement:
        value = parse_json(passage.body)
        return value, schema.violations(value, "body")

    return read


def _text_reader(schema: Schema) -> BodyReader:
    def read(passage: Passage) -> Judgement:
        text = _utf8(passage.body)
        return text, schema.violations(text, "body")

    return read


class _Fields:
    """The fields that a form schema names: how each is spelled and coerced."""

    def __init__(self, contract: Contract, schema: Mapping[str, Any], compiler: SchemaCompiler, place: str) -> None:
        properties = properties_of(contract.document, schema)
        self.shapes = {name: shape_of(contract.document, part) for name, part in properties.items()}
        self._coercers: dict[str, Coercer] = {
            name: compile_coercer(contract.document, part, compiler, f"{place}, field {name!r}")
            for name, part in properties.items()
        }

    def value(self, name: str, texts: list[str]) -> Any:
        """The coerced value of a field; of several texts for a single value, the last."""
        if name not in self._coercers:
            # Nobody said what it is: one text is a text, several are a list, and the schema has the last word.
            return texts if len(texts) > 1 else texts[0]
        return self._coercers[name](texts if self.shapes[name] == "array" else texts[-1])

    def repeated(self, counts: Mapping[str, int]) -> tuple[Violation, ...]:
        """A violation for each declared single value that was sent several times."""
        return tuple(
            Violation("body", f"/{name}", "repeated", f"must be given once, was given {count} times")
            for name, count in counts.items()
            if count > 1 and self.shapes.get(name, "array") != "array"
        )


def _form_reader(schema: Schema, fields: _Fields) -> BodyReader:
    def read(passage: Passage) -> Judgement:
        gathered = gather(parse_pairs(passage.body, "body"))
        values = {name: fields.value(name, [decode(raw, "body") for raw in raws]) for name, raws in gathered.items()}
        repeated = fields.repeated({name: len(raws) for name, raws in gathered.items()})
        return unwrap(values), repeated + schema.violations(values, "body")

    return read


def _multipart_reader(schema: Schema, fields: _Fields) -> BodyReader:
    def read(passage: Passage) -> Judgement:
        gathered: dict[str, list[Part]] = {}
        for part in parse_parts(passage.body, passage.options.get("boundary")):
            gathered.setdefault(part.name, []).append(part)
        values: dict[str, Any] = {}
        judged: dict[str, Any] = {}
        for name, parts in gathered.items():
            values[name] = _part_value(name, parts, fields)
            judged[name] = _as_text(values[name])
        repeated = fields.repeated({name: len(parts) for name, parts in gathered.items()})
        return unwrap(values), repeated + schema.violations(judged, "body")

    return read


def _part_value(name: str, parts: list[Part], fields: _Fields) -> Any:
    last = parts[-1]
    if last.filename is not None:
        contents = [part.data for part in parts]
        return contents if fields.shapes.get(name) == "array" else last.data
    if fields.shapes.get(name) == "object" or is_json(last.media_type or ""):
        return parse_json(last.data, f"/{name}")
    return fields.value(name, [_utf8(part.data) for part in parts])


def _as_text(value: Any) -> Any:
    # Schemas speak of file contents as strings; one character per byte keeps their lengths.
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return [_as_text(item) for item in value] if isinstance(value, list) else value


def _utf8(data: bytes) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        violation = Violation("body", "", "syntax", f"not UTF-8 at byte {error.start}")
        raise Refusal("malformed", "the body holds bytes that are not UTF-8", violations=(violation,)) from None
