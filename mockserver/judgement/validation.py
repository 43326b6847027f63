"""Requests judged against their operation, with everything compiled once when the app is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mockserver.errors import shorten
from mockserver.exchange import Judged, Refusal, Violation
from mockserver.forms.folding import gather, parse_pairs
from mockserver.judgement.acceptance import Acceptance
from mockserver.judgement.bodies import compile_bodies
from mockserver.judgement.parameters import compile_parameters, read_nothing
from mockserver.judgement.schema import SchemaCompiler
from mockserver.judgement.spelling import compile_ownership
from mockserver.judgement.strictness import Strictness
from spec.schema import Direction

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from mockserver.judgement.bodies import Bodies
    from mockserver.passage import Passage
    from spec.contract import Contract, Operation

    Reading = tuple[Mapping[str, Any], Sequence[Violation]]

_TOLD = 5


def request_compiler(contract: Contract, strictness: Strictness) -> SchemaCompiler:
    """What compiles the schemas of requests; operations that share it share its schemas."""
    return SchemaCompiler(contract.document, Direction.REQUEST, is_open=strictness is Strictness.LENIENT)


class RequestJudge:
    """Judges requests to one operation.

    strictness: what becomes of things that the contract does not name. compiler: for requests, of this strictness.
    """

    def __init__(
        self,
        contract: Contract,
        operation: Operation,
        *,
        strictness: Strictness = Strictness.NORMAL,
        compiler: SchemaCompiler | None = None,
    ) -> None:
        compiler = compiler or request_compiler(contract, strictness)
        self._acceptance = Acceptance(operation)
        readers = compile_parameters(contract, operation, compiler)
        self._path, self._query = readers["path"], readers["query"]
        self._headers = tuple((reader.parameter.name.lower(), reader) for reader in readers["header"])
        self._cookies = readers["cookie"]
        # What a request is read as that sends none of them, which most do.
        self._no_query, self._no_headers = read_nothing(readers["query"]), read_nothing(readers["header"])
        self._no_cookies = read_nothing(readers["cookie"])
        self._bodies = compile_bodies(contract, operation, compiler, strictness)
        self._known: tuple[Callable[[str], bool], ...] | None = None
        if strictness is Strictness.STRICT:
            self._known = tuple(compile_ownership(one.parameter, contract.document) for one in self._query)

    def judge(self, passage: Passage) -> Judged:
        """The values of a request; raises one Refusal that carries every violation."""
        fields = passage.headers
        if "accept" in fields:
            self._acceptance.check(fields["accept"])
        violations: list[Violation] = []
        path: dict[str, Any] = {}
        for reader in self._path:
            violations += reader.read_text(passage.values[reader.parameter.name], path)
        query = self._read_query(passage.query, violations)
        headers, missing = self._read_headers(fields) if self._headers else self._no_headers
        violations += missing
        cookies, missing = self._read_cookies(fields["cookie"]) if "cookie" in fields else self._no_cookies
        violations += missing
        body = _read_body(self._bodies, passage, violations) if self._bodies is not None else None
        if violations:
            # What cannot be read is the graver trouble; a form may hold some of each.
            is_unreadable = any(one.keyword == "syntax" and one.place == "body" for one in violations)
            reason = "malformed" if is_unreadable else "invalid-request"
            raise Refusal(reason, describe(violations), violations=tuple(violations))
        return Judged(path, query, headers, cookies, body)

    def _read_query(self, raw: bytes, violations: list[Violation]) -> Mapping[str, Any]:
        if not raw or not (self._query or self._known is not None):
            violations += self._no_query[1]
            return self._no_query[0]
        fields = gather(parse_pairs(raw, "query"))
        query: dict[str, Any] = {}
        for reader in self._query:
            violations += reader.read(fields, query)
        violations += self._unknown(fields)
        return query

    def _read_headers(self, fields: Mapping[str, str]) -> Reading:
        headers: dict[str, Any] = {}
        found: list[Violation] = []
        for name, reader in self._headers:
            found += reader.read({name: (fields[name],)} if name in fields else {}, headers)
        return headers, found

    def _read_cookies(self, field: str) -> Reading:
        cookies: dict[str, Any] = {}
        found: list[Violation] = []
        jar = parse_cookies(field) if self._cookies else {}
        for reader in self._cookies:
            found += reader.read(jar, cookies)
        return cookies, found

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
