"""Limits of an answer: how large a body may become before it is read no further."""

from __future__ import annotations

from conformance.exchange.decoding import LARGEST_TEXT

LARGEST_ANSWER = LARGEST_TEXT
"""Bytes of a body, after decompression, that are read before the answer counts as too large."""

_LARGEST_RATIO = 100
"""How many times larger than what was sent a body may become, once it is larger than `_RATIO_FROM`."""
_RATIO_FROM = 1024 * 1024


def excess_of(size: int, received: int) -> str | None:
    """What is too much about a body, in words, or None: `size` bytes so far, of `received` ones on the wire."""
    if size > LARGEST_ANSWER:
        return f"response too large: more than {LARGEST_ANSWER} bytes"
    if size > _RATIO_FROM and size > received * _LARGEST_RATIO:
        return f"response too large: {received} bytes inflate to more than {_LARGEST_RATIO} times as many"
    return None
