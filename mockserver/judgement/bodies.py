"""Request bodies of one operation: found by media type, decoded once and judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from mockserver.errors import shorten
from mockserver.exchange import Refusal, Violation
from mockserver.forms.field import FormFields
from mockserver.forms.folding import unwrap
from mockserver.forms.multipart import parse_parts
from mockserver.forms.part import decode_text, read_parts
from mockserver.forms.plan import FormReader
from mockserver.judgement.strictjson import parse_json
from mockserver.judgement.strictness import Strictness
from mockserver.passage import Passage
from spec.schema import resolved

if TYPE_CHECKING:
    from mockserver.judgement.schema import Schema, SchemaCompiler
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
            told = f"is not accepted here; accepted: {', '.join(self.readers)}"
            raise _unsupported(media_type, told, {"Accept": ", ".join(self.readers)})
        # A form without fields is an empty body too, and a fine form.
        if not passage.body and media_type != FORM:
            return _missing(self.required)
        coding = passage.headers.get("content-encoding", "identity")
        if coding.lower() != "identity":
            # RFC 9110, 15.5.16: the answer tells which codings would do.
            told = "is no coding that is read here; send the body as it is"
            raise _unsupported(coding, told, {"Accept-Encoding": "identity"})
        return reader(passage)


def compile_bodies(
    contract: Contract,
    operation: Operation,
    compiler: SchemaCompiler,
    strictness: Strictness = Strictness.NORMAL,
) -> Bodies | None:
    """The accepted bodies of an operation, or None where it declares none."""
    if operation.body is None:
        return None
    place = f"{operation.pointer}/requestBody"
    content = resolved(contract.document, operation.document["requestBody"])["content"]
    readers = {}
    for name, media_type in operation.body.media_types.items():
        encoding = content[name].get("encoding", {})
        readers[name.lower()] = _reader(contract, media_type, compiler, place, encoding, strictness)
    return Bodies(readers, next(iter(readers)), operation.body.required)


def is_json(media_type: str) -> bool:
    """Whether a media type means JSON: application/json or anything ending in +json."""
    return media_type == "application/json" or media_type.endswith("+json")


def _missing(required: bool) -> Judgement:
    return None, (Violation("body", "", "required", "a body is required"),) if required else ()


def _unsupported(name: str, told: str, headers: Mapping[str, str]) -> Refusal:
    got = shorten(name, 80)
    violation = Violation("body", "", "media type", told, got)
    return Refusal("unsupported-media-type", f"{got} {told}", violations=(violation,), headers=headers)


def _reader(
    contract: Contract,
    media_type: MediaType,
    compiler: SchemaCompiler,
    place: str,
    encoding: Mapping[str, Any],
    strictness: Strictness,
) -> BodyReader:
    name = media_type.name.lower()
    raw = media_type.schema or {}
    schema = compiler.compile(raw, place)
    if is_json(name):
        return _json_reader(schema, last_wins=strictness is Strictness.LENIENT)
    if name in (FORM, MULTIPART):
        fields = FormFields(contract, raw, compiler, place, encoding, strictness)
        return _form_reader(schema, fields) if name == FORM else _multipart_reader(schema, fields)
    return _text_reader(schema) if name.startswith("text/") else lambda passage: (passage.body, ())


def _json_reader(schema: Schema, *, last_wins: bool) -> BodyReader:
    def read(passage: Passage) -> Judgement:
        value = parse_json(passage.body, last_wins=last_wins)
        return value, schema.violations(value, "body")

    return read


def _text_reader(schema: Schema) -> BodyReader:
    def read(passage: Passage) -> Judgement:
        text = decode_text(passage.body, "")
        return text, schema.violations(text, "body")

    return read


def _form_reader(schema: Schema, fields: FormFields) -> BodyReader:
    reader = FormReader(fields)

    def read(passage: Passage) -> Judgement:
        values, members, found = reader.read(passage.body)
        return members, _with_schema(found, schema, values)

    return read


def _multipart_reader(schema: Schema, fields: FormFields) -> BodyReader:
    def read(passage: Passage) -> Judgement:
        values: dict[str, Any] = {}
        found = read_parts(parse_parts(passage.body, passage.options.get("boundary")), fields, values)
        judged = {name: _as_text(value) for name, value in values.items()}
        return unwrap(values), _with_schema(found, schema, judged)

    return read


def _with_schema(found: list[Violation], schema: Schema, values: Mapping[str, Any]) -> tuple[Violation, ...]:
    """What was found already, and what the schema finds in the rest."""
    judged = schema.violations(values, "body")
    if found and judged:
        # A field that cannot be read is not missing, too.
        unread = {one.pointer for one in found if one.keyword in ("syntax", "repeated", "style", "media type")}
        judged = tuple(one for one in judged if one.pointer not in unread or one.keyword != "required")
    return (*found, *judged)


def _as_text(value: Any) -> Any:
    # Schemas speak of file contents as strings; one character per byte keeps their lengths.
    if isinstance(value, bytes):
        return value.decode("latin-1")
    return [_as_text(item) for item in value] if isinstance(value, list) else value
