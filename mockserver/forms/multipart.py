"""Multipart bodies taken apart, under limits, with the parser that starlette uses too."""

from __future__ import annotations

from dataclasses import dataclass, field

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from mockserver.errors import shorten
from mockserver.exchange import Refusal, Violation
from mockserver.forms.folding import MOST_FIELDS

_LONGEST_BOUNDARY = 200


@dataclass(frozen=True, slots=True)
class Part:
    """One part: `filename` and `media_type` are None where the part does not tell."""

    name: str
    data: bytes
    filename: str | None = None
    media_type: str | None = None


def parse_parts(data: bytes, boundary: str | None) -> list[Part]:
    """The parts in order; raises Refusal(malformed) for anything a strict reader stumbles over."""
    if not boundary or len(boundary) > _LONGEST_BOUNDARY:
        raise _malformed("the Content-Type names no usable boundary")
    collector = _Collector()
    try:
        parser = MultipartParser(
            boundary.encode("latin-1"),
            {
                "on_part_begin": collector.begin,
                "on_header_field": collector.header_name,
                "on_header_value": collector.header_value,
                "on_header_end": collector.header_end,
                "on_part_data": collector.content,
                "on_part_end": collector.end,
                "on_end": collector.close,
            },
        )
        parser.write(data)
        parser.finalize()
    except (FormParserError, UnicodeEncodeError) as error:
        raise _malformed(shorten(str(error))) from None
    if not collector.is_closed:
        raise _malformed("the last boundary is missing")
    return collector.parts


def _malformed(text: str) -> Refusal:
    violation = Violation("body", "", "syntax", text)
    return Refusal("malformed", f"the multipart body cannot be read: {text}", violations=(violation,))


@dataclass(slots=True)
class _Collector:
    """Receives the parser's callbacks; lives for one body."""

    parts: list[Part] = field(default_factory=list)
    is_closed: bool = False
    _headers: dict[bytes, bytes] = field(default_factory=dict)
    _name: bytearray = field(default_factory=bytearray)
    _value: bytearray = field(default_factory=bytearray)
    _data: bytearray = field(default_factory=bytearray)

    def begin(self) -> None:
        self._headers = {}
        self._data = bytearray()
        if len(self.parts) >= MOST_FIELDS:
            raise _malformed(f"more than {MOST_FIELDS} parts")

    def header_name(self, data: bytes, start: int, end: int) -> None:
        self._name += data[start:end]

    def header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def header_end(self) -> None:
        self._headers[bytes(self._name).lower()] = bytes(self._value)
        self._name, self._value = bytearray(), bytearray()

    def content(self, data: bytes, start: int, end: int) -> None:
        self._data += data[start:end]

    def end(self) -> None:
        _, options = parse_options_header(self._headers.get(b"content-disposition"))
        if b"name" not in options:
            raise _malformed("a part without a name")
        media_type, _ = parse_options_header(self._headers.get(b"content-type"))
        filename = options.get(b"filename")
        self.parts.append(
            Part(
                _text(options[b"name"]),
                bytes(self._data),
                _text(filename) if filename is not None else None,
                media_type.decode("latin-1").lower() or None,
            )
        )

    def close(self) -> None:
        self.is_closed = True


def _text(raw: bytes) -> str:
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError:
        raise _malformed("a name that is not UTF-8") from None
