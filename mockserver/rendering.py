"""Refusals become answers: the error style of the operation decides the shape, the reason the rest.

An operation without a style, and a request that reached no operation and resembles none, get
problem details (RFC 9457).
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from mockserver.errors import REASONS, shorten, title_of
from mockserver.sending import clean_header
from spec.contract import Contract, ErrorStyle, Operation

if TYPE_CHECKING:
    from mockserver.exchange import Refusal, Violation

_PLACEHOLDER = re.compile(r"\{(status|code|title|detail|violations)\}")
_PROBLEM = ErrorStyle(
    name="problem",
    media_type="application/problem+json",
    body={"type": "about:blank", "title": "{title}", "status": "{status}", "detail": "{detail}", "code": "{code}"},
    cases={},
)
_DETAIL_LIMIT = 1000
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
        self._styles = {operation.id: _style_of(operation, contract) for operation in contract.operations}

    def render(self, refusal: Refusal, operation: Operation | None) -> ErrorAnswer:
        """The answer for a refusal; `operation` is the one asked for, or the nearest to what was asked."""
        style = self._styles[operation.id] if operation is not None else _PROBLEM
        case = style.cases.get(refusal.reason, {})
        status = int(case.get("status", REASONS[refusal.reason]))
        violations = [_shown(violation) for violation in refusal.violations]
        values = {
            "status": status,
            "code": case.get("code", refusal.reason),
            "title": case.get("title", title_of(status)),
            "detail": shorten(_printable(refusal.detail), _DETAIL_LIMIT),
            "violations": violations,
        }
        headers = {name: clean_header(value) for name, value in refusal.headers.items()}
        if violations:
            headers["X-Mock-Violations"] = _compact(violations)
        return ErrorAnswer(status, json.dumps(_fill(style.body, values)).encode(), style.media_type, headers)


def _style_of(operation: Operation, contract: Contract) -> ErrorStyle:
    return contract.error_styles.get(operation.errors or "", _PROBLEM)


def _shown(violation: Violation) -> dict[str, str]:
    return {name: shorten(_printable(value)) for name, value in asdict(violation).items()}


def _printable(text: str) -> str:
    # What a client sent may hold lone surrogates, which no encoder takes.
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


def _compact(violations: Sequence[Mapping[str, str]]) -> str:
    """As many violations as fit, as one line of ASCII JSON."""
    shown: list[Mapping[str, str]] = []
    size = 2
    for violation in violations:
        size += len(json.dumps(violation, separators=(",", ":"))) + 1
        if size > _HEADER_LIMIT and shown:
            break
        shown.append(violation)
    return json.dumps(shown, separators=(",", ":"))


def _fill(template: Any, values: Mapping[str, Any]) -> Any:
    """The template with its placeholders filled in, also in keys."""
    if isinstance(template, Mapping):
        return {str(_fill_text(str(key), values)): _fill(value, values) for key, value in template.items()}
    if isinstance(template, str):
        return _fill_text(template, values)
    if isinstance(template, Sequence):
        return [_fill(item, values) for item in template]
    return template


def _fill_text(text: str, values: Mapping[str, Any]) -> Any:
    # A template that is nothing but a placeholder takes the value itself, so that a status stays a number.
    if whole := _PLACEHOLDER.fullmatch(text):
        return values[whole[1]]
    return _PLACEHOLDER.sub(lambda found: str(values[found[1]]), text)
