"""Refusals become answers: the error style of the operation decides the shape, the reason the rest.

An operation without a style answers as it documents its errors; where it does not, and to a request that
reached no operation and resembles none, problem details (RFC 9457) are the answer. Templates are turned into
bytes once, for each style and reason; only what a request brings with it is encoded when it is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

import orjson

from mockserver.documented_errors import documented_status, documented_style
from mockserver.errors import REASONS, reason_for, shorten, title_of
from mockserver.sending import clean_header
from spec.contract import Contract, ErrorStyle, Operation

if TYPE_CHECKING:
    from mockserver.exchange import Refusal, Violation

VIOLATIONS_HEADER: Final = "X-Mock-Violations"
"""Header field that tells every violation to machines, whatever the error style shows of them."""

_PLACEHOLDER = re.compile(r"\{(status|code|title|detail|violations)\}")
_SETTLED = re.compile(r"\{(status|code|title)\}")
_PROBLEM_BODY = {
    "type": "about:blank", "title": "{title}", "status": "{status}", "detail": "{detail}", "code": "{code}",
}  # fmt: skip
_PROBLEM = ErrorStyle("problem", "application/problem+json", _PROBLEM_BODY, {})
# Problem details may be extended (RFC 9457, 3.2); an empty list would say nothing.
_PROBLEM_LIST = ErrorStyle("problem", _PROBLEM.media_type, {**_PROBLEM_BODY, "violations": "{violations}"}, {})
_DETAIL_LIMIT = 1000
_TEXT_LIMIT = 200
_HEADER_LIMIT = 2048


@dataclass(frozen=True, slots=True)
class ErrorAnswer:
    """An error ready to be sent; header values are printable and hold no line break."""

    status: int
    body: bytes
    media_type: str
    headers: Mapping[str, str] = field(default_factory=dict)


class Renderer:
    """Shapes refusals for one contract."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        styles = {name: _CompiledStyle(style) for name, style in contract.error_styles.items()}
        self._problem, self._problem_list = _CompiledStyle(_PROBLEM), _CompiledStyle(_PROBLEM_LIST)
        self._styles = {operation.id: styles.get(operation.errors or "") for operation in contract.operations}
        self._documented: dict[tuple[str, int], _CompiledStyle | None] = {}

    def render(self, refusal: Refusal, operation: Operation | None) -> ErrorAnswer:
        """The answer for a refusal; `operation` is the one asked for, or the nearest to what was asked."""
        style, shape = self._form_of(refusal, operation)
        headers = {name: clean_header(value) for name, value in refusal.headers.items()} if refusal.headers else {}
        shown = b"[]"
        if refusal.violations:
            pieces = [_shown(violation) for violation in refusal.violations]
            shown = b"[%b]" % b",".join(pieces)
            is_plain = len(shown) <= _HEADER_LIMIT and shown.isascii() and b"\x7f" not in shown
            headers[VIOLATIONS_HEADER] = shown.decode("ascii") if is_plain else _compact(pieces)
        detail = _printable(shorten(refusal.detail, _DETAIL_LIMIT))
        return ErrorAnswer(shape.status, shape.fill(detail, shown), style.media_type, headers)

    def _form_of(self, refusal: Refusal, operation: Operation | None) -> tuple[_CompiledStyle, _ErrorShape]:
        style = self._styles.get(operation.id) if operation is not None else None
        if style is not None:
            return style, style.shapes[refusal.reason]
        problem = self._problem_list if refusal.violations else self._problem
        if operation is None or operation.id not in self._styles:
            return problem, problem.shapes[refusal.reason]
        status = documented_status(operation, refusal.reason)
        style = self._documented_by(operation, status) or problem
        return style, style.shape_of(refusal.reason, status)

    def _documented_by(self, operation: Operation, status: int) -> _CompiledStyle | None:
        """The form that an operation documents for a status; made when it is first asked for."""
        key = (operation.id, status)
        if key not in self._documented:
            style = documented_style(self._contract, operation, status)
            self._documented[key] = _CompiledStyle(style) if style is not None else None
        return self._documented[key]

    def render_status(self, status: int, operation: Operation) -> ErrorAnswer:
        """The answer with which an operation tells of a status code, whatever led to it: the form of a forced error."""
        style = self._styles[operation.id] or self._problem
        shape = style.shape_for(status)
        detail = f"this answer was asked for: {status} {title_of(status)}"
        return ErrorAnswer(status, shape.fill(detail, b"[]"), style.media_type)


@dataclass(frozen=True, slots=True)
class _ErrorShape:
    """The body for one style and reason; texts that are asked for at run time stand between `pieces`.

    slots: "violations" for their list, else a text in which `{detail}` is replaced.
    """

    status: int
    pieces: tuple[bytes, ...]
    slots: tuple[str, ...]

    def fill(self, detail: str, violations: bytes) -> bytes:
        """The body, with the text of the refusal and the JSON of its violations."""
        found = [self.pieces[0]]
        for slot, piece in zip(self.slots, self.pieces[1:], strict=True):
            found.append(violations if slot == "{violations}" else _text_of(slot, detail, violations))
            found.append(piece)
        return b"".join(found)


