"""Decoding: the one reader of JSON that somebody else wrote.

Whatever comes over a wire may be nested to exhaust our stack, or spell texts that no UTF-8 can hold. What leaves here
can be walked, compared, encoded and written down by anybody.
"""

from __future__ import annotations

import json
import re
from typing import Any

LARGEST_TEXT = 16 * 1024 * 1024
"""Bytes of a JSON text that are read."""
DEEPEST = 100
"""Objects and lists that may lie in one another; real answers have a handful."""
REPLACED = "\ufffd"
"""Stands for half a character, such as a lone surrogate."""

_HALF = re.compile(r"\\u[dD][89a-fA-F]")
_SURROGATE = re.compile("[\ud800-\udfff]")


class UnreadableError(ValueError):
    """A text is no JSON, or none that can be read safely."""


class BoundlessError(UnreadableError):
    """A text may well be JSON, but is larger, deeper or longer in its numbers than we read; nobody forbids it."""


def read_json(content: bytes | str) -> Any:
    """The value of a JSON text; raises UnreadableError for any other, BoundlessError for too much."""
    if len(content) > LARGEST_TEXT:
        raise BoundlessError(f"longer than {LARGEST_TEXT} bytes")
    try:
        text = content if isinstance(content, str) else content.decode(json.detect_encoding(content))
        value = json.loads(text)
    except RecursionError:
        raise BoundlessError(f"nested more than {DEEPEST} deep") from None
    except (json.JSONDecodeError, UnicodeError) as error:
        raise UnreadableError(str(error)) from error
    except ValueError as error:
        raise BoundlessError(f"a number of too many digits ({error})") from error
    if _is_deep(value):
        raise BoundlessError(f"nested more than {DEEPEST} deep")
    return _mended(value) if _HALF.search(text) else value


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(DEEPEST + 1):
        level = [inner for outer in level for inner in _inside(outer) if isinstance(inner, (dict, list))]
        if not level:
            return False
    return True


def _inside(value: Any) -> Any:
    return value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()


def _mended(value: Any) -> Any:
    """The value with half characters replaced, in names as well."""
    if isinstance(value, str):
        return _SURROGATE.sub(REPLACED, value)
    if isinstance(value, list):
        return [_mended(one) for one in value]
    if isinstance(value, dict):
        return {_mended(name): _mended(one) for name, one in value.items()}
    return value
