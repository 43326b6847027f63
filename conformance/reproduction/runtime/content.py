"""Judging bytes: whole, as told, in ranges. Copied into reproducers."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from typing import Any

from conformance.reproduction.runtime.answer import Answer, item, need
from conformance.reproduction.runtime.status import essence


def measured(told: Any, body: bytes) -> Any:
    """What an item should tell of its bytes: their number, or their digest in the same form; None for another form."""
    if isinstance(told, int):
        return len(body)
    names = {32: "md5", 40: "sha1", 64: "sha256", 96: "sha384", 128: "sha512"}
    name = names.get(len(str(told)))
    return hashlib.new(name, body).hexdigest() if name is not None else None


def bytes_as_told(got: Answer, download: Answer, envelope: str | None, names: Sequence[str]) -> str:
    """What is wrong unless fields of an item are those of its bytes."""
    read = item(got, envelope)
    need(download)
    for name in names:
        right = measured(read.get(name), download.body) if read.get(name) is not None else None
        if right is not None and right != read[name]:
            return f"expected bytes whose {name} is {read[name]}, saw {right}"
    return ""


def pieces_fit(download: Answer, first: Answer, rest: Answer) -> str:
    """What is wrong unless the whole is its two halves, where ranges are offered."""
    if first.status != 206 or rest.status != 206:
        empty = not need(download).body and first.status == 206
        return "expected the bytes that a range has, saw none" if empty else ""
    joined = first.body + rest.body
    return (
        ""
        if joined == need(download).body
        else f"expected {len(joined)} bytes, as in two ranges, saw {len(download.body)} others"
    )


def own_bytes(one: Answer, other: Answer) -> str:
    """What is wrong if two items have the same bytes."""
    same = need(one).body == need(other).body and one.body
    return "expected other bytes than those of another item, saw the same" if same else ""


def media_type_told(
    got: Answer, download: Answer, envelope: str | None, names: Sequence[str], known: Sequence[str]
) -> str:
    """What is wrong unless bytes have the media type that their item tells, or that the contract has."""
    need(download)
    read = item(got, envelope) if names else {}
    wanted = [str(read[name]).partition(";")[0].lower() for name in names if read.get(name)]
    allowed = wanted or [name.lower() for name in known]
    seen = essence(download)
    return "" if not allowed or seen in allowed else f"expected {' or '.join(allowed)}, saw {seen or 'none'}"


def right_range(download: Answer, got: Answer, asked: str) -> str:
    """What is wrong unless a range is the bytes that were asked for; ranges need not be offered."""
    if got.status != 206:
        return ""
    body = need(download).body
    start, _, end = asked.partition("-")
    first = int(start) if start else len(body) - int(end)
    last = int(end) if start and end else len(body) - 1
    told = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+|\*)", got.headers.get("content-range", "").strip())
    if told is None:
        return f"expected Content-Range: bytes {first}-{last}/{len(body)}, saw {got.headers.get('content-range')}"
    if (int(told[1]), int(told[2])) != (first, last):
        return f"expected the bytes {first}-{last}, saw Content-Range {told[0]}"
    same = got.body == body[first : last + 1]
    return "" if same else f"expected {last + 1 - first} bytes from {first} on, saw {len(got.body)} others"
