"""Requests mended until they fit: how a mutant accepts what it should refuse.

The judge stays as it is. It is asked again about the same request without its faults, so that whatever comes
after it finds values that it can work with.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote, urlencode

from mockserver.exchange import Judged, Refusal, Violation
from mockserver.forms.folding import decode, parse_pairs
from mockserver.judgement.bodies import FORM, is_json
from mockserver.resource.fitting import field_name

if TYPE_CHECKING:
    from mockserver.mutant import Judge
    from mockserver.passage import Passage

Mend = Callable[["Passage", Violation], "Passage | None"]
"""The request without one violation, or None where that cannot be done."""

_ROUNDS: Final = 12
"""As often as a request is mended: a text is cut in halves, and one fault may hide another."""

_PLAIN: Final[Mapping[str, Any]] = MappingProxyType({"integer": 1, "number": 1, "boolean": True, "string": "text"})


def judge_leniently(passage: Passage, judge: Judge, forgives: Callable[[Violation], bool], mend: Mend) -> Judged:
    """The values of a request, some violations forgiven; raises the Refusal that the judge raises for all others."""
    for _ in range(_ROUNDS):
        try:
            return judge(passage)
        except Refusal as refusal:
            forgiven = next((violation for violation in refusal.violations if forgives(violation)), None)
            mended = mend(passage, forgiven) if forgiven is not None else None
            if mended is None:
                raise
            passage = mended
    return judge(passage)


def drop_parameter(passage: Passage, violation: Violation) -> Passage | None:
    """Takes a query parameter or a header field away."""
    name = violation.pointer.partition("/")[0]
    if violation.place == "query":
        kept = [(known, raw) for known, raw in parse_pairs(passage.query, "query") if known != name]
        return replace(passage, query="&".join(f"{quote(known)}={raw}" for known, raw in kept).encode())
    if violation.place == "header":
        kept_fields = {known: value for known, value in passage.headers.items() if known != name.lower()}
        return replace(passage, headers=kept_fields)
    return None


def drop_member(passage: Passage, violation: Violation) -> Passage | None:
    """Takes a member of the body away."""
    return _change_body(passage, violation, lambda body, name: body.pop(name, None) is not None)


def cut_text(passage: Passage, violation: Violation) -> Passage | None:
    """Halves a text of the body."""

    def cut(body: dict[str, Any], name: str) -> bool:
        text = body.get(name)
        body[name] = text[: len(text) // 2] if isinstance(text, str) else text
        return isinstance(text, str) and len(text) > 1

    return _change_body(passage, violation, cut)


def fill_in(passage: Passage, violation: Violation) -> Passage | None:
    """Gives a member of the body that is missing, or not as it may be, a value that will do."""
    return _put(passage, violation, lambda name, _: _stand_in(passage, name))


def turn(passage: Passage, violation: Violation) -> Passage | None:
    """Gives a member of the body another type, as text or as what its text reads like."""
    return _put(passage, violation, lambda _, value: _read(value) if isinstance(value, str) else str(value))


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return 1


def _stand_in(passage: Passage, name: str) -> Any:
    """A value for the field of the resource that a member of the body sets."""
    use, workspace = passage.operation.resource if passage.operation else None, passage.workspace
    shape = workspace.shapes[use.name] if use is not None and workspace is not None else None
    schema = shape.properties.get(field_name(name), {}) if shape is not None else {}
    listed = schema.get("enum") or [schema.get("example", schema.get("default"))]
    return listed[0] if listed[0] is not None else _PLAIN.get(schema.get("type", "string"), "text")


def _put(passage: Passage, violation: Violation, make: Callable[[str, Any], Any]) -> Passage | None:
    def put(body: dict[str, Any], name: str) -> bool:
        made = make(name, body.get(name))
        body[name] = made
        return made is not None

    return _change_body(passage, violation, put)


def _change_body(
    passage: Passage, violation: Violation, change: Callable[[dict[str, Any], str], bool]
) -> Passage | None:
    """The request with one top-level member of its body changed; None where the change says no."""
    body, name = read_body(passage), _member(violation)
    if violation.place != "body" or body is None or name is None or not change(body, name):
        return None
    return write_body(passage, body, passage.media_type or declared_type(passage))


def _member(violation: Violation) -> str | None:
    parts = violation.pointer.split("/")
    return parts[1].replace("~1", "/").replace("~0", "~") if len(parts) == 2 else None


def declared_type(passage: Passage) -> str:
    """The first media type in which the operation takes a body."""
    body = passage.operation.body if passage.operation else None
    return next(iter(body.media_types)).lower() if body else "application/json"


def read_body(passage: Passage) -> dict[str, Any] | None:
    """The members of a body that is an object or a form, whatever it says it is; None for any other."""
    try:
        value = json.JSONDecoder().raw_decode(passage.body.decode("utf-8").strip())[0]
    except ValueError:
        pairs = parse_pairs(passage.body, "body") if b"=" in passage.body else []
        value = {name: decode(raw, "body") for name, raw in pairs} or None
    return value if isinstance(value, dict) else None


def write_body(passage: Passage, body: dict[str, Any], media_type: str) -> Passage | None:
    """The request with another body; None for media types that nobody here writes."""
    if is_json(media_type):
        return replace(passage, body=json.dumps(body).encode(), media_type=media_type)
    if media_type != FORM:
        return None
    texts = {name: value if isinstance(value, str) else json.dumps(value) for name, value in body.items()}
    return replace(passage, body=urlencode(texts).encode(), media_type=media_type)