def _text_of(slot: str, detail: str, violations: bytes) -> bytes:
    if slot == "{detail}":
        return orjson.dumps(detail)
    told = {"{detail}": detail, "{violations}": violations.decode()}
    return orjson.dumps(_PLACEHOLDER.sub(lambda found: told[found[0]], slot))


class _CompiledStyle:
    """One error style as bytes."""

    def __init__(self, style: ErrorStyle) -> None:
        self._style = style
        self.media_type = style.media_type
        self.shapes = {reason: self._compile(reason) for reason in REASONS}
        self._others: dict[tuple[str, int], _ErrorShape] = {}

    def shape_for(self, status: int) -> _ErrorShape:
        """The body of the first reason with that status; failing that, of the nearest, with the status in it."""
        for shape in self.shapes.values():
            if shape.status == status:
                return shape
        return self._compile(reason_for(status), status)

    def shape_of(self, reason: str, status: int) -> _ErrorShape:
        """The body of a reason, with a status that need not be its own."""
        usual = self.shapes[reason]
        if usual.status == status:
            return usual
        if (reason, status) not in self._others:
            self._others[reason, status] = self._compile(reason, status)
        return self._others[reason, status]

    def _compile(self, reason: str, status: int | None = None) -> _ErrorShape:
        case = self._style.cases.get(reason, {})
        settled = int(case.get("status", REASONS[reason])) if status is None else status
        title = case.get("title", title_of(settled)) if status is None else title_of(settled)
        values = {"status": settled, "code": case.get("code", reason), "title": title}
        slots: list[str] = []
        # A mark that no template holds stands for each slot while the rest becomes JSON.
        text = orjson.dumps(_settle(self._style.body, values, slots))
        pieces = text
        found: list[bytes] = []
        for at in range(len(slots)):
            before, _, pieces = pieces.partition(orjson.dumps(_mark(at)))
            found.append(before)
        return _ErrorShape(settled, (*found, pieces), tuple(slots))


def _mark(at: int) -> str:
    return f"\x00{at}\x00"


def _settle(template: Any, values: Mapping[str, Any], slots: list[str]) -> Any:
    """The template with what is known of it filled in, also in keys, and marks where a request has the word."""
    if isinstance(template, Mapping):
        return {_settle_key(str(key), values, slots): _settle(value, values, slots) for key, value in template.items()}
    if isinstance(template, str):
        return _settle_text(template, values, slots)
    if isinstance(template, Sequence):
        return [_settle(item, values, slots) for item in template]
    return template


def _settle_key(text: str, values: Mapping[str, Any], slots: list[str]) -> str:
    return str(_settle_text(text, values, slots))


def _settle_text(text: str, values: Mapping[str, Any], slots: list[str]) -> Any:
    # A template that is nothing but a placeholder takes the value itself, so that a status stays a number.
    if whole := _SETTLED.fullmatch(text):
        return values[whole[1]]
    settled = _SETTLED.sub(lambda found: str(values[found[1]]), text)
    if not _PLACEHOLDER.search(settled):
        return settled
    slots.append(settled)
    return _mark(len(slots) - 1)


def _shown(violation: Violation) -> bytes:
    """One violation as the JSON object that clients see."""
    # Clients make the same mistakes again; only short ones are remembered, since anybody may make long ones.
    is_short = len(violation.pointer) + len(violation.message) + len(violation.got) <= _TEXT_LIMIT
    return _written_short(violation) if is_short else _written(violation)


def _written(violation: Violation) -> bytes:
    told = {
        "in": violation.place,
        "pointer": _cut(violation.pointer),
        "keyword": violation.keyword,
        "message": _cut(violation.message),
        "got": _cut(violation.got),
    }
    try:
        return orjson.dumps(told)
    except orjson.JSONEncodeError:
        return orjson.dumps({name: _printable(text) for name, text in told.items()})


_written_short = lru_cache(maxsize=256)(_written)


def _cut(text: str) -> str:
    return text if len(text) <= _TEXT_LIMIT else shorten(text, _TEXT_LIMIT)


def _printable(text: str) -> str:
    # What a client sent may hold lone surrogates, which no encoder takes.
    return text if text.isascii() else text.encode("utf-8", "backslashreplace").decode("utf-8")


def _compact(violations: Sequence[bytes]) -> str:
    """As many violations as fit, as one line of ASCII JSON."""
    shown: list[str] = []
    size = 2
    for violation in violations:
        text = violation.decode()
        if not violation.isascii() or "\x7f" in text:
            text = json.dumps(json.loads(violation), separators=(",", ":")).replace("\x7f", "\\u007f")
        size += len(text) + 1
        if size > _HEADER_LIMIT and shown:
            break
        shown.append(text)
    return f"[{','.join(shown)}]"
