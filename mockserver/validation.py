"""Requests judged against their operation, with everything compiled once when the app is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mockserver.acceptance import Acceptance
from mockserver.bodies import compile_bodies
from mockserver.errors import shorten
from mockserver.exchange import Judged, Refusal, Violation
from mockserver.forms import gather, parse_pairs
from mockserver.parameters import compile_parameters
from mockserver.schema import SchemaCompiler
from mockserver.spelling import compile_ownership
from mockserver.strictness import Strictness
from spec.schema import Direction

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from mockserver.bodies import Bodies
    from mockserver.passage import Passage
    from spec.contract import Contract, Operation

_TOLD = 5


class RequestJudge:
    """Judges requests to one operation; strictness: what becomes of things that the contract does not name."""

    def __init__(self, contract: Contract, operation: Operation, *, strictness: Strictness = Strictness.NORMAL) -> None:
        compiler = SchemaCompiler(contract.document, Direction.REQUEST, is_open=strictness is Strictness.LENIENT)
        self._acceptance = Acceptance(operation)
        readers = compile_parameters(contract, operation, compiler)
        self._path, self._query = readers["path"], readers["query"]
        self._headers, self._cookies = readers["header"], readers["cookie"]
        self._bodies = compile_bodies(contract, operation, compiler, strictness)
        self._known: tuple[Callable[[str], bool], ...] | None = None
        if strictness is Strictness.STRICT:
            self._known = tuple(compile_ownership(one.parameter, contract.document) for one in self._query)

    def judge(self, passage: Passage) -> Judged:
        """The values of a request; raises one Refusal that carries every violation."""
        self._acceptance.check(passage.headers.get("accept"))
        violations: list[Violation] = []
        path: dict[str, Any] = {}
        query: dict[str, Any] = {}
        headers: dict[str, Any] = {}
        cookies: dict[str, Any] = {}
        for reader in self._path:
            violations += reader.read({reader.parameter.name: (passage.values[reader.parameter.name],)}, path)
        if self._query or self._known is not None:
            fields = gather(parse_pairs(passage.query, "query")) if passage.query else {}
            for reader in self._query:
                violations += reader.read(fields, query)
            violations += self._unknown(fields)
        for reader in self._headers:
            name = reader.parameter.name.lower()
            violations += reader.read({name: (passage.headers[name],)} if name in passage.headers else {}, headers)
        if self._cookies:
            jar = parse_cookies(passage.headers.get("cookie", ""))
            for reader in self._cookies:
                violations += reader.read(jar, cookies)
        body = None
        if self._bodies is not None:
            body = _read_body(self._bodies, passage, violations)
        if violations:
            # What cannot be read is the graver trouble; a form may hold some of each.
            is_unreadable = any(one.keyword == "syntax" and one.place == "body" for one in violations)
            reason = "malformed" if is_unreadable else "invalid-request"
            raise Refusal(reason, describe(violations), violations=tuple(violations))
        return Judged(path, query, headers, cookies, body)

    def _unknown(self, fields: Mapping[str, object]) -> list[Violation]:
        if self._known is None:
            return []
        return [
            Violation("query", shorten(name), "unknown", "is not a known parameter")
            for name in fields
            if not any(owns(name) for owns in self._known)
        ]


def _read_body(bodies: Bodies, passage: Passage, violations: list[Violation]) -> Any:
    """The body; adds what is wrong with it to `violations`, and raises Refusal where it cannot be read at all."""
    try:
        body, found = bodies.read(passage)
    except Refusal as refusal:
        if not violations:
            raise
        # What is wrong elsewhere is told with it; the graver trouble of the body decides the status.
        violations += refusal.violations
        raise Refusal(
            refusal.reason, describe(violations), violations=tuple(violations), headers=refusal.headers
        ) from None
    violations += found
    return body


def parse_cookies(field: str) -> dict[str, list[str]]:
    """Raw cookie values by name."""
    jar: dict[str, list[str]] = {}
    for piece in field.split(";"):
        name, equals, value = piece.strip().partition("=")
        if equals:
            jar.setdefault(name, []).append(value)
    return jar


def describe(violations: list[Violation]) -> str:
    """The first few violations as one line of text."""
    told = [_told(violation) for violation in violations[:_TOLD]]
    if len(violations) > _TOLD:
        told.append(f"and {len(violations) - _TOLD} more")
    return "; ".join(told)


def _told(violation: Violation) -> str:
    where = f"{violation.place} {shorten(violation.pointer, 80)}".strip()
    got = f", got {shorten(violation.got, 60)}" if violation.got else ""
    return f"{where}: {violation.message}{got}"
