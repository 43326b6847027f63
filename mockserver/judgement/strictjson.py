"""JSON read strictly: what two parsers could understand differently is refused.

Refused, always as `malformed`: bytes that are not UTF-8, a member given twice, NaN and the
infinities, numbers that no float or int can hold, half a surrogate pair, and deep nesting.
"""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

from mockserver.errors import shorten
from mockserver.exchange import Refusal, Violation

DEEPEST = 100
"""Levels of nesting that a body may have."""


class _RefusedError(ValueError):
    """Raised inside the parser; carries only its text."""


def parse_json(data: bytes, pointer: str = "", *, last_wins: bool = False) -> Any:
    """The value of a JSON text; raises Refusal(malformed) with one violation. `pointer` leads what it names.

    last_wins: of a member that is given twice the last one counts.
    """
    decoder = _LENIENT_DECODER if last_wins else _DECODER
    try:
        value = decoder.decode(data.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise _malformed(f"not UTF-8 at byte {error.start}", pointer) from None
    except json.JSONDecodeError as error:
        raise _malformed(f"not JSON: {error.msg} (line {error.lineno}, column {error.colno})", pointer) from None
    except RecursionError:
        raise _malformed(f"nested deeper than {DEEPEST} levels", pointer) from None
    except _RefusedError as error:
        raise _malformed(str(error), pointer) from None
    except ValueError:
        raise _malformed("a number with too many digits", pointer) from None
    # Only text that could hold either is walked through.
    if b"\\u" in data or data.count(b"[") + data.count(b"{") > DEEPEST:
        _inspect(value, pointer)
    return value


def _malformed(text: str, pointer: str) -> Refusal:
    violation = Violation("body", pointer, "syntax", text)
    return Refusal("malformed", f"the body cannot be read: {text}", violations=(violation,))


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for at, name in enumerate(names) if name in names[:at])
        raise _RefusedError(f"the member {shorten(twice)!r} is given twice")
    return members


def _constant(name: str) -> NoReturn:
    raise _RefusedError(f"{name} is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise _RefusedError(f"the number {shorten(text, 40)} is out of range")
    return value


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_constant=_constant, parse_float=_finite)
_LENIENT_DECODER = json.JSONDecoder(parse_constant=_constant, parse_float=_finite)


def _inspect(value: Any, pointer: str) -> None:
    """Refuse half surrogates and deep nesting, wherever they are."""
    stack: list[tuple[str, int, Any]] = [(pointer, 1, value)]
    while stack:
        where, depth, node = stack.pop()
        if isinstance(node, str):
            _check_text(node, where)
        elif isinstance(node, (dict, list)):
            if depth > DEEPEST:
                raise _malformed(f"nested deeper than {DEEPEST} levels", pointer)
            entries = node.items() if isinstance(node, dict) else enumerate(node)
            for key, child in entries:
                if isinstance(key, str):
                    _check_text(key, where)
                stack.append((f"{where}/{key}", depth + 1, child))


def _check_text(text: str, pointer: str) -> None:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        raise _malformed("half a surrogate pair", pointer.encode("ascii", "backslashreplace").decode()) from None
