"""Entries of a journal as JSON, for people and programs to read."""

from __future__ import annotations

import base64
import json
from typing import TYPE_CHECKING, Any

from mockserver.journal.masking import MASK, is_secret
from mockserver.judgement.bodies import is_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from mockserver.exchange import Violation
    from mockserver.journal.journal import Entry


def summarise(entry: Entry) -> dict[str, Any]:
    """What a list shows of an entry."""
    return {
        "number": entry.number,
        "id": entry.id,
        "time": entry.time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "seconds": round(entry.seconds, 6),
        "operation": entry.operation,
        "method": entry.method,
        "path": entry.path,
        "query": entry.query.decode("utf-8", "backslashreplace"),
        "status": entry.status,
        "why": entry.why,
        "identity": entry.identity,
        "violations": [_violation(violation) for violation in entry.violations],
        "mutants": list(entry.mutants),
        "faults": list(entry.faults),
        "preference": next((value for name, value in entry.answer_headers if name == "Preference-Applied"), None),
    }


def detail(entry: Entry) -> dict[str, Any]:
    """An entry with the header fields and bodies of both sides."""
    media_type = entry.request_headers.get("content-type", "")
    return {
        **summarise(entry),
        "request": {
            "headers": {name: _printable(value) for name, value in entry.request_headers.items()},
            **_body(entry.request_body, entry.request_size, media_type),
        },
        "answer": {
            "headers": dict(entry.answer_headers),
            "media_type": entry.answer_media_type,
            **_body(entry.answer_body, entry.answer_size, entry.answer_media_type or ""),
        },
    }


def _violation(violation: Violation) -> dict[str, str]:
    told = violation._asdict()
    # Python has another use for the word that clients know.
    shown = {name: _printable(str(value)) for name, value in {"in": told.pop("place"), **told}.items()}
    if shown["got"] and is_secret(violation.pointer):
        shown["got"] = MASK
    return shown


def _body(body: bytes, size: int, media_type: str) -> Mapping[str, Any]:
    """The body as JSON where it is JSON, as text where it is text, else in base64. A masked body may be shorter."""
    told: dict[str, Any] = {"size": size}
    if not body:
        return told
    if is_json(media_type.partition(";")[0].strip().lower()):
        try:
            return {**told, "json": json.loads(body)}
        except (ValueError, RecursionError):
            # Broken, or cut: then it is text.
            pass
    try:
        return {**told, "text": body.decode("utf-8")}
    except UnicodeDecodeError:
        return {**told, "base64": base64.b64encode(body).decode("ascii")}


def _printable(text: str) -> str:
    return text.encode("utf-8", "backslashreplace").decode("utf-8")
