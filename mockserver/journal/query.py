"""Which entries of a journal are meant: criteria, each a condition that can say how an entry misses it."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import unquote_to_bytes

from mockserver.errors import shorten
from mockserver.exchange import Refusal
from mockserver.forms.folding import decode, gather, parse_pairs, unwrap
from spec.errors import ContractError
from spec.pointer import resolve_pointer

if TYPE_CHECKING:
    from mockserver.journal.journal import Entry, Journal


@dataclass(frozen=True, slots=True)
class Criteria:
    """What an entry must be like; what is left out may be anything.

    operation: operationId. path: glob over the path as sent, `*` within a segment, `**` across them.
    status: "404" or "4xx". why: as in `Answer`. query: parameter to its value. headers: field of the request to a
    text that it holds. body: text that the request's body holds. json: pointer into the request's body, JSON or a
    form, to the value that is there.
    """

    operation: str | None = None
    method: str | None = None
    path: str | None = None
    status: str | None = None
    why: str | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: str | None = None
    json: Mapping[str, Any] = field(default_factory=dict)

    def conditions(self) -> tuple[Condition, ...]:
        """The criteria, each for itself."""
        return tuple(_conditions(self))

    def __str__(self) -> str:
        return ", ".join(condition.text for condition in self.conditions()) or "any request"


class Miss(NamedTuple):
    """How an entry misses a condition. far: from 0, a slip, to 1, something else altogether."""

    text: str
    far: float = 1.0


@dataclass(frozen=True, slots=True)
class Condition:
    """One criterion. text: in words. misses: how an entry misses it, or None where it does not."""

    text: str
    misses: Callable[[Entry], Miss | None]


def select(journal: Journal, criteria: Criteria, *, after: int = 0, limit: int | None = None) -> list[Entry]:
    """The entries that meet the criteria, oldest first, with numbers above `after`, at most `limit` of them."""
    conditions = criteria.conditions()
    found = (entry for entry in journal if entry.number > after and meets(entry, conditions))
    return list(islice(found, limit))


def meets(entry: Entry, conditions: tuple[Condition, ...]) -> bool:
    """Whether an entry misses none of the conditions."""
    return all(condition.misses(entry) is None for condition in conditions)


def _conditions(criteria: Criteria) -> Iterator[Condition]:
    if criteria.operation is not None:
        yield _operation(criteria.operation)
    if criteria.method is not None:
        yield _plain("method", criteria.method.upper(), lambda entry: entry.method)
    if criteria.path is not None:
        yield _path(criteria.path)
    if criteria.status is not None:
        yield _status(str(criteria.status).lower())
    if criteria.why is not None:
        yield _plain("why", criteria.why, lambda entry: entry.why)
    for name, value in criteria.query.items():
        yield _query(name, str(value))
    for name, text in criteria.headers.items():
        yield _header(name.lower(), text)
    if criteria.body is not None:
        yield _body(criteria.body)
    for pointer, value in criteria.json.items():
        yield _json(pointer, value)


def _plain(name: str, wanted: str, read: Callable[[Entry], str]) -> Condition:
    def misses(entry: Entry) -> Miss | None:
        seen = read(entry)
        return None if seen == wanted else Miss(f"{name} is {shorten(seen, 80)}, not {wanted}")

    return Condition(f"{name} {wanted}", misses)


def _operation(wanted: str) -> Condition:
    def misses(entry: Entry) -> Miss | None:
        if entry.operation == wanted:
            return None
        if entry.operation is None:
            return Miss("no operation has this method and path", 0.9)
        return Miss(f"the operation is {entry.operation}")

    return Condition(f"operation {wanted}", misses)


def _path(glob: str) -> Condition:
    pattern = re.compile("".join(_piece(piece) for piece in re.split(r"(\*\*|\*)", glob)), re.DOTALL)

    def misses(entry: Entry) -> Miss | None:
        return None if pattern.fullmatch(entry.path) else _apart(glob, entry.path)

    return Condition(f"path {glob}", misses)


def _piece(piece: str) -> str:
    return {"**": ".*", "*": "[^/]*"}.get(piece) or re.escape(piece)


def _apart(wanted: str, seen: str) -> Miss:
    """How two paths differ: the usual slips first, so that whoever reads it sees what to mend."""
    shown = shorten(seen, 120)
    if wanted.rstrip("/") == seen.rstrip("/"):
        return Miss(f"the path {shown} differs only by a trailing slash", 0.1)
    if wanted.lower() == seen.lower():
        return Miss(f"the path {shown} differs only in upper and lower case", 0.1)
    if unquote_to_bytes(wanted) == unquote_to_bytes(seen):
        return Miss(f"the path {shown} differs only in percent-encoding", 0.1)
    if "*" not in wanted and (wanted.endswith(seen) or seen.endswith(wanted)):
        return Miss(f"the path {shown} differs only by what stands before it", 0.3)
    ours, theirs = wanted.split("/"), seen.split("/")
    odd = [pair for pair in zip(ours, theirs, strict=False) if pair[0] != pair[1] and "*" not in pair[0]]
    if len(ours) == len(theirs) and len(odd) == 1:
        return Miss(f"the path {shown} has {odd[0][1]!r} where {odd[0][0]!r} is expected", 0.6)
    return Miss(f"the path is {shown}")


def _status(wanted: str) -> Condition:
    def misses(entry: Entry) -> Miss | None:
        if str(entry.status) == wanted or f"{entry.status // 100}xx" == wanted:
            return None
        told = "; ".join(
            f"{violation.place} {shorten(violation.pointer, 60)}: {violation.message}"
            for violation in entry.violations[:3]
        )
        return Miss(f"the status is {entry.status}, not {wanted}" + (f" ({told})" if told else ""), 0.6)

    return Condition(f"status {wanted}", misses)


def _query(name: str, wanted: str) -> Condition:
    def misses(entry: Entry) -> Miss | None:
        pairs = (piece.partition(b"=") for piece in entry.query.split(b"&") if piece)
        seen = [_text(value) for key, _, value in pairs if _text(key) == name]
        if wanted in seen:
            return None
        if not seen:
            return Miss(f"the query parameter {name} is missing")
        values = ", ".join(shorten(value, 60) for value in seen)
        return Miss(f"the query parameter {name} is {values}, not {wanted}", 0.5)

    return Condition(f"query {name}={wanted}", misses)


def _text(raw: bytes) -> str:
    return unquote_to_bytes(raw.replace(b"+", b" ")).decode("utf-8", "replace")


def _header(name: str, wanted: str) -> Condition:
    def misses(entry: Entry) -> Miss | None:
        seen = entry.request_headers.get(name)
        if seen is None:
            return Miss(f"the header field {name} is missing")
        return None if wanted in seen else Miss(f"the header field {name} is {shorten(seen, 80)}", 0.5)

    return Condition(f"header {name} with {wanted!r}", misses)


def _body(wanted: str) -> Condition:
    encoded = wanted.encode("utf-8", "surrogatepass")

    def misses(entry: Entry) -> Miss | None:
        return None if encoded in entry.request_body else Miss(f"the body does not hold {shorten(wanted, 60)!r}", 0.7)

    return Condition(f"body with {shorten(wanted, 60)!r}", misses)


def _json(pointer: str, wanted: Any) -> Condition:
    shown = shorten(json.dumps(wanted), 80)

    def misses(entry: Entry) -> Miss | None:
        try:
            seen = resolve_pointer(_value(entry), f"#{pointer}")
        except (ValueError, RecursionError, Refusal):
            return Miss("the body is neither JSON nor a form")
        except ContractError:
            return Miss(f"the body has nothing at {pointer}", 0.8)
        # JSON tells true from 1, Python does not.
        if seen == wanted and isinstance(seen, bool) == isinstance(wanted, bool):
            return None
        return Miss(f"the body has {shorten(json.dumps(seen), 80)} at {pointer}, not {shown}", 0.5)

    return Condition(f"body {pointer} = {shown}", misses)


def _value(entry: Entry) -> Any:
    """What a body says; the fields of a form are texts, and brackets around their names are gone."""
    if not entry.request_headers.get("content-type", "").lower().startswith("application/x-www-form-urlencoded"):
        return json.loads(entry.request_body)
    gathered = gather(parse_pairs(entry.request_body, "body"))
    texts = {name: [decode(raw, "body") for raw in raws] for name, raws in gathered.items()}
    return unwrap({name: found if len(found) > 1 else found[0] for name, found in texts.items()})
