"""The parts of a multipart body as the fields of a form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mockserver.exchange import Refusal, Violation
from mockserver.judgement.schema import escape_pointer
from mockserver.judgement.strictjson import parse_json

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mockserver.forms.field import FormField, FormFields
    from mockserver.forms.multipart import Part

_JSON = ("application/json",)


def read_parts(parts: list[Part], fields: FormFields, values: dict[str, Any]) -> list[Violation]:
    """Add the value of each field to `values`, file contents as bytes; return what is wrong with how they are sent."""
    gathered: dict[str, list[Part]] = {}
    for part in parts:
        gathered.setdefault(part.name, []).append(part)
    violations: list[Violation] = []
    for name, same in gathered.items():
        field = fields.find(name)
        try:
            found = _value(name, same, field)
        except Refusal as refusal:
            violations += refusal.violations
            continue
        if field is None:
            violations += fields.undeclared(name, found, values)
            continue
        violations += fields.repeated(name, len(same))
        violations += _foreign_media_types(same, field)
        values[name] = found
    return violations


def decode_text(data: bytes, pointer: str) -> str:
    """The text of a body or a part; raises Refusal(malformed) if it is not UTF-8. `pointer` leads to it."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        violation = Violation("body", pointer, "syntax", f"not UTF-8 at byte {error.start}")
        raise Refusal("malformed", "the body holds bytes that are not UTF-8", violations=(violation,)) from None


def _value(name: str, parts: list[Part], field: FormField | None) -> Any:
    """The value of a declared field; of another one the list of what was sent."""
    pointer, last = f"/{escape_pointer(name)}", parts[-1]
    if last.filename is not None:
        contents = [part.data for part in parts]
        return contents if field is None or field.shape == "array" else last.data
    if _is_json(last) or (field is not None and field.shape == "object"):
        read = [parse_json(part.data, pointer) for part in parts]
        # One part may hold a whole list as JSON, or each part one item of it.
        return read if field is None or (field.shape == "array" and not isinstance(read[-1], list)) else read[-1]
    texts = [decode_text(part.data, pointer) for part in parts]
    return texts if field is None else field.value(texts)


def _is_json(part: Part) -> bool:
    media_type = part.media_type or ""
    return media_type in _JSON or media_type.endswith("+json")


def _foreign_media_types(parts: list[Part], field: FormField) -> Iterator[Violation]:
    """A violation for each part whose media type the contract does not list for the field; none sent is any."""
    if not field.media_types:
        return
    for part in parts:
        kind = part.media_type
        if kind and not {kind, f"{kind.partition('/')[0]}/*", "*/*"}.intersection(field.media_types):
            told = f"must be one of: {', '.join(field.media_types)}"
            yield Violation("body", f"/{escape_pointer(field.name)}", "media type", told, kind)
